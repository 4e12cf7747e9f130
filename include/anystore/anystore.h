/// The C interface, for both directions: programs in C, or in any language that can call C, open
/// every kind of store; and kinds of store written in such languages become backends.
///
///     const anystore_store_v1* store = NULL;
///     anystore_error* error = anystore_open("memory:", NULL, &store);
///     if (error == NULL) error = anystore_put(store, anystore_text("/a"), anystore_text("1"));
///     if (error != NULL) fprintf(stderr, "%s\n", anystore_error_text(error));
///     anystore_error_free(error);
///     if (store != NULL) store->release(store->self);
///
/// Plain C99, and C++. docs/guide/c_interface.md is for programs, docs/guide/plugins.md for
/// backends. The rules that hold everywhere:
///
///  - Objects are tables of functions. Each begins with `size`, how many bytes of it the one who
///    made it knows, and `self`, which goes into every function. New functions are added at the end
///    only. Whoever reads a table looks at `size` first; what lies behind it counts as null.
///  - A function that can fail returns null, or an error that the caller frees. What it gives back
///    through pointers is set only where it returned null.
///  - Structs of options begin with `size` too; a null pointer means the defaults, which are all
///    zeros: `anystore_read_options options = {0}; options.size = sizeof options;`. What is set and
///    not understood is refused with `unsupported`.
///  - Bytes that are handed in are needed during the call only. Bytes of length 0 may be at null.
///  - Nothing throws, aborts on bad input, or believes a length that cannot be: a table without a
///    function, a result that is not there, an enumerator out of range become errors.
///  - A caller may hand in null for an out parameter only where that is said.
///
/// Threads: store and reader tables are thread-safe; cursors and errors belong to one thread at a
/// time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "anystore/export.h"

// NOLINTBEGIN(readability-identifier-naming,modernize-use-nullptr): C has customs of its own.

#ifdef __cplusplus
/// What promises that nothing is thrown.
#define ANYSTORE_NOEXCEPT noexcept
extern "C" {
#else
/// What promises that nothing is thrown.
#define ANYSTORE_NOEXCEPT
#endif

/* ---- Words. The numbers never change; those of one kind are ordered from weak to strong. ---- */

/// What went wrong. error.h explains each; `anystore_code_name` is its name in texts.
enum anystore_code {
  ANYSTORE_OK = 0,                   ///< The code of no error.
  ANYSTORE_NOT_FOUND = 1,            ///< No record, or no store.
  ANYSTORE_ALREADY_EXISTS = 2,       ///< Create found a store.
  ANYSTORE_INVALID_ARGUMENT = 3,     ///< Can never be right.
  ANYSTORE_INVALID_CONFIG = 4,       ///< A URL or configuration is wrong.
  ANYSTORE_UNSUPPORTED = 5,          ///< The store cannot do that.
  ANYSTORE_PRECONDITION_FAILED = 6,  ///< The condition of a write does not hold.
  ANYSTORE_CONFLICT = 7,             ///< Another transaction was faster.
  ANYSTORE_BUSY = 8,                 ///< Open elsewhere.
  ANYSTORE_TIMEOUT = 9,              ///< The deadline passed.
  ANYSTORE_CANCELLED = 10,           ///< The caller asked to stop.
  ANYSTORE_RATE_LIMITED = 11,        ///< The service asks to slow down.
  ANYSTORE_QUOTA_EXCEEDED = 12,      ///< A quota is used up.
  ANYSTORE_OUT_OF_RANGE = 13,        ///< A position outside.
  ANYSTORE_TOO_LARGE = 14,           ///< A key, value or batch over the limit.
  ANYSTORE_CORRUPTION = 15,          ///< Stored bytes are damaged.
  ANYSTORE_IO_ERROR = 16,            ///< Reading or writing failed.
  ANYSTORE_NO_SPACE = 17,            ///< The medium is full.
  ANYSTORE_READ_ONLY = 18,           ///< No writes are taken.
  ANYSTORE_CLOSED = 19,              ///< The store was closed.
  ANYSTORE_PERMISSION_DENIED = 20,   ///< This user may not.
  ANYSTORE_UNAUTHENTICATED = 21,     ///< The service does not know who asks.
  ANYSTORE_UNAVAILABLE = 22,         ///< Cannot be reached now.
  ANYSTORE_DATA_LOSS = 23,           ///< Acknowledged data is gone.
  ANYSTORE_INTERNAL = 24,            ///< A bug, of anystore, an engine or a plugin.
  ANYSTORE_RESOURCE_EXHAUSTED = 25,  ///< Out of memory or descriptors.
  ANYSTORE_IDENTITY_MISMATCH = 26    ///< Not the store that was named.
};

/// Whether the same call may succeed when it is made again.
enum anystore_retry {
  ANYSTORE_RETRY_NEVER = 0,      ///< It will fail in the same way.
  ANYSTORE_RETRY_TEMPORARY = 1,  ///< It may succeed later.
  ANYSTORE_RETRY_SPENT = 2       ///< Somebody below has tried enough.
};

/// What is known of the effect of a failed write.
enum anystore_applied {
  ANYSTORE_APPLIED_NO = 0,      ///< Nothing was written.
  ANYSTORE_APPLIED_UNKNOWN = 1  ///< Some or all of it may have been.
};

/// How an ability comes about.
enum anystore_support {
  ANYSTORE_ABSENT = 0,    ///< Asking for it is `unsupported`.
  ANYSTORE_EMULATED = 1,  ///< It works, at a cost.
  ANYSTORE_NATIVE = 2     ///< The store does it itself.
};

/// Whether a store takes writes.
enum anystore_access {
  ANYSTORE_ACCESS_READ_ONLY = 0,  ///< None.
  ANYSTORE_ACCESS_READ_WRITE = 1  ///< Yes.
};

/// What a scan shows of writes made while it runs.
enum anystore_scan_isolation {
  ANYSTORE_ISOLATION_NONE = 0,          ///< Anything.
  ANYSTORE_ISOLATION_ENTRY_EXISTS = 1,  ///< Each entry existed at some moment of the scan.
  ANYSTORE_ISOLATION_SNAPSHOT = 2       ///< One moment.
};

/// What happens to a batch whose write does not end well.
enum anystore_atomicity {
  ANYSTORE_ATOMICITY_NONE = 0,           ///< Any part may have been applied.
  ANYSTORE_ATOMICITY_PER_RECORD = 1,     ///< Each record is old or new.
  ANYSTORE_ATOMICITY_WHEN_REOPENED = 2,  ///< With ANYSTORE_ALL_OR_NOTHING, all of it or nothing
                                         ///< once the store is open again after a crash.
  ANYSTORE_ATOMICITY_ALL_OR_NOTHING = 3  ///< All of it or nothing, for readers, too.
};

/// Among whom a conditional write is one step.
enum anystore_condition_scope {
  ANYSTORE_SCOPE_ABSENT = 0,   ///< There are none.
  ANYSTORE_SCOPE_HANDLE = 1,   ///< Threads that share the open store.
  ANYSTORE_SCOPE_PROCESS = 2,  ///< All handles of this process.
  ANYSTORE_SCOPE_STORE = 3     ///< Everybody.
};

/// How versions behave.
enum anystore_version_support {
  ANYSTORE_VERSIONS_ABSENT = 0,   ///< There are none.
  ANYSTORE_VERSIONS_CONTENT = 1,  ///< Equal versions mean equal records.
  ANYSTORE_VERSIONS_MONOTONE = 2  ///< Besides, none comes back.
};

/// What readers of a key see of its writers.
enum anystore_consistency {
  ANYSTORE_EVENTUAL = 0,     ///< Perhaps an older value.
  ANYSTORE_LINEARIZABLE = 1  ///< The last completed write.
};

/// Who may have a store open at once.
enum anystore_sharing {
  ANYSTORE_ONE_HANDLE = 0,                 ///< One handle.
  ANYSTORE_ONE_PROCESS = 1,                ///< Any number in one process.
  ANYSTORE_ONE_WRITER_MANY_PROCESSES = 2,  ///< One writing process, others read.
  ANYSTORE_MANY_PROCESSES = 3              ///< Anybody.
};

/// Whether records outlive the handle.
enum anystore_persistence {
  ANYSTORE_PERSISTENCE_HANDLE = 0,  ///< Closing forgets them.
  ANYSTORE_PERSISTENCE_REOPEN = 1   ///< They are there when it is opened again.
};

/// What a store refuses in keys; bits.
enum anystore_key_alphabet {
  ANYSTORE_KEY_ANY = 0,     ///< Nothing.
  ANYSTORE_KEY_NO_NUL = 1,  ///< The zero byte.
  ANYSTORE_KEY_UTF8 = 2,    ///< What is not well-formed UTF-8.
  ANYSTORE_KEY_FLATFS = 4,  ///< All but "/" and then 0-9 A-Z + _ = -.
  ANYSTORE_KEY_OTHER = 8    ///< What `check_key` knows.
};

/// What a write survives.
enum anystore_durability {
  ANYSTORE_DURABILITY_DEFAULT = 0,  ///< What the store was opened with.
  ANYSTORE_DURABILITY_APPLIED = 1,  ///< Later calls of this process see it.
  ANYSTORE_DURABILITY_PROCESS = 2,  ///< kill -9.
  ANYSTORE_DURABILITY_POWER = 3     ///< A power cut.
};

/// What a caller wants to know of a record; bits.
enum anystore_wanted {
  ANYSTORE_WANT_SIZE = 1,     ///< `anystore_entry_info.value_size`.
  ANYSTORE_WANT_VERSION = 2,  ///< Its version.
  ANYSTORE_WANT_EXPIRY = 4    ///< When it goes away.
};

/// Bits of the `flags` in structs. Each struct says which it takes.
enum anystore_flag {
  ANYSTORE_HAS_DEADLINE = 1,     ///< `deadline` counts.
  ANYSTORE_HAS_WINDOW = 2,       ///< `offset` and `length` count.
  ANYSTORE_REVERSE = 4,          ///< From the last key to the first.
  ANYSTORE_KEYS_ONLY = 8,        ///< Values are not wanted.
  ANYSTORE_ALL_OR_NOTHING = 16,  ///< All mutations or none, also after a crash.
  ANYSTORE_TELL_VERSION = 32,    ///< The receipt is to tell the version.
  ANYSTORE_HAS_EXPIRY = 64,      ///< `expires_at` counts.
  ANYSTORE_HAS_VERSION = 128     ///< `version` counts.
};

/// What kind of change a mutation is.
enum anystore_mutation_kind {
  ANYSTORE_PUT = 0,           ///< Store `value` under `key`.
  ANYSTORE_DELETE = 1,        ///< Remove `key`; a missing one is no error.
  ANYSTORE_DELETE_RANGE = 2,  ///< Remove the keys from `key` up to, not including, `range_to`.
  ANYSTORE_SET_EXPIRY = 3     ///< Set or clear the expiry of `key`.
};

/// The state that a record must be in for a mutation to happen.
enum anystore_condition {
  ANYSTORE_ALWAYS = 0,        ///< Any.
  ANYSTORE_IF_ABSENT = 1,     ///< There is no record.
  ANYSTORE_IF_PRESENT = 2,    ///< There is a record.
  ANYSTORE_IF_VERSION_IS = 3  ///< There is one with `version`.
};

/// What `anystore_open` does when there is no store, or there is one.
enum anystore_open_mode {
  ANYSTORE_OPEN = 0,           ///< There must be one.
  ANYSTORE_CREATE = 1,         ///< There must be none.
  ANYSTORE_OPEN_OR_CREATE = 2  ///< Open it, and make it first where there is none.
};

/// How much a log line matters.
enum anystore_log_level {
  ANYSTORE_LOG_DEBUG = 0,    ///< For whoever looks for a fault.
  ANYSTORE_LOG_INFO = 1,     ///< What an operator may want to know.
  ANYSTORE_LOG_WARNING = 2,  ///< Odd, but handled.
  ANYSTORE_LOG_ERROR = 3     ///< Needs somebody.
};

/// The index that suits a store.
enum anystore_index_kind {
  ANYSTORE_SORTED_SET = 0,    ///< A persistent sorted set.
  ANYSTORE_BUFFERED_TREE = 1  ///< A tree whose inner nodes buffer writes.
};

/* ---- Bytes, values, errors ---- */

/// Bytes that somebody else keeps. Not necessarily ended by a zero.
typedef struct anystore_bytes {
  const void* data;  ///< Where. May be null where `size` is 0.
  size_t size;       ///< How many.
} anystore_bytes;

/// Bytes with an owner. Whoever got one calls `release(owner)` once, on any thread, when they are
/// no longer looked at; also after the store was released. `anystore_value_free` does that.
typedef struct anystore_value {
  anystore_bytes bytes;          ///< The bytes, until `release`.
  void* owner;                   ///< What keeps them.
  void (*release)(void* owner);  ///< Lets them go. Null: they live forever.
} anystore_value;

/// Why a call failed. Made by anystore alone: a backend asks its host for one.
typedef struct anystore_error anystore_error;

/// The code, one of `anystore_code`; of a null error ANYSTORE_OK. As all of these take null.
ANYSTORE_EXPORT uint32_t anystore_error_code(const anystore_error* error) ANYSTORE_NOEXCEPT;
/// Whether to try again, one of `anystore_retry`.
ANYSTORE_EXPORT uint32_t anystore_error_retry(const anystore_error* error) ANYSTORE_NOEXCEPT;
/// Of a failed write, one of `anystore_applied`.
ANYSTORE_EXPORT uint32_t anystore_error_applied(const anystore_error* error) ANYSTORE_NOEXCEPT;
/// The errno value behind it, 0 when there is none.
ANYSTORE_EXPORT int32_t anystore_error_os_error(const anystore_error* error) ANYSTORE_NOEXCEPT;
/// One line for people: `get "/a" in rocksdb:/x: corruption: block 7 has a wrong checksum`. Ends
/// with a zero; lives as long as the error.
ANYSTORE_EXPORT const char* anystore_error_text(const anystore_error* error) ANYSTORE_NOEXCEPT;
/// The explanation alone, "block 7 has a wrong checksum"; may be empty. Lives as long as the error.
ANYSTORE_EXPORT anystore_bytes anystore_error_message(const anystore_error* error)
    ANYSTORE_NOEXCEPT;
/// Frees it. Null is fine.
ANYSTORE_EXPORT void anystore_error_free(anystore_error* error) ANYSTORE_NOEXCEPT;
/// The lower-case name of a code, "not_found"; "unknown" for a number that is none. Lives forever.
ANYSTORE_EXPORT const char* anystore_code_name(uint32_t code) ANYSTORE_NOEXCEPT;

/* ---- Options ---- */

/// Asks calls to end. Looked at when a call begins, by every `next` of a cursor, and by stores that
/// wait while they wait.
typedef struct anystore_stop_v1 {
  uint32_t size;                     ///< sizeof(anystore_stop_v1).
  void* self;                        ///< Goes into the function.
  int32_t (*requested)(void* self);  ///< Not 0: stop. Thread-safe.
} anystore_stop_v1;

/// A stop that the library keeps, which also wakes stores that wait. Null: no memory.
ANYSTORE_EXPORT const anystore_stop_v1* anystore_stop_new(void) ANYSTORE_NOEXCEPT;
/// Asks everything that was given `stop` to end. On any thread. Of a stop made elsewhere nothing.
ANYSTORE_EXPORT void anystore_stop_request(const anystore_stop_v1* stop) ANYSTORE_NOEXCEPT;
/// Frees it, after every call and cursor that was given it. Null is fine.
ANYSTORE_EXPORT void anystore_stop_free(const anystore_stop_v1* stop) ANYSTORE_NOEXCEPT;

/// When to give up. Every other struct of options begins with the same members.
typedef struct anystore_call_options {
  uint32_t size;                 ///< sizeof the struct.
  uint32_t flags;                ///< ANYSTORE_HAS_DEADLINE.
  int64_t deadline;              ///< Nanoseconds since 1970 by the store's clock.
  const anystore_stop_v1* stop;  ///< Asks the call to end. Null: nobody does.
} anystore_call_options;

/// Options of `get` and `get_many`.
typedef struct anystore_read_options {
  uint32_t size;                 ///< sizeof the struct.
  uint32_t flags;                ///< ANYSTORE_HAS_DEADLINE, ANYSTORE_HAS_WINDOW.
  int64_t deadline;              ///< As above.
  const anystore_stop_v1* stop;  ///< As above.
  uint64_t offset;               ///< The first byte wanted of the value.
  uint64_t length;               ///< How many at most.
} anystore_read_options;

/// Options of `scan`.
typedef struct anystore_scan_options {
  uint32_t size;                 ///< sizeof the struct.
  uint32_t flags;                ///< ANYSTORE_HAS_DEADLINE, ANYSTORE_REVERSE, ANYSTORE_KEYS_ONLY.
  int64_t deadline;              ///< As above; also looked at by every `next`.
  const anystore_stop_v1* stop;  ///< As above; must outlive the cursor.
  uint32_t wanted;               ///< Bits of `anystore_wanted`.
  uint32_t reserved;             ///< 0.
  uint64_t limit_hint;           ///< How many entries will be looked at; 0: unknown. No limit.
} anystore_scan_options;

/// Options of `apply`.
typedef struct anystore_write_options {
  uint32_t size;                 ///< sizeof the struct.
  uint32_t flags;                ///< ANYSTORE_HAS_DEADLINE, ALL_OR_NOTHING, TELL_VERSION.
  int64_t deadline;              ///< As above.
  const anystore_stop_v1* stop;  ///< As above.
  uint32_t durability;           ///< One of `anystore_durability`.
  uint32_t reserved;             ///< 0.
} anystore_write_options;

/// The keys k with from <= k < to, compared as unsigned bytes.
typedef struct anystore_key_range {
  anystore_bytes from;  ///< The first key.
  anystore_bytes to;    ///< The first one after. At null: no end.
} anystore_key_range;

/// What is known of a record beside its value. Never changes its form.
typedef struct anystore_entry_info {
  uint64_t value_size;  ///< Bytes of the whole value.
  int64_t expires_at;   ///< Nanoseconds since 1970, with ANYSTORE_HAS_EXPIRY.
  uint8_t version[16];  ///< With ANYSTORE_HAS_VERSION.
  uint32_t flags;       ///< Those two.
  uint32_t reserved;    ///< 0.
} anystore_entry_info;

/// One entry of a listing. Its bytes live until the next call on the cursor.
typedef struct anystore_entry {
  anystore_bytes key;        ///< The key.
  anystore_bytes value;      ///< The value; empty in a listing without values.
  anystore_entry_info info;  ///< What else was asked for.
} anystore_entry;

/// One change.
typedef struct anystore_mutation {
  uint32_t kind;            ///< One of `anystore_mutation_kind`.
  uint32_t condition;       ///< One of `anystore_condition`.
  uint32_t flags;           ///< ANYSTORE_HAS_EXPIRY.
  uint32_t reserved;        ///< 0.
  anystore_bytes key;       ///< The key; the first one of a range.
  anystore_bytes value;     ///< For ANYSTORE_PUT.
  anystore_bytes range_to;  ///< For ANYSTORE_DELETE_RANGE. At null: no end.
  int64_t expires_at;       ///< Nanoseconds since 1970, for put and set expiry; unset: never.
  uint8_t version[16];      ///< For ANYSTORE_IF_VERSION_IS.
} anystore_mutation;

/// What a write did. The caller sets `size`.
typedef struct anystore_receipt {
  uint32_t size;        ///< sizeof the struct.
  uint32_t flags;       ///< ANYSTORE_HAS_VERSION.
  uint64_t applied;     ///< How many mutations: all.
  uint8_t version[16];  ///< That of the last record put.
} anystore_receipt;

/// What a store can do; capabilities.h explains every axis. The caller sets `size`.
typedef struct anystore_capabilities {
  uint32_t size;               ///< sizeof the struct.
  uint32_t access;             ///< anystore_access.
  uint64_t key_bytes_min;      ///< The shortest key.
  uint64_t key_bytes_max;      ///< The longest key.
  uint64_t value_bytes_max;    ///< The longest value.
  uint64_t batch_bytes_max;    ///< The most bytes in one `apply`.
  uint32_t key_alphabet;       ///< Bits of anystore_key_alphabet.
  uint32_t ordered_scan;       ///< anystore_support.
  uint32_t reverse_scan;       ///< anystore_support.
  uint32_t scan_isolation;     ///< anystore_scan_isolation.
  uint32_t range_read;         ///< anystore_support.
  uint32_t get_many;           ///< anystore_support.
  uint32_t snapshots;          ///< anystore_support.
  uint32_t transactions;       ///< anystore_support.
  uint32_t batch_atomicity;    ///< anystore_atomicity.
  uint32_t conditional_write;  ///< anystore_condition_scope.
  uint32_t versions;           ///< anystore_version_support.
  uint32_t expiry;             ///< anystore_support.
  uint32_t delete_range;       ///< anystore_support.
  uint32_t put_durability;     ///< anystore_durability, never ANYSTORE_DURABILITY_DEFAULT.
  uint32_t durability_max;     ///< Likewise.
  uint32_t sync_durability;    ///< Likewise.
  uint32_t consistency;        ///< anystore_consistency.
  uint32_t sharing;            ///< anystore_sharing.
  uint32_t persistence;        ///< anystore_persistence.
  uint32_t reserved;           ///< 0.
} anystore_capabilities;

/* ---- Tables ---- */

/// The value of `key`. Sets `*value`, which the caller releases, and `*info` unless that is null.
/// Errors: ANYSTORE_NOT_FOUND, which allocates nothing, and others.
typedef anystore_error* anystore_get_function(void* self, anystore_bytes key,
                                              const anystore_read_options* options,
                                              anystore_value* value, anystore_entry_info* info);
/// What is known of `key` without its value; as much as the bits of `wanted` name.
typedef anystore_error* anystore_stat_function(void* self, anystore_bytes key, uint32_t wanted,
                                               const anystore_call_options* options,
                                               anystore_entry_info* info);
/// `count` gets at once. Where it returns null, every `errors[i]` is set: to null and `values[i]`
/// to the value of `keys[i]`, or to the error of that key. Errors: ANYSTORE_INVALID_ARGUMENT,
/// ANYSTORE_CLOSED; what befalls single keys stands in `errors`.
typedef anystore_error* anystore_get_many_function(void* self, const anystore_bytes* keys,
                                                   size_t count,
                                                   const anystore_read_options* options,
                                                   anystore_value* values, anystore_error** errors);

/// Walks through the entries of a range; from `scan`.
typedef struct anystore_cursor_v1 {
  uint32_t size;  ///< sizeof(anystore_cursor_v1).
  void* self;     ///< Goes into every function.
  /// Fills the front of `entries`, of which there are `capacity`, `entry_size` bytes apart, and
  /// sets `*count`: at least one; 0 at the end and from then on. It may go on after an error.
  anystore_error* (*next)(void* self, anystore_entry* entries, size_t capacity, size_t entry_size,
                          size_t* count);
  /// Moves to the first key of the range that is not before `key`; of a reversed one, not after.
  anystore_error* (*seek)(void* self, anystore_bytes key);
  /// Frees the cursor and with it the table. May come after the store was closed or released.
  void (*close)(void* self);
} anystore_cursor_v1;

/// A cursor over `range`; null: over every key. Sets `*cursor`, which the caller closes.
typedef anystore_error* anystore_scan_function(void* self, const anystore_key_range* range,
                                               const anystore_scan_options* options,
                                               const anystore_cursor_v1** cursor);

/// A view of one moment of a store; from the feature "anystore.snapshots/1".
typedef struct anystore_reader_v1 {
  uint32_t size;                         ///< sizeof(anystore_reader_v1).
  void* self;                            ///< Goes into every function.
  anystore_get_function* get;            ///< See there, as the ones below.
  anystore_stat_function* stat;          ///< See there.
  anystore_get_many_function* get_many;  ///< See there.
  anystore_scan_function* scan;          ///< See there. Cursors are closed before the reader.
  /// Frees the reader and with it the table. May come after the store was closed or released.
  void (*close)(void* self);
} anystore_reader_v1;

/// An open store: from `anystore_open`, or from a backend's `open`.
///
/// From `anystore_open`: everything is checked, calls after `close` fail with ANYSTORE_CLOSED, and
/// cursors and readers may outlive it. A backend's is called by anystore alone, which guarantees:
/// no call during or after `close` but `release`, cursors and readers closed before that, no keys,
/// values and options that its capabilities do not have, windows only where `range_read` is native.
typedef struct anystore_store_v1 {
  uint32_t size;                         ///< sizeof(anystore_store_v1).
  void* self;                            ///< Goes into every function.
  anystore_get_function* get;            ///< See there, as the ones below.
  anystore_stat_function* stat;          ///< See there.
  anystore_get_many_function* get_many;  ///< See there. A backend may leave it null: many gets.
  anystore_scan_function* scan;          ///< See there.
  /// Applies `count` mutations, `mutation_size` bytes apart, in order. Without
  /// ANYSTORE_ALL_OR_NOTHING a failure may leave a front part applied, which
  /// `anystore_error_applied` then tells. Sets `*receipt` unless that is null.
  anystore_error* (*apply)(void* self, const anystore_mutation* mutations, size_t count,
                           size_t mutation_size, const anystore_write_options* options,
                           anystore_receipt* receipt);
  /// Makes every write in `range` (null: all) that returned before as durable as `sync_durability`
  /// says.
  anystore_error* (*sync)(void* self, const anystore_key_range* range,
                          const anystore_call_options* options);
  /// Whether the store takes `key`. A backend may leave it null, unless it says ANYSTORE_KEY_OTHER.
  anystore_error* (*check_key)(void* self, anystore_bytes key);
  /// What the store can do: always the same. Fills `*capabilities` up to its `size`.
  anystore_error* (*capabilities)(void* self, anystore_capabilities* capabilities);
  /// The table of a feature by name, from the list below, null when the store has none. Lives until
  /// `close`. A backend may leave it null: no features.
  const void* (*feature)(void* self, anystore_bytes name);
  /// Lets go of everything and tells what went wrong; the store is closed all the same. A second
  /// call does nothing.
  anystore_error* (*close)(void* self);
  /// Closes the store unless that was done, and frees it, and with it the table. The last call.
  void (*release)(void* self);
} anystore_store_v1;

/// Feature "anystore.snapshots/1".
typedef struct anystore_snapshots_v1 {
  uint32_t size;  ///< sizeof(anystore_snapshots_v1).
  void* self;     ///< Goes into the function.
  /// A view of this moment. Sets `*reader`, which the caller closes.
  anystore_error* (*new_snapshot)(void* self, const anystore_call_options* options,
                                  const anystore_reader_v1** reader);
} anystore_snapshots_v1;

/// Features "anystore.disk_usage/1": bytes on the medium; "anystore.garbage_collection/1": gives
/// back space, and `*number` is 0.
typedef struct anystore_number_v1 {
  uint32_t size;  ///< sizeof(anystore_number_v1).
  void* self;     ///< Goes into the function.
  /// Does it, and sets `*number`.
  anystore_error* (*run)(void* self, const anystore_call_options* options, uint64_t* number);
} anystore_number_v1;

/// Features "anystore.checking/1": reads everything and reports what is damaged;
/// "anystore.scrubbing/1": also repairs it.
typedef struct anystore_findings_v1 {
  uint32_t size;  ///< sizeof(anystore_findings_v1).
  void* self;     ///< Goes into the function.
  /// Does it, and calls `report(context, where, what)` for each finding, on the same thread.
  anystore_error* (*run)(void* self, const anystore_call_options* options,
                         void (*report)(void* context, anystore_bytes where, anystore_bytes what),
                         void* context);
} anystore_findings_v1;

/// What a backend may ask of anystore. Each function of a backend is handed one. That of `open`
/// lives until the store is released; the others only during their call. Thread-safe. While a store
/// is closed or released, nothing but `error_new` and `log` is called.
typedef struct anystore_host_v1 {
  uint32_t size;  ///< sizeof(anystore_host_v1).
  void* self;     ///< Goes into every function.
  /// An error to return: `code` of `anystore_code`, `retry` of `anystore_retry`, `applied` of
  /// `anystore_applied`, an errno value or 0, and a text without a period at its end, or none. The
  /// host adds store, verb and key. Never null. Without `os_error` and text it allocates nothing.
  anystore_error* (*error_new)(void* self, uint32_t code, uint32_t retry, uint32_t applied,
                               int32_t os_error, anystore_bytes text);
  /// Frees an error that is not returned.
  void (*error_free)(void* self, anystore_error* error);
  /// Writes a line, without its end, to the log; `level` of `anystore_log_level`.
  void (*log)(void* self, uint32_t level, anystore_bytes line);
  /// Nanoseconds since 1970 by the store's clock, the only one for expiry and deadlines.
  int64_t (*now)(void* self);
  /// Waits so many nanoseconds of that clock.
  void (*sleep)(void* self, int64_t nanoseconds);
  /// 64 random bits.
  uint64_t (*random)(void* self);
  /// A value of `size` bytes of the host's memory, to be filled through `*data` and then returned:
  /// the host takes it over without a copy. Errors: ANYSTORE_RESOURCE_EXHAUSTED.
  anystore_error* (*allocate)(void* self, size_t size, anystore_value* value, void** data);
  /// The text of a member of a configuration in JSON, which ends with a zero behind its size; of a
  /// number or a bool, as JSON writes it. Errors: ANYSTORE_NOT_FOUND, ANYSTORE_INVALID_CONFIG.
  anystore_error* (*config_text)(void* self, anystore_bytes config, const char* name,
                                 anystore_value* text);
} anystore_host_v1;

/// One kind of store. Texts end with a zero and live forever, as does the table. Functions are
/// thread-safe. `config` is a JSON object: "type", then "path", "host", "user" and "password" where
/// given, then every field, also those not given. With a spec bools are bools, and numbers, bytes
/// and durations (in nanoseconds) numbers; without one all are texts.
typedef struct anystore_backend_v1 {
  uint32_t size;            ///< sizeof(anystore_backend_v1).
  void* self;               ///< Goes into every function.
  const char* scheme;       ///< The scheme of its URLs.
  const char* description;  ///< One sentence on what it is.
  /// The fields it understands, in JSON; docs/guide/plugins.md has the form. Null: it takes any,
  /// and checks them itself.
  const char* config_spec_json;
  /// Sets `*full` to `config` with what it does not say; in both all fields are texts. Null: from
  /// the environment, then from the defaults of the spec.
  anystore_error* (*default_config)(void* self, const anystore_host_v1* host, anystore_bytes config,
                                    anystore_value* full);
  /// What a store can do, opened with defaults.
  anystore_error* (*capabilities)(void* self, const anystore_host_v1* host,
                                  anystore_capabilities* capabilities);
  /// One of `anystore_index_kind`. Null: ANYSTORE_SORTED_SET.
  uint32_t (*preferred_index)(void* self, anystore_bytes config);
  /// Makes an empty store and leaves it closed. Errors: ANYSTORE_ALREADY_EXISTS, and others.
  anystore_error* (*create)(void* self, const anystore_host_v1* host, anystore_bytes config);
  /// Opens a store. Errors: ANYSTORE_NOT_FOUND, ANYSTORE_BUSY, ANYSTORE_IDENTITY_MISMATCH, and
  /// others.
  anystore_error* (*open)(void* self, const anystore_host_v1* host, anystore_bytes config,
                          const anystore_store_v1** store);
  /// Sets `*exists` to whether there is one: 0 or 1.
  anystore_error* (*exists)(void* self, const anystore_host_v1* host, anystore_bytes config,
                            int32_t* exists);
  /// Removes a store with all it holds. Errors: ANYSTORE_NOT_FOUND, ANYSTORE_BUSY, and others.
  anystore_error* (*destroy)(void* self, const anystore_host_v1* host, anystore_bytes config);
  /// Whether a store that `open` just returned can serve. Null: it always can.
  anystore_error* (*ready)(void* self, const anystore_store_v1* store,
                           const anystore_call_options* options);
} anystore_backend_v1;

/// What a plugin, a shared library, defines and exports; anystore does not. The `size` of `host`
/// tells what this anystore knows. Null: the plugin cannot work with that. May be called more than
/// once. Plugins are never unloaded.
ANYSTORE_EXPORT const anystore_backend_v1* anystore_plugin_v1(const anystore_host_v1* host);

/* ---- Functions ---- */

/// The time of a store, where the host's will not do.
typedef struct anystore_clock_v1 {
  uint32_t size;               ///< sizeof(anystore_clock_v1).
  void* self;                  ///< Goes into every function.
  int64_t (*now)(void* self);  ///< Nanoseconds since 1970. Thread-safe.
  /// Waits, or moves a clock that only seems to run. Thread-safe.
  void (*sleep)(void* self, int64_t nanoseconds);
} anystore_clock_v1;

/// Options of the four functions below.
typedef struct anystore_open_options {
  uint32_t size;                   ///< sizeof the struct.
  uint32_t mode;                   ///< One of `anystore_open_mode`, for `anystore_open`.
  const anystore_clock_v1* clock;  ///< Must outlive the store. Null: the host's.
} anystore_open_options;

/// The version of the library: "0.1.0".
ANYSTORE_EXPORT const char* anystore_version(void) ANYSTORE_NOEXCEPT;
/// Opens the store that `name` names: a URL, a tree in JSON, or the name of a .json file. Sets
/// `*store`, which the caller releases. `options` may be null, as below.
ANYSTORE_EXPORT anystore_error* anystore_open(const char* name,
                                              const anystore_open_options* options,
                                              const anystore_store_v1** store) ANYSTORE_NOEXCEPT;
/// Makes an empty store where there is none.
ANYSTORE_EXPORT anystore_error* anystore_create(
    const char* name, const anystore_open_options* options) ANYSTORE_NOEXCEPT;
/// Sets `*exists` to whether there is a store: 0 or 1.
ANYSTORE_EXPORT anystore_error* anystore_exists(const char* name,
                                                const anystore_open_options* options,
                                                int32_t* exists) ANYSTORE_NOEXCEPT;
/// Removes a store with all it holds.
ANYSTORE_EXPORT anystore_error* anystore_destroy(
    const char* name, const anystore_open_options* options) ANYSTORE_NOEXCEPT;
/// Makes the plugin in the shared library `path` available to `anystore_open`; plugin.h tells what
/// is refused.
ANYSTORE_EXPORT anystore_error* anystore_load_plugin(const char* path) ANYSTORE_NOEXCEPT;
/// Makes the plugins that the variable ANYSTORE_PLUGIN_PATH names available to `anystore_open`.
ANYSTORE_EXPORT anystore_error* anystore_load_plugins_from_environment(void) ANYSTORE_NOEXCEPT;
/// Makes a kind of store that this program has itself available to `anystore_open`.
ANYSTORE_EXPORT anystore_error* anystore_register(const anystore_backend_v1* backend)
    ANYSTORE_NOEXCEPT;

/* ---- For convenience ---- */

/// The bytes of a text that ends with a zero, without the zero; of null, none.
static inline anystore_bytes anystore_text(const char* text) {
  anystore_bytes bytes;
  bytes.data = text;
  bytes.size = 0;
  while (text != NULL && text[bytes.size] != 0) ++bytes.size;
  return bytes;
}

/// Lets go of a value, which is then empty.
static inline void anystore_value_free(anystore_value* value) {
  if (value->release != NULL) value->release(value->owner);
  value->bytes.data = NULL;
  value->bytes.size = 0;
  value->owner = NULL;
  value->release = NULL;
}

/// Stores `value` under `key`.
static inline anystore_error* anystore_put(const anystore_store_v1* store, anystore_bytes key,
                                           anystore_bytes value) {
  anystore_mutation mutation = {0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, {0}};
  mutation.key = key;
  mutation.value = value;
  return store->apply(store->self, &mutation, 1, sizeof mutation, NULL, NULL);
}

/// Removes `key`; a missing one is no error.
static inline anystore_error* anystore_delete(const anystore_store_v1* store, anystore_bytes key) {
  anystore_mutation mutation = {0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, {0}};
  mutation.kind = ANYSTORE_DELETE;
  mutation.key = key;
  return store->apply(store->self, &mutation, 1, sizeof mutation, NULL, NULL);
}

#ifdef __cplusplus
}  // extern "C"
#endif

// NOLINTEND(readability-identifier-naming,modernize-use-nullptr)

/// `Capabilities`: what a store can do and how well, as plain data.
///
/// Every axis is ordered from weak to strong, so that the capabilities of a composition are the
/// `Meet` of its parts. A claim is a promise: the conformance kit tests each one, and a store
/// that claims what it does not do fails.
///
///     anystore::Capabilities can = store.capabilities();
///     if (can.batch_atomicity >= anystore::Atomicity::kAllOrNothing) { /* one batch is enough */ }
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/options.h"

namespace anystore {

/// How an ability comes about.
enum class Support : std::uint8_t {
  kAbsent,    ///< Asking for it is `unsupported`.
  kEmulated,  ///< It works, at a cost that the store's page tells.
  kNative,    ///< The store does it itself.
};

/// What happens to a batch whose commit does not end well.
enum class Atomicity : std::uint8_t {
  kNone,          ///< Any part of it may have been applied.
  kPerRecord,     ///< Each record is old or new; the batch may be cut anywhere.
  kWhenReopened,  ///< With `WriteOptions::all_or_nothing`, all of it or nothing once anystore has
                  ///< opened the store again after a crash; readers may see a part while it is
                  ///< applied. Otherwise as kPerRecord.
  kAllOrNothing,  ///< All of it or nothing, for readers and after a crash.
};

/// What a scan shows of writes made while it runs.
enum class ScanIsolation : std::uint8_t {
  kNone,         ///< Anything: an entry may be missing, or show a mixture.
  kEntryExists,  ///< Each entry shown existed at some moment of the scan; untouched keys are
                 ///< shown exactly once.
  kSnapshot,     ///< The scan shows one moment, that of its start.
};

/// Among whom the check and the write of a conditional write are one step.
enum class ConditionScope : std::uint8_t {
  kAbsent,   ///< No conditional writes.
  kHandle,   ///< Among the threads that share this open store.
  kProcess,  ///< Among all handles in this process.
  kStore,    ///< Among everybody who writes to the store.
};

/// How versions behave.
enum class VersionSupport : std::uint8_t {
  kAbsent,    ///< No versions.
  kContent,   ///< Equal versions mean equal records; an old version may come back with its record.
  kMonotone,  ///< Besides, a version never comes back.
};

/// What one key's readers see of its writers.
enum class Consistency : std::uint8_t {
  kEventual,      ///< A read may see an older value.
  kLinearizable,  ///< A read sees the last completed write.
};

/// Who may have the store open at once.
enum class Sharing : std::uint8_t {
  kOneHandle,               ///< One open handle.
  kOneProcess,              ///< Any number of handles in one process.
  kOneWriterManyProcesses,  ///< One writing process, others read.
  kManyProcesses,           ///< Anybody.
};

/// Whether records outlive the handle.
enum class Persistence : std::uint8_t {
  kHandle,  ///< Closing the store forgets them.
  kReopen,  ///< They are there when the store is opened again.
};

/// Whether a store takes writes.
enum class Access : std::uint8_t {
  kReadOnly,   ///< Every write is refused with `read_only`.
  kReadWrite,  ///< Writes are taken.
};

/// Restrictions on the bytes of a key, as bits: what a store refuses.
enum class KeyAlphabet : std::uint8_t {
  kAny = 0,     ///< Any bytes.
  kNoNul = 1,   ///< No zero byte.
  kUtf8 = 2,    ///< Only well-formed UTF-8.
  kFlatfs = 4,  ///< Only "/" and then one or more of 0-9 A-Z + _ = -.
  kOther = 8,   ///< Something else, which `Datastore::CheckKey` knows.
};

/// All restrictions of both.
[[nodiscard]] constexpr KeyAlphabet operator|(KeyAlphabet a, KeyAlphabet b) noexcept {
  return static_cast<KeyAlphabet>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether `alphabet` includes `restriction`.
[[nodiscard]] constexpr bool Restricts(KeyAlphabet alphabet, KeyAlphabet restriction) noexcept {
  return (static_cast<unsigned>(alphabet) & static_cast<unsigned>(restriction)) != 0;
}

/// Which keys a store takes. A key outside: writes fail with `invalid_argument` (by length with
/// `too_large`), reads find nothing, deletes succeed.
///
/// Threads: thread-compatible.
struct KeyLimits {
  /// The shortest key in bytes. 0: the empty key is a key like any other.
  std::uint64_t bytes_min = 0;
  /// The longest key in bytes.
  std::uint64_t bytes_max = std::numeric_limits<std::uint32_t>::max();
  /// Restrictions on the bytes, combined.
  KeyAlphabet alphabet = KeyAlphabet::kAny;

  /// Whether both are the same.
  friend bool operator==(const KeyLimits&, const KeyLimits&) = default;
};

/// What a store can do. A default one can do nothing but Get, Put and Delete, in memory.
///
/// Threads: thread-compatible.
struct ANYSTORE_EXPORT Capabilities {
  /// Which keys the store takes.
  KeyLimits keys = {};
  /// The longest value in bytes.
  std::uint64_t value_bytes_max = std::numeric_limits<std::uint32_t>::max();
  /// The most bytes of keys and values in one batch.
  std::uint64_t batch_bytes_max = std::numeric_limits<std::uint64_t>::max();

  /// Whether the store takes writes.
  Access access = Access::kReadWrite;

  /// Scans yield in key order, and cursors seek.
  Support ordered_scan = Support::kAbsent;
  /// Scans run backwards.
  Support reverse_scan = Support::kAbsent;
  /// What scans show of concurrent writes.
  ScanIsolation scan_isolation = ScanIsolation::kNone;
  /// Get reads a part of a value without reading the whole.
  Support range_read = Support::kAbsent;
  /// GetMany is better than as many Gets.
  Support get_many = Support::kAbsent;
  /// Feature `SnapshotSource`.
  Support snapshots = Support::kAbsent;
  /// Feature `TransactionSource`.
  Support transactions = Support::kAbsent;

  /// What a batch promises.
  Atomicity batch_atomicity = Atomicity::kNone;
  /// Among whom conditional writes hold.
  ConditionScope conditional_write = ConditionScope::kAbsent;
  /// Versions in `EntryInfo` and receipts.
  VersionSupport versions = VersionSupport::kAbsent;
  /// Records that go away by themselves.
  Support expiry = Support::kAbsent;
  /// Deleting a range in one mutation.
  Support delete_range = Support::kAbsent;

  /// What a plain Put survives, as the store was opened.
  Durability put_durability = Durability::kApplied;
  /// The strongest durability a write may ask for.
  Durability durability_max = Durability::kApplied;
  /// What Sync makes everything before it survive.
  Durability sync_durability = Durability::kApplied;

  /// What readers of a key see of its writers.
  Consistency consistency = Consistency::kEventual;
  /// Who may have the store open at once.
  Sharing sharing = Sharing::kOneHandle;
  /// Whether records outlive the handle.
  Persistence persistence = Persistence::kHandle;

  /// Whether both say the same.
  friend bool operator==(const Capabilities&, const Capabilities&) = default;

  /// Calls `visit(name, member pointer)` for every axis, in a fixed order: what printing,
  /// comparing and `Meet` are made of.
  template <class Visit>
  static void VisitAxes(Visit&& visit) {
    visit("value_bytes_max", &Capabilities::value_bytes_max);
    visit("batch_bytes_max", &Capabilities::batch_bytes_max);
    visit("access", &Capabilities::access);
    visit("ordered_scan", &Capabilities::ordered_scan);
    visit("reverse_scan", &Capabilities::reverse_scan);
    visit("scan_isolation", &Capabilities::scan_isolation);
    visit("range_read", &Capabilities::range_read);
    visit("get_many", &Capabilities::get_many);
    visit("snapshots", &Capabilities::snapshots);
    visit("transactions", &Capabilities::transactions);
    visit("batch_atomicity", &Capabilities::batch_atomicity);
    visit("conditional_write", &Capabilities::conditional_write);
    visit("versions", &Capabilities::versions);
    visit("expiry", &Capabilities::expiry);
    visit("delete_range", &Capabilities::delete_range);
    visit("put_durability", &Capabilities::put_durability);
    visit("durability_max", &Capabilities::durability_max);
    visit("sync_durability", &Capabilities::sync_durability);
    visit("consistency", &Capabilities::consistency);
    visit("sharing", &Capabilities::sharing);
    visit("persistence", &Capabilities::persistence);
  }
};

/// What a composition of both can do: the weaker of each axis, the narrower of each limit.
[[nodiscard]] ANYSTORE_EXPORT Capabilities Meet(const Capabilities& a, const Capabilities& b);

/// Whether a store with these limits takes `key`; `KeyAlphabet::kOther` is not looked at.
///
/// Errors: invalid_argument (too short, or a byte outside the alphabet) · too_large.
[[nodiscard]] ANYSTORE_EXPORT Status CheckKey(const KeyLimits& limits, std::string_view key);

/// The lower-case name of an axis' value: "native", "all_or_nothing".
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Support value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Atomicity value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(ScanIsolation value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(ConditionScope value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(VersionSupport value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Durability value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Consistency value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Sharing value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Persistence value) noexcept;
/// As above.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Access value) noexcept;

}  // namespace anystore

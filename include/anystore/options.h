/// The options of single calls. Every field has a default that suits; set the ones you mean:
///
///     anystore::ReadOptions first_kilobyte{.window = {.offset = 0, .length = 1024}};
///     anystore::PutOptions once{.condition = anystore::Condition::IfAbsent()};
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>

#include "anystore/environment.h"

namespace anystore {

/// When to give up. Stands first in every options struct.
///
/// A store looks at it before it starts and, where the store can block, while it waits: the call
/// then ends with `timeout` or `cancelled`.
///
/// Threads: thread-compatible.
struct CallOptions {
  /// The moment to give up, by the environment's clock. None: never.
  std::optional<Instant> deadline = {};
  /// Asks the call to end when stop is requested.
  std::stop_token stop = {};

  /// Whether nothing was set, so that there is nothing to look at.
  [[nodiscard]] bool unbounded() const noexcept {
    return !deadline.has_value() && !stop.stop_possible();
  }
};

/// Identifies one state of one record: equal versions of a key mean equal records.
using Version = std::array<std::byte, 16>;

/// What a store knows of a record beside its value.
///
/// Threads: thread-compatible.
struct EntryInfo {
  /// The size of the whole value in bytes. In a listing without values, only when asked for.
  std::uint64_t size = 0;
  /// The version, where the store has versions and it was asked for.
  std::optional<Version> version = {};
  /// When the record goes away by itself; none: never.
  std::optional<Instant> expires_at = {};
};

/// Which parts of `EntryInfo` a caller wants; combine with `|`. Existence is always known.
enum class Wanted : std::uint8_t {
  kExistence = 0,  ///< Nothing but that the record is there.
  kSize = 1,       ///< `EntryInfo::size`.
  kVersion = 2,    ///< `EntryInfo::version`.
  kExpiry = 4,     ///< `EntryInfo::expires_at`.
  kAll = 7,        ///< Everything.
};
/// Both sets of parts.
[[nodiscard]] constexpr Wanted operator|(Wanted a, Wanted b) noexcept {
  return static_cast<Wanted>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether `wanted` includes `part`.
[[nodiscard]] constexpr bool Wants(Wanted wanted, Wanted part) noexcept {
  return (static_cast<unsigned>(wanted) & static_cast<unsigned>(part)) != 0;
}

/// A part of a value: `length` bytes from `offset`, cut to what is there.
///
/// Threads: thread-compatible.
struct Window {
  /// The first byte wanted. Past the end of the value: nothing is returned, which is no error.
  std::uint64_t offset = 0;
  /// How many bytes at most.
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();

  /// Whether it means the whole value.
  [[nodiscard]] bool whole() const noexcept {
    return offset == 0 && length == std::numeric_limits<std::uint64_t>::max();
  }
};

/// Options of Get and GetMany.
///
/// Threads: thread-compatible.
struct ReadOptions {
  /// When to give up.
  CallOptions call = {};
  /// The part of the value to return. Needs nothing of the store: where `range_read` is not
  /// native, the whole value is read and cut.
  Window window = {};
  /// Where to put what is known of the record; null: nobody asks. Not for GetMany.
  EntryInfo* info = nullptr;
};

/// Options of Scan.
///
/// Threads: thread-compatible.
struct ScanOptions {
  /// When to give up; also looked at by every `Next` of the cursor.
  CallOptions call = {};
  /// From the last key to the first. Needs capability `reverse_scan`.
  bool reverse = false;
  /// Return values; false saves reading them.
  bool values = true;
  /// What to fill in beside key and value. The size is always filled in when values are.
  Wanted wanted = Wanted::kExistence;
  /// How many entries the caller will look at, when it knows. A hint: never a limit.
  std::uint64_t limit_hint = std::numeric_limits<std::uint64_t>::max();
};

/// What a write must survive before the call returns, weak to strong.
enum class Durability : std::uint8_t {
  kStoreDefault,     ///< What the store was opened with; see `Capabilities::put_durability`.
  kApplied,          ///< Later calls in this process see it.
  kSurvivesProcess,  ///< It is there after kill -9.
  kSurvivesPower,    ///< It is there after a power cut.
};

/// Options of Apply and Commit.
///
/// Threads: thread-compatible.
struct WriteOptions {
  /// When to give up. A write that gave up says by `Error::applied()` whether it may have happened.
  CallOptions call = {};
  /// What the write must survive. More than `Capabilities::durability_max` is `unsupported`.
  Durability durability = Durability::kStoreDefault;
  /// All mutations or none, also after a crash. Where `batch_atomicity` is weaker: `unsupported`,
  /// and nothing is touched.
  bool all_or_nothing = false;
  /// Tell in `Receipt::version` the version of the last record put. Costs a hash of its value where
  /// versions are `kContent`. Needs capability `versions`.
  bool want_version = false;
};

/// What must be true of a record for a write to happen; check and write are one step.
///
/// Threads: thread-compatible.
struct Condition {
  /// What is asked of the record.
  enum class Kind : std::uint8_t {
    kNone,       ///< Nothing.
    kAbsent,     ///< There is no record.
    kPresent,    ///< There is a record.
    kVersionIs,  ///< There is a record, and its version is `version`.
  };
  /// What is asked. Anything but `kNone` needs capability `conditional_write`.
  Kind kind = Kind::kNone;
  /// The version for `kVersionIs`. Needs capability `versions`.
  Version version = {};

  /// Write only if there is no record.
  [[nodiscard]] static Condition IfAbsent() noexcept { return {.kind = Kind::kAbsent}; }
  /// Write only if there is a record.
  [[nodiscard]] static Condition IfPresent() noexcept { return {.kind = Kind::kPresent}; }
  /// Write only if the record has this version.
  [[nodiscard]] static Condition IfVersion(const Version& v) noexcept {
    return {.kind = Kind::kVersionIs, .version = v};
  }
};

/// Options of Put.
///
/// Threads: thread-compatible.
struct PutOptions {
  /// Durability and deadline.
  WriteOptions write = {};
  /// Put only if this holds; otherwise `precondition_failed`.
  Condition condition = {};
  /// When the record goes away by itself. A put without it clears an older one. A moment that has
  /// passed leaves no record. Needs capability `expiry`.
  std::optional<Instant> expires_at = {};
};

/// Options of Delete.
///
/// Threads: thread-compatible.
struct DeleteOptions {
  /// Durability and deadline.
  WriteOptions write = {};
  /// Delete only if this holds; otherwise `precondition_failed`.
  Condition condition = {};
};

/// Options of NewBatch.
///
/// Threads: thread-compatible.
struct BatchOptions {
  /// How many bytes of keys and values are expected, when known. A hint.
  std::uint64_t bytes_hint = 0;
};

}  // namespace anystore

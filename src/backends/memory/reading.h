/// The reads that the store and its snapshots share: from a root, at a moment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/environment.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/value.h"
#include "backends/memory/tree.h"

namespace anystore::memory {

/// `at` as records have it.
[[nodiscard]] inline std::int64_t Nanoseconds(Instant at) noexcept {
  return at.time_since_epoch().count();
}

/// A moment by which records are judged as expired: the present one, for which the clock is read
/// when the first record with an expiry turns up, or a fixed one.
///
/// Threads: single-thread.
class Moment {
 public:
  explicit Moment(Clock& clock) noexcept : clock_(&clock) {}
  explicit Moment(std::int64_t now) noexcept : now_(now) {}

  /// The moment in nanoseconds since 1970; the same at every call.
  [[nodiscard]] std::int64_t now() {
    if (!now_.has_value()) now_ = Nanoseconds(clock_->Now());
    return *now_;
  }
  /// Whether the record is gone.
  [[nodiscard]] bool Expired(const Record& record) {
    return record.expires_at() != kNever && record.expires_at() <= now();
  }
  /// `record` unless it is null or gone.
  [[nodiscard]] Record* Live(Record* record) {
    return record != nullptr && !Expired(*record) ? record : nullptr;
  }

 private:
  Clock* clock_ = nullptr;
  std::optional<std::int64_t> now_ = {};
};

/// Turns the numbers of writes into versions of one store, which are unequal to those of others.
///
/// Threads: immutable.
class Versions {
 public:
  explicit Versions(std::uint64_t store_id) noexcept : store_id_(store_id) {}
  /// The version of what write `number` stored.
  [[nodiscard]] Version Of(std::uint64_t number) const noexcept;
  /// What is known of `record`, as far as it is wanted; its size in any case.
  [[nodiscard]] EntryInfo Describe(const Record& record, Wanted wanted) const noexcept;

 private:
  std::uint64_t store_id_;
};

/// What Get returns for the record that it found, which may be null. Pins the record.
///
/// Requires: the record cannot go away meanwhile.
[[nodiscard]] Result<Value> PinValue(Record* record, const ReadOptions& options,
                                     const Versions& versions);

/// Sets `found[i]` to the record of `keys[i]`, null where there is none. Walks many keys at once,
/// so that the waits for memory overlap.
void FindRecords(Node* root, std::span<const std::string_view> keys,
                 std::span<Record*> found) noexcept;

/// A cursor over what `snapshot` has in `range` and was not expired at `now`.
[[nodiscard]] std::unique_ptr<Cursor> NewCursor(const Tree::Snapshot& snapshot,
                                                const KeyRange& range, const ScanOptions& options,
                                                const Versions& versions, std::int64_t now);

}  // namespace anystore::memory

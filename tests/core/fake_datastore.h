/// A datastore for the tests of `Store`: a map that records what reaches it, fails on demand, and
/// knows how many of its cursors and snapshots are alive.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/features.h"
#include "anystore/results.h"

namespace anystore::testing {

/// What a fake and its test share; outlives the store.
struct FakeState {
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> records;
  std::vector<Mutation::Kind> applied;  ///< the kinds of mutations that arrived
  WriteOptions last_write;
  ReadOptions last_read;
  ScanOptions last_scan;
  std::optional<Error> next_error;  ///< returned, once, by the next call
  std::function<void()> during_get;
  std::atomic<int> parts_alive = 0;  ///< cursors, batches and snapshots
  std::atomic<int> parts_alive_at_close = -1;
  std::atomic<bool> closed = false;
  std::atomic<int> calls_after_close = 0;

  Status Enter() {
    if (closed) ++calls_after_close;
    const std::lock_guard lock(mutex);
    if (!next_error.has_value()) return Ok();
    Error error = *std::move(next_error);
    next_error.reset();
    return error;
  }
};

class FakeCursor final : public Cursor {
 public:
  FakeCursor(FakeState& state, std::unique_ptr<Cursor> cursor)
      : state_(state), cursor_(std::move(cursor)) {
    ++state_.parts_alive;
  }
  ~FakeCursor() override { --state_.parts_alive; }
  Result<std::size_t> Next(std::span<EntryView> out) override {
    ANYSTORE_TRY(state_.Enter());
    return cursor_->Next(out);
  }
  Status Seek(std::string_view key) override {
    ANYSTORE_TRY(state_.Enter());
    return cursor_->Seek(key);
  }

 private:
  FakeState& state_;
  std::unique_ptr<Cursor> cursor_;
};

/// Reads a map: the state's own, or the copy that a snapshot holds.
class FakeReader : public Reader {
 public:
  using Records = std::map<std::string, std::string, std::less<>>;
  FakeReader(FakeState& state, Records records) : state_(state), records_(std::move(records)) {
    ++state_.parts_alive;
  }
  ~FakeReader() override { --state_.parts_alive; }
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return GetFrom(state_, records_, key, options);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return ScanOf(state_, records_, range, options);
  }

  static Result<Value> GetFrom(FakeState& state, const Records& records, std::string_view key,
                               const ReadOptions& options) {
    ANYSTORE_TRY(state.Enter());
    const std::lock_guard lock(state.mutex);
    state.last_read = options;
    const auto it = records.find(key);
    if (it == records.end()) return Error(Code::kNotFound);
    if (options.info != nullptr) *options.info = {.size = it->second.size()};
    return Value::Copy(it->second).Slice(options.window.offset, options.window.length);
  }
  static Result<std::unique_ptr<Cursor>> ScanOf(FakeState& state, const Records& records,
                                                const KeyRange& range, const ScanOptions& options) {
    ANYSTORE_TRY(state.Enter());
    const std::lock_guard lock(state.mutex);
    state.last_scan = options;
    std::vector<Entry> entries;
    for (const auto& [key, value] : records) {
      entries.push_back({.key = key, .value = Value::Copy(value)});
      entries.back().info.size = value.size();
    }
    return std::make_unique<FakeCursor>(state, MakeCursor(std::move(entries), range, options));
  }

 private:
  FakeState& state_;
  const Records records_;
};

class FakeDatastore final : public Provides<Datastore, SnapshotSource> {
 public:
  explicit FakeDatastore(FakeState& state, Capabilities capabilities = Everything())
      : state_(state), capabilities_(capabilities) {}

  /// All that a store could claim, so that a test takes away what it is about.
  static Capabilities Everything() {
    Capabilities all;
    all.ordered_scan = all.reverse_scan = all.range_read = all.snapshots = Support::kNative;
    all.delete_range = all.expiry = Support::kNative;
    all.batch_atomicity = Atomicity::kAllOrNothing;
    all.conditional_write = ConditionScope::kStore;
    all.versions = VersionSupport::kMonotone;
    all.durability_max = all.sync_durability = Durability::kSurvivesPower;
    return all;
  }

  const Capabilities& capabilities() const override { return capabilities_; }
  Status CheckKey(std::string_view key) const override {
    ANYSTORE_TRY(Datastore::CheckKey(key));
    return key == "/special" ? Status(Error(Code::kInvalidArgument, "special")) : Ok();
  }
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    if (state_.during_get) state_.during_get();
    return FakeReader::GetFrom(state_, state_.records, key, options);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return FakeReader::ScanOf(state_, state_.records, range, options);
  }
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    ANYSTORE_TRY(state_.Enter());
    state_.last_write = options;
    for (const Mutation& mutation : mutations) {
      state_.applied.push_back(mutation.kind);
      if (mutation.kind == Mutation::Kind::kPut) {
        state_.records.insert_or_assign(std::string(mutation.key), std::string(mutation.value));
      } else if (mutation.kind == Mutation::Kind::kDelete) {
        state_.records.erase(std::string(mutation.key));
      } else if (mutation.kind == Mutation::Kind::kDeleteRange) {
        std::erase_if(state_.records, [&](const auto& record) {
          return record.first >= mutation.key &&
                 (!mutation.range_to.has_value() || record.first < *mutation.range_to);
        });
      }
    }
    return Receipt{.applied = mutations.size()};
  }
  Status Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) override {
    return state_.Enter();
  }
  Status Close() override {
    state_.parts_alive_at_close = state_.parts_alive.load();
    Status status = state_.Enter();
    state_.closed = true;
    return status;
  }
  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& /*call*/) override {
    ANYSTORE_TRY(state_.Enter());
    return std::make_unique<FakeReader>(state_, state_.records);
  }

 private:
  FakeState& state_;
  const Capabilities capabilities_;
};

}  // namespace anystore::testing

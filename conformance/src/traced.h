/// `TracedStore` and what it hands out: the public interface again, with every answer recorded.
/// Chapters are written against these.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/store.h"
#include "recorder.h"

namespace anystore::conformance {

/// The code of a result: ok, or its error's.
template <class T>
[[nodiscard]] Code CodeOf(const Result<T>& result) noexcept {
  return result.has_value() ? Code::kOk : result.error().code();
}

/// `Results`, recorded.
///
/// Threads: single-thread.
class TracedResults {
 public:
  TracedResults(Recorder& recorder, Results results)
      : recorder_(&recorder), results_(std::move(results)) {}

  bool Next() { return results_.Next(); }
  [[nodiscard]] const EntryView& entry() const noexcept { return results_.entry(); }
  [[nodiscard]] Status status() const {
    Status status = results_.status();
    recorder_->Record(Verb::kResultsStatus, {}, 0, CodeOf(status));
    return status;
  }
  [[nodiscard]] Result<std::vector<Entry>> Rest() {
    Result<std::vector<Entry>> rest = results_.Rest();
    recorder_->Record(Verb::kResultsRest, {}, 0, CodeOf(rest));
    return rest;
  }
  void Close() { results_.Close(); }
  [[nodiscard]] const Query& query() const noexcept { return results_.query(); }
  [[nodiscard]] Results::Iterator begin() { return results_.begin(); }
  [[nodiscard]] Results::Iterator end() noexcept { return results_.end(); }

 private:
  Recorder* recorder_;
  Results results_;
};

/// `Cursor`, recorded.
///
/// Threads: single-thread.
class TracedCursor {
 public:
  TracedCursor(Recorder& recorder, std::unique_ptr<Cursor> cursor)
      : recorder_(&recorder), cursor_(std::move(cursor)) {}

  Result<std::size_t> Next(std::span<EntryView> out) {
    Result<std::size_t> count = cursor_->Next(out);
    recorder_->Record(Verb::kCursorNext, {}, 0, CodeOf(count));
    return count;
  }
  Status Seek(std::string_view key) {
    Status status = cursor_->Seek(key);
    recorder_->Record(Verb::kCursorSeek, key, 0, CodeOf(status));
    return status;
  }

 private:
  Recorder* recorder_;
  std::unique_ptr<Cursor> cursor_;
};

/// `Batch`, recorded.
///
/// Threads: single-thread.
class TracedBatch {
 public:
  TracedBatch(Recorder& recorder, std::unique_ptr<Batch> batch)
      : recorder_(&recorder), batch_(std::move(batch)) {}

  Status Put(std::string_view key, std::string_view value) {
    Status status = batch_->Put(key, value);
    recorder_->Record(Verb::kBatchPut, key, value.size(), CodeOf(status));
    if (status.has_value()) bytes_ += key.size() + value.size();
    return status;
  }
  Status Delete(std::string_view key) {
    Status status = batch_->Delete(key);
    recorder_->Record(Verb::kBatchDelete, key, 0, CodeOf(status));
    if (status.has_value()) bytes_ += key.size();
    return status;
  }
  Result<Receipt> Commit(const WriteOptions& options = {}) {
    Result<Receipt> receipt = batch_->Commit(options);
    recorder_->Record(Verb::kBatchCommit, {}, bytes_, CodeOf(receipt));
    if (receipt.has_value()) bytes_ = 0;
    return receipt;
  }
  void Discard() {
    batch_->Discard();
    bytes_ = 0;
    recorder_->Note("discard");
  }

 private:
  Recorder* recorder_;
  std::unique_ptr<Batch> batch_;
  std::uint64_t bytes_ = 0;
};

/// The reads of a store or snapshot, recorded.
///
/// Threads: thread-safe.
class TracedReader {
 public:
  [[nodiscard]] Result<Value> Get(std::string_view key, const ReadOptions& options = {}) const {
    return Trace(Verb::kGet, key, 0, reader_->Get(key, options));
  }
  [[nodiscard]] Result<bool> Has(std::string_view key, const CallOptions& call = {}) const {
    return Trace(Verb::kHas, key, 0, reader_->Has(key, call));
  }
  [[nodiscard]] Result<std::uint64_t> GetSize(std::string_view key,
                                              const CallOptions& call = {}) const {
    return Trace(Verb::kGetSize, key, 0, reader_->GetSize(key, call));
  }
  [[nodiscard]] Result<EntryInfo> Stat(std::string_view key, Wanted wanted = Wanted::kSize,
                                       const CallOptions& call = {}) const {
    return Trace(Verb::kStat, key, 0, reader_->Stat(key, wanted, call));
  }
  Status GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                 const ReadOptions& options = {}) const {
    Status status = Trace(Verb::kGetMany, {}, 0, reader_->GetMany(keys, out, options));
    if (!status.has_value()) return status;
    // What befell a single key is what Get of it returns.
    for (std::size_t i = 0; i < keys.size(); ++i) {
      recorder_->Record(Verb::kGet, keys[i], 0, CodeOf(out[i]));
    }
    return status;
  }
  [[nodiscard]] Result<TracedResults> Query(anystore::Query query) const {
    const std::string scope = query.prefix.empty() ? query.range.from() : query.prefix;
    Result<Results> results = Trace(Verb::kQuery, scope, 0, reader_->Query(std::move(query)));
    if (!results.has_value()) return std::move(results).error();
    return TracedResults(*recorder_, *std::move(results));
  }
  [[nodiscard]] Result<TracedCursor> Scan(const KeyRange& range,
                                          const ScanOptions& options = {}) const {
    Result<std::unique_ptr<Cursor>> cursor =
        Trace(Verb::kScan, range.from(), 0, reader_->Scan(range, options));
    if (!cursor.has_value()) return std::move(cursor).error();
    return TracedCursor(*recorder_, *std::move(cursor));
  }

 protected:
  TracedReader(Recorder& recorder, const ReadHandle& reader)
      : recorder_(&recorder), reader_(&reader) {}

  template <class T>
  Result<T> Trace(Verb verb, std::string_view key, std::uint64_t bytes, Result<T> result) const {
    recorder_->Record(verb, key, bytes, CodeOf(result));
    return result;
  }

  Recorder* recorder_;
  const ReadHandle* reader_;
};

/// `Snapshot`, recorded.
///
/// Threads: thread-safe.
class TracedSnapshot : public TracedReader {
 public:
  TracedSnapshot(Recorder& recorder, std::unique_ptr<Snapshot> snapshot)
      : TracedReader(recorder, *snapshot), snapshot_(std::move(snapshot)) {}

 private:
  std::unique_ptr<Snapshot> snapshot_;
};

/// `Store`, recorded.
///
/// Threads: thread-safe, but for Destroy.
class TracedStore : public TracedReader {
 public:
  TracedStore(Recorder& recorder, std::unique_ptr<Store> store)
      : TracedReader(recorder, *store), store_(std::move(store)) {}

  Result<Receipt> Put(std::string_view key, std::string_view value,
                      const PutOptions& options = {}) {
    return Trace(Verb::kPut, key, value.size(), store_->Put(key, value, options));
  }
  Result<Receipt> Delete(std::string_view key, const DeleteOptions& options = {}) {
    return Trace(Verb::kDelete, key, 0, store_->Delete(key, options));
  }
  Status DeleteRange(const KeyRange& range, const WriteOptions& options = {}) {
    return Trace(Verb::kDeleteRange, range.from(), 0, store_->DeleteRange(range, options));
  }
  Status SetExpiry(std::string_view key, std::optional<Instant> expires_at,
                   const WriteOptions& options = {}) {
    return Trace(Verb::kSetExpiry, key, 0, store_->SetExpiry(key, expires_at, options));
  }
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options = {}) {
    const std::string_view first = mutations.empty() ? std::string_view{} : mutations.front().key;
    std::uint64_t bytes = 0;
    for (const Mutation& mutation : mutations) bytes += mutation.key.size() + mutation.value.size();
    return Trace(Verb::kApply, first, bytes, store_->Apply(mutations, options));
  }
  [[nodiscard]] Result<TracedBatch> NewBatch(const BatchOptions& options = {}) {
    Result<std::unique_ptr<Batch>> batch = Trace(Verb::kNewBatch, {}, 0, store_->NewBatch(options));
    if (!batch.has_value()) return std::move(batch).error();
    return TracedBatch(*recorder_, *std::move(batch));
  }
  [[nodiscard]] Result<TracedSnapshot> NewSnapshot(const CallOptions& call = {}) {
    Result<Snapshot> snapshot = Trace(Verb::kNewSnapshot, {}, 0, store_->NewSnapshot(call));
    if (!snapshot.has_value()) return std::move(snapshot).error();
    return TracedSnapshot(*recorder_, std::make_unique<Snapshot>(*std::move(snapshot)));
  }
  Status Sync(const KeyRange& range = {}, const CallOptions& call = {}) {
    return Trace(Verb::kSync, range.from(), 0, store_->Sync(range, call));
  }
  Status Close() { return Trace(Verb::kClose, {}, 0, store_->Close()); }
  Status CheckKey(std::string_view key) const {
    return Trace(Verb::kCheckKey, key, 0, store_->CheckKey(key));
  }
  /// The store itself, for what is not recorded: capabilities, name, features.
  [[nodiscard]] Store& store() const noexcept { return *store_; }
  /// Destroys the store; the handle may then only be destroyed or assigned to.
  void Destroy() {
    store_.reset();
    recorder_->Note("the store is destroyed");
  }

 private:
  std::unique_ptr<Store> store_;
};

}  // namespace anystore::conformance

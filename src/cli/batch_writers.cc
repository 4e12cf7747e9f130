#include "cli/batch_writers.h"

#include <algorithm>
#include <utility>

namespace anystore::cli {
namespace {

// One batch: enough that the cost of a write is shared, few enough that several threads have some.
constexpr std::uint64_t kBatchRecords = 100;
constexpr std::uint64_t kBatchBytes = 1 << 20;
// A checkpoint is a file made and renamed, which is worth about as much as writing so many records.
constexpr std::uint64_t kSaveEveryRecords = 300;
constexpr std::uint64_t kSyncEveryBytes = 64 << 20;
constexpr std::uint64_t kBytesInFlightMax = 32 << 20;

// Room for a batch must come about by writing alone: what waits is then more than is saved at once.
static_assert(kSaveEveryRecords + kBatchRecords <= BatchWriters::kUncoveredRecordsMax);

}  // namespace

void RecordBatch::Add(const EntryView& entry, std::string_view key) {
  records_.push_back({.offset = buffer_.size(),
                      .key_bytes = key.size(),
                      .value_bytes = entry.value.size(),
                      .expires_at = entry.info.expires_at});
  buffer_.append(key).append(entry.value);
  last_key_ = entry.key;
  last_written_key_ = key;
}

void RecordBatch::Skip(const EntryView& entry, std::string_view key) {
  ++skipped_;
  last_key_ = entry.key;
  last_written_key_ = key;
}

bool RecordBatch::full() const {
  return records() >= kBatchRecords || buffer_.size() >= kBatchBytes;
}

Status RecordBatch::ApplyTo(Store& store) const {
  if (records_.empty()) return Ok();
  const std::string_view buffer = buffer_;
  std::vector<Mutation> mutations;
  mutations.reserve(records_.size());
  for (const Record& record : records_) {
    mutations.push_back(
        {.key = buffer.substr(record.offset, record.key_bytes),
         .value = buffer.substr(record.offset + record.key_bytes, record.value_bytes),
         .expires_at = record.expires_at});
  }
  const bool can_survive = store.capabilities().durability_max >= Durability::kSurvivesProcess;
  ANYSTORE_TRY(store.Apply(mutations, {.durability = can_survive ? Durability::kSurvivesProcess
                                                                 : Durability::kStoreDefault}));
  return Ok();
}

BatchWriters::BatchWriters(Store& store, unsigned jobs, const Checkpoint* checkpoint,
                           const Watermark& before)
    : store_(store),
      checkpoint_(checkpoint),
      records_in_(before.records),
      applied_{.key = before.key, .written_key = before.written_key, .records = before.records},
      records_saved_(before.records) {
  for (unsigned i = 0; i < jobs; ++i) threads_.emplace_back([this] { Work(); });
}

BatchWriters::~BatchWriters() { Stop(); }

void BatchWriters::Stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool BatchWriters::HasRoomFor(const RecordBatch& batch) const {
  // A single batch is taken whatever its size, or a large record would wait for ever.
  if (bytes_in_flight_ > 0 && bytes_in_flight_ + batch.bytes() > kBytesInFlightMax) return false;
  return checkpoint_ == nullptr ||
         records_in_ + batch.records() - records_saved_ <= kUncoveredRecordsMax;
}

Status BatchWriters::Submit(RecordBatch batch) {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return error_.has_value() || HasRoomFor(batch); });
  if (error_.has_value()) return FirstError();
  records_in_ += batch.records();
  bytes_in_flight_ += batch.bytes();
  queue_.push_back({.number = next_number_++, .batch = std::move(batch)});
  lock.unlock();
  work_.notify_one();
  return Ok();
}

void BatchWriters::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Numbered next = std::move(queue_.front());
    queue_.pop_front();
    // After an error nothing more is written, so that the user finds what the message says.
    if (error_.has_value()) continue;
    lock.unlock();
    Status applied = next.batch.ApplyTo(store_);
    lock.lock();
    if (!applied.has_value()) {
      Fail(std::move(applied).error());
      continue;
    }
    Record(next.number, {.last_key = next.batch.last_key(),
                         .last_written_key = next.batch.last_written_key(),
                         .records = next.batch.records(),
                         .bytes = next.batch.bytes()});
    SaveWhileDue(lock, false);
  }
}

void BatchWriters::Record(std::uint64_t number, Done done) {
  bytes_in_flight_ -= done.bytes;
  done_.emplace(number, std::move(done));
  for (auto first = done_.begin(); first != done_.end() && first->first == applied_number_;
       first = done_.erase(first)) {
    applied_.key = std::move(first->second.last_key);
    applied_.written_key = std::move(first->second.last_written_key);
    applied_.records += first->second.records;
    bytes_since_sync_ += first->second.bytes;
    ++applied_number_;
  }
  progress_.notify_all();
}

void BatchWriters::SaveWhileDue(std::unique_lock<std::mutex>& lock, bool all) {
  if (checkpoint_ == nullptr || saving_) return;
  const std::uint64_t due = all ? 1 : kSaveEveryRecords;
  while (applied_.records - records_saved_ >= due) {
    const Watermark watermark = applied_;
    const bool sync = bytes_since_sync_ >= kSyncEveryBytes;
    if (sync) bytes_since_sync_ = 0;
    saving_ = true;
    lock.unlock();
    Status saved = Save(watermark, sync);
    lock.lock();
    saving_ = false;
    if (!saved.has_value()) {
      Fail(std::move(saved).error());
      return;
    }
    records_saved_ = watermark.records;
    progress_.notify_all();
  }
}

Status BatchWriters::Save(const Watermark& watermark, bool sync) {
  ANYSTORE_TRY(checkpoint_->Save(watermark, false));
  if (!sync) return Ok();
  ANYSTORE_TRY(store_.Sync());
  return checkpoint_->Save(watermark, true);
}

void BatchWriters::Fail(Error error) {
  if (!error_.has_value()) error_ = std::move(error);
  progress_.notify_all();
}

Status BatchWriters::FirstError() const { return error_->Clone(); }

Status BatchWriters::Drain() {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return error_.has_value() || applied_number_ == next_number_; });
  return error_.has_value() ? FirstError() : Ok();
}

Status BatchWriters::Finish() {
  Stop();
  std::unique_lock lock(mutex_);
  // Also after an error: what was applied without a gap need not be read again.
  SaveWhileDue(lock, true);
  return error_.has_value() ? FirstError() : Ok();
}

}  // namespace anystore::cli

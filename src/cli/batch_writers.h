/// The writing side of a copy: threads that apply batches, and how far they have come without a
/// gap.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/store.h"
#include "cli/checkpoint.h"

namespace anystore::cli {

/// Records on their way from one store to another, in one buffer.
///
/// Threads: thread-compatible.
class RecordBatch {
 public:
  /// Adds a copy of an entry of the source, to be written under `key`.
  void Add(const EntryView& entry, std::string_view key);
  /// Notes an entry of the source that is there under `key` already.
  void Skip(const EntryView& entry, std::string_view key);
  /// Whether it should be written before more is added.
  [[nodiscard]] bool full() const;
  /// How many entries were added or skipped.
  [[nodiscard]] std::uint64_t records() const { return records_.size() + skipped_; }
  [[nodiscard]] std::uint64_t bytes() const { return buffer_.size(); }
  /// The key in the source of what was added or skipped last, and what it is written under.
  [[nodiscard]] const std::string& last_key() const { return last_key_; }
  [[nodiscard]] const std::string& last_written_key() const { return last_written_key_; }
  /// Puts all of them. They are visible and survive the process at return, where the store can.
  Status ApplyTo(Store& store) const;

 private:
  struct Record {
    std::size_t offset = 0;
    std::size_t key_bytes = 0;
    std::size_t value_bytes = 0;
    std::optional<Instant> expires_at = {};
  };

  std::string buffer_;
  std::vector<Record> records_;
  std::uint64_t skipped_ = 0;
  std::string last_key_;
  std::string last_written_key_;
};

/// Applies batches with several threads and keeps the checkpoint. What was handed in but is not yet
/// covered by the checkpoint is never more than `kUncoveredRecordsMax` records, so that is all
/// that a later run may have to read again.
///
/// Threads: single-thread, but for the threads of its own.
class BatchWriters {
 public:
  /// How many written records a checkpoint may lag behind.
  static constexpr std::uint64_t kUncoveredRecordsMax = 1000;

  /// Writes to `store`. A null `checkpoint`: nothing is kept. `before` is what earlier runs wrote.
  BatchWriters(Store& store, unsigned jobs, const Checkpoint* checkpoint, const Watermark& before);
  BatchWriters(const BatchWriters&) = delete;
  BatchWriters& operator=(const BatchWriters&) = delete;
  /// Waits for the threads.
  ~BatchWriters();

  /// Hands in a batch; waits while too much is on its way.
  ///
  /// Errors: the first error of a writer or of the checkpoint.
  Status Submit(RecordBatch batch);
  /// Waits until everything that was handed in is applied.
  ///
  /// Errors: as Submit.
  Status Drain();
  /// Waits until everything is applied, and keeps the checkpoint of that.
  ///
  /// Errors: as Submit.
  Status Finish();
  /// What is in the store without a gap, with what earlier runs wrote.
  ///
  /// Requires: Finish was called.
  [[nodiscard]] const Watermark& applied() const { return applied_; }

 private:
  struct Numbered {
    std::uint64_t number = 0;
    RecordBatch batch = {};
  };
  /// What is left of a batch that was applied, until all before it are.
  struct Done {
    std::string last_key = {};
    std::string last_written_key = {};
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };

  void Work();
  void Stop();
  [[nodiscard]] bool HasRoomFor(const RecordBatch& batch) const;
  void Record(std::uint64_t number, Done done);
  /// Saves the checkpoint while it is due; unlocks meanwhile.
  void SaveWhileDue(std::unique_lock<std::mutex>& lock, bool all);
  Status Save(const Watermark& watermark, bool sync);
  void Fail(Error error);
  [[nodiscard]] Status FirstError() const;

  Store& store_;
  const Checkpoint* checkpoint_;

  mutable std::mutex mutex_;
  std::condition_variable work_;      // a batch came, or the end
  std::condition_variable progress_;  // a batch was applied, a checkpoint saved, an error
  std::deque<Numbered> queue_;
  std::map<std::uint64_t, Done> done_;
  std::uint64_t next_number_ = 0;     // of the next batch handed in
  std::uint64_t applied_number_ = 0;  // of the first batch that is not applied
  std::uint64_t records_in_ = 0;      // handed in, with those before
  std::uint64_t bytes_in_flight_ = 0;
  std::uint64_t bytes_since_sync_ = 0;
  Watermark applied_;
  std::uint64_t records_saved_ = 0;
  bool saving_ = false;
  bool ending_ = false;
  std::optional<Error> error_;
  std::vector<std::thread> threads_;
};

}  // namespace anystore::cli

/// A batch of records that need not fit in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/writing/record_writer.h"
#include "base/beside.h"
#include "core/copied_changes.h"

namespace anystore::flatfs {

/// Writes large values at once, to files that have no key yet, and gathers other changes in memory.
/// When these are some megabytes, they are written likewise, while the next ones are gathered.
///
/// Threads: single-thread.
class RecordBatch final : public Batch {
 public:
  /// Commits by `writer`; values are held against `verifier`, if there is one. Both must outlive
  /// the batch.
  RecordBatch(RecordWriter& writer, const Verifier* verifier);
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;
  ~RecordBatch() override;

  Status Put(std::string_view key, std::string_view value) override;
  Status Delete(std::string_view key) override;
  Result<Receipt> Commit(const WriteOptions& options) override;
  void Discard() override;

 private:
  /// In `spilled_`: what was written at once.
  static constexpr std::size_t kStreamed = static_cast<std::size_t>(-1);

  Status Add(const Mutation& mutation);
  Status Stream(std::string_view key, std::string_view value);
  void DropStreamedFromGathered();
  Status Spill();
  Status FinishWriting();
  void DropSpilled(std::string_view key);
  Result<Receipt> CommitWritten(const WriteOptions& options);

  RecordWriter& writer_;
  const Verifier* const verifier_;
  std::unique_ptr<internal::CopiedChanges> gathered_;
  std::unique_ptr<internal::CopiedChanges> writing_;  // null once it is prepared
  std::unique_ptr<internal::CopiedChanges> spare_;
  base::Beside beside_;  // sets outcome_
  std::optional<Result<std::unique_ptr<PreparedRecords>>> outcome_;
  std::vector<std::unique_ptr<PreparedRecords>> prepared_;
  // What was written at once; null: nothing. Later than what is gathered of the same key.
  std::unique_ptr<PreparedRecords> streamed_;
  // By key: which of prepared_, what is being written, or kStreamed.
  std::unordered_map<std::string, std::size_t> spilled_;
  std::uint64_t count_ = 0;
};

}  // namespace anystore::flatfs

/// The batch of every store that has no better one: gathers in memory, then calls Apply.
#pragma once

#include <string_view>

#include "anystore/datastore.h"
#include "core/copied_changes.h"

namespace anystore::internal {

/// Threads: single-thread.
class BufferedBatch final : public Batch {
 public:
  /// Commits to `writer`, which must outlive the batch.
  explicit BufferedBatch(Writer& writer) : writer_(writer) {}

  Status Put(std::string_view key, std::string_view value) override;
  Status Delete(std::string_view key) override;
  Result<Receipt> Commit(const WriteOptions& options) override;
  void Discard() override;

 private:
  Writer& writer_;
  CopiedChanges changes_;
};

}  // namespace anystore::internal

/// The batch of every store that has no better one: gathers in memory, then calls Apply.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"

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
  Status Add(Mutation::Kind kind, std::string_view key, std::string_view value);
  char* Reserve(std::size_t bytes);

  Writer& writer_;
  std::vector<Mutation> mutations_;
  // Blocks never move, so that the mutations can be views into them.
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t free_bytes_ = 0;
};

}  // namespace anystore::internal

/// Changes that wait, copied into memory of their own.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/error.h"

namespace anystore::internal {

/// Changes in the order they came, with copies of their keys and values.
///
/// Threads: thread-compatible.
class CopiedChanges {
 public:
  /// Adds a put or a delete: of anything else more than key and value would matter.
  ///
  /// Errors: resource_exhausted (no memory; nothing was added).
  Status Add(const Mutation& change);
  /// All of them. What they view stays where it is until Clear.
  [[nodiscard]] std::span<const Mutation> all() const noexcept { return changes_; }
  /// How many bytes the keys and values have that were added since Clear.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Forgets those that `is_unwanted` is true of.
  template <class Predicate>
  void DropIf(const Predicate& is_unwanted) {
    std::erase_if(changes_, is_unwanted);
  }
  /// Forgets all, and keeps memory for others, but for what large values took.
  void Clear();

 private:
  char* Reserve(std::size_t bytes);
  [[nodiscard]] bool NextBlock();

  std::vector<Mutation> changes_;
  // Blocks never move, so that the changes can be views into them.
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<std::unique_ptr<char[]>> large_;
  std::size_t blocks_used_ = 0;
  char* free_ = nullptr;
  std::size_t free_bytes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace anystore::internal

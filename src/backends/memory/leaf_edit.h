/// `LeafEdit`: one write to one leaf of a tree, beside others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "backends/memory/tree.h"

namespace anystore::memory {

/// Puts or takes out one record where that takes no more than one leaf: it exchanges a slot of
/// the leaf, or copies the leaf and exchanges the slot that leads to it.
///
/// Any number of leaf edits run at once. Each locks its leaf, and so alone changes the leaf's
/// slots and the slot above it; inner nodes stay as they are, but for those slots, until the gate
/// of leaf edits has closed. What needs more - a split, a merge, a node that a snapshot shares -
/// is for `Edit`.
///
/// Threads: single-thread; distinct ones may be used by distinct threads at once.
class LeafEdit {
 public:
  /// What is going to be done with the key.
  enum class Change { kPut, kErase };

  explicit LeafEdit(Tree& tree) noexcept;
  LeafEdit(const LeafEdit&) = delete;
  LeafEdit& operator=(const LeafEdit&) = delete;
  ~LeafEdit();

  /// Whether it may be used. False when a lone writer does not come to its end: the caller should
  /// become one.
  [[nodiscard]] bool entered() const noexcept { return guard_.has_value(); }
  /// The record of the tree that expires first, null when none does.
  [[nodiscard]] const Record* first_to_expire() const noexcept { return tree_.first_to_expire(); }

  /// Goes to `key` and locks its leaf. False when the change needs an `Edit`, which the caller
  /// may make once this is destroyed. Called once.
  [[nodiscard]] bool Seek(std::string_view key, Change change) noexcept;
  /// The record that is there, null when there is none.
  [[nodiscard]] Record* found() const noexcept { return found_; }
  /// Stores `record`, whose reference it takes over, instead of what was found. The last call.
  void Put(Record* record) noexcept;
  /// Takes out the record that was found. The last call.
  void Erase() noexcept;

  /// The number of this write, once it has changed something.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  /// Enters the gate unless it is closed.
  [[nodiscard]] bool Enter() noexcept;
  /// Goes down to the leaf where `key` must be, and to its place there.
  void Descend(std::string_view key) noexcept;
  /// Whether the leaf is still the one that the tree leads to.
  [[nodiscard]] bool IsInTree() const noexcept;
  /// Whether the change stays within the leaf and the slot above it.
  [[nodiscard]] bool Fits(Change change, bool is_there) const noexcept;
  /// Whether readers are the only ones to see an exchanged slot of `node`, not a snapshot.
  [[nodiscard]] bool MayExchangeSlot(const Node* node) const noexcept {
    return node->birth > shared_until_;
  }
  /// Takes a number.
  void BeginChange() noexcept;
  /// Lets a copy take the place of the leaf.
  void ReplaceLeaf(Leaf* copy) noexcept;
  void Drop(Block block) noexcept { dropped_[dropped_count_++] = block; }

  Tree& tree_;
  std::optional<internal::Gate::Pass> pass_;
  std::optional<base::Epochs::Guard> guard_;  // when entered
  std::uint64_t shared_until_ = 0;  // what was born later is shared with lock-free readers at most
  Inner* above_ = nullptr;          // null when the leaf is the root
  unsigned index_above_ = 0;
  Leaf* leaf_ = nullptr;
  unsigned index_ = 0;
  bool locked_ = false;
  Record* found_ = nullptr;
  std::uint64_t number_ = 0;
  std::uint64_t fresh_bytes_ = 0;
  std::array<Block, 2> dropped_{Block(found_), Block(found_)};
  std::size_t dropped_count_ = 0;
};

}  // namespace anystore::memory

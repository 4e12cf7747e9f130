/// `Path`: a place in a tree, with the nodes that lead to it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "backends/memory/node.h"

namespace anystore::memory {

/// No tree is higher: a level takes at least 16 times as many writes as the one below.
inline constexpr std::size_t kHeightMax = 16;

/// A slot of a leaf, and the child slots above it. The nodes must not be freed meanwhile: the
/// holder is a writer, or has a snapshot open.
///
/// Threads: single-thread.
class Path {
 public:
  /// A node on the way, and the slot that was taken in it.
  struct Step {
    Node* node = nullptr;
    unsigned index = 0;
  };

  /// Goes to the first key under `root` that is not before `key`. When the leaf where it would be
  /// has none, the slot is the one behind its last.
  void DescendTo(Node* root, std::string_view key) noexcept;
  /// Goes to the first key under `root`.
  void DescendToFirst(Node* root) noexcept;
  /// Goes behind the last key under `root`.
  void DescendToEnd(Node* root) noexcept;
  /// Goes to the first slot of the next leaf. False, and nowhere, when there is none.
  [[nodiscard]] bool NextLeaf() noexcept;
  /// Goes behind the last slot of the leaf before. False, and nowhere, when there is none.
  [[nodiscard]] bool PreviousLeaf() noexcept;

  /// How many inner nodes lead to the leaf: the number of its step.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  [[nodiscard]] Step& step(std::size_t level) noexcept { return steps_[level]; }
  [[nodiscard]] Leaf* leaf() const noexcept { return AsLeaf(steps_[depth_].node); }
  [[nodiscard]] unsigned& index() noexcept { return steps_[depth_].index; }

 private:
  enum class Edge { kFirst, kEnd };
  /// From the step at `depth_`, whose node is set, down along one edge.
  void DescendAlong(Edge edge) noexcept;

  std::array<Step, kHeightMax> steps_ = {};
  std::size_t depth_ = 0;
};

/// The record of `key` under `root`; null when there is none.
[[nodiscard]] inline Record* FindRecord(Node* root, std::string_view key) noexcept {
  Node* node = root;
  while (!node->is_leaf) {
    Inner* const inner = AsInner(node);
    node = LoadChild(inner, ChildFor(inner, key));
    Prefetch(node);
  }
  return FindInLeaf(AsLeaf(node), key);
}

}  // namespace anystore::memory

#include "backends/memory/tree.h"

namespace anystore::memory {

Tree::Tree() : root_(new Leaf(0)) { reclaimer_.CountBytes(sizeof(Leaf)); }

Tree::~Tree() { FreeSubtree(root_.load(std::memory_order_relaxed)); }

void Tree::FreeSubtree(Node* node) noexcept {
  if (node->is_leaf) {
    for (unsigned i = 0; i < node->count; ++i) {
      reclaimer_.Free(Block(AsLeaf(node)->records[i]));
    }
  } else {
    for (unsigned i = 0; i < node->count; ++i) {
      reclaimer_.Free(Block(AsInner(node)->separators[i]));
    }
    for (unsigned i = 0; i <= node->count; ++i) FreeSubtree(AsInner(node)->children[i]);
  }
  reclaimer_.Free(Block(node));
}

Tree::Snapshot::Snapshot(Tree& tree) : tree_(tree) {
  const std::lock_guard lock(tree.reclaimer_.publication());
  number_ = tree.last_write_;
  root_ = tree.root_.load(std::memory_order_relaxed);
  tree.reclaimer_.OpenSnapshot(number_);
}

Tree::Snapshot::Snapshot(const Snapshot& other)
    : tree_(other.tree_), number_(other.number_), root_(other.root_) {
  const std::lock_guard lock(tree_.reclaimer_.publication());
  tree_.reclaimer_.OpenSnapshot(number_);
}

}  // namespace anystore::memory

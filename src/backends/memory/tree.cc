#include "backends/memory/tree.h"

namespace anystore::memory {

Tree::Tree() : root_(nodes_.NewLeaf(0)) { reclaimer_.CountBytes(sizeof(Leaf)); }

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

void Tree::EndLeafEdits() noexcept {
  leaf_edits_.Close();
  numbers_.Fix(numbers_.highest());
}

Tree::LoneWriter::LoneWriter(Tree& tree) : tree_(tree), lock_(tree.lone_writers_) {
  const std::lock_guard lock(tree.reclaimer_.publication());
  tree.EndLeafEdits();
}

Tree::LoneWriter::~LoneWriter() { tree_.leaf_edits_.Open(); }

Tree::Snapshot::Snapshot(Tree& tree) : tree_(tree) {
  // A lone writer changes nothing that is visible without the lock.
  const std::lock_guard lock(tree.reclaimer_.publication());
  tree.EndLeafEdits();
  number_ = tree.last_write();
  root_ = tree.root_.load(std::memory_order_relaxed);
  tree.reclaimer_.OpenSnapshot(number_);
  tree.leaf_edits_.Open();
}

Tree::Snapshot::Snapshot(const Snapshot& other)
    : tree_(other.tree_), number_(other.number_), root_(other.root_) {
  const std::lock_guard lock(tree_.reclaimer_.publication());
  tree_.reclaimer_.OpenSnapshot(number_);
}

}  // namespace anystore::memory

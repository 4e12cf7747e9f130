#include "backends/memory/edit.h"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>

namespace anystore::memory {
namespace {

// A thin node and its neighbour become one that has room for a quarter more, or are evened out.
constexpr unsigned kInnerKeysMin = kInnerKeysMax / 4;
constexpr unsigned kLeafKeysMerged = kLeafKeysMax / 4 * 3;
constexpr unsigned kInnerKeysMerged = kInnerKeysMax / 4 * 3;

[[nodiscard]] bool IsThin(const Node* node) noexcept {
  return node->count < (node->is_leaf ? kLeafKeysMin : kInnerKeysMin);
}

}  // namespace

Edit::Edit(Tree& tree, EditScope scope)
    : tree_(tree),
      scope_(scope),
      number_(tree.last_write() + 1),
      publication_(tree.reclaimer_.publication(), std::defer_lock),
      shared_until_(number_ - 1),
      root_(tree.root_.load(std::memory_order_relaxed)),
      fresh_(tree.fresh_),
      dropped_(tree.dropped_) {}

Edit::~Edit() {
  if (!committed_) {
    tree_.reclaimer_.CountBytes(fresh_bytes_);
    for (const Block block : fresh_) tree_.reclaimer_.Free(block);
  }
  fresh_.clear();
  dropped_.clear();
}

Record* Edit::Seek(std::string_view key) noexcept {
  path_.DescendTo(root_, key);
  Leaf* const leaf = path_.leaf();
  found_ = IsAt(leaf, path_.index(), key) ? leaf->records[path_.index()] : nullptr;
  return found_;
}

void Edit::Put(Record* record) noexcept {
  record->set_birth(number_);
  Fresh(record);
  if (record->expires_at() != kNever) expiring_.push_back(record);
  BeginChange();
  if (found_ == nullptr) return Insert(record);
  Drop(Block(found_));
  if (MayExchangeSlot(path_.leaf())) {
    PublishRecord(path_.leaf(), path_.index(), record);
  } else {
    AsLeaf(Own(path_.depth()))->records[path_.index()] = record;
    Attach(path_.depth());
  }
}

void Edit::Erase() noexcept {
  BeginChange();
  Drop(Block(found_));
  EraseRecords(AsLeaf(Own(path_.depth())), path_.index(), path_.index() + 1);
  Rebalance(path_.depth());
}

void Edit::EraseRange(std::string_view from, std::optional<std::string_view> to) noexcept {
  for (;;) {
    path_.DescendTo(root_, from);
    if (path_.index() == path_.leaf()->count && !path_.NextLeaf()) return;
    Leaf* const leaf = path_.leaf();
    const unsigned first = path_.index();
    const unsigned last = to.has_value() ? LowerBound(leaf, *to) : leaf->count;
    if (last <= first) return;
    for (unsigned i = first; i < last; ++i) Drop(Block(leaf->records[i]));
    EraseRecords(AsLeaf(Own(path_.depth())), first, last);
    Rebalance(path_.depth());
  }
}

void Edit::Commit() noexcept {
  committed_ = true;
  if (fresh_bytes_ == 0 && dropped_.empty()) return;
  if (!publication_.owns_lock()) publication_.lock();
  if (tree_.root_.load(std::memory_order_relaxed) != root_) {
    tree_.root_.store(root_, std::memory_order_seq_cst);
  }
  tree_.numbers_.Fix(number_);
  publication_.unlock();

  IndexExpiry();
  tree_.reclaimer_.Settle({.number = number_, .fresh_bytes = fresh_bytes_, .dropped = dropped_});
}

void Edit::BeginChange() {
  if (scope_ == EditScope::kManyChanges) return;
  publication_.lock();
  shared_until_ = tree_.reclaimer_.newest_snapshot();
}

Node* Edit::Own(std::size_t level) {
  Node*& node = path_.step(level).node;
  if (node->birth != number_) {
    Drop(Block(node));
    node = Fresh(tree_.nodes_.Clone(node, number_));
  }
  return node;
}

Inner* Edit::OwnAbove(std::size_t level) {
  Inner* const above = AsInner(Own(level - 1));
  above->children[path_.step(level - 1).index] = path_.step(level).node;
  return above;
}

Node* Edit::OwnChild(Inner* parent, unsigned index) {
  Node*& node = parent->children[index];
  if (node->birth != number_) {
    Drop(Block(node));
    node = Fresh(tree_.nodes_.Clone(node, number_));
  }
  return node;
}

void Edit::Attach(std::size_t level) {
  for (; level > 0; --level) {
    const Path::Step& above = path_.step(level - 1);
    if (MayExchangeSlot(above.node)) {
      PublishChild(AsInner(above.node), above.index, path_.step(level).node);
      return;
    }
    OwnAbove(level);
  }
  root_ = path_.step(0).node;
}

void Edit::Insert(Record* record) {
  const std::size_t level = path_.depth();
  const unsigned index = path_.index();
  const bool at_end = AtEnd();
  Leaf* const left = AsLeaf(Own(level));
  if (left->count < kLeafKeysMax) {
    InsertRecord(left, index, record);
    return Attach(level);
  }
  // Keys that come in ascending order leave full leaves behind.
  const unsigned from = at_end ? kLeafKeysMax : kLeafKeysMax / 2;
  Leaf* const right = Fresh(tree_.nodes_.NewLeaf(number_));
  SplitLeaf(left, from, right);
  if (index <= from && !at_end) {
    InsertRecord(left, index, record);
  } else {
    InsertRecord(right, index - from, record);
  }
  const std::string_view between =
      Shortest(left->records[left->count - 1]->key(), right->records[0]->key());
  InsertBehind(level, Fresh(Separator::New(between, number_)), right);
}

bool Edit::AtEnd() noexcept {
  for (std::size_t level = 0; level <= path_.depth(); ++level) {
    if (path_.step(level).index != path_.step(level).node->count) return false;
  }
  return true;
}

void Edit::InsertBehind(std::size_t level, Separator* separator, Node* right) {
  for (; level > 0; --level) {
    Inner* const above = OwnAbove(level);
    const unsigned index = path_.step(level - 1).index;
    if (above->count < kInnerKeysMax) {
      InsertChild(above, index, separator, right);
      return Attach(level - 1);
    }
    constexpr unsigned kMiddle = kInnerKeysMax / 2;
    Inner* const right_above = Fresh(tree_.nodes_.NewInner(number_));
    Separator* const middle = SplitInner(above, kMiddle, right_above);
    if (index <= kMiddle) {
      InsertChild(above, index, separator, right);
    } else {
      InsertChild(right_above, index - kMiddle - 1, separator, right);
    }
    separator = middle;
    right = right_above;
  }
  Inner* const root = Fresh(tree_.nodes_.NewInner(number_));
  root->children[0] = path_.step(0).node;
  InsertChild(root, 0, separator, right);
  root_ = root;
}

void Edit::Rebalance(std::size_t level) {
  for (; level > 0 && IsThin(path_.step(level).node); --level) {
    const Node* const node = path_.step(level).node;
    Inner* const above = OwnAbove(level);
    const unsigned index = path_.step(level - 1).index;
    const unsigned left = index == 0 ? 0 : index - 1;
    if (node->is_leaf && node->count == 0) {
      RemoveChild(above, index);
    } else if (node->is_leaf) {
      MergeOrShareLeaves(above, left);
    } else {
      MergeOrShareInners(above, left);
    }
  }
  if (level == 0) {
    Node*& root = path_.step(0).node;
    while (!root->is_leaf && root->count == 0) {
      Drop(Block(root));
      root = AsInner(root)->children[0];
    }
  }
  Attach(level);
}

void Edit::RemoveChild(Inner* parent, unsigned index) {
  Drop(Block(parent->children[index]));
  Drop(Block(EraseChild(parent, index)));
}

void Edit::MergeOrShareLeaves(Inner* parent, unsigned index) {
  Leaf* const left = AsLeaf(OwnChild(parent, index));
  Leaf* const right = AsLeaf(parent->children[index + 1]);
  std::array<Record*, 2 * std::size_t{kLeafKeysMax}> records;
  Record** const middle = std::copy_n(left->records, left->count, records.data());
  Record** const end = std::copy_n(right->records, right->count, middle);
  const std::span<Record* const> all(records.data(), end);
  if (all.size() <= kLeafKeysMerged) {
    FillLeaf(left, all);
    return RemoveChild(parent, index + 1);
  }
  const std::size_t half = all.size() / 2;
  FillLeaf(left, all.first(half));
  FillLeaf(AsLeaf(OwnChild(parent, index + 1)), all.subspan(half));
  const std::string_view between = Shortest(all[half - 1]->key(), all[half]->key());
  Drop(Block(ReplaceSeparator(parent, index, Fresh(Separator::New(between, number_)))));
}

void Edit::MergeOrShareInners(Inner* parent, unsigned index) {
  Inner* const left = AsInner(OwnChild(parent, index));
  Inner* const right = AsInner(parent->children[index + 1]);
  std::array<Separator*, 2 * std::size_t{kInnerKeysMax} + 1> separators;
  std::array<Node*, 2 * std::size_t{kInnerKeysMax} + 2> children;
  Separator** separators_end = std::copy_n(left->separators, left->count, separators.data());
  *separators_end++ = parent->separators[index];
  separators_end = std::copy_n(right->separators, right->count, separators_end);
  Node** children_end = std::copy_n(left->children, left->count + 1U, children.data());
  children_end = std::copy_n(right->children, right->count + 1U, children_end);
  const std::span<Separator* const> keys(separators.data(), separators_end);
  const std::span<Node* const> below(children.data(), children_end);
  if (keys.size() <= kInnerKeysMerged) {
    FillInner(left, keys, below);
    // The separator between the two went down; only the node goes.
    Drop(Block(static_cast<Node*>(right)));
    static_cast<void>(EraseChild(parent, index + 1));
    return;
  }
  const std::size_t half = keys.size() / 2;
  FillInner(left, keys.first(half), below.first(half + 1));
  FillInner(AsInner(OwnChild(parent, index + 1)), keys.subspan(half + 1), below.subspan(half + 1));
  static_cast<void>(ReplaceSeparator(parent, index, keys[half]));
}

template <class T>
T* Edit::Fresh(T* made) {
  const Block block = [&] {
    if constexpr (std::is_base_of_v<Node, T>) {
      return Block(static_cast<Node*>(made));
    } else {
      return Block(made);
    }
  }();
  fresh_bytes_ += block.footprint();
  if (scope_ == EditScope::kManyChanges) fresh_.push_back(block);
  return made;
}

void Edit::IndexExpiry() {
  for (Record* const record : expiring_) {
    tree_.expiring_.emplace(record->expires_at(), record);
  }
  if (tree_.expiring_.empty()) return;
  for (const Block block : dropped_) {
    Record* const record = block.record();
    if (record != nullptr && record->expires_at() != kNever) {
      tree_.expiring_.erase({record->expires_at(), record});
    }
  }
}

}  // namespace anystore::memory

#include "backends/memory/leaf_edit.h"

#include <algorithm>
#include <span>

namespace anystore::memory {
namespace {

/// How often to look whether a lone writer is done before becoming one: it may only split a leaf.
constexpr int kSpins = 100;

}  // namespace

LeafEdit::LeafEdit(Tree& tree) noexcept : tree_(tree) {
  for (int tries = 0; !Enter() && tries < kSpins; ++tries) base::PauseCore();
}

bool LeafEdit::Enter() noexcept {
  internal::Gate& gate = tree_.leaf_edits_;
  if (gate.closed()) return false;
  pass_.emplace(gate);
  if (!*pass_) return false;
  guard_.emplace(tree_.epochs_);
  shared_until_ = tree_.reclaimer_.newest_snapshot();
  return true;
}

LeafEdit::~LeafEdit() {
  if (locked_) leaf_->lock.unlock();
  // Whoever closes the gate may hold what settling waits for.
  guard_.reset();
  pass_.reset();
  if (number_ == 0) return;  // nothing was changed
  tree_.reclaimer_.Settle({.number = number_,
                           .fresh_bytes = fresh_bytes_,
                           .dropped = std::span(dropped_).first(dropped_count_)});
}

bool LeafEdit::Seek(std::string_view key, Change change) noexcept {
  for (;;) {
    Descend(key);
    // Which keys a leaf has never changes, so this holds without the lock.
    const bool is_there = IsAt(leaf_, index_, key);
    if (!Fits(change, is_there)) return false;
    leaf_->lock.lock();
    if (IsInTree()) {
      locked_ = true;
      found_ = is_there ? LoadRecord(leaf_, index_) : nullptr;
      // Only lone writers keep the order of expiry.
      return found_ == nullptr || found_->expires_at() == kNever;
    }
    leaf_->lock.unlock();
  }
}

void LeafEdit::Put(Record* record) noexcept {
  BeginChange();
  record->set_birth(number_);
  fresh_bytes_ += record->footprint();
  if (found_ != nullptr) Drop(Block(found_));
  if (found_ != nullptr && MayExchangeSlot(leaf_)) {
    return PublishRecord(leaf_, index_, record);
  }
  Leaf* const copy = AsLeaf(tree_.nodes_.Clone(leaf_, number_));
  if (found_ != nullptr) {
    copy->records[index_] = record;
  } else {
    InsertRecord(copy, index_, record);
  }
  ReplaceLeaf(copy);
}

void LeafEdit::Erase() noexcept {
  BeginChange();
  Drop(Block(found_));
  Leaf* const copy = AsLeaf(tree_.nodes_.Clone(leaf_, number_));
  EraseRecords(copy, index_, index_ + 1);
  ReplaceLeaf(copy);
}

void LeafEdit::Descend(std::string_view key) noexcept {
  Node* node = tree_.root_.load(std::memory_order_seq_cst);
  above_ = nullptr;
  while (!node->is_leaf) {
    above_ = AsInner(node);
    index_above_ = ChildFor(above_, key);
    node = LoadChild(above_, index_above_);
    Prefetch(node);
  }
  leaf_ = AsLeaf(node);
  index_ = LowerBound(leaf_, key);
}

bool LeafEdit::IsInTree() const noexcept {
  return leaf_ == (above_ == nullptr ? tree_.root_.load(std::memory_order_seq_cst)
                                     : LoadChild(above_, index_above_));
}

bool LeafEdit::Fits(Change change, bool is_there) const noexcept {
  const bool erases = change == Change::kErase;
  const bool copies = erases ? is_there : !is_there || !MayExchangeSlot(leaf_);
  if (!copies) return true;
  if (above_ != nullptr && !MayExchangeSlot(above_)) return false;
  if (erases) return above_ == nullptr || leaf_->count > kLeafKeysMin;
  return is_there || leaf_->count < kLeafKeysMax;
}

void LeafEdit::BeginChange() noexcept {
  const std::uint64_t found = found_ == nullptr ? 0 : found_->birth();
  number_ = tree_.numbers_.Draw(std::max(found, leaf_->birth));
}

void LeafEdit::ReplaceLeaf(Leaf* copy) noexcept {
  fresh_bytes_ += sizeof(Leaf);
  Drop(Block(static_cast<Node*>(leaf_)));
  if (above_ == nullptr) {
    tree_.root_.store(copy, std::memory_order_seq_cst);
  } else {
    PublishChild(above_, index_above_, copy);
  }
}

}  // namespace anystore::memory

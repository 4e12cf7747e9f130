/// `Edit`: one write to a tree, of one key or of many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "backends/memory/path.h"
#include "backends/memory/tree.h"

namespace anystore::memory {

/// How an edit becomes visible.
enum class EditScope {
  kOneChange,    ///< One Put or Erase, which cannot be undone.
  kManyChanges,  ///< Any number of changes, which take effect together at Commit.
};

/// Changes a tree by copying the nodes that it changes, with everything above them up to a node
/// that may be changed in place.
///
/// An edit of many changes builds a tree of its own, beside the one that readers see, and
/// exchanges the root at the end. An edit of one change may stop copying below the first node
/// that no snapshot shares: there one slot is exchanged, which is as atomic as exchanging the
/// root. So overwriting a record is most often the store of one pointer.
///
/// A node that bears this edit's number is its own: it was made by it, and nobody else sees it
/// until it is attached, which is the last thing that a change does.
///
/// Running out of memory for nodes terminates, as it does for any small allocation.
///
/// Threads: single-thread. A `Tree::LoneWriter` lives longer.
class Edit {
 public:
  Edit(Tree& tree, EditScope scope);
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  /// Undoes everything, unless it was committed.
  ~Edit();

  /// Goes to `key`; returns its record, null when there is none.
  Record* Seek(std::string_view key) noexcept;
  /// At the key that Seek went to: stores `record`, whose reference it takes over.
  void Put(Record* record) noexcept;
  /// At the record that Seek found: takes it out.
  void Erase() noexcept;
  /// Takes out every record from `from` up to, not including, `to`. Only of many changes.
  void EraseRange(std::string_view from, std::optional<std::string_view> to) noexcept;
  /// Makes the changes visible. The last call.
  void Commit() noexcept;

  /// The number of this write, which becomes the birth of its records.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  void BeginChange();
  [[nodiscard]] bool MayExchangeSlot(const Node* node) const noexcept {
    return node->birth > shared_until_;
  }
  /// Makes the node at `level` of the path own.
  Node* Own(std::size_t level);
  /// Makes the node above `level` own and the parent of the one at `level`, which is own.
  Inner* OwnAbove(std::size_t level);
  /// Makes child `index` of `parent` own, which is own itself.
  Node* OwnChild(Inner* parent, unsigned index);
  /// Lets the highest own node of the path, at `level`, take its place in the tree.
  void Attach(std::size_t level);

  /// Inserts at the path's slot.
  void Insert(Record* record);
  /// Whether the path leads behind the last key of the tree.
  [[nodiscard]] bool AtEnd() noexcept;
  /// Puts `right` and its separator behind the own node at `level`, and attaches.
  void InsertBehind(std::size_t level, Separator* separator, Node* right);

  /// After the own node at `level` lost keys: merges and shrinks as needed, and attaches.
  void Rebalance(std::size_t level);
  /// Takes a child out of its own parent, with a separator.
  void RemoveChild(Inner* parent, unsigned index);
  /// Makes one of children `index` and `index + 1` of an own parent, or else evens them out.
  void MergeOrShareLeaves(Inner* parent, unsigned index);
  void MergeOrShareInners(Inner* parent, unsigned index);

  template <class T>
  T* Fresh(T* made);
  void Drop(Block block) { dropped_.push_back(block); }
  /// Keeps the order of expiry in step with what was put and dropped.
  void IndexExpiry();

  Tree& tree_;
  const EditScope scope_;
  const std::uint64_t number_;
  std::unique_lock<std::mutex> publication_;
  std::uint64_t shared_until_;  // what was born later is shared with lock-free readers at most
  Node* root_;
  Path path_ = {};
  Record* found_ = nullptr;
  bool committed_ = false;
  std::size_t fresh_bytes_ = 0;
  std::vector<Block>& fresh_;           // made here, of many changes; also what was dropped again
  std::vector<Block>& dropped_;         // no longer in the tree; also what was made here
  std::vector<Record*> expiring_ = {};  // put here, with an expiry
};

}  // namespace anystore::memory

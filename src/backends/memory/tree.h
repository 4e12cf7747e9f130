/// `Tree`: the ordered map behind the memory store, and the moments of it that readers hold.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/memory/node_pool.h"
#include "backends/memory/path.h"
#include "backends/memory/reclaimer.h"
#include "backends/memory/write_numbers.h"
#include "base/epoch.h"
#include "core/gate.h"

namespace anystore::memory {

/// A B+tree of records, copied on write.
///
/// Most writes of one key change one leaf, and go through `LeafEdit` (leaf_edit.h), many at a time;
/// all others go through `Edit` (edit.h), which is alone with the tree but for its readers.
///
/// Threads: thread-safe. Destroyed when no reader, snapshot or edit is left.
class Tree {
 public:
  Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  /// The tree as one write left it, kept while this lives. Movable; copies hold the same moment.
  ///
  /// Threads: single-thread; distinct ones may be used by distinct threads.
  class Snapshot {
   public:
    /// The present moment.
    explicit Snapshot(Tree& tree);
    Snapshot(const Snapshot& other);
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() { tree_.reclaimer_.CloseSnapshot(number_); }
    /// Its root, for `Path` and `FindRecord`.
    [[nodiscard]] Node* root() const noexcept { return root_; }

   private:
    Tree& tree_;
    std::uint64_t number_;
    Node* root_;
  };

  /// Calls `use(root)` on the present root, lock-free. What `use` finds stays there until it
  /// returns; it must not wait for anything.
  template <class Use>
  decltype(auto) Read(Use&& use) {
    const base::Epochs::Guard guard(epochs_);
    return use(root_.load(std::memory_order_seq_cst));
  }

  /// The right to use an `Edit`: there is one at a time, and no `LeafEdit` meanwhile.
  ///
  /// Threads: single-thread.
  class [[nodiscard]] LoneWriter {
   public:
    /// Waits for the other writers.
    explicit LoneWriter(Tree& tree);
    LoneWriter(const LoneWriter&) = delete;
    LoneWriter& operator=(const LoneWriter&) = delete;
    ~LoneWriter();

   private:
    Tree& tree_;
    const std::lock_guard<std::mutex> lock_;
  };

  /// The highest number of a write. For lone writers.
  [[nodiscard]] std::uint64_t last_write() const noexcept { return numbers_.highest(); }
  /// The bytes of all nodes and records, those included that readers hold back.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return reclaimer_.bytes(); }

  /// The record that expires first, null when none does. For writers, also at `LeafEdit`s.
  [[nodiscard]] const Record* first_to_expire() const noexcept {
    return expiring_.empty() ? nullptr : expiring_.begin()->second;
  }

 private:
  friend class Edit;
  friend class LeafEdit;

  /// Closes the gate of leaf edits: none is at work until the caller opens it, and all later ones
  /// have higher numbers. Requires: the publication lock is held.
  void EndLeafEdits() noexcept;
  /// Frees the subtree with its records and separators.
  void FreeSubtree(Node* node) noexcept;

  NodePool nodes_;
  base::Epochs epochs_;
  Reclaimer reclaimer_{epochs_, nodes_};
  internal::Gate leaf_edits_;  // closed by lone writers, and while a snapshot is taken
  alignas(64) std::atomic<Node*> root_;

  WriteNumbers numbers_;
  // Written by lone writers only, so leaf edits may read it.
  std::set<std::pair<std::int64_t, Record*>> expiring_;

  alignas(64) std::mutex lone_writers_;
  std::vector<Block> fresh_;  // see Edit; here to keep their memory; guarded by lone_writers_
  std::vector<Block> dropped_;
};

}  // namespace anystore::memory

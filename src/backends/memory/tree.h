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

#include "backends/memory/epoch.h"
#include "backends/memory/path.h"
#include "backends/memory/reclaimer.h"

namespace anystore::memory {

/// A B+tree of records, copied on write. Writes go through `Edit` (edit.h), one at a time.
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
    const Epochs::Guard guard(epochs_);
    return use(root_.load(std::memory_order_seq_cst));
  }

  /// The number of writes so far, of which the first is 1.
  [[nodiscard]] std::uint64_t last_write() const noexcept { return last_write_; }
  /// The bytes of all nodes and records, those included that readers hold back.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return reclaimer_.bytes(); }

  /// Held as long as an edit lives.
  [[nodiscard]] std::mutex& writers() noexcept { return writers_; }
  /// The record that expires first, null when none does. Requires: `writers` is held.
  [[nodiscard]] const Record* first_to_expire() const noexcept {
    return expiring_.empty() ? nullptr : expiring_.begin()->second;
  }

 private:
  friend class Edit;

  /// Frees the subtree with its records and separators.
  void FreeSubtree(Node* node) noexcept;

  Epochs epochs_;
  Reclaimer reclaimer_{epochs_};
  alignas(64) std::atomic<Node*> root_;

  alignas(64) std::mutex writers_;
  std::uint64_t last_write_ = 0;                         // changes under both locks
  std::set<std::pair<std::int64_t, Record*>> expiring_;  // guarded by writers_, as all below
  std::vector<Block> fresh_;                             // see Edit; here to keep their memory
  std::vector<Block> dropped_;
};

}  // namespace anystore::memory

/// `NodePool`: makes and frees the nodes of one tree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "backends/memory/node.h"
#include "base/spin_lock.h"
#include "base/stripe.h"

namespace anystore::memory {

/// Memory for nodes, apart from records and dense, so that a search meets few pages: large slabs,
/// in huge pages where the system has them. A freed node's memory is for later nodes; slabs go
/// when the pool does.
///
/// Freed memory waits in stripes, so that threads that write at once do not wait for each other;
/// what one stripe has too much of goes to the others through a common list.
///
/// Running out of memory terminates, as it does for any small allocation.
///
/// Threads: thread-safe.
class NodePool {
 public:
  NodePool() = default;
  NodePool(const NodePool&) = delete;
  NodePool& operator=(const NodePool&) = delete;
  /// Requires: no node is left.
  ~NodePool();

  /// An empty leaf that belongs to write `birth`.
  [[nodiscard]] Leaf* NewLeaf(std::uint64_t birth) { return new (Allocate(kLeaf)) Leaf(birth); }
  /// An empty inner node that belongs to write `birth`.
  [[nodiscard]] Inner* NewInner(std::uint64_t birth) { return new (Allocate(kInner)) Inner(birth); }
  /// A copy of `node` that belongs to write `birth`, sharing records, separators and children.
  [[nodiscard]] Node* Clone(const Node* node, std::uint64_t birth);
  /// Frees the node alone.
  void Delete(Node* node) noexcept;

  /// The memory of all slabs, in bytes.
  [[nodiscard]] std::size_t slab_bytes() noexcept;

 private:
  enum Kind : std::size_t { kLeaf, kInner, kKinds };
  struct Slab {
    void* memory;
    std::size_t size;  // also its alignment
  };
  struct Link {
    Link* next;
  };
  /// Freed memory of one kind.
  struct FreeList {
    Link* first = nullptr;
    std::size_t count = 0;

    void Push(void* memory) noexcept;
    [[nodiscard]] void* Pop() noexcept;
    /// Moves so many to `other`, or all that there are.
    void MoveTo(FreeList& other, std::size_t most) noexcept;
  };
  struct alignas(64) Stripe {
    base::SpinLock lock;
    std::array<FreeList, kKinds> free;  // guarded by lock
  };

  [[nodiscard]] void* Allocate(Kind kind);
  void Free(void* memory, Kind kind) noexcept;
  /// Brings free memory into an empty list.
  void Refill(FreeList& list, Kind kind);
  /// Requires: `mutex_` is held.
  void AddSlab();

  std::array<Stripe, base::kStripes> stripes_ = {};

  // Taken with a stripe's lock held.
  std::mutex mutex_;
  std::array<FreeList, kKinds> common_ = {};  // guarded by mutex_, as all below
  std::vector<Slab> slabs_;
  std::size_t slab_bytes_ = 0;
  std::byte* fresh_ = nullptr;  // what of the last slab was not in use yet
  std::byte* fresh_end_ = nullptr;
};

}  // namespace anystore::memory

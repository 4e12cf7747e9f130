/// `Reclaimer`: keeps what the tree has let go of until nobody can be looking at it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "backends/memory/node.h"
#include "backends/memory/node_pool.h"
#include "backends/memory/record.h"
#include "base/epoch.h"
#include "base/spin_lock.h"
#include "base/stripe.h"

namespace anystore::memory {

/// One of the three kinds of memory block that a tree is made of.
///
/// Threads: thread-compatible.
class Block {
 public:
  explicit Block(Record* record) noexcept : Block(record, kRecord) {}
  explicit Block(Node* node) noexcept : Block(node, kNode) {}
  explicit Block(Separator* separator) noexcept : Block(separator, kSeparator) {}

  /// The record, null when it is another kind of block.
  [[nodiscard]] Record* record() const noexcept {
    return kind() == kRecord ? as<Record>() : nullptr;
  }
  /// The number of the write that made it.
  [[nodiscard]] std::uint64_t birth() const noexcept;
  /// How many bytes of memory it takes.
  [[nodiscard]] std::size_t footprint() const noexcept;
  /// Frees it; of a record, gives up the tree's reference. `nodes` is where nodes are from.
  void Free(NodePool& nodes) const noexcept;

 private:
  enum Kind : std::uintptr_t { kRecord, kNode, kSeparator, kKindMask = 3 };
  Block(void* address, Kind kind) noexcept
      : tagged_(reinterpret_cast<std::uintptr_t>(address) | kind) {}
  [[nodiscard]] Kind kind() const noexcept { return static_cast<Kind>(tagged_ & kKindMask); }
  template <class T>
  [[nodiscard]] T* as() const noexcept {
    return reinterpret_cast<T*>(tagged_ & ~std::uintptr_t{kKindMask});
  }

  std::uintptr_t tagged_;
};

/// Writes are numbered, and so are snapshots: snapshot s shows what writes 1 to s left. A block
/// born in write b and unlinked by write u is part of the snapshots b <= s < u. Once the epochs
/// say that no lock-free reader can be at it, it is freed, or handed to the newest open snapshot
/// that it is part of, and when that closes to the next older one.
///
/// So an open snapshot keeps what it shows and nothing else: however much is written while it
/// is open, no more is held back than the store had when it was taken.
///
/// What waits, waits in stripes, so that threads that write at once do not pass lists around.
///
/// Threads: thread-safe.
class Reclaimer {
 public:
  /// `nodes` is where the tree's nodes are from.
  Reclaimer(base::Epochs& epochs, NodePool& nodes) noexcept : epochs_(epochs), nodes_(nodes) {}
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;
  /// Requires: no reader and no snapshot is left.
  ~Reclaimer();

  /// What a write leaves to be counted and freed.
  struct Outcome {
    std::uint64_t number;            ///< Of the write.
    std::uint64_t fresh_bytes;       ///< The memory that it took.
    std::span<const Block> dropped;  ///< What is no longer in the tree, or never was.
  };
  /// Takes over the blocks that a write has dropped, at which readers may still be, and frees
  /// some that earlier ones did. Must not be called by a reader.
  void Settle(const Outcome& outcome);
  /// Frees a block that nobody else can see.
  void Free(Block block) noexcept;

  /// Opens snapshot `number`, again if it is open. Requires: `publication` is held, and until it
  /// knows of the snapshot no writer is at work.
  void OpenSnapshot(std::uint64_t number);
  /// Undoes one OpenSnapshot.
  void CloseSnapshot(std::uint64_t number) noexcept;
  /// The newest open snapshot, 0 when none is open.
  [[nodiscard]] std::uint64_t newest_snapshot() const noexcept {
    return newest_snapshot_.load(std::memory_order_acquire);
  }

  /// Held to fix what new readers see in a snapshot, and by a lone writer to change it.
  [[nodiscard]] std::mutex& publication() noexcept { return publication_; }

  /// Counts memory that the tree took.
  void CountBytes(std::uint64_t bytes) noexcept { MyStripe().CountBytes(bytes); }
  /// The memory of the tree and of what waits here.
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  struct Retired {
    Block block;
    std::uint64_t unlinked;  // the number of the write
    std::uint64_t epoch;     // in which, or later than which, it happened
  };
  struct OpenedSnapshot {
    unsigned opened = 0;
    std::vector<Retired> held = {};
  };
  struct alignas(64) Stripe {
    /// Only the sum over all stripes is a count: one may go below zero, and wrap around.
    void CountBytes(std::uint64_t change) noexcept {
      bytes.fetch_add(change, std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> bytes{0};
    base::SpinLock lock;
    std::uint64_t retired = 0;     // so far; guarded by lock, as all below
    std::uint64_t looked_at = 0;   // the count when its own writers looked last
    std::uint64_t visited_at = 0;  // the count when writers of other stripes came by last
    std::size_t next = 0;          // the stripe to visit next
    std::vector<Retired> waiting;  // by ascending epoch
  };
  /// How many blocks wait before it is worth looking at every reader's count.
  static constexpr std::size_t kWorthLooking = 64;
  /// How many other stripes are then visited.
  static constexpr std::size_t kVisits = 4;

  [[nodiscard]] Stripe& MyStripe() noexcept { return stripes_[base::CurrentStripe()]; }
  /// Lets the dropped blocks wait in the stripe. Requires: its lock is held.
  void Retire(Stripe& stripe, const Outcome& outcome);
  /// Looks after a stripe of another core if no writer is there any more.
  void Visit(Stripe& other) noexcept;
  /// Frees what waits in the stripe and may go. Requires: its lock is held.
  void Collect(Stripe& stripe) noexcept;
  /// Frees what no open snapshot has; gives the rest to the snapshots.
  void Sort(std::vector<Retired> retired) noexcept;
  /// After `snapshots_` changed.
  void NoteNewestSnapshot() noexcept;

  base::Epochs& epochs_;
  NodePool& nodes_;
  std::array<Stripe, base::kStripes> stripes_ = {};

  alignas(64) std::mutex publication_;
  std::map<std::uint64_t, OpenedSnapshot> snapshots_;          // guarded by publication_
  alignas(64) std::atomic<std::uint64_t> newest_snapshot_{0};  // of snapshots_
};

}  // namespace anystore::memory

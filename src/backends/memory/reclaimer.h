/// `Reclaimer`: keeps what the tree has let go of until nobody can be looking at it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "backends/memory/epoch.h"
#include "backends/memory/node.h"
#include "backends/memory/record.h"

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
  /// Frees it; of a record, gives up the tree's reference.
  void Free() const noexcept;

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
/// Threads: Retire and Collect under the writers' lock; the rest thread-safe.
class Reclaimer {
 public:
  explicit Reclaimer(Epochs& epochs) noexcept : epochs_(epochs) {}
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;
  /// Requires: no reader and no snapshot is left.
  ~Reclaimer();

  /// Takes over a block that write `unlinked` unlinked. Readers may still be at it.
  void Retire(Block block, std::uint64_t unlinked);
  /// Frees what can be freed. Cheap when there is little to do.
  void Collect();

  /// Opens snapshot `number`, again if it is open. Requires: `publication` is held.
  void OpenSnapshot(std::uint64_t number);
  /// Undoes one OpenSnapshot.
  void CloseSnapshot(std::uint64_t number) noexcept;
  /// The newest open snapshot, 0 when none is open. Requires: `publication` is held.
  [[nodiscard]] std::uint64_t newest_snapshot() const noexcept {
    return snapshots_.empty() ? 0 : snapshots_.rbegin()->first;
  }

  /// Held to change what new readers see, and to fix it in a snapshot.
  [[nodiscard]] std::mutex& publication() noexcept { return publication_; }

  /// Counts memory that the tree took.
  void CountBytes(std::size_t bytes) noexcept {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  /// The memory of the tree and of what waits here.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }
  /// Frees a block that nobody else can see.
  void Free(Block block) noexcept;

 private:
  struct Retired {
    Block block;
    std::uint64_t unlinked;
  };
  struct OpenedSnapshot {
    unsigned opened = 0;
    std::vector<Retired> held = {};
  };
  /// How many blocks wait before it is worth looking at every reader's count.
  static constexpr std::size_t kWorthLooking = 64;

  /// Frees what no open snapshot has; gives the rest to the snapshots. Empties `retired`.
  void Sort(std::vector<Retired>& retired) noexcept;

  Epochs& epochs_;
  std::array<std::vector<Retired>, Epochs::kGrace + 1> by_epoch_;  // under the writers' lock
  std::size_t retired_since_look_ = 0;                             // under the writers' lock
  std::atomic<std::uint64_t> bytes_{0};

  std::mutex publication_;
  std::map<std::uint64_t, OpenedSnapshot> snapshots_;  // guarded by publication_
};

}  // namespace anystore::memory

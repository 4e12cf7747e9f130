/// `BlockCache`: blocks that were decompressed or read, kept for the next who asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "anystore/value.h"
#include "base/spin_lock.h"

namespace anystore::tablet {

/// A payload in memory that was found right.
struct CachedBlock {
  Value payload = {};
  std::size_t entries_bytes = 0;  // in front of the restart array
};

/// A budget of bytes that the tablets of a stack share. What was not asked for lately goes first,
/// by the second-chance rule (CLOCK). Whoever holds a payload keeps it beyond that.
///
/// Threads: thread-safe.
class BlockCache {
 public:
  /// The places of one tablet's blocks. To find one takes no lock but that of its own place.
  class Places {
   public:
    Places(std::shared_ptr<BlockCache> cache, std::size_t blocks);
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;
    ~Places();

    /// The block, if it is kept.
    [[nodiscard]] bool Find(std::size_t block, CachedBlock& found);
    /// Keeps a block, and makes room for it.
    void Keep(std::size_t block, const CachedBlock& loaded);

   private:
    friend class BlockCache;

    struct Place {
      base::SpinLock lock = {};
      bool asked_for = false;  // guarded by lock, as the block
      CachedBlock block = {};
    };

    /// Lets go of a block, unless it was asked for since the last time.
    bool TryForget(std::size_t block);

    const std::shared_ptr<BlockCache> cache_;
    const std::unique_ptr<Place[]> places_;
  };

  explicit BlockCache(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Bytes that are kept now.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Kept {
    Places* places;
    std::size_t block;
    std::size_t bytes;
  };

  /// Forgets blocks until there is room; requires mutex_.
  void MakeRoom(std::size_t bytes);

  const std::uint64_t bytes_max_;
  mutable std::mutex mutex_ = {};
  std::vector<Kept> kept_ = {};  // guarded by mutex_, as all below
  std::size_t hand_ = 0;         // in kept_: who is looked at next
  std::uint64_t bytes_ = 0;
};

}  // namespace anystore::tablet

#include "backends/memory/block_cache.h"

#include <array>
#include <mutex>
#include <new>
#include <utility>

#include "base/sanitizer.h"
#include "base/spin_lock.h"
#include "base/stripe.h"

namespace anystore::memory {
namespace {

// Blocks are as large as malloc makes them anyway: 8 bytes less than a multiple of 16.
constexpr std::size_t kGranule = 16;
constexpr std::size_t kHeader = 8;
constexpr std::size_t kClasses = 128;

[[nodiscard]] constexpr std::size_t ClassOf(std::size_t size) noexcept {
  return (size + kHeader + kGranule - 1) / kGranule;
}
[[nodiscard]] constexpr std::size_t SizeOf(std::size_t size_class) noexcept {
  return size_class * kGranule - kHeader;
}

struct FreeBlockLink {
  FreeBlockLink* next;
};
static_assert(SizeOf(ClassOf(1)) >= sizeof(FreeBlockLink));

/// The freed blocks of some threads.
///
/// Threads: thread-safe.
class alignas(64) Stripe {
 public:
  /// A block of the class, null when there is none.
  [[nodiscard]] void* Take(std::size_t size_class) noexcept {
    const std::lock_guard lock(lock_);
    FreeBlockLink*& first = first_[size_class];
    if (first == nullptr) {
      // What fills the cache is of sizes that are no longer asked for.
      if (bytes_ > kCachedBytesMax / 2) Empty();
      return nullptr;
    }
    bytes_ -= SizeOf(size_class);
    return std::exchange(first, first->next);
  }

  /// Keeps a block of the class. False when there is no room.
  [[nodiscard]] bool Keep(void* block, std::size_t size_class) noexcept {
    const std::lock_guard lock(lock_);
    if (bytes_ + SizeOf(size_class) > kCachedBytesMax) return false;
    bytes_ += SizeOf(size_class);
    first_[size_class] = new (block) FreeBlockLink{first_[size_class]};
    return true;
  }

  [[nodiscard]] std::size_t bytes() noexcept {
    const std::lock_guard lock(lock_);
    return bytes_;
  }

 private:
  void Empty() noexcept {
    for (FreeBlockLink*& first : first_) {
      while (first != nullptr) ::operator delete(std::exchange(first, first->next));
    }
    bytes_ = 0;
  }

  base::SpinLock lock_;
  std::size_t bytes_ = 0;
  std::array<FreeBlockLink*, kClasses> first_ = {};
};

// Never destroyed: values may outlive everything.
constinit std::array<Stripe, base::kStripes> stripes;

}  // namespace

void* AllocateBlock(std::size_t size) noexcept {
  const std::size_t size_class = ClassOf(size);
  if (base::kFreedMemoryIsWatched || size_class >= kClasses)
    return ::operator new(size, std::nothrow);
  void* const block = stripes[base::CurrentStripe()].Take(size_class);
  return block != nullptr ? block : ::operator new(SizeOf(size_class), std::nothrow);
}

void FreeBlock(void* block, std::size_t size) noexcept {
  const std::size_t size_class = ClassOf(size);
  if (base::kFreedMemoryIsWatched || size_class >= kClasses ||
      !stripes[base::CurrentStripe()].Keep(block, size_class)) {
    ::operator delete(block);
  }
}

std::size_t CachedBlockBytes() noexcept {
  std::size_t sum = 0;
  for (Stripe& stripe : stripes) sum += stripe.bytes();
  return sum;
}

}  // namespace anystore::memory

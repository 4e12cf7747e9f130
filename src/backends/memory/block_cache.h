/// The memory of nodes and records: freed blocks are kept for the next of their size.
#pragma once

#include <cstddef>

namespace anystore::memory {

/// How much freed memory one stripe of the cache keeps, at most, in bytes.
inline constexpr std::size_t kCachedBytesMax = 256 * 1024;

/// Memory of `size` bytes, null when there is none. Aligned as by `operator new`.
///
/// Writers free what other writers allocated, in bursts, and `malloc` gives every block back to the
/// arena of the thread that took it: two writers at once then wait for each other's arenas more
/// than they work. So freed blocks are kept here, in stripes by core, whoever allocated them.
///
/// Process-wide, like the allocator that it stands before. Threads: thread-safe.
[[nodiscard]] void* AllocateBlock(std::size_t size) noexcept;

/// Takes back memory that `AllocateBlock` gave for the same `size`.
void FreeBlock(void* block, std::size_t size) noexcept;

/// How much freed memory all stripes keep, in bytes.
[[nodiscard]] std::size_t CachedBlockBytes() noexcept;

}  // namespace anystore::memory

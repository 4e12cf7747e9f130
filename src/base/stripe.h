/// Which of a few counters a thread counts on, so that threads do not pass one cache line around.
#pragma once

#include <cstddef>
#include <cstdint>

namespace anystore::base {

/// How many stripes a striped counter has.
inline constexpr std::size_t kStripes = 16;

/// The stripe of the calling thread, below `kStripes`: its control block's address, hashed, which
/// is different for any two live threads, and free.
[[nodiscard]] inline std::size_t ThreadStripe() noexcept {
  const auto thread = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
  return (thread * 0x9e3779b97f4a7c15ULL) >> 60U;
}

}  // namespace anystore::base

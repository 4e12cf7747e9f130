/// Which of a few counters a caller counts on, so that cores do not pass one cache line around.
#pragma once

#include <cstddef>
#include <cstdint>

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

namespace anystore::base {

/// How many stripes a striped counter has.
inline constexpr std::size_t kStripes = 16;

/// The stripe of the core that the caller runs on, below `kStripes`. It may change at any moment,
/// so whoever comes back to a stripe keeps a pointer to it.
///
/// Where the C library does not tell the core, it is that of the calling thread: its control
/// block's address, hashed.
[[nodiscard]] inline std::size_t CurrentStripe() noexcept {
  auto* const thread = static_cast<char*>(__builtin_thread_pointer());
#ifdef RSEQ_SIG
  // The kernel keeps the number there, for the price of a load; negative when it does not.
  const volatile auto& core = reinterpret_cast<const struct rseq*>(thread + __rseq_offset)->cpu_id;
  const auto number = static_cast<std::int32_t>(core);
  if (number >= 0) [[likely]]
    return static_cast<std::size_t>(number) % kStripes;
#endif
  return (reinterpret_cast<std::uintptr_t>(thread) * 0x9e3779b97f4a7c15ULL) >> 60U;
}

}  // namespace anystore::base

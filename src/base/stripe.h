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

/// How many stripes there are for `StackStripeOffset`.
inline constexpr std::size_t kStackStripes = 64;
/// How large such a stripe is.
inline constexpr std::size_t kStackStripeBytes = 64;

/// Where the calling thread's stripe begins, in bytes from the first one, by where its stack lies:
/// `local` is the address of a local variable. Takes three instructions, `CurrentStripe` nine. The
/// stacks of threads are usually 8 MiB apart; threads whose stacks are nearer may share a stripe.
[[nodiscard]] inline std::size_t StackStripeOffset(const void* local) noexcept {
  constexpr std::uintptr_t kStackBytes = std::uintptr_t{8} << 20U;
  return reinterpret_cast<std::uintptr_t>(local) / (kStackBytes / kStackStripeBytes) %
         (kStackStripes * kStackStripeBytes) / kStackStripeBytes * kStackStripeBytes;
}

}  // namespace anystore::base

/// `WriteNumbers`: numbers the writes of a tree.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/stripe.h"

namespace anystore::memory {

/// What one write finds has a lower number than the write; writes at once that do not meet may
/// have the same. Numbers so need no counter that all writers pass around: each stripe counts
/// for itself, beginning behind what the write finds (a Lamport clock).
///
/// Threads: `Draw` by any number of threads at once, the rest by one thread while none draws.
class WriteNumbers {
 public:
  /// A number higher than `found`, than the last that was fixed, and than those drawn before on
  /// the same stripe.
  [[nodiscard]] std::uint64_t Draw(std::uint64_t found) noexcept {
    std::atomic<std::uint64_t>& last = stripes_[base::CurrentStripe()].last;
    const std::uint64_t behind = std::max(found, fixed_);
    std::uint64_t before = last.load(std::memory_order_relaxed);
    std::uint64_t number = 0;
    do {
      number = std::max(behind, before) + 1;
    } while (!last.compare_exchange_weak(before, number, std::memory_order_relaxed));
    return number;
  }

  /// The highest number so far.
  [[nodiscard]] std::uint64_t highest() const noexcept {
    std::uint64_t highest = fixed_;
    for (const Stripe& stripe : stripes_) {
      highest = std::max(highest, stripe.last.load(std::memory_order_relaxed));
    }
    return highest;
  }

  /// Lets all later numbers be higher than `number`, which is no lower than any so far. Writes
  /// nothing, so that others may read the highest at once, if that is known already.
  void Fix(std::uint64_t number) noexcept {
    if (fixed_ != number) fixed_ = number;
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> last{0};
  };

  std::array<Stripe, base::kStripes> stripes_ = {};
  std::uint64_t fixed_ = 0;
};

}  // namespace anystore::memory

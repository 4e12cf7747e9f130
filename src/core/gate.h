/// `Gate`: counts callers inside, so that whoever closes it can wait for them and refuse others.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/stripe.h"

namespace anystore::internal {

/// Callers enter and leave; while it is closed, nobody enters.
///
/// The count is striped over cache lines by core, so that threads that enter at once do not
/// pass one line back and forth.
///
/// Threads: thread-safe; `Open` and `Close` by one thread at a time.
class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// One caller inside, or one that was turned away. Leaves when it goes out of scope.
  class [[nodiscard]] Pass {
   public:
    explicit Pass(Gate& gate) noexcept : inside_(&gate.MyStripe().inside) {
      // Sequentially consistent against Close: either the closer counts this caller, or this
      // caller sees the gate closed.
      inside_->fetch_add(1, std::memory_order_seq_cst);
      if (gate.closed_.load(std::memory_order_seq_cst)) [[unlikely]] {
        inside_->fetch_sub(1, std::memory_order_release);
        inside_ = nullptr;
      }
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() {
      if (inside_ != nullptr) inside_->fetch_sub(1, std::memory_order_release);
    }
    /// Whether the caller is inside.
    explicit operator bool() const noexcept { return inside_ != nullptr; }

   private:
    std::atomic<std::uint64_t>* inside_;
  };

  /// Lets nobody in any more and waits until everybody is out. Must not be called from inside.
  void Close() noexcept;

  /// Lets callers in again. What was done while it was closed is visible to them.
  void Open() noexcept { closed_.store(false, std::memory_order_seq_cst); }

  /// Whether it is closed.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
  /// The same for those who look often: true while it is closed.
  [[nodiscard]] const std::atomic<bool>& closed_flag() const noexcept { return closed_; }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> inside{0};
  };

  [[nodiscard]] Stripe& MyStripe() noexcept { return stripes_[base::CurrentStripe()]; }

  std::array<Stripe, base::kStripes> stripes_ = {};
  alignas(64) std::atomic<bool> closed_{false};
};

}  // namespace anystore::internal

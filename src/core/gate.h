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
/// Threads: thread-safe. Several may close it; it is closed until each has opened it.
class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// One caller inside, or one that was turned away. Leaves when it goes out of scope.
  class [[nodiscard]] Pass {
   public:
    /// A pass of nobody.
    Pass() noexcept : inside_(nullptr) {}
    explicit Pass(Gate& gate) noexcept : inside_(&gate.MyStripe().inside) {
      // Sequentially consistent against Close: either the closer counts this caller, or this
      // caller sees the gate closed.
      inside_->fetch_add(1, std::memory_order_seq_cst);
      if (gate.closers_.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
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

  /// Undoes one Close. What was done while it was closed is visible to those who then come in.
  void Open() noexcept { closers_.fetch_sub(1, std::memory_order_seq_cst); }

  /// Whether it is closed.
  [[nodiscard]] bool closed() const noexcept {
    return closers_.load(std::memory_order_acquire) != 0;
  }
  /// The same for those who look often: not 0 while it is closed.
  [[nodiscard]] const std::atomic<std::uint32_t>& closers() const noexcept { return closers_; }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> inside{0};
  };

  [[nodiscard]] Stripe& MyStripe() noexcept { return stripes_[base::CurrentStripe()]; }

  std::array<Stripe, base::kStripes> stripes_ = {};
  alignas(64) std::atomic<std::uint32_t> closers_{0};
};

}  // namespace anystore::internal

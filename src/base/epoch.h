/// `Epochs`: lets readers walk a structure without a lock, and tells writers when what they have
/// unlinked can no longer be under any reader's feet.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/stripe.h"

namespace anystore::base {

/// Readers register in the present epoch, writers move it on. Whatever is unlinked in epoch e may
/// be freed in epoch e + `kGrace`; who asks for the epoch after unlinking gets e or a later one.
///
/// A reader adds itself to one of two counts, by the parity of the epoch it read; the epoch moves
/// from E to E + 1 only when somebody who found it at E has seen the count of the other parity,
/// that of E - 1, to be zero everywhere, and then still finds it at E.
/// Say a reader has added itself while the epoch is E, and thereafter meets something, so that it
/// is unlinked in an epoch e >= E.
///
///  - If it took the count of E, the epoch cannot go beyond E + 1 before the reader leaves.
///  - If it was slow and took the other count, the move to E + 1 may have looked at that count
///    before, and the move to E + 2 does not look at it; but the one to E + 3 does.
///
/// So the epoch reaches e + 3 only when the reader is gone. Every access in this argument is
/// sequentially consistent, those of the structure's links included.
///
/// Threads: thread-safe.
class Epochs {
 public:
  /// How many epochs later the unlinked may be freed.
  static constexpr std::uint64_t kGrace = 3;

  /// A reader at work. Must not wait for anything.
  class [[nodiscard]] Guard {
   public:
    explicit Guard(Epochs& epochs) noexcept
        : readers_(&epochs.stripes_[CurrentStripe()]
                        .readers[epochs.epoch_.load(std::memory_order_seq_cst) & 1U]) {
      readers_->fetch_add(1, std::memory_order_seq_cst);
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { readers_->fetch_sub(1, std::memory_order_release); }

   private:
    std::atomic<std::uint64_t>* readers_;
  };

  /// The present epoch.
  [[nodiscard]] std::uint64_t current() const noexcept {
    return epoch_.load(std::memory_order_seq_cst);
  }
  /// Moves to the next epoch if no reader is left in the one before. False when one is, or when
  /// another thread was faster.
  [[nodiscard]] bool TryAdvance() noexcept;

 private:
  struct alignas(64) Stripe {
    std::array<std::atomic<std::uint64_t>, 2> readers = {};
  };

  std::array<Stripe, kStripes> stripes_ = {};
  alignas(64) std::atomic<std::uint64_t> epoch_{kGrace};
};

}  // namespace anystore::base

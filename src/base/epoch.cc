#include "base/epoch.h"

namespace anystore::base {

bool Epochs::TryAdvance() noexcept {
  std::uint64_t epoch = current();
  const std::uint64_t other = (epoch + 1) & 1U;
  for (const Stripe& stripe : stripes_) {
    if (stripe.readers[other].load(std::memory_order_seq_cst) != 0) return false;
  }
  return epoch_.compare_exchange_strong(epoch, epoch + 1, std::memory_order_seq_cst);
}

}  // namespace anystore::base

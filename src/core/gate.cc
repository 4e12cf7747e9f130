#include "core/gate.h"

#include <chrono>
#include <thread>

#include "base/spin_lock.h"

namespace anystore::internal {
namespace {

/// How often a closer looks before it lets others run, and again before it sleeps.
constexpr int kSpins = 64;

}  // namespace

void Gate::Close() noexcept {
  closers_.fetch_add(1, std::memory_order_seq_cst);
  // Polled rather than notified: a leaving caller must not touch the gate after its last count,
  // since the closer may free it then.
  for (Stripe& stripe : stripes_) {
    for (int tries = 0; stripe.inside.load(std::memory_order_seq_cst) != 0; ++tries) {
      if (tries < kSpins) {
        base::PauseCore();
      } else if (tries < 2 * kSpins) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }
}

}  // namespace anystore::internal

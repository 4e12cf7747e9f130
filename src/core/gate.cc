#include "core/gate.h"

#include <chrono>
#include <thread>

namespace anystore::internal {

void Gate::Close() noexcept {
  closed_.store(true, std::memory_order_seq_cst);
  // Polled rather than notified: a leaving caller must not touch the gate after its last count,
  // since the closer may free it then. Closing is rare and may take a while anyway.
  for (Stripe& stripe : stripes_) {
    for (int tries = 0; stripe.inside.load(std::memory_order_seq_cst) != 0; ++tries) {
      if (tries < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }
}

}  // namespace anystore::internal

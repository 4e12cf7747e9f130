#include "core/health.h"

#include <utility>

namespace anystore::internal {

void Health::Poison(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (poisoned_.load(std::memory_order_relaxed)) return;
  reason_ = std::move(reason);
  poisoned_.store(true, std::memory_order_release);
}

Error Health::Refusal() const {
  const std::lock_guard lock(mutex_);
  return Error(Code::kDataLoss,
               "no writes since one could no longer be made durable; close the store and open it "
               "again to see what is left: " +
                   reason_);
}

}  // namespace anystore::internal

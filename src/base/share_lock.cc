#include "base/share_lock.h"

namespace anystore::base {

void ShareLock::WaitShared() noexcept {
  do {
    UnlockShared();
    for (;;) {
      const std::uint32_t seen = state_.load(std::memory_order_relaxed);
      if ((seen & kAlone) == 0) break;
      state_.wait(seen, std::memory_order_relaxed);
    }
  } while ((state_.fetch_add(1, std::memory_order_acquire) & kAlone) != 0);
}

void ShareLock::LockAlone() noexcept {
  for (;;) {
    const std::uint32_t seen = state_.fetch_or(kAlone, std::memory_order_acquire);
    if ((seen & kAlone) == 0) break;
    state_.wait(seen, std::memory_order_relaxed);
  }
  for (;;) {
    const std::uint32_t seen = state_.load(std::memory_order_acquire);
    if (seen == kAlone) return;
    state_.wait(seen, std::memory_order_relaxed);
  }
}

void ShareLock::UnlockAlone() noexcept {
  state_.fetch_and(~kAlone, std::memory_order_release);
  state_.notify_all();
}

}  // namespace anystore::base

#include "backends/rocksdb/stripes.h"

#include <chrono>
#include <thread>

namespace anystore::rocksdb {

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

void StripedLocks::CloseLanes() noexcept {
  conditional_.fetch_add(1, std::memory_order_seq_cst);
  for (Lane& lane : lanes_) {
    // Polled, so that leaving a lane costs no more than a subtraction. A plain write takes a few
    // microseconds, but a synced one may take a while.
    for (int tries = 0; lane.inside.load(std::memory_order_seq_cst) != 0; ++tries) {
      if (tries < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      }
    }
  }
}

void StripedLocks::One::Lock(std::string_view key, bool alone) noexcept {
  alone_ = alone;
  lock_ = &(*locks_.stripes_)[StripeOf(key)].lock;
  if (alone_) {
    locks_.CloseLanes();
    lock_->LockAlone();
  } else {
    lock_->LockShared();
  }
}

void StripedLocks::One::Unlock() noexcept {
  if (alone_) {
    lock_->UnlockAlone();
    locks_.OpenLanes();
  } else {
    lock_->UnlockShared();
  }
}

StripedLocks::Many::Many(StripedLocks& locks, const Set& set) noexcept
    : locks_(locks), lane_(set.alone.any() ? nullptr : locks.EnterLane()), held_(set) {
  if (lane_ != nullptr) return;
  if (held_.alone.any()) locks_.CloseLanes();
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!held_.stripes.test(i)) continue;
    ShareLock& lock = (*locks_.stripes_)[i].lock;
    held_.alone.test(i) ? lock.LockAlone() : lock.LockShared();
  }
}

StripedLocks::Many::~Many() {
  if (lane_ != nullptr) {
    lane_->fetch_sub(1, std::memory_order_release);
    return;
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!held_.stripes.test(i)) continue;
    ShareLock& lock = (*locks_.stripes_)[i].lock;
    held_.alone.test(i) ? lock.UnlockAlone() : lock.UnlockShared();
  }
  if (held_.alone.any()) locks_.OpenLanes();
}

}  // namespace anystore::rocksdb

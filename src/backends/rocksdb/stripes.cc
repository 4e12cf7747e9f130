#include "backends/rocksdb/stripes.h"

namespace anystore::rocksdb {

void StripedLocks::One::Lock(std::string_view key, bool alone) noexcept {
  alone_ = alone;
  lock_ = &(*locks_.stripes_)[StripeOf(key)].lock;
  if (alone_) {
    locks_.lanes_.Close();
    lock_->LockAlone();
  } else {
    lock_->LockShared();
  }
}

void StripedLocks::One::Unlock() noexcept {
  if (alone_) {
    lock_->UnlockAlone();
    locks_.lanes_.Open();
  } else {
    lock_->UnlockShared();
  }
}

StripedLocks::Many::Many(StripedLocks& locks, const Set& set) noexcept
    : locks_(locks), lane_(set.alone.any() ? Gate::Pass() : Gate::Pass(locks.lanes_)), held_(set) {
  if (lane_) return;
  if (held_.alone.any()) locks_.lanes_.Close();
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!held_.stripes.test(i)) continue;
    ShareLock& lock = (*locks_.stripes_)[i].lock;
    held_.alone.test(i) ? lock.LockAlone() : lock.LockShared();
  }
}

StripedLocks::Many::~Many() {
  if (lane_) return;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!held_.stripes.test(i)) continue;
    ShareLock& lock = (*locks_.stripes_)[i].lock;
    held_.alone.test(i) ? lock.UnlockAlone() : lock.UnlockShared();
  }
  if (held_.alone.any()) locks_.lanes_.Open();
}

}  // namespace anystore::rocksdb

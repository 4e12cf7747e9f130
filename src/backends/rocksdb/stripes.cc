#include "backends/rocksdb/stripes.h"

namespace anystore::rocksdb {

StripedLocks::StripedLocks() : stripes_(std::make_unique<std::array<Stripe, kCount>>()) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  // The default lets readers overtake a waiting writer for as long as they overlap.
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  for (Stripe& stripe : *stripes_) pthread_rwlock_init(&stripe.lock, &attributes);
  pthread_rwlockattr_destroy(&attributes);
}

StripedLocks::~StripedLocks() {
  for (Stripe& stripe : *stripes_) pthread_rwlock_destroy(&stripe.lock);
}

StripedLocks::One::One(StripedLocks& locks, std::string_view key, bool alone)
    : lock_(&(*locks.stripes_)[StripeOf(key)].lock) {
  if (alone) {
    pthread_rwlock_wrlock(lock_);
  } else {
    pthread_rwlock_rdlock(lock_);
  }
}

StripedLocks::Many::Many(StripedLocks& locks, const Set& set) : locks_(locks), held_(set.stripes) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!held_.test(i)) continue;
    pthread_rwlock_t* const lock = &(*locks_.stripes_)[i].lock;
    if (set.alone.test(i)) {
      pthread_rwlock_wrlock(lock);
    } else {
      pthread_rwlock_rdlock(lock);
    }
  }
}

StripedLocks::Many::~Many() {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (held_.test(i)) pthread_rwlock_unlock(&(*locks_.stripes_)[i].lock);
  }
}

}  // namespace anystore::rocksdb

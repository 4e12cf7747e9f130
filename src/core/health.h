/// Whether a store may still be written to.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "anystore/error.h"

namespace anystore::internal {

/// Remembers the first failure after which nothing can be promised of later writes, such as a sync
/// that failed. From then on writes are refused; reads go on.
///
/// Threads: thread-safe.
class Health {
 public:
  /// Whether writes are refused.
  [[nodiscard]] bool poisoned() const noexcept { return poisoned_.load(std::memory_order_acquire); }
  /// Refuses writes from now on; `reason` is what failed. Only the first reason is kept.
  void Poison(std::string reason);
  /// The error of a refused write.
  [[nodiscard]] Error Refusal() const;

 private:
  std::atomic<bool> poisoned_{false};
  mutable std::mutex mutex_;
  std::string reason_;  // guarded by mutex_
};

}  // namespace anystore::internal

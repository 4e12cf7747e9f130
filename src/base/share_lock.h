/// A lock that many may share or one has alone.
#pragma once

#include <atomic>
#include <cstdint>

namespace anystore::base {

/// Half the price of the system's when nobody waits, which is nearly always; and whoever waits to
/// have it alone goes before sharers that come later.
///
/// Threads: thread-safe.
class ShareLock {
 public:
  void LockShared() noexcept {
    if ((state_.fetch_add(1, std::memory_order_acquire) & kAlone) != 0) [[unlikely]]
      WaitShared();
  }
  void UnlockShared() noexcept {
    if ((state_.fetch_sub(1, std::memory_order_release) & kAlone) != 0) [[unlikely]]
      state_.notify_all();
  }
  void LockAlone() noexcept;
  void UnlockAlone() noexcept;

 private:
  /// Somebody has the lock alone, or waits until the sharers are gone. The rest of the state is
  /// the number of sharers, and of those who have yet to notice that they are not.
  static constexpr std::uint32_t kAlone = 1U << 31U;

  void WaitShared() noexcept;

  std::atomic<std::uint32_t> state_{0};
};

}  // namespace anystore::base

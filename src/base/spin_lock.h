/// `SpinLock`: a lock of one byte, for work of well under a microsecond.
#pragma once

#include <atomic>
#include <thread>

namespace anystore::base {

/// Tells the processor that the caller waits for another core.
inline void PauseCore() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// For where a mutex is too large or too slow and two threads seldom meet. Whoever waits spins a
/// little and then lets other threads run, since the holder may have been put aside. Not fair,
/// not recursive.
///
/// Threads: thread-safe. Lockable, so `std::lock_guard` takes it.
class SpinLock {
 public:
  SpinLock() = default;
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  void lock() noexcept {
    for (int tries = 0; !try_lock(); ++tries) {
      if (tries < kSpins) {
        PauseCore();
      } else {
        std::this_thread::yield();
      }
    }
  }
  [[nodiscard]] bool try_lock() noexcept {
    return !locked_.load(std::memory_order_relaxed) &&
           !locked_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { locked_.store(false, std::memory_order_release); }

 private:
  static constexpr int kSpins = 64;

  std::atomic<bool> locked_{false};
};

}  // namespace anystore::base

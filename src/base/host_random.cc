#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <random>

#include "base/host.h"

namespace anystore::base {
namespace {

/// Random bits of the kernel, fetched some dozens of numbers at a time: asking for each costs
/// microseconds.
class SystemRandom final : public Random {
 public:
  SystemRandom() : pool_(NewPool()) {}

  [[nodiscard]] std::uint64_t Next() override {
    const std::lock_guard lock(mutex_);
    if (pool_->left == 0) Refill();
    return pool_->numbers[--pool_->left];
  }

 private:
  struct Pool {
    std::size_t left = 0;
    std::array<std::uint64_t, 32> numbers = {};
  };
  static_assert(sizeof(Pool::numbers) <= 256);  // as many bytes as the kernel gives in one go

  /// A pool that is empty again in a forked process, which must not draw what its parent draws.
  static Pool* NewPool() {
    void* const page =
        mmap(nullptr, sizeof(Pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::bad_alloc();
    Pool* const pool = new (page) Pool();
    madvise(page, sizeof(Pool), MADV_WIPEONFORK);  // since Linux 4.14
    return pool;
  }

  void Refill() {
    if (getentropy(pool_->numbers.data(), sizeof(pool_->numbers)) != 0) {
      std::random_device device;
      for (std::uint64_t& number : pool_->numbers) {
        number = std::uint64_t{device()} << 32U | device();
      }
    }
    pool_->left = pool_->numbers.size();
  }

  std::mutex mutex_;
  Pool* const pool_;
};

}  // namespace

// Never destroyed: stores in static storage may outlive any order of destruction.
Random& HostRandom() {
  static SystemRandom& random = *new SystemRandom();
  return random;
}

}  // namespace anystore::base

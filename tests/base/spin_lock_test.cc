#include "base/spin_lock.h"

#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/stripe.h"

namespace anystore::base {
namespace {

TEST(SpinLock, LetsOneInAtATime) {
  constexpr int kThreads = 4;
  constexpr int kTurns = 20000;
  SpinLock lock;
  int count = 0;  // not atomic
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kTurns; ++i) {
          const std::lock_guard guard(lock);
          ++count;
        }
      });
    }
  }
  EXPECT_EQ(count, kThreads * kTurns);
}

TEST(SpinLock, IsTriedInVainWhileItIsHeld) {
  SpinLock lock;
  EXPECT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(CurrentStripe, IsOneOfTheStripes) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([] { EXPECT_LT(CurrentStripe(), kStripes); });
  }
}

}  // namespace
}  // namespace anystore::base

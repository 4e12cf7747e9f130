// What is due is done, by a thread or by whoever asks, when it is due and no more often.
#include "base/chores.h"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <semaphore>
#include <string>

#include "base/host.h"
#include "in_threads.h"

namespace anystore::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class InlineChores : public ::testing::Test {
 protected:
  Chores::Id Add(Duration period, const std::string& name) {
    return chores_.Add(period, [this, name](const std::stop_token&) { done_ += name; });
  }
  /// What was done when the clock had moved.
  std::string After(Duration duration) {
    clock_.Advance(duration);
    chores_.RunDue();
    return std::exchange(done_, "");
  }

  ManualClock clock_{Instant{}};
  Chores chores_{ChoresMode::kInline, clock_};
  std::string done_;
};

TEST_F(InlineChores, AreDoneWhenTheyAreDueAndOnceEach) {
  const Chores::Id a = Add(seconds(2), "a");
  EXPECT_EQ(After(seconds(5)), "") << "nobody asked";
  chores_.Request(a);
  EXPECT_EQ(After(seconds(1)), "");
  chores_.Request(a);
  EXPECT_EQ(After(seconds(1)), "a") << "the first request counts";
  EXPECT_EQ(After(seconds(9)), "");
  chores_.Request(a);
  EXPECT_EQ(After(seconds(9)), "a");
}

TEST_F(InlineChores, AreDoneInTheOrderInWhichTheyAreDue) {
  const Chores::Id slow = Add(seconds(3), "s");
  const Chores::Id fast = Add(seconds(1), "f");
  chores_.Request(slow);
  chores_.Request(fast);
  EXPECT_EQ(After(seconds(1)), "f");
  chores_.Request(fast);
  EXPECT_EQ(After(seconds(9)), "fs");
}

TEST_F(InlineChores, MayAskForThemselves) {
  Chores::Id again = 0;
  again = chores_.Add(seconds(1), [&](const std::stop_token&) {
    done_ += "x";
    chores_.Request(again);
  });
  chores_.Request(again);
  EXPECT_EQ(After(seconds(1)), "x");
  EXPECT_EQ(After(seconds(1)), "x");
}

TEST_F(InlineChores, AreNotDoneAfterStop) {
  const Chores::Id a = Add(seconds(1), "a");
  chores_.Request(a);
  chores_.Stop();
  chores_.Stop();
  EXPECT_EQ(After(seconds(1)), "");
  chores_.Request(a);
  EXPECT_EQ(After(seconds(1)), "");
}

TEST(Chores, HaveNoThreadUnderAClockThatNobodyCanWaitFor) {
  ManualClock clock{Instant{}};
  EXPECT_TRUE(Chores(ChoresMode::kThread, clock).is_inline());
  EXPECT_TRUE(Chores(ChoresMode::kInline, HostClock()).is_inline());
  EXPECT_FALSE(Chores(ChoresMode::kThread, HostClock()).is_inline());
}

TEST(ChoresThread, DoesWhatIsDueEarlierFirst) {
  Chores chores(ChoresMode::kThread, HostClock());
  std::binary_semaphore done(0);
  const Chores::Id never =
      chores.Add(std::chrono::hours(1), [](const std::stop_token&) { FAIL(); });
  const Chores::Id soon =
      chores.Add(milliseconds(1), [&](const std::stop_token&) { done.release(); });
  chores.Request(never);
  for (int i = 0; i < 3; ++i) {
    chores.Request(soon);
    done.acquire();
  }
}

TEST(ChoresThread, IsStoppedInTheMiddle) {
  Chores chores(ChoresMode::kThread, HostClock());
  std::latch begun(1);
  std::atomic<bool> was_stopped = false;
  const Chores::Id id = chores.Add(Duration::zero(), [&](const std::stop_token& stop) {
    begun.count_down();
    was_stopped = !HostClock().SleepUnlessStopped(std::chrono::hours(1), stop);
  });
  chores.Request(id);
  begun.wait();
  chores.Stop();
  EXPECT_TRUE(was_stopped);
}

// What was done before a request is seen: nothing is left when the last one was served.
TEST(ChoresThread, MissesNothing) {
  Chores chores(ChoresMode::kThread, HostClock());
  std::atomic<int> done = 0;
  std::atomic<int> seen = 0;
  std::counting_semaphore<1 << 20> ran(0);
  const Chores::Id id = chores.Add(Duration::zero(), [&](const std::stop_token&) {
    seen = done.load();
    ran.release();
  });
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  testing::InThreads(kThreads, [&](int) {
    for (int i = 0; i < kRounds; ++i) {
      ++done;
      chores.Request(id);
    }
  });
  while (seen.load() < kThreads * kRounds) ran.acquire();
  EXPECT_EQ(seen.load(), kThreads * kRounds);
}

}  // namespace
}  // namespace anystore::base

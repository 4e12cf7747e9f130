#include "anystore/environment.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <stop_token>
#include <thread>

namespace anystore {
namespace {

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(Instant(std::chrono::seconds(5)));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::seconds(5)));
  clock.Advance(std::chrono::seconds(1));
  clock.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::seconds(7)));
}

TEST(Clock, ASleepEndsWhenStopIsRequested) {
  std::stop_source source;
  std::jthread stopper([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    source.request_stop();
  });
  // Would outlast the test otherwise.
  EXPECT_FALSE(
      Environment::Host().clock->SleepUnlessStopped(std::chrono::hours(24), source.get_token()));
  EXPECT_FALSE(
      Environment::Host().clock->SleepUnlessStopped(std::chrono::hours(24), source.get_token()));
  EXPECT_TRUE(Environment::Host().clock->SleepUnlessStopped(std::chrono::milliseconds(1), {}));
}

TEST(Clock, AManualOneSleepsToTheEndUnlessStopped) {
  ManualClock clock((Instant()));
  std::stop_source source;
  EXPECT_TRUE(clock.SleepUnlessStopped(std::chrono::milliseconds(12), source.get_token()));
  EXPECT_TRUE(clock.SleepUnlessStopped(std::chrono::milliseconds(12), {}));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::milliseconds(24)));
  source.request_stop();
  EXPECT_FALSE(clock.SleepUnlessStopped(std::chrono::milliseconds(12), source.get_token()));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::milliseconds(24)));
}

TEST(SeededRandom, RepeatsItselfOnEveryMachine) {
  SeededRandom random(1234567);
  // The first outputs of SplitMix64 from this seed, as published with the generator.
  EXPECT_EQ(random.Next(), 6457827717110365317ULL);
  EXPECT_EQ(random.Next(), 3203168211198807973ULL);
}

TEST(SeededRandom, BelowStaysBelow) {
  SeededRandom random(3);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(7));
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(*seen.rbegin(), 6U);
  EXPECT_EQ(random.Below(0), 0U);
}

TEST(Environment, HostIsComplete) {
  const Environment& host = Environment::Host();
  ASSERT_NE(host.clock, nullptr);
  ASSERT_NE(host.random, nullptr);
  ASSERT_NE(host.logger, nullptr);
  ASSERT_NE(host.files, nullptr);
  EXPECT_GT(host.clock->Now(), Instant(std::chrono::years(50)));
  EXPECT_NE(host.random->Next(), host.random->Next());
  const Instant before = host.clock->Now();
  host.clock->Sleep(std::chrono::milliseconds(2));
  EXPECT_GE(host.clock->Now() - before, std::chrono::milliseconds(1));
}

TEST(Environment, TheHostsRandomNumbersDoNotRepeat) {
  Random& random = *Environment::Host().random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Next());
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Environment, AForkedProcessDrawsOtherRandomNumbers) {
  Random& random = *Environment::Host().random;
  static_cast<void>(random.Next());  // so that there are some in store
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::uint64_t drawn = random.Next();
    _exit(write(ends[1], &drawn, sizeof(drawn)) == sizeof(drawn) ? 0 : 1);
  }
  std::uint64_t drawn = 0;
  EXPECT_EQ(read(ends[0], &drawn, sizeof(drawn)), static_cast<ssize_t>(sizeof(drawn)));
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  std::set<std::uint64_t> ours;
  for (int i = 0; i < 64; ++i) ours.insert(random.Next());
  EXPECT_EQ(ours.count(drawn), 0U);
}

}  // namespace
}  // namespace anystore

#include "anystore/environment.h"

#include <gtest/gtest.h>

#include <set>

namespace anystore {
namespace {

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(Instant(std::chrono::seconds(5)));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::seconds(5)));
  clock.Advance(std::chrono::seconds(1));
  clock.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(clock.Now(), Instant(std::chrono::seconds(7)));
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

}  // namespace
}  // namespace anystore

// Processes that are killed lose nothing that had returned.
#include "crash/kills.h"

#include <gtest/gtest.h>

#include "scratch_directory.h"

namespace anystore::crash {
namespace {

TEST(Kills, WhatHadReturnedIsThere) {
  std::size_t stores = 0;
  for (const CrashSubject& subject : FindSubjects("flatfs")) {
    if (!RunsOnHost(subject)) continue;
    SCOPED_TRACE(subject.name);
    const testing::ScratchDirectory scratch;
    const KillReport report = RunKills(subject, scratch.path(), {.rounds = 25});
    EXPECT_FALSE(report.failure.has_value()) << *report.failure;
    EXPECT_EQ(report.rounds, 25U);
    EXPECT_GT(report.finished, 0U);
    ++stores;
  }
  EXPECT_GE(stores, 4U);
}

TEST(Kills, AStoreThatDoesNotExpectThemIsCaught) {
  for (const char* const name : {"broken-fragile", "broken-removes_first"}) {
    SCOPED_TRACE(name);
    const testing::ScratchDirectory scratch;
    const KillReport report =
        RunKills(FindSubjects(name).front(), scratch.path(), {.rounds = 2000});
    ASSERT_TRUE(report.failure.has_value());
    EXPECT_LT(report.rounds, 2000U);
  }
}

}  // namespace
}  // namespace anystore::crash

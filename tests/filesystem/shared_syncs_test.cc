// Syncs that threads make together.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "anystore/file_batch.h"
#include "anystore/simulated_disk.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;

// Counts syncs of the filesystem, lets them take time, and fails them when told to.
class Counter final : public testing::FailingCalls {
 public:
  explicit Counter(ManualClock& clock) : clock_(clock) {}

  filesystem::Decision Before(const Call& call) override {
    if (call.operation == Operation::kSyncFileSystem) {
      ++count;
      clock_.Advance(takes);
    }
    return FailingCalls::Before(call);
  }

  std::atomic<int> count = 0;
  Duration takes = {};

 private:
  ManualClock& clock_;
};

class SharedSyncsTest : public ::testing::Test {
 protected:
  // Two syncs last until `others` more wait for theirs, or make them; returns how many made their
  // own.
  int Meet(int others) {
    std::atomic<int> alone = 0;
    std::vector<std::jthread> threads;
    const auto come = [&] {
      for (int i = 0; i < others; ++i) {
        threads.emplace_back([&] {
          const Status status = syncs_.Make([&] {
            ++alone;
            return Ok();
          });
          if (!status.has_value()) ++failed_;
        });
      }
      while (syncs_.waiting() + static_cast<std::size_t>(alone) < threads.size()) {
        std::this_thread::yield();
      }
      return Ok();
    };
    EXPECT_TRUE(syncs_.Make([&] { return syncs_.Make(come); }));
    threads.clear();
    return alone;
  }

  ManualClock clock_{Instant{}};
  std::unique_ptr<FileSystem> memory_ = NewMemoryFileSystem(clock_);
  Counter counter_{clock_};
  InterceptedFileSystem files_{*memory_, counter_};
  std::unique_ptr<Directory> root_ = *files_.OpenDirectory("/");
  SharedSyncs syncs_{*root_, clock_};
  std::atomic<int> failed_ = 0;
};

TEST_F(SharedSyncsTest, AThreadAloneMakesItsOwn) {
  for (int i = 0; i < 3; ++i) {
    int made = 0;
    EXPECT_TRUE(syncs_.Make([&] {
      ++made;
      return Ok();
    }));
    EXPECT_EQ(made, 1);
  }
  EXPECT_EQ(counter_.count, 0);
}

TEST_F(SharedSyncsTest, AFewMakeTheirOwn) {
  EXPECT_EQ(Meet(2), 2);
  EXPECT_EQ(counter_.count, 0);
}

TEST_F(SharedSyncsTest, ManyThatWaitAreServedByOneOfTheFilesystem) {
  EXPECT_EQ(Meet(7), 0);
  EXPECT_EQ(counter_.count, 1);
  EXPECT_EQ(Meet(3), 0);
  EXPECT_EQ(counter_.count, 2);
}

TEST_F(SharedSyncsTest, AFailureIsToldToAll) {
  counter_.fails = [](const Call& call) { return call.operation == Operation::kSyncFileSystem; };
  EXPECT_EQ(Meet(5), 0);
  EXPECT_EQ(failed_, 5);
  counter_.fails = nullptr;
  EXPECT_EQ(Meet(5), 0);
  EXPECT_EQ(failed_, 5);
}

TEST_F(SharedSyncsTest, AfterOneThatTookLongTheyAreMadeOneByOneForAWhile) {
  counter_.takes = std::chrono::seconds(2);
  EXPECT_EQ(Meet(4), 0);
  counter_.takes = {};
  int times = 0;
  while (Meet(4) == 4) ++times;
  // Six syncs each time; of the last ones some begin together with the others.
  EXPECT_EQ(times, 64 / 6 + 1);
  EXPECT_EQ(counter_.count, 2);
}

TEST(SharedSyncs, WhatWasWrittenDurablySurvivesWhoeverMadeTheSync) {
  constexpr int kThreads = 12;
  constexpr int kFilesEach = 8;
  ManualClock clock{Instant{}};
  SimulatedDisk disk({.seed = 5});
  const std::unique_ptr<Directory> root = *disk.OpenDirectory("/");
  SharedSyncs syncs(*root, clock);
  StableDirectories stable;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int file = 0; file < kFilesEach; ++file) {
        const std::string name = std::to_string(file) + "/" + std::to_string(thread);
        const Status written = WriteFile(
            *root, {.name = name, .bytes = name},
            {.unnamed_max = 1, .make_directories = true, .stable = &stable, .syncs = &syncs});
        ASSERT_TRUE(written.has_value()) << written.error().ToString();
        if (thread > 0) continue;
        // What one thread has made survives, though others are at it.
        const auto left = disk.Crash(Survivors::kNone, 1);
        EXPECT_EQ(testing::Contents(**left->OpenDirectory("/"), name), name);
      }
    });
  }
  threads.clear();
  for (const Survivors survivors : kAllSurvivors) {
    const auto left = disk.Crash(survivors, 1);
    for (int i = 0; i < kThreads * kFilesEach; ++i) {
      const std::string name =
          std::to_string(i % kFilesEach) + "/" + std::to_string(i / kFilesEach);
      EXPECT_EQ(testing::Contents(**left->OpenDirectory("/"), name), name) << Name(survivors);
    }
  }
}

}  // namespace
}  // namespace anystore

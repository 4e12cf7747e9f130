// Interceptors that many threads call through at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/trace/trace.h"

namespace anystore::filesystem {
namespace {

constexpr int kThreads = 4;
constexpr int kFiles = 100;

// Each thread makes and removes files of its own. Returns how many calls failed.
int MakeFiles(FileSystem& files) {
  std::atomic<int> failures = 0;
  const auto root = files.OpenDirectory("/").value();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kFiles; ++i) {
          const std::string name = std::to_string(thread) + "-" + std::to_string(i);
          const auto file = root->Open(
              name, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
          if (!file.has_value() || !(*file)->WriteAt(0, name).has_value()) ++failures;
        }
      });
    }
  }
  return failures;
}

TEST(Interceptors, CountEachCallOfManyThreadsOnce) {
  ManualClock clock{Instant{}};
  const auto memory = NewMemoryFileSystem(clock);
  const auto rules =
      FaultRules::Parse("open call=123 fail=EMFILE; write times=7 fail=ENOSPC; write latency=1us",
                        {.clock = &clock})
          .value();
  Trace trace;
  Chain chain({&trace, rules.get()});
  InterceptedFileSystem files(*memory, chain);
  EXPECT_EQ(MakeFiles(files), 8);
  EXPECT_EQ(rules->Report(),
            "open call=123 fail=EMFILE  # 400 calls, 1 times\n"
            "write times=7 fail=ENOSPC  # 399 calls, 7 times\n"
            "write latency=1us  # 399 calls, 399 times\n");
  EXPECT_EQ(clock.Now(), Instant(std::chrono::microseconds(399)));
  // The root, 400 opened, 399 written, and all of them closed but for the one that was not opened.
  const std::string text = trace.ToString();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 400 + 399 + 399 + 1);
  EXPECT_EQ(files.open_handles(), 0U);
}

TEST(Interceptors, WriteDownWhatManyThreadsDidSoThatItReplays) {
  ManualClock clock{Instant{}};
  const auto memory = NewMemoryFileSystem(clock);
  Trace trace;
  InterceptedFileSystem files(*memory, trace);
  EXPECT_EQ(MakeFiles(files), 0);
  const auto fresh = NewMemoryFileSystem(clock);
  const auto difference = Replay(trace.ToString(), *fresh);
  ASSERT_TRUE(difference.has_value()) << difference.error().ToString();
  EXPECT_FALSE(difference->has_value()) << (*difference)->call;
}

}  // namespace
}  // namespace anystore::filesystem

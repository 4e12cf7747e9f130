// Directories that stay open between syncs.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "filesystem/posix_fixture.h"
#include "filesystem/scripted_kernel.h"

namespace anystore {
namespace {

/// How many descriptors lead to `path` or below.
std::size_t OpenBelow(const std::string& path) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    count += std::filesystem::read_symlink(entry.path(), gone).string().starts_with(path + "/");
  }
  return count;
}

class KeptDirectories : public PosixTest {
 protected:
  KeptDirectories() {
    for (const std::string name : {"a", "b", "c"}) {
      EXPECT_EQ(Outcome(root().MakeDirectory(name)), "ok");
    }
  }
  /// Syncs, and what came of it.
  std::string_view Sync(std::string_view name) { return Outcome(root().Sync(name)); }
};

TEST_F(KeptDirectories, AreNoneUnlessAskedFor) {
  EXPECT_EQ(Sync("a"), "ok");
  EXPECT_EQ(OpenBelow(path()), 0U);
}

TEST_F(KeptDirectories, StayOpenAfterASyncUpToTheirNumber) {
  root().KeepDirectories(2);
  EXPECT_EQ(OpenBelow(path()), 0U);
  for (int round = 0; round < 2; ++round) {
    for (const std::string_view name : {"a", "b", "c"}) EXPECT_EQ(Sync(name), "ok");
    EXPECT_EQ(OpenBelow(path()), 2U);
  }
}

TEST_F(KeptDirectories, AreNotOpenedAgain) {
  root().KeepDirectories(2);
  EXPECT_EQ(Sync("a"), "ok");
  std::vector<ScriptedCall> calls = {{SYS_openat, {-EIO}}, {SYS_fsync, {0}}};
  const bool ran = RunScripted(calls, [&] {
    EXPECT_EQ(Sync("a"), "ok");
    EXPECT_EQ(Sync("b"), "io_error");
  });
  if (!ran) GTEST_SKIP() << "no seccomp filters on this machine";
  EXPECT_EQ(calls[0].count, 1U);
  EXPECT_EQ(calls[1].count, 1U);
}

TEST_F(KeptDirectories, PassOnWhatTheirSyncSays) {
  root().KeepDirectories(2);
  EXPECT_EQ(Sync("a"), "ok");
  std::vector<ScriptedCall> calls = {{SYS_fsync, {-EIO, -ENOSPC, 0}}};
  const bool ran = RunScripted(calls, [&] {
    EXPECT_EQ(Sync("a"), "io_error");
    EXPECT_EQ(Sync("a"), "no_space");
    EXPECT_EQ(Sync("a"), "ok");
  });
  if (!ran) GTEST_SKIP() << "no seccomp filters on this machine";
}

TEST_F(KeptDirectories, CloseWithTheDirectoryAboveThem) {
  {
    const auto other = OpenRoot(path());
    other->KeepDirectories(2);
    EXPECT_EQ(Outcome(other->Sync("a")), "ok");
    EXPECT_EQ(OpenBelow(path()), 1U);
  }
  EXPECT_EQ(OpenBelow(path()), 0U);
}

TEST_F(KeptDirectories, AreForgottenWhenTheyAreRemoved) {
  root().KeepDirectories(2);
  EXPECT_EQ(Sync("a"), "ok");
  EXPECT_EQ(Outcome(root().RemoveDirectory("a")), "ok");
  EXPECT_EQ(OpenBelow(path()), 0U);
  EXPECT_EQ(Sync("a"), "not_found");
}

TEST_F(KeptDirectories, AreNotTakenForOthersThatCameInTheirPlace) {
  root().KeepDirectories(2);
  EXPECT_EQ(Sync("a"), "ok");
  std::filesystem::remove(PathOf("a"));
  EXPECT_EQ(Sync("a"), "not_found");
  EXPECT_EQ(OpenBelow(path()), 0U);
  EXPECT_EQ(Sync("b"), "ok");
  std::filesystem::remove(PathOf("b"));
  std::filesystem::create_directory(PathOf("b"));
  EXPECT_EQ(Sync("b"), "ok");
  // The new one, not the one that was removed.
  EXPECT_EQ(OpenBelow(PathOf("b") + " (deleted)"), 0U);
  EXPECT_EQ(OpenBelow(path()), 1U);
}

TEST_F(KeptDirectories, AreGivenBackWhenDescriptorsRunOut) {
  root().KeepDirectories(2);
  Write("file", "bytes");
  EXPECT_EQ(Sync("a"), "ok");
  EXPECT_EQ(Sync("b"), "ok");
  std::vector<ScriptedCall> calls = {{SYS_openat, {-EMFILE}}};
  bool ran = RunScripted(calls, [&] {
    EXPECT_EQ(Outcome(root().Open("file", kReadOnly)), "resource_exhausted");
    EXPECT_EQ(Outcome(root().Open("file", kReadOnly)), "resource_exhausted");
  });
  if (!ran) GTEST_SKIP() << "no seccomp filters on this machine";
  // The first was tried again, since there was something to give back.
  EXPECT_EQ(calls[0].count, 3U);
  EXPECT_EQ(OpenBelow(path()), 0U);
}

TEST_F(KeptDirectories, MakeRoomForWhoeverOpensSomething) {
  root().KeepDirectories(2);
  Write("file", "bytes");
  EXPECT_EQ(Sync("a"), "ok");
  EXPECT_EQ(Sync("b"), "ok");
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  // Up to the last one that is open: there is no other.
  int last = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    last = std::max(last, std::stoi(entry.path().filename().string()));
  }
  std::vector<int> fillers;
  const rlimit tight = {.rlim_cur = static_cast<rlim_t>(last) + 1, .rlim_max = limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (int fd = dup(STDERR_FILENO); fd >= 0; fd = dup(STDERR_FILENO)) fillers.push_back(fd);
  const auto file = root().Open("file", kReadOnly);
  const auto other = HostFileSystem().OpenDirectory(path());
  const auto none_left = root().Open("file", kReadOnly);
  for (const int fd : fillers) close(fd);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(Outcome(file), "ok");
  EXPECT_EQ(Outcome(other), "ok");
  EXPECT_EQ(Outcome(none_left), "resource_exhausted");
}

TEST_F(KeptDirectories, AreSharedByThreadsWhileDescriptorsRunOut) {
  root().KeepDirectories(2);
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        for (const std::string_view name : {"a", "b", "c"}) EXPECT_EQ(Sync(name), "ok");
      }
    });
  }
  threads.emplace_back([&] {
    std::vector<ScriptedCall> calls = {{SYS_openat, {-EMFILE}}};
    static_cast<void>(RunScripted(calls, [&] {
      while (!done) EXPECT_EQ(Outcome(root().Open("a", kReadOnly)), "resource_exhausted");
    }));
  });
  for (int i = 0; i < 3; ++i) threads[static_cast<std::size_t>(i)].join();
  done = true;
  threads.back().join();
}

}  // namespace
}  // namespace anystore

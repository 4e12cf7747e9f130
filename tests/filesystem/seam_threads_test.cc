// What holds while several threads work on one directory or file, on every filesystem.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;

constexpr int kThreads = 4;

class SeamThreads : public Seam {
 protected:
  /// Runs `work` on every thread with its number, and waits for all of them.
  static void Together(const std::function<void(int thread)>& work) {
    std::vector<std::thread> threads;
    std::atomic<int> ready{0};
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        ready.fetch_add(1);
        while (ready.load() < kThreads) std::this_thread::yield();
        try {
          work(thread);
        } catch (const std::exception& failure) {
          ADD_FAILURE() << failure.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamThreads, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(SeamThreads, EachWorksOnItsOwnNamesOfOneDirectory) {
  Together([&](int thread) {
    const std::string mine = "t" + std::to_string(thread) + "-";
    for (int i = 0; i < 100; ++i) {
      const std::string name = mine + std::to_string(i);
      Write(root(), name, name);
      Must(root().Rename(name, name + "r", Replace::kNo));
      EXPECT_EQ(Read(root(), name + "r"), name);
      if (i % 2 == 0) Must(root().Remove(name + "r"));
    }
  });
  EXPECT_EQ(Names(root()).size(), kThreads * 50U);
}

TEST_P(SeamThreads, OneOfManyMakesANewName) {
  std::atomic<int> files{0};
  std::atomic<int> directories{0};
  std::atomic<int> links{0};
  Write(root(), "origin", "");
  Together([&](int /*thread*/) {
    for (int i = 0; i < 50; ++i) {
      const std::string name = std::to_string(i);
      files += root().Open("f" + name, kMakingNew).has_value() ? 1 : 0;
      directories += root().MakeDirectory("d" + name).has_value() ? 1 : 0;
      links += root().Link("origin", "l" + name).has_value() ? 1 : 0;
    }
  });
  EXPECT_EQ(files, 50);
  EXPECT_EQ(directories, 50);
  EXPECT_EQ(links, 50);
  EXPECT_EQ(Must(root().Stat("origin")).links, 51U);
}

TEST_P(SeamThreads, OneOfManyUnnamedFilesGetsAName) {
  if (!root().traits().unnamed_files) GTEST_SKIP() << "no files without names";
  const auto shared = Must(root().OpenUnnamed(""));
  std::atomic<std::uint64_t> links{0};
  Together([&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const auto mine = Must(root().OpenUnnamed(""));
      const std::string bytes = std::to_string(thread);
      Must(mine->WriteAt(0, bytes));
      const std::string name = "mine" + std::to_string(i);
      const Status linked = mine->Link(name);
      EXPECT_THAT(Outcome(linked), AnyOf("ok", "already_exists"));
      EXPECT_EQ(linked.has_value(), Read(root(), name) == bytes);
      links += shared->Link("shared" + std::to_string(i)).has_value() ? 1 : 0;
    }
  });
  EXPECT_EQ(links, 50U);
  EXPECT_EQ(Must(shared->Stat()).links, 50U);
  EXPECT_EQ(Names(root()).size(), 100U);
}

TEST_P(SeamThreads, OneOfManyRenamesAndOneRemoves) {
  for (int i = 0; i < 50; ++i) Write(root(), "from" + std::to_string(i), "");
  std::atomic<int> renamed{0};
  std::atomic<int> removed{0};
  Together([&](int thread) {
    const std::string mine = "to" + std::to_string(thread) + "-";
    for (int i = 0; i < 50; ++i) {
      const std::string from = "from" + std::to_string(i);
      const Status status = root().Rename(from, mine + std::to_string(i), Replace::kNo);
      EXPECT_THAT(Outcome(status), AnyOf("ok", "not_found"));
      renamed += status.has_value() ? 1 : 0;
    }
    for (int other = 0; other < kThreads; ++other) {
      for (int i = 0; i < 50; ++i) {
        const std::string name = "to" + std::to_string(other) + "-" + std::to_string(i);
        removed += root().Remove(name).has_value() ? 1 : 0;
      }
    }
  });
  EXPECT_EQ(renamed, 50);
  EXPECT_LE(removed, 50);
  EXPECT_EQ(Names(root()).size(), static_cast<std::size_t>(50 - removed));
}

TEST_P(SeamThreads, RenamesWithoutReplaceNeverCollide) {
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int i = 0; i < 50; ++i) {
      Write(root(), "f" + std::to_string(thread) + "-" + std::to_string(i), "");
    }
  }
  std::atomic<int> won{0};
  Together([&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const std::string from = "f" + std::to_string(thread) + "-" + std::to_string(i);
      won += root().Rename(from, "to" + std::to_string(i), Replace::kNo).has_value() ? 1 : 0;
    }
  });
  EXPECT_EQ(won, 50);
  EXPECT_EQ(Names(root()).size(), kThreads * 50U) << "nothing was replaced";
}

TEST_P(SeamThreads, ReadersFindTheOldFileOrTheNewOne) {
  Write(root(), "current", std::string(2'000, 'a'));
  std::atomic<bool> done{false};
  Together([&](int thread) {
    if (thread == 0) {
      for (int i = 1; i <= 200; ++i) {
        Write(root(), "next",
              std::string(2'000 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
        Must(root().Rename("next", "current", Replace::kYes));
      }
      done = true;
      return;
    }
    do {
      const std::string bytes = Read(root(), "current");
      ASSERT_GE(bytes.size(), 2'000U);
      EXPECT_EQ(bytes.find_first_not_of(bytes.front()), std::string::npos);
      EXPECT_EQ(Must(root().Stat("current")).kind, FileKind::kFile);
    } while (!done);
  });
}

TEST_P(SeamThreads, OneFileIsReadAndWrittenInManyPlaces) {
  const auto file = Must(root().Open("a", kMaking));
  Together([&](int thread) {
    const std::uint64_t base = static_cast<std::uint64_t>(thread) * 5'000;
    for (int i = 0; i < 50; ++i) {
      const std::string bytes(5'000, static_cast<char>('a' + (thread + i) % 26));
      Must(file->WriteAt(base, bytes));
      EXPECT_EQ(Read(*file, base, 5'000), bytes);
      EXPECT_GE(Must(file->Stat()).size, base + 5'000);
      if (i % 10 == 0) Must(file->Sync(SyncScope::kData));
    }
  });
  EXPECT_EQ(Must(file->Stat()).size, kThreads * 5'000U);
}

TEST_P(SeamThreads, OneFileIsCutAndExtendedWhileItIsRead) {
  const auto file = Must(root().Open("a", kMaking));
  Together([&](int thread) {
    for (std::uint64_t i = 0; i < 200; ++i) {
      if (thread == 0) {
        Must(file->Truncate(i * 37 % 9'000));
      } else if (thread == 1) {
        Must(file->WriteAt(i * 53 % 9'000, "xxxxxxxx"));
      } else {
        const std::string bytes = Read(*file, 0, 9'000);
        EXPECT_EQ(bytes.find_first_not_of(std::string_view("x\0", 2)), std::string::npos);
        EXPECT_LE(Must(file->ReadAll()).size(), 9'008U);
      }
    }
  });
}

TEST_P(SeamThreads, LockHoldersAreAlone) {
  Write(root(), "lock", "");
  // Guarded by the lock alone; atomic because the thread sanitizer sees no lock of the kernel's.
  std::atomic<int> held{0};
  Together([&](int /*thread*/) {
    for (int i = 0; i < 50; ++i) {
      auto lock = root().Lock("lock", LockMode::kExclusive);
      while (!lock.has_value()) {
        ASSERT_EQ(Outcome(lock), "busy");
        std::this_thread::yield();
        lock = root().Lock("lock", LockMode::kExclusive);
      }
      const int before = held.load(std::memory_order_relaxed);
      std::this_thread::yield();
      held.store(before + 1, std::memory_order_relaxed);
    }
  });
  EXPECT_EQ(held, kThreads * 50);
}

TEST_P(SeamThreads, ListingsShowEveryNameThatStays) {
  for (int i = 0; i < 100; ++i) Write(root(), "stays" + std::to_string(i), "");
  Together([&](int thread) {
    for (int i = 0; i < 60; ++i) {
      if (thread < 2) {
        const std::string name = "t" + std::to_string(thread) + "-" + std::to_string(i);
        Write(root(), name, "");
        if (i % 3 != 0) Must(root().Remove(name));
        continue;
      }
      const std::vector<std::string> names = Names(root());
      EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
      EXPECT_EQ(std::count_if(names.begin(), names.end(),
                              [](const std::string& name) { return name.starts_with("stays"); }),
                100);
    }
  });
}

TEST_P(SeamThreads, DirectoriesMoveIntoEachOtherWithoutALoop) {
  Must(root().MakeDirectory("a"));
  Must(root().MakeDirectory("b"));
  Together([&](int thread) {
    for (int i = 0; i < 100; ++i) {
      // Whoever comes second moves a directory that is gone, or into itself.
      const bool even = thread % 2 == 0;
      const Status into =
          even ? root().Rename("a", "b/a", Replace::kNo) : root().Rename("b", "a/b", Replace::kNo);
      const Status back =
          even ? root().Rename("b/a", "a", Replace::kNo) : root().Rename("a/b", "b", Replace::kNo);
      for (const Status* status : {&into, &back}) {
        EXPECT_THAT(Outcome(*status),
                    AnyOf("ok", "not_found", "already_exists", "invalid_argument"))
            << status->error().ToString() << " os " << status->error().os_error();
      }
    }
  });
  Must(root().RemoveTree("a"));
  Must(root().RemoveTree("b"));
  EXPECT_THAT(Names(root()), IsEmpty()) << "all were still below the root";
}

TEST_P(SeamThreads, TreesAreRemovedByAllAtOnce) {
  for (int round = 0; round < 10; ++round) {
    for (const char* directory : {"d", "d/e", "d/e/f", "d/g"})
      Must(root().MakeDirectory(directory));
    for (int i = 0; i < 20; ++i) Write(root(), "d/e/f/" + std::to_string(i), "");
    Together([&](int /*thread*/) { EXPECT_EQ(Outcome(root().RemoveTree("d")), "ok"); });
    EXPECT_THAT(Names(root()), IsEmpty());
  }
}

TEST_P(SeamThreads, HandlesAreOpenedAndClosedWhileNamesGo) {
  Together([&](int thread) {
    for (int i = 0; i < 150; ++i) {
      if (thread == 0) {
        Write(root(), "a", "bytes");
        static_cast<void>(root().Remove("a"));
        continue;
      }
      const auto file = root().Open("a", thread == 1 ? kMaking : kReading);
      if (!file.has_value()) {
        EXPECT_EQ(Outcome(file), "not_found");
        continue;
      }
      EXPECT_TRUE(std::string_view("bytes").starts_with(Must((*file)->ReadAll()).bytes()));
      EXPECT_LE(Must((*file)->Stat()).links, 1U);
    }
  });
}

TEST_P(SeamThreads, AListingIsHandedFromThreadToThread) {
  for (int i = 0; i < 40; ++i) Write(root(), std::to_string(i), "");
  const auto listing = Must(root().List(""));
  std::size_t names = 0;
  for (bool more = true; more;) {
    std::thread([&] {
      std::array<DirectoryEntry, 8> entries;
      const std::size_t count = Must(listing->Next(entries));
      names += count;
      more = count != 0;
    }).join();
  }
  EXPECT_EQ(names, 40U);
}

}  // namespace
}  // namespace anystore::seam

// The contract of `Directory::Lock`, on every filesystem.
#include <gmock/gmock.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::HasSubstr;

class SeamLocks : public Seam {
 protected:
  void SetUp() override { Write(root(), "lock", "contents"); }
  /// A handle of its own on the same directory.
  [[nodiscard]] std::unique_ptr<Directory> Another() {
    return Must(subject().files().OpenDirectory(subject().path()));
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamLocks, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(SeamLocks, AnExclusiveOneKeepsEverybodyOut) {
  const auto another = Another();
  auto lock = Must(root().Lock("lock", LockMode::kExclusive));
  for (Directory* directory : {&root(), another.get()}) {
    EXPECT_EQ(Outcome(directory->Lock("lock", LockMode::kExclusive)), "busy");
    EXPECT_EQ(Outcome(directory->Lock("lock", LockMode::kShared)), "busy");
  }
  lock.reset();
  EXPECT_EQ(Outcome(another->Lock("lock", LockMode::kExclusive)), "ok");
  EXPECT_EQ(Outcome(another->Lock("lock", LockMode::kExclusive)), "ok") << "it was let go at once";
}

TEST_P(SeamLocks, SharedOnesKeepOnlyExclusiveOnesOut) {
  auto first = Must(root().Lock("lock", LockMode::kShared));
  auto second = Must(Another()->Lock("lock", LockMode::kShared));
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kExclusive)), "busy");
  first.reset();
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kExclusive)), "busy");
  second.reset();
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kExclusive)), "ok");
}

TEST_P(SeamLocks, ABusyOneMayBeTriedAgainAndTellsWhoHoldsIt) {
  const auto lock = Must(root().Lock("lock", LockMode::kExclusive));
  const auto refused = root().Lock("lock", LockMode::kShared);
  ASSERT_EQ(Outcome(refused), "busy");
  EXPECT_EQ(refused.error().retry(), Retry::kTemporary);
  EXPECT_THAT(refused.error().message(), HasSubstr(std::to_string(getpid())));
}

TEST_P(SeamLocks, OnlyFilesThatAreThereAreLocked) {
  EXPECT_EQ(Outcome(root().Lock("missing", LockMode::kExclusive)), "not_found");
  EXPECT_EQ(Outcome(root().Lock("missing/x", LockMode::kExclusive)), "not_found");
  EXPECT_EQ(Outcome(root().Lock("lock/x", LockMode::kExclusive)), "invalid_argument");
  EXPECT_THAT(Names(root()), ::testing::ElementsAre("lock"));
}

TEST_P(SeamLocks, ALockChangesNothingInTheFile) {
  const FileInfo before = Must(root().Stat("lock"));
  subject().clock().Sleep(std::chrono::milliseconds(20));
  auto lock = Must(root().Lock("lock", LockMode::kExclusive));
  EXPECT_EQ(Read(root(), "lock"), "contents") << "readers are not kept out";
  Must(Must(root().Open("lock", kWriting))->Sync(SyncScope::kData));
  lock.reset();
  const FileInfo after = Must(root().Stat("lock"));
  EXPECT_EQ(after.size, before.size);
  EXPECT_EQ(after.modified, before.modified);
}

TEST_P(SeamLocks, OpeningAndClosingTheFileLetsNothingGo) {
  const auto lock = Must(root().Lock("lock", LockMode::kExclusive));
  Must(Must(root().Open("lock", kWriting))->WriteAt(0, "CON"));
  Read(root(), "lock");
  EXPECT_EQ(Outcome(Another()->Lock("lock", LockMode::kExclusive)), "busy");
}

TEST_P(SeamLocks, TheFileIsLockedNotItsName) {
  auto lock = Must(root().Lock("lock", LockMode::kExclusive));
  Must(root().Link("lock", "link"));
  EXPECT_EQ(Outcome(root().Lock("link", LockMode::kShared)), "busy");
  Must(root().Rename("lock", "moved", Replace::kNo));
  EXPECT_EQ(Outcome(root().Lock("moved", LockMode::kShared)), "busy");
  Write(root(), "lock", "a new file");
  const auto fresh = Must(root().Lock("lock", LockMode::kExclusive));
  Must(root().Remove("moved"));
  EXPECT_EQ(Outcome(root().Lock("link", LockMode::kShared)), "busy");
  lock.reset();
  EXPECT_EQ(Outcome(root().Lock("link", LockMode::kShared)), "ok");
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kShared)), "busy");
}

TEST_P(SeamLocks, ALockOutlivesTheDirectoryHandle) {
  const auto lock = Must(Another()->Lock("lock", LockMode::kExclusive));
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kExclusive)), "busy");
}

TEST_P(SeamLocks, AnotherProcessIsKeptOutUntilItEnds) {
  if (!on_posix()) GTEST_SKIP() << "one process";
  std::array<int, 2> ready;
  std::array<int, 2> finish;
  ASSERT_EQ(pipe(ready.data()), 0);
  ASSERT_EQ(pipe(finish.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = root().Lock("lock", LockMode::kExclusive);
    char byte = held.has_value() ? '1' : '0';
    close(finish[1]);
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    while (read(finish[0], &byte, 1) > 0) continue;
    _exit(0);
  }
  char byte = '?';
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, '1');
  const auto busy = root().Lock("lock", LockMode::kShared);
  ASSERT_EQ(Outcome(busy), "busy");
  EXPECT_THAT(busy.error().message(), HasSubstr(std::to_string(child)));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(Outcome(root().Lock("lock", LockMode::kShared)), "ok");
  for (const int descriptor : {ready[0], ready[1], finish[0], finish[1]}) close(descriptor);
}

}  // namespace
}  // namespace anystore::seam

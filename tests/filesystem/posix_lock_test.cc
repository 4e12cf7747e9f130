// Locks against other processes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "filesystem/posix_fixture.h"

namespace anystore {
namespace {

/// A child of this process that does something and then stays until it is stopped.
class Child {
 public:
  explicit Child(const std::function<bool()>& work) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) std::abort();
    id_ = fork();
    if (id_ == 0) {
      const char worked = work() ? 'y' : 'n';
      if (write(pipe_ends[1], &worked, 1) != 1) _exit(1);
      for (;;) pause();
    }
    char worked = 'n';
    if (read(pipe_ends[0], &worked, 1) == 1) worked_ = worked == 'y';
    close(pipe_ends[0]);
    close(pipe_ends[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { Stop(); }

  [[nodiscard]] bool worked() const noexcept { return worked_; }
  [[nodiscard]] pid_t id() const noexcept { return id_; }
  void Stop() {
    if (id_ <= 0) return;
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    id_ = 0;
  }

 private:
  pid_t id_ = 0;
  bool worked_ = false;
};

class PosixLocks : public PosixTest {
 protected:
  PosixLocks() { Write("L", ""); }

  /// The child keeps the lock until it dies: the result is never destroyed.
  std::function<bool()> Holding(LockMode mode, std::string_view name = "L") {
    return [this, mode, name] {
      auto* const lock = new Result<std::unique_ptr<FileLock>>(root().Lock(name, mode));
      return lock->has_value();
    };
  }
};

TEST_F(PosixLocks, TellWhichProcessHoldsThem) {
  // Others hold other files.
  Write("K", "");
  Write("M", "");
  const Child before(Holding(LockMode::kExclusive, "K"));
  const Child holder(Holding(LockMode::kExclusive));
  const Child after(Holding(LockMode::kExclusive, "M"));
  ASSERT_TRUE(before.worked() && holder.worked() && after.worked());
  for (const LockMode mode : {LockMode::kShared, LockMode::kExclusive}) {
    const auto lock = root().Lock("L", mode);
    EXPECT_EQ(Outcome(lock), "busy");
    EXPECT_EQ(Message(lock),
              "lock " + PathOf("L") + ": held by process " + std::to_string(holder.id()));
    EXPECT_EQ(lock.error().retry(), Retry::kTemporary);
  }
}

TEST_F(PosixLocks, GoWithTheProcessThatHeldThem) {
  Child holder(Holding(LockMode::kExclusive));
  ASSERT_EQ(Outcome(root().Lock("L", LockMode::kExclusive)), "busy");
  holder.Stop();
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kExclusive)), "ok");
}

TEST_F(PosixLocks, AreSharedAmongProcesses) {
  Child holder(Holding(LockMode::kShared));
  ASSERT_TRUE(holder.worked());
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kShared)), "ok");
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kExclusive)), "busy");
}

TEST_F(PosixLocks, HoldAgainstTheSameProcess) {
  auto lock = root().Lock("L", LockMode::kExclusive);
  ASSERT_EQ(Outcome(lock), "ok");
  const auto second = root().Lock("L", LockMode::kShared);
  EXPECT_EQ(Outcome(second), "busy");
  EXPECT_EQ(Message(second),
            "lock " + PathOf("L") + ": held by this process (" + std::to_string(getpid()) + ")");
  lock->reset();
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kShared)), "ok");
}

TEST_F(PosixLocks, AreReleasedAlthoughAChildStillHasTheFile) {
  auto lock = root().Lock("L", LockMode::kExclusive);
  ASSERT_EQ(Outcome(lock), "ok");
  const Child child([] { return true; });
  ASSERT_TRUE(child.worked());
  lock->reset();
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kExclusive)), "ok");
}

TEST_F(PosixLocks, OutliveOtherHandlesOfTheFile) {
  const auto lock = root().Lock("L", LockMode::kExclusive);
  ASSERT_EQ(Outcome(root().Open("L", kExisting)), "ok");  // and closed
  EXPECT_EQ(Outcome(root().Lock("L", LockMode::kExclusive)), "busy");
}

TEST_F(PosixLocks, ChangeNothing) {
  Write("full", "bytes");
  EXPECT_EQ(Outcome(root().Lock("full", LockMode::kExclusive)), "ok");
  EXPECT_EQ(Read("full"), "bytes");
  EXPECT_EQ(Outcome(root().Lock("missing", LockMode::kExclusive)), "not_found");
  EXPECT_EQ(Outcome(root().Stat("missing")), "not_found");
}

}  // namespace
}  // namespace anystore

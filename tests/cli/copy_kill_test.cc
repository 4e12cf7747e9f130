// A copy that is killed with -9 at drawn points and resumed: nothing is lost, and no more than the
// last 1,000 keys are read again.
//
// ANYSTORE_COPY_KILLS says how often to kill (default 200), ANYSTORE_COPY_SEED draws other points.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "anystore/environment.h"
#include "anystore/open.h"
#include "cli/program.h"

namespace anystore::testing {
namespace {

constexpr std::uint64_t kRecords = 12'000;
constexpr std::uint64_t kRereadMax = 1000;

class CopyKill : public ProgramTest {
 protected:
  CopyKill() { FillStore(Url("source"), static_cast<int>(kRecords)); }

  [[nodiscard]] std::string Url(const std::string& name) const {
    return "rocksdb:" + (directory() / "work" / name).string();
  }

  // How many records the checkpoint covers; 0 when there is none.
  [[nodiscard]] std::uint64_t Covered() const {
    const std::string state = ReadFile("state");
    return state.empty() ? 0 : NumberIn(state, "records");
  }

  [[nodiscard]] std::uint64_t CountCopied() const {
    const Result<Store> store = Open(Url("copy"));
    if (!store.has_value()) return 0;
    Result<Results> results = store->Query({.keys_only = true});
    std::uint64_t count = 0;
    while (results.has_value() && results->Next()) ++count;
    return count;
  }

  // Starts a copy.
  [[nodiscard]] pid_t StartCopy(std::uint64_t jobs) const {
    return Start({"copy", Url("source"), Url("copy"), "--create", "--resume", "--state",
                  (directory() / "work" / "state").string(), "--jobs=" + std::to_string(jobs)});
  }

  // Lets a copy run until its checkpoint covers `target` records and a little longer, then kills
  // it. False when it had ended by itself.
  [[nodiscard]] bool RunAndKill(std::uint64_t target, std::chrono::microseconds later) const {
    const pid_t pid = StartCopy(1 + target % 4);
    siginfo_t ended = {};
    const auto has_ended = [&] {
      return waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
             ended.si_pid == pid;
    };
    while (!has_ended() && Covered() < target) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    std::this_thread::sleep_for(later);
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status);
  }

  // Ends the copy without a kill and compares the stores.
  void FinishAndCompare() const {
    const std::uint64_t copied = CountCopied();
    const Outcome outcome = Run("anystore copy " + Url("source") + " " + Url("copy") +
                                " --create --resume --state state --json");
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const std::uint64_t read = NumberIn(outcome.out, "records");
    // What was read though it was there already.
    EXPECT_EQ(NumberIn(outcome.out, "reread"), read - (kRecords - copied)) << outcome.out;
    EXPECT_LE(NumberIn(outcome.out, "reread"), kRereadMax) << outcome.out;
    Expect("anystore diff " + Url("source") + " " + Url("copy"));
    Expect("anystore destroy " + Url("copy") + "; rm state state.synced");
  }
};

TEST_F(CopyKill, ResumesWithoutLossAndReadsLittleAgain) {
  const std::uint64_t kills = FromEnvironment("ANYSTORE_COPY_KILLS", 200);
  SeededRandom random(FromEnvironment("ANYSTORE_COPY_SEED", 1));
  std::uint64_t killed = 0;
  std::uint64_t reread_max = 0;
  std::uint64_t covered = 0;
  while (killed < kills && !HasFailure()) {
    // A kill somewhere in what is left, or, now and then, the end.
    if (covered > 0 && random.Below(3) == 0) {
      FinishAndCompare();
      covered = 0;
      continue;
    }
    const std::uint64_t target = covered + random.Below(kRecords - covered);
    if (!RunAndKill(target, std::chrono::microseconds(random.Below(500)))) {
      FinishAndCompare();
      covered = 0;
      continue;
    }
    ++killed;
    covered = Covered();
    const std::uint64_t copied = CountCopied();
    ASSERT_GE(copied, covered) << "the checkpoint promises more than there is";
    EXPECT_LE(copied - covered, kRereadMax);
    reread_max = std::max(reread_max, copied - covered);
  }
  FinishAndCompare();
  RecordProperty("kills", static_cast<int>(killed));
  RecordProperty("reread_max", static_cast<int>(reread_max));
  std::printf("%d kills, at most %d keys to read again\n", static_cast<int>(killed),
              static_cast<int>(reread_max));
}

}  // namespace
}  // namespace anystore::testing

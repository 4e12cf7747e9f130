// Copies to and from stores that keep a file a record and list in no order, killed with -9 at drawn
// moments and resumed: nothing is lost, and what is there is not written again.
//
// ANYSTORE_COPY_KILLS_FLATFS says how often to kill in each direction (default 20),
// ANYSTORE_COPY_SEED draws other moments.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "anystore/environment.h"
#include "anystore/open.h"
#include "cli/program.h"

namespace anystore::testing {
namespace {

constexpr std::uint64_t kRecords = 2000;

class CopyKillFlatfs : public ProgramTest {
 protected:
  using Steady = std::chrono::steady_clock;

  // In memory where that can be had: a kill leaves what the kernel has, synced or not, and syncing
  // a disk would only make others wait.
  CopyKillFlatfs() : ProgramTest(testing::InMemory()) {
    FillStore("rocksdb:" + Path("filled"), static_cast<int>(kRecords));
  }

  [[nodiscard]] std::string Path(const std::string& name) const {
    return (directory() / "work" / name).string();
  }

  // How many records `url` has; 0 when there is no store.
  static std::uint64_t Count(const std::string& url) {
    const Result<Store> store = Open(url);
    if (!store.has_value()) {
      EXPECT_EQ(store.error().code(), Code::kNotFound) << store.error().ToString();
      return 0;
    }
    Result<Results> results = store->Query({.keys_only = true});
    std::uint64_t count = 0;
    while (results.has_value() && results->Next()) ++count;
    return count;
  }

  // Kills a copy after a delay drawn from `*duration`, which it sets to how long one took that had
  // ended by itself before. False then.
  [[nodiscard]] bool RunAndKill(const std::string& source, const std::string& destination,
                                const std::string& naming, std::uint64_t draw,
                                Steady::duration* duration) const {
    const auto start = Steady::now();
    const pid_t pid = Start({"copy", source, destination, "--create", "--resume", "--key", naming,
                             "--state", Path("state"), "--jobs=2"});
    const auto end = start + Steady::duration(draw % static_cast<std::uint64_t>(duration->count()));
    siginfo_t ended = {};
    while (Steady::now() < end && ended.si_pid != pid) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT);
    }
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) return true;
    EXPECT_EQ(WEXITSTATUS(status), 0);
    *duration = Steady::now() - start;
    return false;
  }

  // Ends the copy without a kill, verified, and begins anew.
  void Finish(const std::string& source, const std::string& destination,
              const std::string& naming) {
    const std::uint64_t copied = Count(destination);
    const Outcome outcome = Run("anystore copy " + source + " " + destination + " --key " + naming +
                                " --create --resume --verify --state state --json");
    EXPECT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_EQ(NumberIn(outcome.out, "records"), kRecords - copied) << outcome.out << outcome.err;
    EXPECT_EQ(Count(destination), kRecords);
    found_ += copied;
    Expect("anystore destroy " + destination + "; rm -f state state.synced");
  }

  void KillAndResume(const std::string& source, const std::string& destination,
                     const std::string& naming) {
    const std::uint64_t kills = FromEnvironment("ANYSTORE_COPY_KILLS_FLATFS", 20);
    SeededRandom random(FromEnvironment("ANYSTORE_COPY_SEED", 1));
    // The first one ends by itself.
    Steady::duration duration = std::chrono::minutes(1);
    std::uint64_t killed = 0;
    std::uint64_t copied = 0;
    for (std::uint64_t attempts = 0; killed < kills && !HasFailure(); ++attempts) {
      ASSERT_LT(attempts, 20 * kills) << "a copy ends before it can be killed";
      const std::uint64_t draw = random.Next();
      if (!RunAndKill(source, destination, naming, draw, &duration)) {
        Finish(source, destination, naming);
        copied = 0;
        continue;
      }
      ++killed;
      const std::uint64_t now = Count(destination);
      EXPECT_GE(now, copied) << "what had been copied is gone";
      copied = now;
      if (copied == kRecords || random.Below(4) == 0) {
        Finish(source, destination, naming);
        copied = 0;
      }
    }
    Finish(source, destination, naming);
    std::printf("%d kills, which left %d records behind\n", static_cast<int>(killed),
                static_cast<int>(found_));
    EXPECT_GT(found_, 0U);
  }

  // A repository of the records, and its URL.
  [[nodiscard]] std::string MakeBlocks() const {
    const std::string url = "flatfs:" + Path("blocks");
    Expect("anystore copy rocksdb:filled " + url + " --create --key sha256-base32");
    return url;
  }

 private:
  // How many records the copies found that ended well.
  std::uint64_t found_ = 0;
};

TEST_F(CopyKillFlatfs, IntoARepositoryByContent) {
  KillAndResume("rocksdb:" + Path("filled"), "flatfs:" + Path("copy"), "sha256-base32");
}

TEST_F(CopyKillFlatfs, OutOfARepository) {
  KillAndResume(MakeBlocks(), "rocksdb:" + Path("copy"), "same");
}

TEST_F(CopyKillFlatfs, FromRepositoryToRepository) {
  KillAndResume(MakeBlocks(), "flatfs:" + Path("copy"), "same");
}

}  // namespace
}  // namespace anystore::testing

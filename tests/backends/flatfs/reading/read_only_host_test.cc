// Reading where this process may not write, and beside another one that writes.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "anystore/features.h"
#include "anystore/open.h"
#include "anystore/store.h"
#include "filesystem/own_mounts.h"
#include "filesystem/scripted_kernel.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;

class ReadOnlyHostTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string UrlOf(const std::string& fields = "") const {
    return "flatfs:" + path() + "/blocks" + fields;
  }
  [[nodiscard]] std::string path() const { return scratch_.path().string(); }

  static Store OpenOrDie(const std::string& url, OpenMode mode = OpenMode::kOpen) {
    Result<Store> store = Open(url, {.mode = mode});
    if (!store.has_value()) {
      ADD_FAILURE() << store.error().ToString();
      std::abort();
    }
    return *std::move(store);
  }
  /// A repository with one record that everybody may read.
  void MakeRepository() const {
    Store store = OpenOrDie(UrlOf("?mode=0644"), OpenMode::kCreate);
    ASSERT_TRUE(store.Put("/ABCD", "1"));
    ASSERT_TRUE(store.Close());
  }
  /// Opens for reading, and makes every call that reads.
  void ReadAll() const {
    Store reader = OpenOrDie(UrlOf("?read_only=true"));
    EXPECT_EQ(reader.Get("/ABCD")->bytes(), "1");
    EXPECT_FALSE(*reader.Has("/WXYZ"));
    EXPECT_THAT(KeysOf(reader), ElementsAre("/ABCD"));
    EXPECT_TRUE(reader.feature<PersistentDatastore>()->DiskUsage({}));
    EXPECT_TRUE(reader.feature<CheckedDatastore>()->Check({}));
    EXPECT_TRUE(reader.Sync());
    EXPECT_EQ(reader.Put("/WXYZ", "1").error().code(), Code::kReadOnly);
    EXPECT_TRUE(reader.Close());
  }
  static std::vector<std::string> KeysOf(Store& store) {
    std::vector<std::string> keys;
    Result<Results> results = store.Query({.keys_only = true});
    EXPECT_TRUE(results);
    if (!results.has_value()) return keys;
    const auto entries = results->Rest();
    EXPECT_TRUE(entries) << entries.error().ToString();
    for (const Entry& entry : *entries) keys.push_back(entry.key);
    return keys;
  }

 private:
  const testing::ScratchDirectory scratch_{testing::InMemory()};
};

TEST_F(ReadOnlyHostTest, AsksTheKernelForNoChange) {
  MakeRepository();
  std::vector<ScriptedCall> calls;
  // fsync: what is known of a directory's filesystem is found out by trying.
  for (const long number : {SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_mkdirat, SYS_unlinkat,
                            SYS_renameat2, SYS_linkat, SYS_ftruncate, SYS_fallocate, SYS_flock}) {
    calls.push_back({.number = number, .answers = {-EROFS}});
  }
  if (!RunScripted(calls, [this] { ReadAll(); })) GTEST_SKIP() << "no seccomp filters here";
  for (const ScriptedCall& call : calls) EXPECT_EQ(call.count, 0U) << call.number;
}

TEST_F(ReadOnlyHostTest, ReadsAMediumThatTakesNoChange) {
  const bool ran = RunOnMount(path(), "tmpfs", "size=1m", [this] {
    MakeRepository();
    ASSERT_EQ(mount("none", path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    EXPECT_EQ(Open(UrlOf()).error().code(), Code::kReadOnly);
    ReadAll();
  });
  if (!ran) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(ReadOnlyHostTest, ReadsWhatBelongsToSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes somebody else";
  MakeRepository();
  ASSERT_EQ(chmod(path().c_str(), 0755), 0);
  std::thread([this] {
    // The call itself: that of the library would change every thread.
    constexpr uid_t kNobody = 65534;
    ASSERT_EQ(syscall(SYS_setresuid, kNobody, kNobody, kNobody), 0);
    EXPECT_EQ(Open(UrlOf()).error().code(), Code::kPermissionDenied);
    ReadAll();
  }).join();
}

/// A process that writes until it is told to end.
class WritingProcess {
 public:
  /// Runs `work(round)` again and again. Returns when the first round is done.
  WritingProcess(const std::string& url, const std::function<bool(Store&, int)>& work) {
    if (pipe(done_.data()) != 0 || pipe(end_.data()) != 0) std::abort();
    id_ = fork();
    if (id_ == 0) _exit(Run(url, work) ? 0 : 1);
    close(done_[1]);
    close(end_[0]);
    char byte = 0;
    has_begun_ = read(done_[0], &byte, 1) == 1;
  }
  WritingProcess(const WritingProcess&) = delete;
  WritingProcess& operator=(const WritingProcess&) = delete;
  ~WritingProcess() {
    if (id_ > 0) End();
  }

  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  /// Whether all rounds worked.
  bool End() {
    close(end_[1]);
    close(done_[0]);
    int status = 1;
    waitpid(id_, &status, 0);
    id_ = 0;
    return status == 0;
  }

 private:
  bool Run(const std::string& url, const std::function<bool(Store&, int)>& work) {
    close(end_[1]);
    close(done_[0]);
    signal(SIGPIPE, SIG_IGN);
    Result<Store> store = Open(url, {.mode = OpenMode::kOpen});
    if (!store.has_value()) return false;
    pollfd_ = {.fd = end_[0], .events = POLLIN, .revents = 0};
    for (int round = 0; poll(&pollfd_, 1, 0) == 0; ++round) {
      if (!work(*store, round)) return false;
      if (round == 0 && write(done_[1], "x", 1) != 1) return false;
    }
    return store->Close().has_value();
  }

  std::array<int, 2> done_ = {};
  std::array<int, 2> end_ = {};
  pollfd pollfd_ = {};
  pid_t id_ = 0;
  bool has_begun_ = false;
};

TEST_F(ReadOnlyHostTest, ReadsBesideAnotherProcessThatWrites) {
  {
    Store store = OpenOrDie(UrlOf(), OpenMode::kCreate);
    ASSERT_TRUE(store.Put("/STAYS", "as it is"));
  }
  WritingProcess writer(UrlOf("?sync=false&chores=inline"), [](Store& store, int round) {
    const char letter = static_cast<char>('A' + round % 26);
    const std::string value(static_cast<std::size_t>(1000 + round % 26), letter);
    return store.Put("/CHANGES", value).has_value() &&
           store.Put(std::string("/GOES") + letter, value).has_value() &&
           store.Delete(std::string("/GOES") + static_cast<char>('A' + (round + 5) % 26));
  });
  ASSERT_TRUE(writer.has_begun());
  const Result<Store> second = Open(UrlOf());
  EXPECT_EQ(second.error().code(), Code::kBusy);
  Store reader = OpenOrDie(UrlOf("?read_only=true"));
  const auto expect_whole = [](std::string_view value) {
    ASSERT_GE(value.size(), 1000U);
    EXPECT_EQ(value, std::string(value.size(), static_cast<char>('A' + value.size() - 1000)));
  };
  for (int i = 0; i < 300; ++i) {
    const auto value = reader.Get("/CHANGES");
    ASSERT_TRUE(value) << value.error().ToString();
    expect_whole(value->bytes());
    Result<Results> results = reader.Query({});
    ASSERT_TRUE(results);
    const auto entries = results->Rest();
    ASSERT_TRUE(entries) << entries.error().ToString();
    int stayed = 0;
    for (const Entry& entry : *entries) {
      if (entry.key == "/STAYS") {
        ++stayed;
      } else {
        expect_whole(entry.value.bytes());
      }
    }
    EXPECT_EQ(stayed, 1);
  }
  EXPECT_TRUE(writer.End());
  EXPECT_EQ(reader.Get("/STAYS")->bytes(), "as it is");
}

}  // namespace
}  // namespace anystore

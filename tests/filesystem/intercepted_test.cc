#include "filesystem/intercepted/intercepted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "filesystem/fake_filesystem.h"
#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

using ::anystore::testing::FakeFileSystem;
using ::testing::ElementsAre;

// What an interceptor was told, as text; `decide` is what it does.
class Watcher final : public Interceptor {
 public:
  Decision Before(const Call& call) override {
    std::string line = std::to_string(call.number) + " " + std::string(Name(call.operation));
    if (call.handle != 0) line += " #" + std::to_string(call.handle);
    line.append(" ").append(call.path);
    if (!call.new_path.empty()) line.append(" -> ").append(call.new_path);
    if (call.site != nullptr) line += " line " + std::to_string(call.site->line());
    calls.push_back(line);
    return decide ? decide(call) : Decision::Proceed();
  }
  void After(const Call& call, const Outcome& outcome) override {
    std::string line = std::to_string(call.number);
    if (outcome.error != nullptr) line.append(" ").append(CodeName(outcome.error->code()));
    if (outcome.decided) line += " decided";
    if (outcome.count != 0) line += " count " + std::to_string(outcome.count);
    if (!outcome.bytes.empty()) line.append(" ").append(outcome.bytes);
    if (outcome.info.has_value()) line += " size " + std::to_string(outcome.info->size);
    for (const DirectoryEntry& entry : outcome.entries) line.append(" ").append(entry.name);
    outcomes.push_back(line);
  }
  void Closed(std::uint64_t handle) override { closed.push_back(handle); }

  std::vector<std::string> calls = {};
  std::vector<std::string> outcomes = {};
  std::vector<std::uint64_t> closed = {};
  std::function<Decision(const Call&)> decide = {};
};

class InterceptedFileSystemTest : public ::testing::Test {
 protected:
  // Forgets what was seen until now.
  void Forget() {
    fake_.notes.clear();
    watcher_.calls.clear();
    watcher_.outcomes.clear();
  }

  FakeFileSystem fake_;
  Watcher watcher_;
  InterceptedFileSystem files_{fake_, watcher_};
  std::unique_ptr<Directory> root_ = files_.OpenDirectory("/").value();
};

TEST_F(InterceptedFileSystemTest, PassesEveryCallOfADirectoryOnAsItIs) {
  Forget();
  EXPECT_EQ(root_->traits().name_bytes_max, 77U);
  EXPECT_EQ(root_->path(), "/");
  EXPECT_EQ(root_->power_session(), "session of /");
  EXPECT_TRUE(root_->Open("f", {.truncate = true}).has_value());
  EXPECT_TRUE(root_->OpenUnnamed("d", 0600).has_value());
  EXPECT_EQ(root_->OpenDirectory("d").value()->path(), "//d");
  EXPECT_TRUE(root_->MakeDirectory("d", 0700).has_value());
  EXPECT_EQ(root_->Stat("f", Follow::kYes)->size, 20U);
  EXPECT_TRUE(root_->Remove("f").has_value());
  EXPECT_TRUE(root_->RemoveDirectory("d").has_value());
  EXPECT_TRUE(root_->Rename("a", "b", Replace::kNo).has_value());
  EXPECT_TRUE(root_->Rename("a", "b", Replace::kYes).has_value());
  EXPECT_TRUE(root_->Link("a", "b").has_value());
  EXPECT_TRUE(root_->List("d").has_value());
  EXPECT_EQ(root_->Space()->capacity, 30U);
  EXPECT_TRUE(root_->Lock("LOCK", LockMode::kShared).has_value());
  EXPECT_THAT(fake_.notes, ElementsAre("open f truncate", "open_unnamed d 384", "open_directory d",
                                       "make_directory d 448", "stat f follow", "remove f",
                                       "remove_directory d", "rename a b new", "rename a b",
                                       "link a b", "list d", "space ", "lock LOCK shared"));
}

TEST_F(InterceptedFileSystemTest, PassesEveryCallOfAFileOnAsItIs) {
  const auto file = root_->Open("f", {}).value();
  Forget();
  std::array<char, 4> buffer{};
  const std::array<std::string_view, 2> pieces = {"ab", "cd"};
  EXPECT_EQ(file->Stat()->size, 10U);
  EXPECT_TRUE(file->Link("g").has_value());
  EXPECT_TRUE(file->Truncate(5).has_value());
  EXPECT_TRUE(file->SetDates({.accessed = Instant(Duration(6)), .modified = Instant(Duration(7))})
                  .has_value());
  EXPECT_TRUE(file->Allocate(1, 2, Allocation::kZero).has_value());
  EXPECT_EQ(file->Map(3, 4)->bytes(), "mapped");
  file->Advise(5, 6, ReadAdvice::kRandom);
  file->BeginWriteOut();
  EXPECT_EQ(*file->ReadAt(7, buffer), 4U);
  EXPECT_TRUE(file->WritePiecesAt(8, pieces).has_value());
  EXPECT_THAT(fake_.notes, ElementsAre("stat_file", "link_file g", "truncate 5", "set_dates 6 7",
                                       "allocate 1 2 2", "map 3 4", "advise 5 6 2",
                                       "begin_write_out", "read 7 4", "write 8 ab cd"));
  EXPECT_THAT(watcher_.outcomes, ElementsAre("3 size 10", "4", "5", "6", "7", "8 count 6 mapped",
                                             "9 count 4 rrrr", "10 count 4"));
}

TEST_F(InterceptedFileSystemTest, PassesTheSiteOfASyncOn) {
  const auto file = root_->Open("f", {}).value();
  Forget();
  constexpr std::uint_least32_t kFirst = __LINE__ + 1;
  EXPECT_TRUE(root_->Sync("d").has_value());
  EXPECT_TRUE(root_->SyncFileSystem().has_value());
  EXPECT_TRUE(file->Sync(SyncScope::kData).has_value());
  EXPECT_THAT(fake_.notes, ElementsAre("sync_directory d line " + std::to_string(kFirst),
                                       "sync_filesystem line " + std::to_string(kFirst + 1),
                                       "sync_file 0 line " + std::to_string(kFirst + 2)));
  EXPECT_THAT(watcher_.calls,
              ElementsAre("3 sync_directory #1 d line " + std::to_string(kFirst),
                          "4 sync_filesystem #1  line " + std::to_string(kFirst + 1),
                          "5 sync_file #2 f line " + std::to_string(kFirst + 2)));
}

TEST_F(InterceptedFileSystemTest, TellsFullPathsAndTheHandleOfEachCall) {
  const auto blocks = root_->OpenDirectory("blocks").value();
  const auto shard = blocks->OpenDirectory("AB").value();
  const auto file = shard->Open("K.data", {}).value();
  const auto listing = blocks->List("").value();
  std::array<DirectoryEntry, 2> entries;
  EXPECT_EQ(*listing->Next(entries), 1U);
  EXPECT_TRUE(file->Truncate(0).has_value());
  EXPECT_TRUE(blocks->Rename("AB/K.data", "AB/L.data", Replace::kYes).has_value());
  EXPECT_THAT(watcher_.calls, ElementsAre("1 open_directory ", "2 open_directory #1 blocks",
                                          "3 open_directory #2 blocks/AB",
                                          "4 open #3 blocks/AB/K.data", "5 list #2 blocks",
                                          "6 list_next #5 blocks", "7 truncate #4 blocks/AB/K.data",
                                          "8 rename #2 blocks/AB/K.data -> blocks/AB/L.data"));
  EXPECT_EQ(watcher_.outcomes[5], "6 count 1 only");
  EXPECT_EQ(files_.calls(), 8U);
}

TEST_F(InterceptedFileSystemTest, TellsWhereUnnamedFilesAreMadeAndLinked) {
  std::uint32_t mode = 0;
  watcher_.decide = [&](const Call& call) {
    if (call.operation == Operation::kOpenUnnamed) mode = call.mode;
    return Decision::Proceed();
  };
  const auto blocks = root_->OpenDirectory("blocks").value();
  const auto in_shard = blocks->OpenUnnamed("AB", 0640).value();
  const auto in_blocks = blocks->OpenUnnamed("").value();
  const auto in_root = root_->OpenUnnamed("").value();
  EXPECT_EQ(mode, 0666U);
  EXPECT_EQ(files_.open_handles(), 5U);
  const std::array<std::string_view, 1> pieces = {"ab"};
  EXPECT_TRUE(in_shard->WriteSome(0, pieces).has_value());
  EXPECT_TRUE(in_shard->Link("CD/K").has_value());
  EXPECT_TRUE(in_blocks->Link("K").has_value());
  EXPECT_TRUE(in_root->Link("K").has_value());
  EXPECT_THAT(
      watcher_.calls,
      ElementsAre("1 open_directory ", "2 open_directory #1 blocks", "3 open_unnamed #2 blocks/AB",
                  "4 open_unnamed #2 blocks", "5 open_unnamed #1 ", "6 write #3 blocks/AB",
                  "7 link_file #3 blocks/AB -> blocks/CD/K", "8 link_file #4 blocks -> blocks/K",
                  "9 link_file #5  -> K"));
  EXPECT_EQ(files_.calls(), 9U);
}

TEST_F(InterceptedFileSystemTest, CountsWhatIsOpenAndTellsWhatIsClosed) {
  EXPECT_EQ(files_.open_handles(), 1U);
  auto file = root_->Open("f", {}).value();
  auto listing = root_->List("").value();
  auto lock = root_->Lock("LOCK", LockMode::kExclusive).value();
  auto directory = root_->OpenDirectory("d").value();
  EXPECT_EQ(files_.open_handles(), 5U);
  lock.reset();
  file.reset();
  listing.reset();
  root_.reset();
  EXPECT_EQ(files_.open_handles(), 1U);
  directory.reset();
  EXPECT_EQ(files_.open_handles(), 0U);
  EXPECT_THAT(watcher_.closed, ElementsAre(4, 2, 3, 1, 5));
}

TEST_F(InterceptedFileSystemTest, DoesNothingWhenACallIsMadeToFail) {
  const auto file = root_->Open("f", {}).value();
  Forget();
  watcher_.decide = [](const Call&) { return Decision::Fail(Error::FromErrno(EIO, "injected")); };
  const std::array<std::string_view, 1> pieces = {"ab"};
  std::array<char, 4> buffer{};
  EXPECT_EQ(root_->Open("f", {}).error().os_error(), EIO);
  EXPECT_EQ(root_->OpenUnnamed("").error().os_error(), EIO);
  EXPECT_EQ(root_->OpenDirectory("d").error().os_error(), EIO);
  EXPECT_EQ(root_->MakeDirectory("d").error().os_error(), EIO);
  EXPECT_EQ(root_->Stat("f").error().os_error(), EIO);
  EXPECT_EQ(root_->Remove("f").error().os_error(), EIO);
  EXPECT_EQ(root_->RemoveDirectory("d").error().os_error(), EIO);
  EXPECT_EQ(root_->Rename("a", "b", Replace::kYes).error().os_error(), EIO);
  EXPECT_EQ(root_->Link("a", "b").error().os_error(), EIO);
  EXPECT_EQ(root_->List("").error().os_error(), EIO);
  EXPECT_EQ(root_->Sync("").error().os_error(), EIO);
  EXPECT_EQ(root_->SyncFileSystem().error().os_error(), EIO);
  EXPECT_EQ(root_->Space().error().os_error(), EIO);
  EXPECT_EQ(root_->Lock("LOCK", LockMode::kShared).error().os_error(), EIO);
  EXPECT_EQ(file->Stat().error().os_error(), EIO);
  EXPECT_EQ(file->Sync(SyncScope::kAll).error().os_error(), EIO);
  EXPECT_EQ(file->Link("g").error().os_error(), EIO);
  EXPECT_EQ(file->Truncate(0).error().os_error(), EIO);
  EXPECT_EQ(file->Allocate(0, 1, Allocation::kExtend).error().os_error(), EIO);
  EXPECT_EQ(file->Map(0, 1).error().os_error(), EIO);
  EXPECT_EQ(file->ReadSome(0, buffer).error().os_error(), EIO);
  EXPECT_EQ(file->WriteSome(0, pieces).error().os_error(), EIO);
  EXPECT_EQ(files_.OpenDirectory("/").error().os_error(), EIO);
  EXPECT_THAT(fake_.notes, ElementsAre());
  EXPECT_EQ(watcher_.outcomes.size(), 23U);
  for (const std::string& outcome : watcher_.outcomes) {
    EXPECT_THAT(outcome, ::testing::EndsWith(" io_error decided"));
  }
  EXPECT_EQ(files_.open_handles(), 2U);
}

TEST_F(InterceptedFileSystemTest, ShortensTransfersAndNothingElse) {
  const auto file = root_->Open("f", {}).value();
  const std::array<std::string_view, 3> pieces = {"ab", "cde", "f"};
  std::array<char, 4> buffer{};
  std::uint64_t length = 3;
  watcher_.decide = [&](const Call&) { return Decision::Shorten(length); };
  Forget();
  EXPECT_EQ(*file->ReadSome(0, buffer), 3U);
  EXPECT_EQ(*file->WriteSome(0, pieces), 3U);
  EXPECT_TRUE(file->Truncate(9).has_value());
  length = 0;
  EXPECT_EQ(*file->ReadSome(0, buffer), 1U);
  EXPECT_EQ(*file->WriteSome(0, pieces), 1U);
  length = 100;
  EXPECT_EQ(*file->WriteSome(0, pieces), 6U);
  EXPECT_THAT(fake_.notes, ElementsAre("read 0 3", "write 0 ab c", "truncate 9", "read 0 1",
                                       "write 0 a", "write 0 ab cde f"));
  // Whoever asks for everything gets it, a byte at a time.
  length = 1;
  EXPECT_EQ(*file->ReadAt(0, buffer), 4U);
  EXPECT_TRUE(file->WriteAt(0, "xyz").has_value());
}

TEST_F(InterceptedFileSystemTest, PretendsToSyncAndNothingElse) {
  const auto file = root_->Open("f", {}).value();
  watcher_.decide = [](const Call&) { return Decision::Pretend(); };
  Forget();
  EXPECT_TRUE(file->Sync(SyncScope::kAll).has_value());
  EXPECT_TRUE(root_->Sync("").has_value());
  EXPECT_TRUE(root_->SyncFileSystem().has_value());
  EXPECT_THAT(fake_.notes, ElementsAre());
  EXPECT_THAT(watcher_.outcomes, ElementsAre("3 decided", "4 decided", "5 decided"));
  EXPECT_TRUE(root_->Remove("f").has_value());
  EXPECT_TRUE(file->Truncate(1).has_value());
  EXPECT_THAT(fake_.notes, ElementsAre("remove f", "truncate 1"));
}

TEST_F(InterceptedFileSystemTest, ARootHidesWhereItIs) {
  InterceptedFileSystem below(fake_, watcher_, "/tmp/here");
  Forget();
  const auto root = below.OpenDirectory("").value();
  const auto nested = below.OpenDirectory("/a/./b/../c/").value();
  EXPECT_TRUE(nested->Remove("f").has_value());
  EXPECT_TRUE(below.OpenDirectory("../..").has_value());
  EXPECT_THAT(fake_.notes, ElementsAre("filesystem /tmp/here", "filesystem /tmp/here/a/c",
                                       "remove f", "filesystem /tmp/here"));
  EXPECT_THAT(watcher_.calls, ElementsAre("1 open_directory ", "2 open_directory a/c",
                                          "3 remove #2 a/c/f", "4 open_directory "));
}

TEST_F(InterceptedFileSystemTest, HandlesOutliveTheFileSystem) {
  std::optional<InterceptedFileSystem> files(std::in_place, fake_, watcher_);
  const auto root = files->OpenDirectory("/").value();
  files.reset();
  EXPECT_TRUE(root->Remove("f").has_value());
}

TEST_F(InterceptedFileSystemTest, NumbersEachCallOnceFromManyThreads) {
  // The fake notes without a lock, so nothing may get through to it.
  std::mutex mutex;
  std::set<std::uint64_t> numbers;
  class Refuser final : public Interceptor {
   public:
    Refuser(std::mutex& mutex, std::set<std::uint64_t>& numbers)
        : mutex_(mutex), numbers_(numbers) {}
    Decision Before(const Call& call) override {
      const std::lock_guard lock(mutex_);
      EXPECT_TRUE(numbers_.insert(call.number).second);
      return Decision::Fail(Error(Code::kIoError));
    }

   private:
    std::mutex& mutex_;
    std::set<std::uint64_t>& numbers_;
  } refuser(mutex, numbers);
  InterceptedFileSystem files(fake_, refuser);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&files] {
        for (int n = 0; n < 250; ++n) EXPECT_FALSE(files.OpenDirectory("/").has_value());
      });
    }
  }
  EXPECT_EQ(files.calls(), 1000U);
  EXPECT_EQ(*numbers.rbegin(), 1000U);
}

TEST(Chain, AsksUntilOneDecidesAndTellsAll) {
  Watcher first;
  Watcher second;
  Watcher third;
  second.decide = [](const Call& call) {
    return call.path == "bad" ? Decision::Fail(Error(Code::kNoSpace)) : Decision::Proceed();
  };
  Chain chain({&first, &second, &third});
  FakeFileSystem fake;
  InterceptedFileSystem files(fake, chain);
  {
    const auto root = files.OpenDirectory("/").value();
    EXPECT_EQ(root->Remove("bad").error().code(), Code::kNoSpace);
    EXPECT_TRUE(root->Remove("good").has_value());
  }
  EXPECT_EQ(first.calls.size(), 3U);
  EXPECT_EQ(second.calls.size(), 3U);
  EXPECT_THAT(third.calls, ElementsAre("1 open_directory ", "3 remove #1 good"));
  for (const Watcher* const watcher : {&first, &second, &third}) {
    EXPECT_THAT(watcher->outcomes, ElementsAre("1", "2 no_space decided", "3"));
    EXPECT_THAT(watcher->closed, ElementsAre(1));
  }
}

TEST(Operation, NamesAreDistinctAndFoundAgain) {
  std::set<std::string_view> names;
  for (std::uint8_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_TRUE(names.insert(Name(operation)).second) << Name(operation);
    EXPECT_EQ(OperationOf(Name(operation)), operation);
    EXPECT_EQ(IsSync(operation), Name(operation).starts_with("sync_")) << Name(operation);
  }
  EXPECT_EQ(OperationOf("sync"), std::nullopt);
  EXPECT_TRUE(ChangesOrSyncs(Operation::kWrite));
  EXPECT_FALSE(ChangesOrSyncs(Operation::kRead));
}

TEST(Names, PathsAreResolvedByText) {
  EXPECT_EQ(NameOfPath("/"), "");
  EXPECT_EQ(NameOfPath("//a//b/"), "a/b");
  EXPECT_EQ(NameOfPath("./a/../../b/."), "b");
  EXPECT_EQ(NameOfPath("a/.."), "");
  EXPECT_EQ(JoinNames("", "a"), "a");
  EXPECT_EQ(JoinNames("a", ""), "a");
  EXPECT_EQ(JoinNames("a", "b/c"), "a/b/c");
}

}  // namespace
}  // namespace anystore::filesystem

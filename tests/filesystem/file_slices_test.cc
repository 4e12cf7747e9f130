// WriteFiles on several threads: each file takes the same steps in the same order, whoever does
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "anystore/file_batch.h"
#include "anystore/simulated_disk.h"
#include "filesystem/entries.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/names.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using filesystem::Call;
using filesystem::Decision;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using filesystem::ParentOf;
using testing::Contents;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kDirectories = 16;
// So many go in two waves, so few in one.
constexpr std::size_t kFiles = 640;
constexpr std::size_t kFew = 320;

// One call, and who made it.
struct Step {
  Operation operation;
  std::string path;
  std::string new_path;
  std::thread::id thread;
};

// Notes all steps that change anything, and fails those it is told to.
class Steps final : public testing::FailingCalls {
 public:
  Decision Before(const Call& call) override {
    std::unique_lock lock(mutex_);
    here_.insert(std::this_thread::get_id());
    came_.notify_all();
    came_.wait(lock, [this] { return here_.size() >= awaited_; });
    if (call.operation == Operation::kWrite || filesystem::ChangesOrSyncs(call.operation)) {
      all.push_back({.operation = call.operation,
                     .path = std::string(call.path),
                     .new_path = std::string(call.new_path),
                     .thread = std::this_thread::get_id()});
    }
    return FailingCalls::Before(call);
  }
  void After(const Call& call, const filesystem::Outcome& /*outcome*/) override {
    const std::lock_guard lock(mutex_);
    if (call.operation == Operation::kSyncFileSystem) ends_of_syncs.push_back(all.size());
  }

  // Holds every thread up until so many have come.
  void AwaitThreads(std::size_t count) {
    awaited_ = count;
    here_.clear();
  }
  // Those that made calls.
  [[nodiscard]] const std::set<std::thread::id>& Threads() const { return here_; }

  // The places of the steps of this kind, from 0.
  [[nodiscard]] std::vector<std::size_t> Of(Operation operation) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].operation == operation) places.push_back(i);
    }
    return places;
  }

  // Whether a sync of the filesystem began and ended between these places.
  [[nodiscard]] bool SyncedBetween(std::size_t from, std::size_t to) const {
    const auto begins = Of(Operation::kSyncFileSystem);
    for (std::size_t i = 0; i < ends_of_syncs.size(); ++i) {
      if (begins[i] > from && ends_of_syncs[i] <= to) return true;
    }
    return false;
  }

  std::vector<Step> all;
  // How many steps had begun. One sync is never beside another.
  std::vector<std::size_t> ends_of_syncs;

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::set<std::thread::id> here_;
  std::size_t awaited_ = 0;
};

// Files d0/f0, d1/f1, …: neighbours in the list are never in one directory.
struct List {
  explicit List(std::size_t count = kFiles) {
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back("d" + std::to_string(i % kDirectories) + "/f" + std::to_string(i));
    }
    for (const std::string& name : names) files.push_back({.name = name, .bytes = name});
    for (std::size_t i = 0; i < count; ++i) results.emplace_back(Error(Code::kInternal));
  }
  std::vector<std::string> names = {};
  std::vector<NewFile> files = {};
  std::vector<Status> results = {};
};

// What is in all directories.
std::set<std::string> AllNames(Directory& root) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kDirectories; ++i) {
    const std::string directory = "d" + std::to_string(i);
    const Status listed =
        filesystem::ForEachEntry(root, directory, [&](const DirectoryEntry& entry) {
          names.insert(directory + "/" + std::string(entry.name));
          return true;
        });
    EXPECT_TRUE(listed);
  }
  return names;
}

class FileSlicesTest : public ::testing::Test {
 protected:
  FileSlicesTest() {
    for (std::size_t i = 0; i < kDirectories; ++i) {
      EXPECT_TRUE(root_->MakeDirectory("d" + std::to_string(i)));
      stable_.Insert("d" + std::to_string(i));
    }
    EXPECT_TRUE(root_->SyncFileSystem());
    steps_.all.clear();
    steps_.ends_of_syncs.clear();
  }

  SimulatedDisk disk_{SimulatedDiskOptions{}};
  Steps steps_;
  InterceptedFileSystem files_{disk_, steps_};
  std::unique_ptr<Directory> root_ = *files_.OpenDirectory("/");
  StableDirectories stable_;
  FileBatchOptions options_{.temporary_place = TemporaryPlace::kBesideTarget,
                            .threads_max = kThreads,
                            .stable = &stable_};
};

TEST_F(FileSlicesTest, MakesBytesStableBeforeTheyGetTheirName) {
  List list;
  ASSERT_TRUE(WriteFiles(*root_, list.files, list.results, options_));
  EXPECT_THAT(list.results, Each(::testing::Truly([](const Status& s) { return s.has_value(); })));
  std::map<std::string, std::size_t> written;
  for (const std::size_t at : steps_.Of(Operation::kWrite)) written[steps_.all[at].path] = at;
  const auto renames = steps_.Of(Operation::kRename);
  ASSERT_THAT(renames, SizeIs(kFiles));
  for (const std::size_t at : renames) {
    const Step& step = steps_.all[at];
    ASSERT_TRUE(written.contains(step.path)) << step.path;
    EXPECT_TRUE(steps_.SyncedBetween(written[step.path], at)) << step.new_path;
  }
  EXPECT_THAT(steps_.ends_of_syncs, SizeIs(2)) << "one for each wave";
  const auto directories = steps_.Of(Operation::kSyncDirectory);
  ASSERT_THAT(directories, SizeIs(kDirectories));
  EXPECT_LT(renames.back(), directories.front());
  EXPECT_THAT(steps_.Of(Operation::kFileSync), IsEmpty());
  for (const std::string& name : list.names) EXPECT_EQ(Contents(*root_, name), name);
  EXPECT_THAT(AllNames(*root_), SizeIs(kFiles));
}

TEST_F(FileSlicesTest, KeepsSoManyFilesWithoutNames) {
  constexpr std::size_t kUnnamed = 400;
  options_.unnamed_max = kUnnamed;
  List list;
  ASSERT_TRUE(WriteFiles(*root_, list.files, list.results, options_));
  const auto links = steps_.Of(Operation::kFileLink);
  EXPECT_THAT(links, SizeIs(kUnnamed));
  EXPECT_THAT(steps_.Of(Operation::kRename), SizeIs(kFiles - kUnnamed));
  EXPECT_THAT(steps_.Of(Operation::kFileSync), IsEmpty());
  EXPECT_THAT(steps_.ends_of_syncs, SizeIs(2)) << "one for each wave";
  EXPECT_LT(steps_.ends_of_syncs.front(), links.front());
  for (const std::string& name : list.names) EXPECT_EQ(Contents(*root_, name), name);
  EXPECT_THAT(AllNames(*root_), SizeIs(kFiles));
  EXPECT_EQ(files_.open_handles(), 1U) << "the root";
}

TEST_F(FileSlicesTest, SlicesGiveBackDescriptorsThatOthersNeed) {
  options_.unnamed_max = kFiles;
  steps_.os_error = EMFILE;
  for (const std::size_t descriptors : {std::size_t{60}, std::size_t{100}, std::size_t{300}}) {
    steps_.fails = [&](const Call& call) {
      return (call.operation == Operation::kOpen || call.operation == Operation::kOpenUnnamed) &&
             files_.open_handles() >= descriptors;
    };
    List list;
    const std::string twice = list.names[5];
    list.files[5 + kFiles / 2] = {.name = twice, .bytes = "the last wins"};
    const Status written = WriteFiles(*root_, list.files, list.results, options_);
    ASSERT_TRUE(written) << descriptors << " " << written.error().ToString();
    steps_.fails = nullptr;
    for (std::size_t i = 0; i < kFiles; ++i) {
      if (i == 5 || i == 5 + kFiles / 2) continue;
      EXPECT_EQ(Contents(*root_, list.names[i]), list.names[i]);
    }
    EXPECT_EQ(Contents(*root_, twice), "the last wins");
    EXPECT_EQ(files_.open_handles(), 1U) << "the root";
    EXPECT_THAT(AllNames(*root_), SizeIs(kFiles - 1)) << "nothing temporary is left";
  }
}

TEST_F(FileSlicesTest, SyncsFewFilesOnce) {
  List list(kFew);
  ASSERT_TRUE(WriteFiles(*root_, list.files, {}, options_));
  const auto syncs = steps_.Of(Operation::kSyncFileSystem);
  ASSERT_THAT(syncs, SizeIs(1));
  EXPECT_LT(steps_.Of(Operation::kWrite).back(), syncs.front());
  EXPECT_LT(syncs.front(), steps_.Of(Operation::kRename).front());
}

TEST_F(FileSlicesTest, SyncsLargeFilesOnceThoughEachSliceHasFew) {
  List list(kDirectories);
  const std::string large(std::size_t{1} << 20U, 'v');
  for (NewFile& file : list.files) file.bytes = large;
  ASSERT_TRUE(WriteFiles(*root_, list.files, {}, options_));
  EXPECT_THAT(steps_.Of(Operation::kSyncFileSystem), SizeIs(1));
  EXPECT_THAT(steps_.Of(Operation::kFileSync), IsEmpty());
}

TEST_F(FileSlicesTest, GivesEachDirectoryToOneThreadAtATime) {
  steps_.AwaitThreads(kThreads);
  List list;
  ASSERT_TRUE(WriteFiles(*root_, list.files, {}, options_));
  for (const Operation operation : {Operation::kWrite, Operation::kRename}) {
    std::map<std::string, std::set<std::thread::id>> threads_of;
    for (const std::size_t at : steps_.Of(operation)) {
      const Step& step = steps_.all[at];
      threads_of[std::string(ParentOf(step.path))].insert(step.thread);
    }
    EXPECT_THAT(threads_of, SizeIs(kDirectories));
    for (const auto& [directory, threads] : threads_of) EXPECT_THAT(threads, SizeIs(1));
  }
  EXPECT_THAT(steps_.Threads(), SizeIs(kThreads));
  EXPECT_TRUE(steps_.Threads().contains(std::this_thread::get_id()));
}

TEST_F(FileSlicesTest, StaysOnTheCallersThreadUnlessThereIsEnoughForOthers) {
  const std::set<std::thread::id> only_here = {std::this_thread::get_id()};
  List few(127);
  ASSERT_TRUE(WriteFiles(*root_, few.files, {}, options_));
  EXPECT_EQ(steps_.Threads(), only_here);
  List enough(128);
  options_.threads_max = 1;
  ASSERT_TRUE(WriteFiles(*root_, enough.files, {}, options_));
  EXPECT_EQ(steps_.Threads(), only_here);
  options_.threads_max = kThreads;
  List beside(kFiles);
  for (std::size_t i = 0; i < beside.names.size(); ++i) {
    beside.names[i] = "d0/" + std::to_string(i);
    beside.files[i].name = beside.names[i];
  }
  ASSERT_TRUE(WriteFiles(*root_, beside.files, {}, options_));
  EXPECT_EQ(steps_.Threads(), only_here) << "all are in one directory";
  steps_.AwaitThreads(2);
  ASSERT_TRUE(WriteFiles(*root_, enough.files, {}, options_));
  EXPECT_THAT(steps_.Threads(), SizeIs(2)) << "of 64 files each";
}

TEST_F(FileSlicesTest, TheLastOfOneNameWins) {
  List list;
  const std::string again = list.names[5];
  list.files[5 + kFiles / 2] = {.name = again, .bytes = "second"};
  list.files.back() = {.name = again, .bytes = "third"};
  ASSERT_TRUE(WriteFiles(*root_, list.files, list.results, options_));
  EXPECT_EQ(Contents(*root_, again), "third");
}

TEST_F(FileSlicesTest, OneBadFileOfASliceKeepsNoOtherFromBeingWritten) {
  List list;
  list.files[7].name = "../x";
  list.files[300].name = "missing/x";
  steps_.fails = [&](const Call& call) {
    return call.operation == Operation::kRename && call.new_path == list.names[33];
  };
  const Status written = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kInvalidArgument) << "the first in the order given";
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  const std::map<std::size_t, Code> expected = {
      {7, Code::kInvalidArgument}, {33, Code::kIoError}, {300, Code::kNotFound}};
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (const auto found = expected.find(i); found != expected.end()) {
      ASSERT_FALSE(list.results[i]) << i;
      EXPECT_EQ(list.results[i].error().code(), found->second) << i;
    } else {
      EXPECT_TRUE(list.results[i]) << i;
      EXPECT_EQ(Contents(*root_, list.names[i]), list.names[i]);
    }
  }
  EXPECT_THAT(AllNames(*root_), SizeIs(kFiles - expected.size())) << "nothing temporary is left";
}

TEST_F(FileSlicesTest, WithoutReplaceWhatIsThereStays) {
  List list;
  ASSERT_TRUE(WriteFile(*root_, {.name = list.names[50], .bytes = "kept"}, options_));
  options_.replace = Replace::kNo;
  const Status written = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kAlreadyExists);
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  EXPECT_EQ(list.results[50].error().code(), Code::kAlreadyExists);
  EXPECT_EQ(std::ranges::count_if(list.results, [](const Status& s) { return !s.has_value(); }), 1);
  EXPECT_EQ(Contents(*root_, list.names[50]), "kept");
  EXPECT_THAT(AllNames(*root_), SizeIs(kFiles));
  const Status again = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().applied(), Applied::kNo);
  EXPECT_THAT(AllNames(*root_), SizeIs(kFiles));
}

TEST_F(FileSlicesTest, AFailedSyncOfBytesTouchesNoName) {
  List list;
  steps_.fails = [](const Call& call) { return call.operation == Operation::kSyncFileSystem; };
  const Status written = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kDataLoss);
  EXPECT_EQ(written.error().applied(), Applied::kNo);
  for (const Status& result : list.results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Code::kDataLoss);
  }
  EXPECT_THAT(steps_.Of(Operation::kRename), IsEmpty());
  EXPECT_THAT(AllNames(*root_), IsEmpty());
}

TEST_F(FileSlicesTest, AFailedSyncOfTheSecondWaveLeavesTheFirst) {
  List list;
  steps_.fails = [syncs = 0](const Call& call) mutable {
    return call.operation == Operation::kSyncFileSystem && ++syncs == 2;
  };
  const Status written = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kDataLoss);
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  std::set<std::string> there;
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (list.results[i].has_value()) {
      there.insert(list.names[i]);
    } else {
      EXPECT_EQ(list.results[i].error().code(), Code::kDataLoss);
    }
  }
  EXPECT_THAT(there, SizeIs(kFiles / 4)) << "a fifth, in whole directories";
  EXPECT_EQ(AllNames(*root_), there);
  EXPECT_THAT(steps_.Of(Operation::kSyncDirectory), SizeIs(kDirectories / 4));
  // What is said to be there survives a power cut.
  const auto left = disk_.Crash(Survivors::kNone, /*seed=*/1);
  const auto root = *left->OpenDirectory("/");
  for (const std::string& name : there) EXPECT_EQ(Contents(*root, name), name);
}

TEST_F(FileSlicesTest, AFailedSyncOfADirectoryIsTheResultOfAll) {
  List list;
  list.files[7].name = "../x";
  steps_.fails = [](const Call& call) {
    return call.operation == Operation::kSyncDirectory && call.path == "d9";
  };
  const Status written = WriteFiles(*root_, list.files, list.results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kDataLoss);
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  for (std::size_t i = 0; i < kFiles; ++i) {
    ASSERT_FALSE(list.results[i]);
    EXPECT_EQ(list.results[i].error().code(), i == 7 ? Code::kInvalidArgument : Code::kDataLoss);
  }
}

// A disk on which each file of a list is stable as "before".
class PowerCut {
 public:
  explicit PowerCut(DiskProfile profile) : disk_({.profile = profile}) {
    std::vector<NewFile> before = list_.files;
    for (NewFile& file : before) file.bytes = "before";
    EXPECT_TRUE(WriteFiles(*root_, before, {}, {.make_directories = true}));
  }

  // Replaces all of them, and cuts the power at the call of this number.
  [[nodiscard]] bool Replace(std::size_t threads, std::size_t unnamed_max, std::uint64_t cut_at) {
    disk_.CutPower(cut_at);
    const FileBatchOptions options{.temporary_place = TemporaryPlace::kBesideTarget,
                                   .unnamed_max = unnamed_max,
                                   .threads_max = threads};
    return WriteFiles(*root_, list_.files, {}, options).has_value();
  }
  // How many are replaced in what is left. Each is as before or as after.
  [[nodiscard]] std::size_t Replaced(Survivors survivors) const {
    const auto left = disk_.Crash(survivors, /*seed=*/1);
    const auto root = *left->OpenDirectory("/");
    std::size_t replaced = 0;
    for (const std::string& name : list_.names) {
      const std::string bytes = Contents(*root, name);
      if (bytes == name) ++replaced;
      EXPECT_TRUE(bytes == name || bytes == "before") << Name(survivors) << " " << bytes;
    }
    return replaced;
  }

 private:
  List list_;
  SimulatedDisk disk_;
  std::unique_ptr<Directory> root_ = *disk_.OpenDirectory("/");
};

void CutThePowerAllTheWay(DiskProfile profile, std::size_t threads, std::size_t unnamed_max) {
  constexpr std::uint64_t kStep = 131;
  std::size_t mixtures = 0;
  std::uint64_t cut_at = 0;
  for (bool done = false; !done; cut_at += kStep) {
    PowerCut cut(profile);
    done = cut.Replace(threads, unnamed_max, cut_at);
    for (const Survivors survivors : kAllSurvivors) {
      const std::size_t replaced = cut.Replaced(survivors);
      if (done) {
        EXPECT_EQ(replaced, kFiles);
      }
      if (replaced != 0 && replaced != kFiles) ++mixtures;
    }
  }
  EXPECT_GT(cut_at, 3 * kFiles) << "open, write, rename";
  EXPECT_GT(mixtures, 0U) << "the cuts came too seldom to show anything";
}

TEST(FileSlices, KeepEachNameBeforeOrAfterThroughPowerCuts) {
  for (const DiskProfile profile :
       {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal}) {
    CutThePowerAllTheWay(profile, 1, 0);
    CutThePowerAllTheWay(profile, kThreads, 0);
    CutThePowerAllTheWay(profile, kThreads, kFiles / 2);
  }
}

// Several callers, each with threads, in the same directories.
TEST(FileSlices, ManyBatchesOfManyThreadsWorkOnOneDirectoryAtOnce) {
  ManualClock clock{Instant{}};
  const auto memory = NewMemoryFileSystem(clock);
  const auto root = *memory->OpenDirectory("/");
  StableDirectories stable;
  const FileBatchOptions options{.temporary_place = TemporaryPlace::kBesideTarget,
                                 .make_directories = true,
                                 .threads_max = kThreads,
                                 .stable = &stable};
  List list;
  std::vector<Status> outcomes(3);
  {
    std::vector<std::jthread> callers;
    for (Status& outcome : outcomes) {
      callers.emplace_back([&] { outcome = WriteFiles(*root, list.files, {}, options); });
    }
  }
  for (const Status& outcome : outcomes) EXPECT_TRUE(outcome);
  for (const std::string& name : list.names) EXPECT_EQ(Contents(*root, name), name);
  EXPECT_THAT(AllNames(*root), SizeIs(kFiles));
}

}  // namespace
}  // namespace anystore

// The steps of a FileBatch, in their order, and what it does when one fails.
#include "anystore/file_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "anystore/simulated_disk.h"
#include "filesystem/fake_filesystem.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Notes the steps that matter, with temporary names as "T", and fails those it is told to.
class Recorder final : public testing::FailingCalls {
 public:
  void After(const Call& call, const filesystem::Outcome& outcome) override {
    if (call.operation != Operation::kWrite && !filesystem::ChangesOrSyncs(call.operation)) return;
    std::string step(Name(call.operation));
    step += " " + testing::ShownPath(call.path);
    if (!call.new_path.empty()) step += " " + testing::ShownPath(call.new_path);
    if (outcome.error != nullptr) {
      step += " = " + std::string(CodeName(outcome.error->code()));
    }
    steps.push_back(std::move(step));
  }

  std::vector<std::string> steps;
};

class FileBatchTest : public ::testing::Test {
 protected:
  FileBatchTest() {
    EXPECT_TRUE(root_->MakeDirectory("old"));
    recorder_.steps.clear();
  }

  [[nodiscard]] std::string Contents(std::string_view name) const {
    return testing::Contents(*root_, name);
  }
  [[nodiscard]] std::vector<std::string> Names(std::string_view directory) const {
    std::vector<std::string> names;
    const auto listing = *root_->List(directory);
    std::vector<DirectoryEntry> entries(100);
    for (;;) {
      const std::size_t count = *listing->Next(entries);
      if (count == 0) return names;
      for (std::size_t i = 0; i < count; ++i) names.emplace_back(entries[i].name);
    }
  }
  // Lets the n-th call (from 1) of this operation fail.
  void FailNth(Operation operation, int nth, int os_error = EIO) {
    recorder_.os_error = os_error;
    recorder_.fails = [operation, left = nth](const Call& call) mutable {
      return call.operation == operation && --left == 0;
    };
  }

  void MarkWith(FileMarker& marker) {
    options_.durable = false;
    options_.unnamed_max = 9;
    options_.marker = &marker;
  }

  ManualClock clock_{Instant{}};
  SeededRandom random_{1};
  std::unique_ptr<FileSystem> memory_ = NewMemoryFileSystem(clock_);
  Recorder recorder_;
  InterceptedFileSystem files_{*memory_, recorder_};
  std::unique_ptr<Directory> root_ = *files_.OpenDirectory("/");
  FileBatchOptions options_{.make_directories = true, .random = &random_};
};

TEST_F(FileBatchTest, MakesBytesStableBeforeTheNameAndTheNameBeforeItReturns) {
  StableDirectories stable;
  stable.Insert("old");
  options_.stable = &stable;
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ElementsAre("open T", "write T", "sync_file T", "rename T old/a",
                                           "sync_directory old"));
  EXPECT_EQ(Contents("old/a"), "1");
}

TEST_F(FileBatchTest, SyncsTheParentOfADirectoryThatNobodyKnowsToBeStable) {
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ElementsAre("open T", "write T", "sync_file T", "rename T old/a",
                                           "sync_directory /", "sync_directory old"));
}

TEST_F(FileBatchTest, MakesMissingDirectoriesAndRemembersThatTheyAreStable) {
  StableDirectories stable;
  options_.stable = &stable;
  ASSERT_TRUE(WriteFile(*root_, {.name = "x/y/a", .bytes = "1"}, options_));
  EXPECT_THAT(
      recorder_.steps,
      ElementsAre("open T", "write T", "sync_file T", "rename T x/y/a = not_found",
                  "make_directory x/y = not_found", "make_directory x", "make_directory x/y",
                  "rename T x/y/a", "sync_directory /", "sync_directory x", "sync_directory x/y"));
  EXPECT_TRUE(stable.Contains("x"));
  EXPECT_TRUE(stable.Contains("x/y"));
  recorder_.steps.clear();
  ASSERT_TRUE(WriteFile(*root_, {.name = "x/y/b", .bytes = "1"}, options_));
  EXPECT_EQ(recorder_.steps.back(), "sync_directory x/y");
  EXPECT_EQ(recorder_.steps.size(), 5U);
  stable.Erase("x/y");
  EXPECT_FALSE(stable.Contains("x/y"));
}

TEST_F(FileBatchTest, LeavesMissingDirectoriesAloneUnlessAsked) {
  options_.make_directories = false;
  const Status written = WriteFile(*root_, {.name = "x/a", .bytes = "1"}, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kNotFound);
  EXPECT_THAT(Names(""), ElementsAre("old"));
}

TEST_F(FileBatchTest, SyncsManyFilesAtOnceAndEachDirectoryOnce) {
  options_.file_syncs_max = 2;
  std::vector<std::string> names;
  for (int i = 0; i < 6; ++i) names.push_back((i % 2 == 0 ? "old/" : "new/") + std::to_string(i));
  std::vector<NewFile> files;
  for (const std::string& name : names) files.push_back({.name = name, .bytes = name});
  std::vector<Status> results(files.size());
  ASSERT_TRUE(WriteFiles(*root_, files, results, options_));
  std::vector<std::string> syncs;
  for (const std::string& step : recorder_.steps) {
    if (step.find("sync") != std::string::npos) syncs.push_back(step);
  }
  EXPECT_THAT(syncs, ElementsAre("sync_filesystem /", "sync_directory /", "sync_directory new",
                                 "sync_directory old"));
  for (const std::string& name : names) EXPECT_EQ(Contents(name), name);
  EXPECT_EQ(files_.open_handles(), 1U);  // the root
}

TEST_F(FileBatchTest, KeepsFewDescriptorsHoweverManyFiles) {
  options_.file_syncs_max = 4;
  FileBatch batch(*root_, options_);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(batch.Add({.name = "old/" + std::to_string(i), .bytes = "x"}));
    EXPECT_LE(files_.open_handles(), 5U);
  }
  EXPECT_EQ(batch.size(), 50U);
  ASSERT_TRUE(batch.Commit());
  EXPECT_EQ(batch.size(), 0U);
  EXPECT_EQ(Names("old").size(), 50U);
}

TEST_F(FileBatchTest, WithoutDurableTellsWhatIsUnsynced) {
  options_.durable = false;
  FileBatch batch(*root_, options_);
  ASSERT_TRUE(batch.Add({.name = "new/a", .bytes = "1"}));
  batch.Remove("old/gone");
  ASSERT_TRUE(batch.Commit());
  EXPECT_THAT(batch.unsynced(), ElementsAre("", "new", "old"));
  EXPECT_THAT(recorder_.steps, ::testing::Not(::testing::Contains(HasSubstr("sync_directory"))));
  EXPECT_THAT(recorder_.steps, ::testing::Contains("sync_file T"));
}

/// Marks files until it is told to fail.
class Marker final : public FileMarker {
 public:
  Status Mark(File& file, std::string_view bytes) override {
    marked.emplace_back(bytes);
    if (fails) return Error(Code::kIoError);
    return file.SetDates({.accessed = Instant(Duration(1)), .modified = Instant(Duration(2))});
  }

  std::vector<std::string> marked;
  bool fails = false;
};

TEST_F(FileBatchTest, MarkedFilesGetNewNamesWithoutASync) {
  Marker marker;
  MarkWith(marker);
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ElementsAre("write old", "set_dates old", "link_file old old/a"));
  EXPECT_THAT(marker.marked, ElementsAre("1"));
  EXPECT_EQ(Contents("old/a"), "1");
}

TEST_F(FileBatchTest, MarkedFilesAreSyncedBeforeTheyReplaceOthers) {
  Marker marker;
  MarkWith(marker);
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  recorder_.steps.clear();
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "2"}, options_));
  EXPECT_THAT(recorder_.steps,
              ElementsAre("write old", "set_dates old", "link_file old old/a = already_exists",
                          "sync_file old", "link_file old T", "rename T old/a"));
  FailNth(Operation::kFileSync, 1);
  const Status failed = WriteFile(*root_, {.name = "old/a", .bytes = "3"}, options_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::kDataLoss);
  EXPECT_EQ(failed.error().applied(), Applied::kNo);
  EXPECT_EQ(Contents("old/a"), "2");
  EXPECT_EQ(files_.open_handles(), 1U);
}

TEST_F(FileBatchTest, WhatIsNotMarkedIsSyncedBeforeItsName) {
  Marker marker;
  options_.durable = false;
  options_.marker = &marker;
  // It has a temporary name.
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ::testing::Contains("sync_file T"));
  EXPECT_THAT(marker.marked, IsEmpty());
  // It could not be marked.
  options_.unnamed_max = 9;
  marker.fails = true;
  recorder_.steps.clear();
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/b", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ElementsAre("write old", "sync_file old", "link_file old old/b"));
  // It is to survive.
  options_.durable = true;
  marker.marked.clear();
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/c", .bytes = "1"}, options_));
  EXPECT_THAT(marker.marked, IsEmpty());
}

TEST_F(FileBatchTest, RemovesAndSyncsAlsoWhatWasMissing) {
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  recorder_.steps.clear();
  const std::string_view names[] = {"old/a", "old/none"};
  Status results[2];
  ASSERT_TRUE(RemoveFiles(*root_, names, results, options_));
  EXPECT_THAT(recorder_.steps,
              ElementsAre("remove old/a", "remove old/none = not_found", "sync_directory old"));
  EXPECT_THAT(Names("old"), IsEmpty());
}

TEST_F(FileBatchTest, ARemovalBelowAMissingDirectoryDoesNotMakeItCountAsStable) {
  StableDirectories stable;
  options_.stable = &stable;
  const std::string_view names[] = {"new/a"};
  ASSERT_TRUE(RemoveFiles(*root_, names, {}, options_));
  EXPECT_FALSE(stable.Contains("new"));
  ASSERT_TRUE(WriteFile(*root_, {.name = "new/a", .bytes = "1"}, options_));
  EXPECT_THAT(recorder_.steps, ::testing::Contains("sync_directory /"));
}

TEST_F(FileBatchTest, RefusesToReplaceWhenAskedTo) {
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  options_.replace = Replace::kNo;
  const NewFile files[] = {{.name = "old/a", .bytes = "2"}, {.name = "old/b", .bytes = "2"}};
  Status results[2];
  const Status written = WriteFiles(*root_, files, results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kAlreadyExists);
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  EXPECT_EQ(results[0].error().code(), Code::kAlreadyExists);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(Contents("old/a"), "1");
  EXPECT_EQ(Contents("old/b"), "2");
  EXPECT_THAT(Names(""), ElementsAre("old"));
}

TEST_F(FileBatchTest, AFailedSyncOfBytesTouchesNoName) {
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  for (const Operation sync : {Operation::kFileSync, Operation::kSyncFileSystem}) {
    options_.file_syncs_max = sync == Operation::kFileSync ? 8 : 0;
    FailNth(sync, 1);
    FileBatch batch(*root_, options_);
    ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "2"}));
    batch.Remove("old/b");
    const Status committed = batch.Commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code(), Code::kDataLoss);
    EXPECT_EQ(committed.error().applied(), Applied::kNo);
    ASSERT_EQ(batch.results().size(), 2U);
    EXPECT_FALSE(batch.results()[0]);
    EXPECT_FALSE(batch.results()[1]);
    EXPECT_EQ(Contents("old/a"), "1");
    EXPECT_THAT(Names(""), ElementsAre("old"));
  }
}

TEST_F(FileBatchTest, AFailedSyncOfADirectoryMayHaveChangedNames) {
  FailNth(Operation::kSyncDirectory, 2);
  StableDirectories stable;
  options_.stable = &stable;
  const Status written = WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kDataLoss);
  EXPECT_EQ(written.error().applied(), Applied::kUnknown);
  EXPECT_FALSE(stable.Contains("old"));
}

TEST_F(FileBatchTest, LeavesNothingBehindWhenAddFails) {
  for (const Operation operation : {Operation::kOpen, Operation::kWrite}) {
    FailNth(operation, 1, ENOSPC);
    FileBatch batch(*root_, options_);
    const Status added = batch.Add({.name = "old/a", .bytes = "1"});
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), Code::kNoSpace);
    EXPECT_EQ(batch.size(), 0U);
    EXPECT_EQ(files_.open_handles(), 1U);
    EXPECT_THAT(Names(""), ElementsAre("old"));
    ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "1"}));
    ASSERT_TRUE(batch.Commit());
    EXPECT_EQ(Contents("old/a"), "1");
  }
}

TEST_F(FileBatchTest, OneBadFileDoesNotKeepTheOthersFromBeingWritten) {
  const NewFile files[] = {{.name = "old/a", .bytes = "1"},
                           {.name = "../x", .bytes = "2"},
                           {.name = "old/c", .bytes = "3"}};
  Status results[3];
  const Status written = WriteFiles(*root_, files, results, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kInvalidArgument);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code(), Code::kInvalidArgument);
  EXPECT_TRUE(results[2]);
  EXPECT_THAT(Names("old"), UnorderedElementsAre("a", "c"));
}

TEST_F(FileBatchTest, DiscardAndDestructionRemoveTemporaryFiles) {
  {
    FileBatch batch(*root_, options_);
    ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "1"}));
    EXPECT_EQ(Names("").size(), 2U);
    batch.Discard();
    EXPECT_THAT(Names(""), ElementsAre("old"));
    ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "1"}));
  }
  EXPECT_THAT(Names(""), ElementsAre("old"));
  EXPECT_THAT(Names("old"), IsEmpty());
}

TEST_F(FileBatchTest, WritesTemporaryFilesBesideTheirTargetsWhenAskedTo) {
  options_.temporary_place = TemporaryPlace::kBesideTarget;
  options_.temporary_directory = "nowhere";
  FileBatch batch(*root_, options_);
  ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "1"}));
  EXPECT_THAT(Names("old"), ElementsAre(HasSubstr("temp-")));
  ASSERT_TRUE(batch.Add({.name = "x/y/a", .bytes = "2"}));
  EXPECT_THAT(recorder_.steps, ElementsAre("open T", "write T", "open T = not_found",
                                           "make_directory x/y = not_found", "make_directory x",
                                           "make_directory x/y", "open T", "write T"));
  ASSERT_TRUE(batch.Commit());
  EXPECT_THAT(Names(""), UnorderedElementsAre("old", "x"));
  EXPECT_THAT(Names("old"), ElementsAre("a"));
  EXPECT_THAT(Names("x/y"), ElementsAre("a"));
  EXPECT_EQ(recorder_.steps.back(), "sync_directory x/y");

  options_.make_directories = false;
  EXPECT_EQ(WriteFile(*root_, {.name = "z/a", .bytes = "1"}, options_).error().code(),
            Code::kNotFound);
  EXPECT_THAT(Names(""), UnorderedElementsAre("old", "x"));
}

TEST_F(FileBatchTest, WaitsForDescriptorsOnTheClock) {
  recorder_.os_error = EMFILE;
  recorder_.fails = [left = 3](const Call& call) mutable {
    return call.operation == Operation::kOpen && left-- > 0;
  };
  options_.clock = &clock_;
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_EQ(clock_.Now(), Instant(std::chrono::milliseconds(200 + 400 + 600)));
  recorder_.fails = [](const Call& call) { return call.operation == Operation::kOpen; };
  const Status written = WriteFile(*root_, {.name = "old/b", .bytes = "1"}, options_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kResourceExhausted);
  EXPECT_EQ(clock_.Now(), Instant(std::chrono::milliseconds(1200 + 3000)));
}

TEST_F(FileBatchTest, LinksFilesThatHaveNoNameYet) {
  options_.unnamed_max = 2;
  StableDirectories stable;
  stable.Insert("old");
  options_.stable = &stable;
  FileBatch batch(*root_, options_);
  ASSERT_TRUE(batch.Add({.name = "old/a", .bytes = "1", .mode = 0600}));
  EXPECT_THAT(Names(""), ElementsAre("old"));
  EXPECT_THAT(Names("old"), IsEmpty());
  ASSERT_TRUE(batch.Commit());
  EXPECT_THAT(recorder_.steps, ElementsAre("write old", "sync_file old", "link_file old old/a",
                                           "sync_directory old"));
  EXPECT_EQ(Contents("old/a"), "1");
  EXPECT_EQ(root_->Stat("old/a")->mode, 0600U);
  EXPECT_EQ(files_.open_handles(), 1U);  // the root

  // As many again, and one more.
  recorder_.steps.clear();
  for (const std::string name : {"old/b", "old/c", "old/d"}) {
    ASSERT_TRUE(batch.Add({.name = name, .bytes = name}));
  }
  EXPECT_THAT(Names(""), UnorderedElementsAre("old", HasSubstr("temp-")));
  ASSERT_TRUE(batch.Commit());
  EXPECT_THAT(Names(""), ElementsAre("old"));
  for (const std::string name : {"old/b", "old/c", "old/d"}) EXPECT_EQ(Contents(name), name);
}

TEST_F(FileBatchTest, ReplacesByFilesThatHadNoName) {
  options_.unnamed_max = 8;
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  recorder_.steps.clear();
  const NewFile files[] = {{.name = "old/a", .bytes = "2"}, {.name = "old/a", .bytes = "3"}};
  ASSERT_TRUE(WriteFiles(*root_, files, {}, options_));
  EXPECT_THAT(
      recorder_.steps,
      ElementsAre("write old", "write old", "sync_file old", "sync_file old",
                  "link_file old old/a = already_exists", "link_file old T", "rename T old/a",
                  "link_file old old/a = already_exists", "link_file old T", "rename T old/a",
                  "sync_directory /", "sync_directory old"));
  EXPECT_EQ(Contents("old/a"), "3");
  EXPECT_THAT(Names("old"), ElementsAre("a"));
  EXPECT_THAT(Names(""), ElementsAre("old"));
  options_.replace = Replace::kNo;
  EXPECT_EQ(WriteFile(*root_, {.name = "old/a", .bytes = "4"}, options_).error().code(),
            Code::kAlreadyExists);
  EXPECT_EQ(Contents("old/a"), "3");
  EXPECT_THAT(Names(""), ElementsAre("old"));
}

TEST_F(FileBatchTest, MakesTheDirectoryOfAFileWithoutName) {
  options_.unnamed_max = 8;
  ASSERT_TRUE(WriteFile(*root_, {.name = "x/y/a", .bytes = "1"}, options_));
  EXPECT_EQ(Contents("x/y/a"), "1");
  // It may be removed before the file gets its name.
  FileBatch batch(*root_, options_);
  ASSERT_TRUE(batch.Add({.name = "x/z/a", .bytes = "2"}));
  ASSERT_TRUE(root_->RemoveDirectory("x/z"));
  ASSERT_TRUE(batch.Commit());
  EXPECT_EQ(Contents("x/z/a"), "2");
  options_.make_directories = false;
  EXPECT_EQ(WriteFile(*root_, {.name = "none/a", .bytes = "1"}, options_).error().code(),
            Code::kNotFound);
  EXPECT_THAT(Names(""), UnorderedElementsAre("old", "x"));
}

TEST_F(FileBatchTest, SyncsManyFilesWithoutNamesAtOnce) {
  options_.unnamed_max = 4;
  options_.file_syncs_max = 2;
  FileBatch batch(*root_, options_);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(batch.Add({.name = "old/" + std::to_string(i), .bytes = std::to_string(i)}));
  }
  EXPECT_EQ(files_.open_handles(), 1U + options_.unnamed_max) << "those with names are closed";
  recorder_.steps.clear();
  ASSERT_TRUE(batch.Commit());
  EXPECT_EQ(recorder_.steps.front(), "sync_filesystem /");
  EXPECT_THAT(recorder_.steps, ::testing::Not(::testing::Contains("sync_file old")));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Contents("old/" + std::to_string(i)), std::to_string(i));
}

TEST_F(FileBatchTest, GivesItsDescriptorsBackWhenTheyRunOut) {
  options_.unnamed_max = 8;
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g"};
  for (const std::size_t file_syncs_max : {std::size_t{8}, std::size_t{1}}) {
    options_.file_syncs_max = file_syncs_max;
    const std::string prefix = "old/" + std::to_string(file_syncs_max);
    recorder_.os_error = EMFILE;
    std::vector<Operation> failed;
    recorder_.fails = [this, &failed](const Call& call) {
      const bool opens =
          call.operation == Operation::kOpenUnnamed || call.operation == Operation::kOpen;
      if (!opens || files_.open_handles() < 4) return false;
      failed.push_back(call.operation);
      return true;
    };
    FileBatch batch(*root_, options_);
    for (const std::string& name : names) {
      ASSERT_TRUE(batch.Add({.name = prefix + name, .bytes = name}));
    }
    EXPECT_LE(files_.open_handles(), 4U);
    EXPECT_EQ(std::ranges::count(failed, Operation::kOpenUnnamed), 1) << "no more are taken";
    recorder_.steps.clear();
    ASSERT_TRUE(batch.Commit());
    recorder_.fails = nullptr;
    for (const std::string& name : names) {
      EXPECT_EQ(Contents(prefix + name), name);
    }
    EXPECT_THAT(Names(""), ElementsAre("old"));
    EXPECT_EQ(files_.open_handles(), 1U);
  }
}

TEST_F(FileBatchTest, WhatFailsLeavesNothingOfFilesWithoutNames) {
  options_.unnamed_max = 8;
  for (const Operation operation :
       {Operation::kOpenUnnamed, Operation::kWrite, Operation::kFileSync, Operation::kFileLink}) {
    FailNth(operation, 1, ENOSPC);
    const Status written = WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_);
    ASSERT_FALSE(written) << Name(operation);
    EXPECT_EQ(written.error().code(),
              operation == Operation::kFileSync ? Code::kDataLoss : Code::kNoSpace);
    EXPECT_EQ(files_.open_handles(), 1U);
    EXPECT_THAT(Names(""), ElementsAre("old"));
    EXPECT_THAT(Names("old"), IsEmpty());
  }
}

TEST_F(FileBatchTest, ASyncThatFailedWhileAddingFailsTheCommit) {
  SimulatedDisk disk({.traits = {.filesystem_sync = false}});
  InterceptedFileSystem files(disk, recorder_);
  const auto root = *files.OpenDirectory("/");
  FailNth(Operation::kFileSync, 1);
  FileBatch batch(*root, {.file_syncs_max = 1});
  ASSERT_TRUE(batch.Add({.name = "a", .bytes = "1"}));
  const Status added = batch.Add({.name = "b", .bytes = "2"});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Code::kDataLoss);
  // The kernel tells of it once.
  const Status committed = batch.Commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), Code::kDataLoss);
  EXPECT_EQ(testing::Contents(*root, "a"), "not_found");
  ASSERT_TRUE(batch.Add({.name = "a", .bytes = "1"}));
  EXPECT_TRUE(batch.Commit()) << "a new batch";
}

TEST_F(FileBatchTest, TriesAnotherTemporaryNameWhenOneIsTaken) {
  SeededRandom same(1);
  const std::string taken = "temp-" + std::to_string(same.Next());
  ASSERT_TRUE(
      root_->Open(taken, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive}));
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "1"}, options_));
  EXPECT_THAT(Names(""), UnorderedElementsAre("old", taken));
}

TEST_F(FileBatchTest, ReadsAndLooksAtManyFiles) {
  ASSERT_TRUE(WriteFile(*root_, {.name = "old/a", .bytes = "123", .mode = 0600}, options_));
  const std::string_view names[] = {"old/a", "old/none", "old"};
  std::vector<Result<Value>> values(3);
  ReadFiles(*root_, names, values);
  EXPECT_EQ(values[0]->bytes(), "123");
  EXPECT_EQ(values[1].error().code(), Code::kNotFound);
  EXPECT_EQ(values[2].error().code(), Code::kInvalidArgument);
  std::vector<Result<FileInfo>> infos(3);
  StatFiles(*root_, names, infos);
  EXPECT_EQ(infos[0]->size, 3U);
  EXPECT_EQ(infos[0]->mode, 0600U);
  EXPECT_EQ(infos[1].error().code(), Code::kNotFound);
  EXPECT_EQ(infos[2]->kind, FileKind::kDirectory);
}

// What a batch of four files syncs on a disk that can sync only so much.
std::vector<std::string> SyncsOn(const FileSystemTraits& traits) {
  SimulatedDisk disk({.traits = traits});
  Recorder recorder;
  InterceptedFileSystem files(disk, recorder);
  const auto root = *files.OpenDirectory("/");
  FileBatch batch(*root, {.file_syncs_max = 1});
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_TRUE(batch.Add({.name = name, .bytes = name}));
  }
  EXPECT_TRUE(batch.Commit());
  std::erase_if(recorder.steps,
                [](const std::string& step) { return step.find("sync") == std::string::npos; });
  return recorder.steps;
}

TEST(FileBatch, BeginsToWriteLargeFilesOutAtOnce) {
  constexpr std::size_t kLarge = std::size_t{64} << 10U;
  for (const std::size_t bytes : {kLarge, kLarge - 1}) {
    testing::FakeFileSystem fake;
    const auto root = *fake.OpenDirectory("/");
    fake.notes.clear();
    SeededRandom random(1);
    const std::string value(bytes, 'v');
    ASSERT_TRUE(WriteFile(*root, {.name = "a", .bytes = value}, {.random = &random}));
    ASSERT_GE(fake.notes.size(), 3U);
    EXPECT_THAT(fake.notes[1], ::testing::StartsWith("write "));
    EXPECT_THAT(fake.notes[2],
                ::testing::StartsWith(bytes == kLarge ? "begin_write_out" : "sync_file "));
  }
}

TEST(FileBatch, FilesHaveNamesWhereTheyMust) {
  SimulatedDisk disk({.traits = {.unnamed_files = false}});
  Recorder recorder;
  InterceptedFileSystem files(disk, recorder);
  const auto root = *files.OpenDirectory("/");
  ASSERT_TRUE(WriteFile(*root, {.name = "a", .bytes = "1"}, {.unnamed_max = 8}));
  EXPECT_THAT(recorder.steps,
              ElementsAre("open T", "write T", "sync_file T", "rename T a", "sync_directory /"));
}

TEST(FileBatch, SyncsEachFileWhereTheFilesystemCannotBeSynced) {
  EXPECT_THAT(SyncsOn({.filesystem_sync = false}),
              ElementsAre("sync_file T", "sync_file T", "sync_file T", "sync_directory /"));
}

TEST(FileBatch, SyncsTheFilesystemWhereDirectoriesCannotBeSynced) {
  EXPECT_THAT(SyncsOn({.directory_sync = false}),
              ElementsAre("sync_filesystem /", "sync_filesystem /"));
}

}  // namespace
}  // namespace anystore

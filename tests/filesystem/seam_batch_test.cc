// The contract of `FileBatch` and its relatives, on every filesystem.
#include <gmock/gmock.h>

#include <array>

#include "anystore/file_batch.h"
#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SeamBatch : public Seam {
 protected:
  /// What became of each change of the last Commit.
  [[nodiscard]] static std::vector<std::string_view> Outcomes(std::span<const Status> results) {
    std::vector<std::string_view> outcomes;
    for (const Status& result : results) outcomes.push_back(Outcome(result));
    return outcomes;
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamBatch, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(SeamBatch, ChangesAreSeenAtCommitAndNotBefore) {
  Write(root(), "old", "before");
  Write(root(), "gone", "");
  FileBatch batch(root(), {});
  Must(batch.Add({.name = "new", .bytes = "first"}));
  Must(batch.Add({.name = "old", .bytes = "after"}));
  batch.Remove("gone");
  batch.Remove("never was");
  EXPECT_EQ(batch.size(), 4U);
  EXPECT_EQ(Outcome(root().Stat("new")), "not_found");
  EXPECT_EQ(Read(root(), "old"), "before");
  Must(batch.Commit());
  EXPECT_EQ(batch.size(), 0U);
  EXPECT_THAT(Outcomes(batch.results()), ElementsAre("ok", "ok", "ok", "ok"));
  EXPECT_THAT(Names(root()), ElementsAre("new", "old"));
  EXPECT_EQ(Read(root(), "new"), "first");
  EXPECT_EQ(Read(root(), "old"), "after");
}

TEST_P(SeamBatch, ChangesToOneNameHappenInOrder) {
  FileBatch batch(root(), {.durable = false});
  Must(batch.Add({.name = "a", .bytes = "one"}));
  Must(batch.Add({.name = "a", .bytes = "two"}));
  batch.Remove("b");
  Must(batch.Add({.name = "b", .bytes = "made after all"}));
  Must(batch.Add({.name = "c", .bytes = "removed after all"}));
  batch.Remove("c");
  Must(batch.Commit());
  EXPECT_THAT(Names(root()), ElementsAre("a", "b"));
  EXPECT_EQ(Read(root(), "a"), "two");
}

TEST_P(SeamBatch, DiscardAndDestructionLeaveNothing) {
  {
    FileBatch batch(root(), {});
    Must(batch.Add({.name = "a", .bytes = "discarded"}));
    batch.Discard();
    EXPECT_EQ(batch.size(), 0U);
    EXPECT_THAT(Names(root()), IsEmpty());
    Must(batch.Add({.name = "b", .bytes = "forgotten"}));
    EXPECT_THAT(Names(root()), SizeIs(1)) << "under a temporary name";
  }
  EXPECT_THAT(Names(root()), IsEmpty());
}

TEST_P(SeamBatch, TemporaryNamesAreWhereTheyWereAskedFor) {
  Must(root().MakeDirectory("tmp"));
  FileBatch batch(root(), {.temporary_directory = "tmp", .temporary_prefix = "put-"});
  Must(batch.Add({.name = "a", .bytes = "bytes"}));
  ASSERT_THAT(Names(root(), "tmp"), SizeIs(1));
  EXPECT_TRUE(Names(root(), "tmp").front().starts_with("put-"));
  EXPECT_THAT(Names(root()), ElementsAre("tmp/"));
  Must(batch.Commit());
  EXPECT_THAT(Names(root(), "tmp"), IsEmpty());
}

TEST_P(SeamBatch, FilesGetTheirModeLessTheUmask) {
  Must(WriteFile(root(), {.name = "plain"}, {}));
  Must(WriteFile(root(), {.name = "private", .mode = 0600}, {}));
  EXPECT_EQ(Must(root().Stat("plain")).mode, 0644U);
  EXPECT_EQ(Must(root().Stat("private")).mode, 0600U);
}

TEST_P(SeamBatch, WithoutReplaceWhatIsThereStays) {
  Write(root(), "taken", "kept");
  FileBatch batch(root(), {.replace = Replace::kNo});
  Must(batch.Add({.name = "free", .bytes = "new"}));
  Must(batch.Add({.name = "taken", .bytes = "new"}));
  const Status committed = batch.Commit();
  EXPECT_EQ(Outcome(committed), "already_exists");
  EXPECT_EQ(ErrorOf(committed).applied(), Applied::kUnknown) << "the other one was written";
  EXPECT_THAT(Outcomes(batch.results()), ElementsAre("ok", "already_exists"));
  EXPECT_EQ(Read(root(), "taken"), "kept");
  EXPECT_EQ(Read(root(), "free"), "new");
  EXPECT_THAT(Names(root()), ElementsAre("free", "taken"));
  Must(batch.Add({.name = "taken", .bytes = "new"}));
  const Status again = batch.Commit();
  EXPECT_EQ(Outcome(again), "already_exists");
  EXPECT_EQ(ErrorOf(again).applied(), Applied::kNo) << "no name was touched";
}

TEST_P(SeamBatch, DirectoriesAreMadeOnlyWhenAsked) {
  EXPECT_EQ(Outcome(WriteFile(root(), {.name = "d/e/f", .bytes = "deep"}, {})), "not_found");
  EXPECT_THAT(Names(root()), IsEmpty());
  Must(WriteFile(root(), {.name = "d/e/f", .bytes = "deep"},
                 {.make_directories = true, .directory_mode = 0700}));
  EXPECT_EQ(Read(root(), "d/e/f"), "deep");
  EXPECT_EQ(Must(root().Stat("d")).mode, 0700U);
  EXPECT_EQ(Must(root().Stat("d/e")).mode, 0700U);
  Must(WriteFile(root(), {.name = "d/e/f", .bytes = "again"}, {.make_directories = true}));
}

TEST_P(SeamBatch, WhatCannotBeAddedLeavesTheBatchAsItWas) {
  FileBatch batch(root(), {});
  Must(batch.Add({.name = "a", .bytes = "good"}));
  EXPECT_EQ(Outcome(batch.Add({.name = "../b"})), "invalid_argument");
  EXPECT_EQ(Outcome(batch.Add({.name = ""})), "invalid_argument");
  EXPECT_EQ(Outcome(batch.Add({.name = std::string(300, 'n')})), "too_large");
  EXPECT_EQ(batch.size(), 1U);
  Must(batch.Commit());
  EXPECT_THAT(Names(root()), ElementsAre("a"));
}

TEST_P(SeamBatch, WhatCannotBePutInPlaceTellsSoInItsPlace) {
  Must(root().MakeDirectory("d"));
  Write(root(), "f", "");
  FileBatch batch(root(), {});
  Must(batch.Add({.name = "d", .bytes = "over a directory"}));
  Must(batch.Add({.name = "f/g", .bytes = "below a file"}));
  Must(batch.Add({.name = "a", .bytes = "good"}));
  batch.Remove("d");
  EXPECT_EQ(Outcome(batch.Commit()), "invalid_argument");
  EXPECT_THAT(Outcomes(batch.results()),
              ElementsAre("invalid_argument", "invalid_argument", "ok", "invalid_argument"));
  EXPECT_THAT(Names(root()), ElementsAre("a", "d/", "f"));
}

TEST_P(SeamBatch, WithoutDurableItTellsWhatToSync) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("e"));
  FileBatch batch(root(), {.durable = false});
  Must(batch.Add({.name = "a"}));
  Must(batch.Add({.name = "d/a"}));
  batch.Remove("e/missing");
  Must(batch.Commit());
  EXPECT_THAT(batch.unsynced(), UnorderedElementsAre("", "d", "e"));
  for (const std::string& directory : batch.unsynced()) Must(root().Sync(directory));
  FileBatch durable(root(), {});
  Must(durable.Add({.name = "b"}));
  Must(durable.Commit());
  EXPECT_THAT(durable.unsynced(), IsEmpty());
}

TEST_P(SeamBatch, StableDirectoriesNeedNoSyncOfTheirParents) {
  StableDirectories stable;
  Must(WriteFile(root(), {.name = "d/e/a"}, {.make_directories = true, .stable = &stable}));
  EXPECT_TRUE(stable.Contains("d"));
  EXPECT_TRUE(stable.Contains("d/e"));
  FileBatch batch(root(), {.durable = false, .stable = &stable});
  Must(batch.Add({.name = "d/e/b"}));
  Must(batch.Commit());
  EXPECT_THAT(batch.unsynced(), ElementsAre("d/e"));
  stable.Erase("d/e");
  Must(batch.Add({.name = "d/e/c"}));
  Must(batch.Commit());
  EXPECT_THAT(batch.unsynced(), UnorderedElementsAre("d", "d/e"));
}

TEST_P(SeamBatch, ManyFilesAreWrittenReadLookedAtAndRemoved) {
  constexpr std::size_t kCount = 100;
  std::vector<std::string> names;
  std::vector<NewFile> files;
  for (std::size_t i = 0; i < kCount; ++i) names.push_back("f" + std::to_string(i));
  for (const std::string& name : names) files.push_back({.name = name, .bytes = name});
  std::vector<Status> results(kCount);
  Must(WriteFiles(root(), files, results, {}));
  EXPECT_THAT(Names(root()), SizeIs(kCount));

  std::vector<std::string_view> wanted(names.begin(), names.end());
  wanted.push_back("missing");
  wanted.push_back("bad/");
  std::vector<Result<Value>> values;
  std::vector<Result<FileInfo>> infos;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    values.emplace_back(Error(Code::kInternal));
    infos.emplace_back(Error(Code::kInternal));
  }
  ReadFiles(root(), wanted, values);
  StatFiles(root(), wanted, infos);
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(Must(std::move(values[i])).bytes(), names[i]);
    EXPECT_EQ(Must(std::move(infos[i])).size, names[i].size());
  }
  EXPECT_EQ(Outcome(values[kCount]), "not_found");
  EXPECT_EQ(Outcome(infos[kCount]), "not_found");
  EXPECT_EQ(Outcome(values[kCount + 1]), "invalid_argument");
  EXPECT_EQ(Outcome(infos[kCount + 1]), "invalid_argument");

  wanted.pop_back();
  Must(RemoveFiles(root(), wanted, {}, {}));
  EXPECT_THAT(Names(root()), IsEmpty());
}

TEST_P(SeamBatch, FilesWithoutNamesTakeTheirPlaceAsOthersDo) {
  constexpr std::size_t kCount = 30;
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("taken"));
  Write(root(), "d/0", "before");
  for (const std::size_t unnamed_max : {std::size_t{3}, kCount + 2}) {
    FileBatch batch(root(), {.unnamed_max = unnamed_max});
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::string text = std::to_string(i);
      Must(batch.Add({.name = "d/" + text, .bytes = text, .mode = 0600}));
    }
    Must(batch.Add({.name = "d/1", .bytes = "the last of a name wins"}));
    batch.Remove("d/2");
    Must(batch.Add({.name = "taken", .bytes = "by a directory"}));
    EXPECT_EQ(Outcome(batch.Commit()), "invalid_argument");
    EXPECT_THAT(Names(root()), ElementsAre("d/", "taken/"));
    EXPECT_THAT(Names(root(), "d"), SizeIs(kCount - 1));
    EXPECT_EQ(Read(root(), "d/0"), "0");
    EXPECT_EQ(Read(root(), "d/1"), "the last of a name wins");
    EXPECT_EQ(Outcome(root().Stat("d/2")), "not_found");
    EXPECT_EQ(Read(root(), "d/29"), "29");
    EXPECT_EQ(Must(root().Stat("d/29")).mode, 0600U);
    EXPECT_EQ(Must(root().Stat("d/29")).links, 1U);
  }
}

TEST_P(SeamBatch, AFileThatCannotBeWrittenDoesNotKeepTheOthers) {
  Must(root().MakeDirectory("d"));
  const std::array<NewFile, 4> files = {
      {{.name = "a"}, {.name = "bad/"}, {.name = "d"}, {.name = "b"}}};
  std::array<Status, 4> results;
  const Status written = WriteFiles(root(), files, results, {});
  EXPECT_EQ(Outcome(written), "invalid_argument");
  EXPECT_EQ(ErrorOf(written).applied(), Applied::kUnknown);
  EXPECT_THAT(Outcomes(results), ElementsAre("ok", "invalid_argument", "invalid_argument", "ok"));
  EXPECT_THAT(Names(root()), ElementsAre("a", "b", "d/"));
  const std::array<std::string_view, 3> names = {"a", "d", "missing"};
  std::array<Status, 3> removed;
  EXPECT_EQ(Outcome(RemoveFiles(root(), names, removed, {})), "invalid_argument");
  EXPECT_THAT(Outcomes(removed), ElementsAre("ok", "invalid_argument", "ok"));
  EXPECT_THAT(Names(root()), ElementsAre("b", "d/"));
}

}  // namespace
}  // namespace anystore::seam

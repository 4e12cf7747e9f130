// The contract of files without names, on every filesystem that has them.
#include <gmock/gmock.h>

#include <array>

#include "anystore/simulated_disk.h"
#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SeamUnnamed : public Seam {
 protected:
  void SetUp() override {
    if (!root().traits().unnamed_files) {
      GTEST_SKIP() << subject().path() << ": its filesystem has no files without names";
    }
  }
  /// One that holds bytes.
  std::unique_ptr<File> NewUnnamed(std::string_view bytes, std::string_view directory = {}) {
    auto file = Must(root().OpenUnnamed(directory));
    Must(file->WriteAt(0, bytes));
    return file;
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamUnnamed, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(SeamUnnamed, IsAFileLikeAnyOtherButListedNowhere) {
  Must(root().MakeDirectory("d"));
  for (const std::string_view directory : {"", "d"}) {
    const auto file = NewUnnamed("0123456789", directory);
    Must(file->WriteAt(3, "three"));
    EXPECT_EQ(Must(file->Append("!")), 10U);
    Must(file->Truncate(12));
    Must(file->Sync(SyncScope::kData));
    Must(file->Sync(SyncScope::kAll));
    EXPECT_EQ(Must(file->ReadAll()).bytes(), std::string_view("012three89!\0", 12));
    const FileInfo info = Must(file->Stat());
    EXPECT_EQ(info.kind, FileKind::kFile);
    EXPECT_EQ(info.size, 12U);
    EXPECT_EQ(info.links, 0U);
    EXPECT_THAT(Names(root()), ElementsAre("d/"));
    EXPECT_THAT(Names(root(), "d"), IsEmpty());
  }
}

TEST_P(SeamUnnamed, HasTheModeThatWasAskedForLessTheUmask) {
  EXPECT_EQ(Must(Must(root().OpenUnnamed(""))->Stat()).mode, 0644U);
  for (const auto& [asked, given] : {std::pair{0600U, 0600U}, {0777U, 0755U}, {0440U, 0440U}}) {
    const auto file = Must(root().OpenUnnamed("", asked));
    Must(file->WriteAt(0, "written, whatever the mode"));
    Must(file->Link("a"));
    EXPECT_EQ(Must(file->Stat()).mode, given);
    EXPECT_EQ(Must(root().Stat("a")).mode, given);
    Must(root().Remove("a"));
  }
}

TEST_P(SeamUnnamed, GetsANameWithAllThatIsInIt) {
  const auto file = NewUnnamed("before");
  Must(file->Link("a"));
  EXPECT_EQ(Must(file->Stat()).links, 1U);
  EXPECT_EQ(Must(root().Stat("a")).links, 1U);
  EXPECT_EQ(Read(root(), "a"), "before");
  Must(file->Append(" and after"));
  EXPECT_EQ(Read(root(), "a"), "before and after");
  EXPECT_THAT(Names(root()), ElementsAre("a"));
}

TEST_P(SeamUnnamed, GetsFurtherNames) {
  Must(root().MakeDirectory("d"));
  const auto file = NewUnnamed("same");
  Must(file->Link("a"));
  Must(file->Link("d/b"));
  Must(root().Link("a", "c"));
  EXPECT_EQ(Must(file->Stat()).links, 3U);
  Must(root().Remove("a"));
  Must(file->WriteAt(0, "S"));
  EXPECT_EQ(Read(root(), "d/b"), "Same");
  EXPECT_EQ(Read(root(), "c"), "Same");
  Must(file->Link("a"));
  EXPECT_EQ(Must(root().Stat("a")).links, 3U);
}

TEST_P(SeamUnnamed, GetsItsNameBelowTheDirectoryThatWasAsked) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("d/e"));
  const auto d = Must(root().OpenDirectory("d"));
  const auto file = Must(d->OpenUnnamed("e"));
  Must(file->Link("a"));
  Must(file->Link("e/b"));
  EXPECT_THAT(Names(root(), "d"), ElementsAre("a", "e/"));
  EXPECT_THAT(Names(root(), "d/e"), ElementsAre("b"));
  Must(root().Rename("d", "moved", Replace::kNo));
  Must(file->Link("c"));
  EXPECT_THAT(Names(root(), "moved"), ElementsAre("a", "c", "e/"));
}

TEST_P(SeamUnnamed, ReplacesNothing) {
  Write(root(), "taken", "kept");
  Must(root().MakeDirectory("d"));
  const auto file = NewUnnamed("new");
  EXPECT_EQ(Outcome(file->Link("taken")), "already_exists");
  EXPECT_EQ(Outcome(file->Link("d")), "already_exists");
  EXPECT_EQ(Must(file->Stat()).links, 0U);
  EXPECT_EQ(Read(root(), "taken"), "kept");
  Must(file->Link("d/free"));
  EXPECT_EQ(Outcome(file->Link("d/free")), "already_exists") << "its own name";
  EXPECT_EQ(Must(file->Stat()).links, 1U);
  EXPECT_EQ(Read(root(), "d/free"), "new");
}

TEST_P(SeamUnnamed, GetsNoNameWhereNoDirectoryIs) {
  Write(root(), "file", "");
  const auto file = NewUnnamed("still there");
  EXPECT_EQ(Outcome(file->Link("missing/a")), "not_found");
  EXPECT_EQ(Outcome(file->Link("file/a")), "invalid_argument");
  Must(root().MakeDirectory("missing"));
  Must(file->Link("missing/a"));
  EXPECT_EQ(Read(root(), "missing/a"), "still there");
}

TEST_P(SeamUnnamed, GetsNoNameBelowARemovedDirectory) {
  Must(root().MakeDirectory("d"));
  const auto d = Must(root().OpenDirectory("d"));
  const auto file = Must(d->OpenUnnamed(""));
  Must(root().RemoveDirectory("d"));
  EXPECT_EQ(Outcome(file->Link("a")), "not_found");
  Must(file->WriteAt(0, "goes on"));
  EXPECT_EQ(Read(*file, 0, 9), "goes on");
}

TEST_P(SeamUnnamed, GetsNoNameOnceItsNamesAreRemoved) {
  const auto removed = NewUnnamed("removed");
  Must(removed->Link("a"));
  Must(removed->Link("b"));
  Must(root().Remove("a"));
  Must(root().Remove("b"));
  EXPECT_EQ(Outcome(removed->Link("a")), "not_found");
  const auto replaced = NewUnnamed("replaced");
  Must(replaced->Link("a"));
  Write(root(), "b", "other");
  EXPECT_EQ(Outcome(removed->Link("b")), "already_exists") << "the name is looked at first";
  Must(root().Rename("b", "a", Replace::kYes));
  EXPECT_EQ(Outcome(replaced->Link("b")), "not_found");
  EXPECT_EQ(Read(*removed, 0, 9), "removed");
  EXPECT_THAT(Names(root()), ElementsAre("a"));
}

TEST_P(SeamUnnamed, OthersThatWereOpenedByANameGetNoFurtherOne) {
  Must(NewUnnamed("unnamed once")->Link("a"));
  const auto file = Must(root().Open("a", kWriting));
  for (const std::string_view name : {"b", "a", "missing/b", ""}) {
    EXPECT_EQ(Outcome(file->Link(name)), "unsupported") << name;
  }
  EXPECT_EQ(Outcome(Must(root().Open("a", kReading))->Link("b")), "unsupported");
  EXPECT_THAT(Names(root()), ElementsAre("a"));
}

TEST_P(SeamUnnamed, IsMadeInDirectoriesOnly) {
  Write(root(), "file", "");
  Must(root().MakeDirectory("d"));
  const auto d = Must(root().OpenDirectory("d"));
  EXPECT_EQ(Outcome(root().OpenUnnamed("missing")), "not_found");
  EXPECT_EQ(Outcome(root().OpenUnnamed("file")), "invalid_argument");
  EXPECT_EQ(Outcome(d->OpenUnnamed("")), "ok");
  const auto never_asked = Must(root().OpenDirectory("d"));
  Must(root().RemoveDirectory("d"));
  EXPECT_EQ(Outcome(never_asked->OpenUnnamed("")), "not_found");
  EXPECT_EQ(Outcome(d->OpenUnnamed("")), "not_found");
  EXPECT_EQ(Outcome(d->OpenUnnamed("e")), "not_found");
  EXPECT_EQ(Outcome(root().OpenUnnamed("d")), "not_found");
}

TEST_P(SeamUnnamed, LeavesNothingWhenItsHandleGoes) {
  Must(root().MakeDirectory("d"));
  constexpr std::uint64_t kBytes = 1'000'000;
  const std::uint64_t before = Must(root().Space()).available;
  auto file = NewUnnamed(std::string(kBytes, 'x'), "d");
  // On the host, others write meanwhile.
  if (!on_posix()) {
    EXPECT_LE(Must(root().Space()).available, before - kBytes);
  }
  file.reset();
  if (!on_posix()) {
    EXPECT_EQ(Must(root().Space()).available, before);
  }
  EXPECT_THAT(Names(root(), "d"), IsEmpty());
  Must(root().RemoveDirectory("d"));
}

TEST_P(SeamUnnamed, StaysWhenItsHandleGoesOnceItHasAName) {
  Must(NewUnnamed("stays")->Link("a"));
  EXPECT_EQ(Read(root(), "a"), "stays");
  EXPECT_EQ(Must(root().Stat("a")).links, 1U);
}

TEST_P(SeamUnnamed, KeepsNoDirectory) {
  Must(root().MakeDirectory("d"));
  const auto file = NewUnnamed("outlives", "d");
  Must(root().RemoveDirectory("d"));
  Must(file->Link("a"));
  EXPECT_EQ(Read(root(), "a"), "outlives");
}

TEST(SeamUnnamedFiles, AreUnsupportedWhereTheTraitSaysSo) {
  SimulatedDisk disk({.traits = {.unnamed_files = false}});
  const auto root = Must(disk.OpenDirectory("/"));
  EXPECT_FALSE(root->traits().unnamed_files);
  EXPECT_EQ(Outcome(root->OpenUnnamed("")), "unsupported");
  EXPECT_EQ(Outcome(root->OpenUnnamed("missing")), "unsupported");
  EXPECT_EQ(Outcome(root->OpenUnnamed(".")), "invalid_argument");
}

}  // namespace
}  // namespace anystore::seam

// The contract of `Directory`: making, finding, listing, moving and removing names, on every
// filesystem.
#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <set>

#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SeamDirectories : public Seam {};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamDirectories, ::testing::ValuesIn(AllCases()), CaseName);

// Directories.

TEST_P(SeamDirectories, OpensAndTellsHow) {
  EXPECT_TRUE(subject().path().ends_with(root().path())) << root().path();
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("d/e"));
  const auto directory = Must(root().OpenDirectory("d/e"));
  EXPECT_TRUE(directory->path().ends_with("d/e")) << directory->path();
  EXPECT_EQ(directory->traits(), root().traits());
  Write(*directory, "f", "deep");
  EXPECT_EQ(Read(root(), "d/e/f"), "deep");
  const auto again = Must(directory->OpenDirectory(""));
  EXPECT_EQ(Read(*again, "f"), "deep");
}

TEST_P(SeamDirectories, OpensByPathThroughTheFilesystem) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/f", "found");
  FileSystem& files = subject().files();
  const std::string& path = subject().path();
  EXPECT_EQ(Read(*Must(files.OpenDirectory(path + "/d")), "f"), "found");
  EXPECT_EQ(Read(*Must(files.OpenDirectory(path + "/./d/../d/.")), "f"), "found");
  EXPECT_EQ(Read(*Must(files.OpenDirectory(path + "//d/")), "f"), "found");
  EXPECT_EQ(Outcome(files.OpenDirectory(path + "/missing")), "not_found");
  EXPECT_EQ(Outcome(files.OpenDirectory(path + "/missing/d")), "not_found");
  EXPECT_EQ(Outcome(files.OpenDirectory(path + "/d/f")), "invalid_argument");
  EXPECT_EQ(Outcome(files.OpenDirectory(path + "/d/f/g")), "invalid_argument");
  EXPECT_EQ(Outcome(files.OpenDirectory(path + std::string("/d\0", 3))), "invalid_argument");
  EXPECT_EQ(Outcome(files.OpenDirectory("/")), "ok");
  if (!on_posix()) {
    EXPECT_EQ(Read(*Must(files.OpenDirectory(path.substr(1) + "/d")), "f"), "found");
  }
}

TEST_P(SeamDirectories, OpenDirectoryFailsWhereNoneIs) {
  Write(root(), "f", "");
  EXPECT_EQ(Outcome(root().OpenDirectory("missing")), "not_found");
  EXPECT_EQ(Outcome(root().OpenDirectory("missing/too")), "not_found");
  EXPECT_EQ(Outcome(root().OpenDirectory("f")), "invalid_argument");
  EXPECT_EQ(Outcome(root().OpenDirectory("f/g")), "invalid_argument");
}

TEST_P(SeamDirectories, MakeDirectoryMakesAnEmptyOne) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("private", 0700));
  EXPECT_THAT(Names(root()), ElementsAre("d/", "private/"));
  EXPECT_THAT(Names(root(), "d"), IsEmpty());
  EXPECT_EQ(Must(root().Stat("d")).kind, FileKind::kDirectory);
  EXPECT_EQ(Must(root().Stat("d")).mode, 0755U);
  EXPECT_EQ(Must(root().Stat("private")).mode, 0700U);
}

TEST_P(SeamDirectories, MakeDirectoryFailsWhereSomethingIs) {
  Must(root().MakeDirectory("d"));
  Write(root(), "f", "kept");
  EXPECT_EQ(Outcome(root().MakeDirectory("d")), "already_exists");
  EXPECT_EQ(Outcome(root().MakeDirectory("f")), "already_exists");
  EXPECT_EQ(Outcome(root().MakeDirectory("missing/d")), "not_found");
  EXPECT_EQ(Outcome(root().MakeDirectory("f/d")), "invalid_argument");
  EXPECT_EQ(Read(root(), "f"), "kept");
}

TEST_P(SeamDirectories, ADirectoryStaysWhatItIsWhenItIsRenamed) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("up"));
  const auto directory = Must(root().OpenDirectory("d"));
  Must(root().Rename("d", "up/e", Replace::kNo));
  Must(root().MakeDirectory("d"));
  Write(*directory, "f", "inside");
  EXPECT_EQ(Read(root(), "up/e/f"), "inside");
  EXPECT_THAT(Names(root(), "d"), IsEmpty());
  Must(directory->Sync(""));
}

TEST_P(SeamDirectories, CallsOnARemovedDirectoryFailWithNotFound) {
  Must(root().MakeDirectory("d"));
  const auto directory = Must(root().OpenDirectory("d"));
  Must(root().RemoveDirectory("d"));
  Must(root().MakeDirectory("d"));
  Write(root(), "d/f", "another");
  EXPECT_EQ(Outcome(directory->Open("f", kReading)), "not_found");
  EXPECT_EQ(Outcome(directory->Open("f", kMaking)), "not_found");
  EXPECT_EQ(Outcome(directory->OpenDirectory("")), "not_found");
  EXPECT_EQ(Outcome(directory->OpenDirectory("e")), "not_found");
  EXPECT_EQ(Outcome(directory->MakeDirectory("e")), "not_found");
  EXPECT_EQ(Outcome(directory->Stat("")), "not_found");
  EXPECT_EQ(Outcome(directory->Stat("f")), "not_found");
  EXPECT_EQ(Outcome(directory->Remove("f")), "not_found");
  EXPECT_EQ(Outcome(directory->RemoveDirectory("e")), "not_found");
  EXPECT_EQ(Outcome(directory->Rename("f", "g", Replace::kYes)), "not_found");
  EXPECT_EQ(Outcome(directory->Link("f", "g")), "not_found");
  EXPECT_EQ(Outcome(directory->List("")), "not_found");
  EXPECT_EQ(Outcome(directory->Sync("")), "not_found");
  EXPECT_EQ(Outcome(directory->Lock("f", LockMode::kShared)), "not_found");
  EXPECT_EQ(Outcome(directory->RemoveTree("f")), "ok") << "a missing one is success";
}

// Stat.

TEST_P(SeamDirectories, StatTellsWhatAnythingIs) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/f", "12345");
  EXPECT_EQ(Must(root().Stat("")).kind, FileKind::kDirectory);
  EXPECT_EQ(Must(root().Stat("d")).kind, FileKind::kDirectory);
  EXPECT_GE(Must(root().Stat("d")).links, 1U);
  EXPECT_EQ(Must(root().Stat("d/f")).size, 5U);
  EXPECT_EQ(Must(root().Stat("d/f", Follow::kYes)).size, 5U);
  EXPECT_EQ(Must(root().Stat("", Follow::kYes)).kind, FileKind::kDirectory);
  EXPECT_EQ(Must(Must(root().OpenDirectory("d"))->Stat("")).mode, 0755U);
  EXPECT_EQ(Outcome(root().Stat("x")), "not_found");
  EXPECT_EQ(Outcome(root().Stat("x", Follow::kYes)), "not_found");
  EXPECT_EQ(Outcome(root().Stat("x/y")), "not_found");
  EXPECT_EQ(Outcome(root().Stat("d/f/g")), "invalid_argument");
}

TEST_P(SeamDirectories, ADirectoryIsModifiedWhenItsNamesChange) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/a", "");
  const auto moves = [&](auto change) {
    const Instant before = Must(root().Stat("d")).modified;
    subject().clock().Sleep(std::chrono::milliseconds(20));
    change();
    return Must(root().Stat("d")).modified > before;
  };
  EXPECT_TRUE(moves([&] { Write(root(), "d/b", ""); }));
  EXPECT_TRUE(moves([&] { Must(root().Rename("d/b", "d/c", Replace::kNo)); }));
  EXPECT_TRUE(moves([&] { Must(root().Link("d/a", "d/l")); }));
  EXPECT_TRUE(moves([&] { Must(root().MakeDirectory("d/e")); }));
  EXPECT_TRUE(moves([&] { Must(root().RemoveDirectory("d/e")); }));
  EXPECT_TRUE(moves([&] { Must(root().Remove("d/c")); }));
  EXPECT_TRUE(moves([&] { Must(root().Rename("d/a", "a", Replace::kNo)); }));
  EXPECT_FALSE(moves([&] { Write(root(), "d/l", "other bytes"); }));
  EXPECT_FALSE(moves([&] { Names(root(), "d"); }));
}

// Removing.

TEST_P(SeamDirectories, RemoveTakesOneNameAway) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/f", "");
  Must(root().Remove("d/f"));
  EXPECT_THAT(Names(root(), "d"), IsEmpty());
  EXPECT_EQ(Outcome(root().Remove("d/f")), "not_found");
  EXPECT_EQ(Outcome(root().Remove("x/f")), "not_found");
  EXPECT_EQ(Outcome(root().Remove("d")), "invalid_argument");
  Write(root(), "f", "");
  EXPECT_EQ(Outcome(root().Remove("f/g")), "invalid_argument");
  EXPECT_THAT(Names(root()), ElementsAre("d/", "f"));
}

TEST_P(SeamDirectories, RemoveDirectoryTakesOnlyEmptyOnes) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("d/e"));
  Write(root(), "f", "");
  EXPECT_EQ(Outcome(root().RemoveDirectory("d")), "precondition_failed");
  EXPECT_EQ(Outcome(root().RemoveDirectory("f")), "invalid_argument");
  EXPECT_EQ(Outcome(root().RemoveDirectory("x")), "not_found");
  Must(root().RemoveDirectory("d/e"));
  Must(root().RemoveDirectory("d"));
  EXPECT_THAT(Names(root()), ElementsAre("f"));
}

TEST_P(SeamDirectories, RemoveTreeTakesAllThatIsInside) {
  Must(root().MakeDirectory("d"));
  std::string deep = "d";
  for (int depth = 0; depth < 60; ++depth) {
    for (const char* name : {"/a", "/b"}) Write(root(), deep + name, "bytes");
    deep += "/e";
    Must(root().MakeDirectory(deep));
  }
  for (int i = 0; i < 200; ++i) Write(root(), "d/many" + std::to_string(i), "");
  Write(root(), "kept", "");
  Must(root().RemoveTree("d"));
  EXPECT_THAT(Names(root()), ElementsAre("kept"));
  Must(root().RemoveTree("d"));
  Must(root().RemoveTree("x/y"));
  Must(root().RemoveTree("kept"));
  EXPECT_THAT(Names(root()), IsEmpty());
  Write(root(), "f", "");
  EXPECT_EQ(Outcome(root().RemoveTree("f/g")), "invalid_argument");
  EXPECT_EQ(Outcome(root().RemoveTree("")), "invalid_argument");
}

// Renaming.

TEST_P(SeamDirectories, RenameMovesAFileAnywhereBelow) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("d/e"));
  Write(root(), "a", "moving");
  for (const Replace replace : {Replace::kNo, Replace::kYes}) {
    Must(root().Rename("a", "d/e/b", replace));
    EXPECT_THAT(Names(root()), ElementsAre("d/"));
    EXPECT_EQ(Read(root(), "d/e/b"), "moving");
    Must(root().Rename("d/e/b", "a", replace));
    EXPECT_EQ(Read(root(), "a"), "moving");
    EXPECT_THAT(Names(root(), "d/e"), IsEmpty());
  }
}

TEST_P(SeamDirectories, RenameReplacesOnlyWhenAsked) {
  Write(root(), "a", "new");
  Write(root(), "b", "old");
  EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kNo)), "already_exists");
  EXPECT_EQ(Outcome(root().Rename("a", "a", Replace::kNo)), "already_exists");
  EXPECT_EQ(Read(root(), "b"), "old");
  EXPECT_EQ(Read(root(), "a"), "new");
  Must(root().Rename("a", "b", Replace::kYes));
  EXPECT_EQ(Read(root(), "b"), "new");
  EXPECT_THAT(Names(root()), ElementsAre("b"));
}

TEST_P(SeamDirectories, RenameToTheSameFileChangesNothing) {
  Write(root(), "a", "one file");
  Must(root().Link("a", "b"));
  Must(root().MakeDirectory("d"));
  Must(root().Rename("a", "a", Replace::kYes));
  Must(root().Rename("a", "b", Replace::kYes));
  Must(root().Rename("d", "d", Replace::kYes));
  EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kNo)), "already_exists");
  EXPECT_THAT(Names(root()), ElementsAre("a", "b", "d/"));
  EXPECT_EQ(Must(root().Stat("a")).links, 2U);
}

TEST_P(SeamDirectories, RenameMovesADirectoryWithAllThatIsInside) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("e"));
  Must(root().MakeDirectory("empty"));
  Write(root(), "d/f", "inside");
  Must(root().Rename("d", "e/moved", Replace::kNo));
  EXPECT_EQ(Read(root(), "e/moved/f"), "inside");
  Must(root().Rename("e/moved", "empty", Replace::kYes));
  EXPECT_EQ(Read(root(), "empty/f"), "inside");
  EXPECT_THAT(Names(root()), ElementsAre("e/", "empty/"));
}

TEST_P(SeamDirectories, RenameRefusesWhatCannotBe) {
  Must(root().MakeDirectory("d"));
  Must(root().MakeDirectory("d/e"));
  Must(root().MakeDirectory("full"));
  Write(root(), "full/f", "");
  Write(root(), "f", "");
  for (const Replace replace : {Replace::kNo, Replace::kYes}) {
    EXPECT_EQ(Outcome(root().Rename("x", "y", replace)), "not_found");
    EXPECT_EQ(Outcome(root().Rename("x", "f", replace)), "not_found");
    EXPECT_EQ(Outcome(root().Rename("f", "x/y", replace)), "not_found");
    EXPECT_EQ(Outcome(root().Rename("x/y", "f", replace)), "not_found");
    EXPECT_EQ(Outcome(root().Rename("f/x", "y", replace)), "invalid_argument");
    EXPECT_EQ(Outcome(root().Rename("f", "f/x", replace)), "invalid_argument");
    EXPECT_EQ(Outcome(root().Rename("d", "d/x", replace)), "invalid_argument");
    EXPECT_EQ(Outcome(root().Rename("d", "d/e/x", replace)), "invalid_argument");
  }
  EXPECT_EQ(Outcome(root().Rename("f", "d/e", Replace::kYes)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Rename("d", "f", Replace::kYes)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Rename("d", "full", Replace::kYes)), "precondition_failed");
  EXPECT_EQ(Outcome(root().Rename("d", "full", Replace::kNo)), "already_exists");
  EXPECT_EQ(Outcome(root().Rename("d", "f", Replace::kNo)), "already_exists");
  EXPECT_THAT(Names(root()), ElementsAre("d/", "f", "full/"));
}

// Linking.

TEST_P(SeamDirectories, LinkGivesASecondName) {
  Must(root().MakeDirectory("d"));
  Write(root(), "a", "one file");
  Must(root().Link("a", "d/b"));
  Must(Must(root().Open("d/b", kWriting))->WriteAt(0, "ONE"));
  EXPECT_EQ(Read(root(), "a"), "ONE file");
  Must(root().Remove("a"));
  EXPECT_EQ(Read(root(), "d/b"), "ONE file");
}

TEST_P(SeamDirectories, LinkRefusesWhatCannotBe) {
  Must(root().MakeDirectory("d"));
  Write(root(), "a", "a");
  Write(root(), "b", "b");
  EXPECT_EQ(Outcome(root().Link("a", "b")), "already_exists");
  EXPECT_EQ(Outcome(root().Link("a", "a")), "already_exists");
  EXPECT_EQ(Outcome(root().Link("a", "d")), "already_exists");
  EXPECT_EQ(Outcome(root().Link("x", "y")), "not_found");
  EXPECT_EQ(Outcome(root().Link("a", "x/y")), "not_found");
  EXPECT_EQ(Outcome(root().Link("a/x", "y")), "invalid_argument");
  EXPECT_EQ(Outcome(root().Link("a", "b/y")), "invalid_argument");
  EXPECT_EQ(Outcome(root().Link("d", "y")), "permission_denied");
  EXPECT_EQ(Read(root(), "b"), "b");
  EXPECT_THAT(Names(root()), ElementsAre("a", "b", "d/"));
}

// Listing.

TEST_P(SeamDirectories, ListsEachNameOnce) {
  Must(root().MakeDirectory("d"));
  std::vector<std::string> expected;
  for (int i = 1'000; i < 2'500; ++i) {
    expected.push_back("a-name-of-some-length-" + std::to_string(i));
    Write(root(), "d/" + expected.back(), "");
  }
  EXPECT_EQ(Names(root(), "d"), expected);
  EXPECT_EQ(Names(*Must(root().OpenDirectory("d"))), expected);
  EXPECT_EQ(Names(*Must(root().OpenDirectory("d"))), expected);
}

TEST_P(SeamDirectories, ListsInTheOrderOfNamesInMemory) {
  if (on_posix()) GTEST_SKIP() << "any order";
  const std::vector<std::string> expected = {"A", "B", "a", "a b", "a-b", "aa", "b", "\xff"};
  for (const char* name : {"b", "a-b", "B", "aa", "\xff", "A", "a", "a b"}) Write(root(), name, "");
  const auto listing = Must(root().List(""));
  std::vector<std::string> names;
  std::array<DirectoryEntry, 3> entries;
  while (const std::size_t count = Must(listing->Next(entries))) {
    for (std::size_t i = 0; i < count; ++i) names.emplace_back(entries[i].name);
  }
  EXPECT_EQ(names, expected);
}

TEST_P(SeamDirectories, ListFailsWhereNoDirectoryIs) {
  Write(root(), "f", "");
  EXPECT_EQ(Outcome(root().List("x")), "not_found");
  EXPECT_EQ(Outcome(root().List("f")), "invalid_argument");
  EXPECT_EQ(Outcome(root().List("f/g")), "invalid_argument");
}

TEST_P(SeamDirectories, AListingEndsForGood) {
  Write(root(), "a", "");
  Must(root().MakeDirectory("d"));
  const auto listing = Must(root().List(""));
  std::array<DirectoryEntry, 1> one;
  EXPECT_EQ(Must(listing->Next(one)), 1U);
  EXPECT_EQ(Must(listing->Next(one)), 1U);
  EXPECT_EQ(Must(listing->Next(one)), 0U);
  EXPECT_EQ(Must(listing->Next(one)), 0U);
}

TEST_P(SeamDirectories, NamesThatStayAreListedOnceWhileOthersComeAndGo) {
  for (int i = 0; i < 300; ++i) {
    Write(root(), "stays" + std::to_string(i), "");
    Write(root(), "goes" + std::to_string(i), "");
  }
  const auto listing = Must(root().List(""));
  std::multiset<std::string> stayed;
  std::array<DirectoryEntry, 7> entries;
  int round = 0;
  while (const std::size_t count = Must(listing->Next(entries))) {
    for (std::size_t i = 0; i < count; ++i) {
      if (entries[i].name.starts_with("stays")) stayed.emplace(entries[i].name);
    }
    if (round < 300) {
      Must(root().Remove("goes" + std::to_string(round)));
      Write(root(), "comes" + std::to_string(round), "");
      ++round;
    }
  }
  EXPECT_EQ(stayed.size(), 300U);
  EXPECT_EQ(std::set<std::string>(stayed.begin(), stayed.end()).size(), 300U);
}

TEST_P(SeamDirectories, AListingSurvivesTheRemovalOfItsDirectory) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/a", "");
  Write(root(), "d/b", "");
  const auto listing = Must(root().List("d"));
  std::array<DirectoryEntry, 1> one;
  Must(listing->Next(one));
  Must(root().RemoveTree("d"));
  for (int i = 0; i < 5; ++i) {
    const auto next = listing->Next(one);
    if (!next.has_value() || *next == 0) return;
  }
  FAIL() << "more names than there were";
}

// Syncing and space.

TEST_P(SeamDirectories, SyncsADirectory) {
  Must(root().MakeDirectory("d"));
  Write(root(), "d/f", "");
  Must(root().Sync("d"));
  Must(root().Sync(""));
  EXPECT_EQ(Outcome(root().Sync("x")), "not_found");
  EXPECT_EQ(Outcome(root().Sync("d/f")), "invalid_argument");
  EXPECT_EQ(Outcome(root().Sync("d/f/g")), "invalid_argument");
}

TEST_P(SeamDirectories, SyncsTheWholeFilesystem) {
  Write(root(), "f", "bytes");
  EXPECT_EQ(Outcome(root().SyncFileSystem()),
            root().traits().filesystem_sync ? "ok" : "unsupported");
}

TEST_P(SeamDirectories, TellsItsSpace) {
  const FileSystemSpace space = Must(root().Space());
  EXPECT_GT(space.capacity, 0U);
  EXPECT_LE(space.available, space.capacity);
  EXPECT_GT(space.available, 0U);
}

}  // namespace
}  // namespace anystore::seam

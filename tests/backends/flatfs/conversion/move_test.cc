// All records into another repository: none is ever nowhere.
#include "backends/flatfs/conversion/move.h"

#include <gmock/gmock.h>

#include <tuple>

#include "backends/flatfs/conversion/conversion_world.h"
#include "base/digest.h"

namespace anystore::flatfs {
namespace {

using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Records kRecords = {{"/ABC", "1"},
                          {"/ABD", std::string(5000, 'v')},
                          {"/Z", ""},
                          {"/QRSTUV", std::string(700, 'w')},
                          {"/QRSTAB", "2"}};

Result<MoveOutcome> MoveOn(FileSystem& files) {
  Host host(files);
  return MoveRepository(host.environment(), "old", "new", kSilent);
}

Status MoveStatusOn(FileSystem& files) {
  const auto moved = MoveOn(files);
  return moved.has_value() ? Ok() : Status(moved.error().Clone());
}

/// What the new repository has under a key, held against its checksum: "not_found",
/// "corruption" …
std::string VerifiedOn(FileSystem& files, std::string_view key) {
  Host host(files);
  auto opened =
      NewFlatfsBackend()->Open(FlatfsConfig("new", "verify=checksum"), host.environment());
  if (!opened.has_value()) return std::string(CodeName(opened.error().code()));
  const Store store(*std::move(opened), "new", host.environment());
  const auto value = store.Get(key);
  return value.has_value() ? std::string(value->bytes()) : std::string(CodeName(CodeOf(value)));
}

class MoveTest : public FlatfsTest {
 protected:
  void MakeBoth(const std::string& old_shard = "next-to-last/2",
                const std::string& new_shard = "prefix/3") {
    MakeRepository(files(), "old", old_shard, kRecords);
    MakeRepository(files(), "new", new_shard, {});
  }
  Result<MoveOutcome> Move() { return MoveOn(files()); }
};

TEST_F(MoveTest, TakesEveryRecordAndRemovesTheOldRepository) {
  for (const std::string from : {"next-to-last/2", "prefix/3", "suffix/1"}) {
    for (const std::string to : {"next-to-last/2", "prefix/3", "suffix/1"}) {
      SCOPED_TRACE(from + " to " + to);
      MakeBoth(from, to);
      const auto moved = Move();
      ASSERT_TRUE(moved.has_value()) << TextOf(moved);
      EXPECT_EQ(moved->records, kRecords.size());
      EXPECT_EQ(moved->bytes, 5702U);
      EXPECT_EQ(moved->copied, 0U);
      EXPECT_EQ(moved->left, 0U);
      EXPECT_TRUE(moved->old_is_gone);
      EXPECT_EQ(CodeOf(files().OpenDirectory("old")), Code::kNotFound);
      EXPECT_EQ(RecordsAt(files(), "new"), kRecords);
      ASSERT_TRUE(Destroy("new").has_value());
    }
  }
}

TEST_F(MoveTest, AddsToWhatIsThere) {
  MakeBoth();
  MakeRepository(files(), "other", "suffix/2", {{"/OTHER", "3"}});
  Host host(files());
  ASSERT_TRUE(MoveRepository(host.environment(), "/other/", "./new", kSilent).has_value());
  ASSERT_TRUE(Move().has_value());
  Records all = kRecords;
  all.emplace("/OTHER", "3");
  EXPECT_EQ(RecordsAt(files(), "new"), all);
}

TEST_F(MoveTest, TheNewOneStaysWhoItIsAndNotesNoWrongSize) {
  MakeRepository(files(), "old", "prefix/3", kRecords);
  MakeRepository(files(), "new", "next-to-last/2", {});
  Lay("new/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  Lay("old/diskUsage.cache", "{\"diskUsage\":6,\"accuracy\":\"initial-exact\"}\n");
  const std::string readme = BytesOf("new/_README");
  ASSERT_NE(readme, "-");
  ASSERT_TRUE(Move().has_value());
  EXPECT_EQ(BytesOf("new/_README"), readme);
  EXPECT_EQ(BytesOf("new/diskUsage.cache"), "-");
}

TEST_F(MoveTest, TakesChecksumsAlong) {
  MakeBoth();
  const std::string sum(64, 'a');
  Lay("old/checksums.sha256",
      sum + "  AB/ABC.data\n# removed AB/ABC.data\n" + sum + "  ST/QRSTUV.data\nno line\n");
  Lay("new/checksums.sha256", sum + "  OTH/OTHER.data\n" + sum + "  ABC/ABC.data\ntorn");
  ASSERT_TRUE(Move());
  EXPECT_EQ(BytesOf("new/checksums.sha256"), sum + "  OTH/OTHER.data\n" + sum +
                                                 "  ABC/ABC.data\ntorn\n# removed ABC/ABC.data\n" +
                                                 sum + "  QRS/QRSTUV.data\n");
}

// Left by a writer that was killed, or whose power was cut between a line and its value.
TEST_F(MoveTest, StaleChecksumsDoNotSpeakForWhatArrives) {
  MakeBoth();
  const std::string sum(64, 'a');
  const std::string kept = sum + "  OTH/OTHER.data\n" + sum + "  AB/ABC.data\n";
  Lay("new/checksums.sha256", sum + "  ABC/ABC.data\n" + kept + sum +
                                  "  ABD/ABD.data\n# removed ABC/ABC.data\n# removed Z__/Z.data\n");
  ASSERT_TRUE(Move());
  EXPECT_EQ(BytesOf("new/checksums.sha256"), kept);
  if (!base::HasDigests()) return;
  for (const auto& [key, value] : kRecords) EXPECT_EQ(VerifiedOn(files(), key), value) << key;
}

TEST_F(MoveTest, AChecksumOfWhatTheOldRuleCannotPlaceStays) {
  MakeBoth("prefix/8", "next-to-last/2");
  const std::string line = std::string(64, 'a') + "  NG/SHARDINGX.data\n";
  Lay("new/checksums.sha256", line);
  ASSERT_TRUE(Move());
  EXPECT_EQ(BytesOf("new/checksums.sha256"), line);
}

TEST_F(MoveTest, TakesNoChecksumsForWhatIsAlreadyThere) {
  MakeBoth();
  const std::string sum(64, 'a');
  Lay("new/ABC/ABC.data", "another value");
  Lay("new/GON/GONE.data", "gone from the old one");
  Lay("old/checksums.sha256",
      sum + "  AB/ABC.data\n" + sum + "  ON/GONE.data\n" + sum + "  ST/QRSTUV.data\n");
  const auto moved = Move();
  ASSERT_TRUE(moved) << TextOf(moved);
  EXPECT_EQ(moved->left, 1U);
  EXPECT_EQ(BytesOf("new/checksums.sha256"), sum + "  QRS/QRSTUV.data\n");
  if (!base::HasDigests()) return;
  EXPECT_EQ(VerifiedOn(files(), "/ABC"), "another value");
  EXPECT_EQ(VerifiedOn(files(), "/GONE"), "gone from the old one");
}

TEST_F(MoveTest, KeepsKeysThatAreEscaped) {
  ASSERT_TRUE(Create("keys=escape", "old"));
  ASSERT_TRUE(Create("shard=prefix/3", "new"));
  EXPECT_EQ(CodeOf(Move()), Code::kInvalidArgument);
  ASSERT_TRUE(Destroy("new"));
  ASSERT_TRUE(Create("keys=escape&shard=prefix/3", "new"));
  Lay("old/FO/=FOO.data", "1");
  Lay("old/_A/A+.data", "no key has this name");
  const auto kept = Move();
  ASSERT_TRUE(kept) << TextOf(kept);
  EXPECT_EQ(kept->left, 1U);
  EXPECT_EQ(BytesOf("new/=FO/=FOO.data"), "1");
  ASSERT_TRUE(DirectoryAt("old")->Remove("_A/A+.data"));
  const auto moved = Move();
  ASSERT_TRUE(moved) << TextOf(moved);
  EXPECT_TRUE(moved->old_is_gone);
  EXPECT_EQ(CodeOf(files().OpenDirectory("old")), Code::kNotFound);
}

TEST_F(MoveTest, LeavesWhatIsNoRecordAndTheOldRepositoryWithIt) {
  MakeBoth();
  Lay("old/notes.txt", "x");
  Lay("old/XX/ABC.data", "misplaced");
  Lay("old/QQ/lower.data", "x");
  Lay("old/sub/ABC.data", "x");
  Lay("old/AB/put-77", "torn");
  const auto moved = Move();
  ASSERT_TRUE(moved.has_value()) << TextOf(moved);
  EXPECT_EQ(moved->records, kRecords.size());
  EXPECT_EQ(moved->left, 4U);
  EXPECT_FALSE(moved->old_is_gone);
  for (const char* const name : {"notes.txt", "XX/ABC.data", "QQ/lower.data", "sub"}) {
    EXPECT_THAT(moved->first_left, Contains(Field(&LeftBehind::name, name)));
  }
  EXPECT_EQ(BytesOf("old/XX/ABC.data"), "misplaced");
  EXPECT_EQ(RecordsAt(files(), "new"), kRecords);
  EXPECT_THAT(RecordsAt(files(), "old"), IsEmpty());
  // Without them, it goes.
  for (const char* const name : {"notes.txt", "XX", "QQ", "sub"}) {
    ASSERT_TRUE(DirectoryAt("old")->RemoveTree(name).has_value());
  }
  EXPECT_TRUE(Move()->old_is_gone);
}

TEST_F(MoveTest, LeavesARecordWhosePlaceIsTaken) {
  MakeRepository(files(), "old", "next-to-last/2", kRecords);
  MakeRepository(files(), "new", "prefix/3", {{"/ABC", "9"}, {"/ABD", kRecords.at("/ABD")}});
  Lay("new/QRS", "a file");
  const auto moved = Move();
  ASSERT_TRUE(moved.has_value()) << TextOf(moved);
  EXPECT_EQ(moved->left, 3U);
  EXPECT_THAT(RecordsAt(files(), "new"),
              (Records{{"/ABC", "9"}, {"/ABD", kRecords.at("/ABD")}, {"/Z", ""}}));
  Records rest = kRecords;
  rest.erase("/ABD");
  rest.erase("/Z");
  EXPECT_EQ(RecordsAt(files(), "old"), rest);
}

TEST_F(MoveTest, LeavesAKeyThatTheNewRuleCannotPlace) {
  MakeRepository(files(), "old", "prefix/3", {{"/SHARDINGS", "1"}, {"/A", "2"}});
  MakeRepository(files(), "new", "prefix/8", {});
  const auto moved = Move();
  ASSERT_TRUE(moved.has_value()) << TextOf(moved);
  EXPECT_EQ(moved->left, 1U);
  EXPECT_EQ(RecordsAt(files(), "old"), (Records{{"/SHARDINGS", "1"}}));
  EXPECT_EQ(RecordsAt(files(), "new"), (Records{{"/A", "2"}}));
}

TEST_F(MoveTest, RefusesOneInTheOther) {
  MakeBoth();
  MakeRepository(files(), "old/.temp/inner", "prefix/1", {});
  Host host(files());
  for (const auto& [from, to] :
       {std::pair("old", "old"), std::pair("old", "./old/"), std::pair("old", "old/.temp/inner"),
        std::pair("old/.temp/inner", "old")}) {
    EXPECT_EQ(CodeOf(MoveRepository(host.environment(), from, to, kSilent)),
              Code::kInvalidArgument);
  }
  EXPECT_EQ(BytesOf("old/.temp/inner/SHARDING"), "/repo/flatfs/shard/v1/prefix/1\n");
}

TEST_F(MoveTest, RefusesWhatIsOpenOrNotThere) {
  EXPECT_EQ(CodeOf(Move()), Code::kNotFound);
  MakeRepository(files(), "old", "prefix/3", kRecords);
  EXPECT_EQ(CodeOf(Move()), Code::kNotFound);
  MakeRepository(files(), "new", "prefix/3", {});
  for (const std::string path : {"old", "new"}) {
    const auto open = OpenRaw("", path);
    ASSERT_TRUE(open.has_value());
    EXPECT_EQ(CodeOf(Move()), Code::kBusy);
  }
  EXPECT_EQ(RecordsAt(files(), "old"), kRecords);
}

TEST_F(MoveTest, TheReportSeesEveryRecordAndMayEndIt) {
  MakeBoth();
  std::uint64_t seen = 0;
  std::uint64_t calls = 0;
  Report report = [&](std::uint64_t records, std::uint64_t) -> Status {
    seen += records;
    if (++calls == 7) return Error(Code::kCancelled, "enough");
    return Ok();
  };
  Host host(files());
  EXPECT_EQ(CodeOf(MoveRepository(host.environment(), "old", "new", report)), Code::kCancelled);
  const auto moved = MoveRepository(host.environment(), "old", "new", report);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(seen, kRecords.size());
  EXPECT_EQ(RecordsAt(files(), "new"), kRecords);
}

/// A disk, and whether it has hard links and can be synced as a whole.
using Kind = std::tuple<DiskProfile, bool, bool>;

class MoveOnDisk : public ::testing::TestWithParam<Kind> {
 protected:
  MoveOnDisk()
      : disk_({.profile = std::get<0>(GetParam()),
               .traits = {.filesystem_sync = std::get<2>(GetParam()),
                          .hard_links = std::get<1>(GetParam())}}) {
    MakeRepository(disk_, "old", "next-to-last/2", kRecords);
    MakeRepository(disk_, "new", "prefix/3", {});
    // A build without hash functions moves them, but does not open what has them.
    if (base::HasDigests()) {
      Lay(disk_, "old/checksums.sha256", std::string(64, 'a') + "  AB/ABC.data\n");
    }
    Lay(disk_, "new/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  }
  SimulatedDisk disk_;
};

/// Each record is somewhere, whole; in the new repository if the move was done.
void ExpectAllRecords(SimulatedDisk& left, bool done) {
  const Records old_records = RecordsAt(left, "old");
  const Records new_records = RecordsAt(left, "new");
  for (const auto& [key, value] : kRecords) {
    const bool in_new = new_records.contains(key);
    const bool in_old = old_records.contains(key);
    EXPECT_TRUE(in_new || in_old) << key;
    EXPECT_TRUE(in_new || !done) << key;
    EXPECT_FALSE(in_old && done) << key;
    EXPECT_TRUE(!in_new || new_records.at(key) == value) << key;
    EXPECT_TRUE(!in_old || old_records.at(key) == value) << key;
  }
  const auto has_sum = [&](const std::string& file, std::string_view line_end) {
    return !base::HasDigests() || FileBytes(left, file).contains(line_end);
  };
  EXPECT_TRUE(has_sum("new/checksums.sha256", "  ABC/ABC.data\n") || !new_records.contains("/ABC"));
  EXPECT_TRUE(has_sum("old/checksums.sha256", "  AB/ABC.data\n") || !old_records.contains("/ABC"));
  const bool moves = !new_records.empty();
  EXPECT_FALSE(moves && FileBytes(left, "new/diskUsage.cache") != "-");
}

TEST_P(MoveOnDisk, ACutLosesNothingAndTheMoveGoesOn) {
  std::uint64_t looked = 0;
  const std::uint64_t calls =
      CutEverywhere(disk_, 2, MoveStatusOn, [&](SimulatedDisk& left, bool done) {
        ExpectAllRecords(*left.Crash(Survivors::kAll, 1), done);
        if (done || HasFailure()) return;
        // Again, and sometimes cut again.
        if (++looked % 5 == 0) {
          left.CutPower(looked % 90);
          static_cast<void>(MoveStatusOn(left));
          const auto second = left.Crash(Survivors::kRandom, looked);
          ExpectAllRecords(*second->Crash(Survivors::kAll, 1), false);
          return;
        }
        const Status again = MoveStatusOn(left);
        // It was done, but nobody was told.
        const bool was_done = !again.has_value() && again.error().code() == Code::kNotFound;
        EXPECT_TRUE(again.has_value() || was_done) << TextOf(again);
        ExpectAllRecords(*left.Crash(Survivors::kNone, 1), true);
      });
  EXPECT_GT(calls, 60U);
}

/// Writes a file and syncs nothing.
Status LayUnsynced(FileSystem& files, const std::string& name, std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto root, files.OpenDirectory("/"));
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    static_cast<void>(root->MakeDirectory(name.substr(0, slash)));
  }
  ANYSTORE_ASSIGN_OR_RETURN(
      const auto file,
      root->Open(name, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive}));
  return file->WriteAt(0, bytes);
}

TEST_P(MoveOnDisk, WhatOthersLeftUnstableIsNotReliedOn) {
  const auto host = std::make_unique<Host>(disk_);
  ASSERT_TRUE(NewFlatfsBackend()->Destroy(FlatfsConfig("new"), host->environment()).has_value());
  const Work work = [](FileSystem& files) -> Status {
    ANYSTORE_TRY(LayUnsynced(files, "new/SHARDING", "/repo/flatfs/shard/v1/prefix/3\n"));
    ANYSTORE_TRY(LayUnsynced(files, "new/ABD/ABD.data", kRecords.at("/ABD")));
    return MoveStatusOn(files);
  };
  CutEverywhere(disk_, 2, work, [](SimulatedDisk& left, bool done) {
    const Records old_records = RecordsAt(left, "old");
    const Records new_records = RecordsAt(left, "new");
    const auto is_in = [](const Records& records, const auto& record) {
      const auto found = records.find(record.first);
      return found != records.end() && found->second == record.second;
    };
    for (const auto& record : kRecords) {
      EXPECT_TRUE(is_in(new_records, record) || (!done && is_in(old_records, record)))
          << record.first;
    }
  });
}

TEST_P(MoveOnDisk, AValueWhoseNameIsUnstableDoesNotGetAheadOfTheOneBeforeIt) {
  // Overwritten by a process that was killed before it synced anything.
  const Work work = [](FileSystem& files) -> Status {
    ANYSTORE_TRY(LayUnsynced(files, "old/.temp/temp-1", "newer"));
    ANYSTORE_ASSIGN_OR_RETURN(const auto root, files.OpenDirectory("old"));
    ANYSTORE_ASSIGN_OR_RETURN(const auto file, root->Open(".temp/temp-1", {}));
    ANYSTORE_TRY(file->Sync(SyncScope::kData));
    ANYSTORE_TRY(root->Rename(".temp/temp-1", "AB/ABC.data", Replace::kYes));
    return MoveStatusOn(files);
  };
  CutEverywhere(disk_, 8, work, [](SimulatedDisk& left, bool) {
    const Records old_records = RecordsAt(left, "old");
    const Records new_records = RecordsAt(left, "new");
    for (const auto& [key, value] : new_records) {
      const auto old_record = old_records.find(key);
      EXPECT_TRUE(old_record == old_records.end() || old_record->second == value) << key;
    }
  });
}

TEST_P(MoveOnDisk, WhatReturnsToTheNewRepositoryHasItsChecksum) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  const std::string name = "new/ABD/ABD.data";
  {
    Host host(disk_);
    auto opened =
        NewFlatfsBackend()->Open(FlatfsConfig("new", "verify=checksum"), host.environment());
    Store store(*std::move(opened), "new", host.environment());
    ASSERT_TRUE(store.Put("/ABD", "before"));
  }
  // Removed by a process that was killed before it synced anything.
  const Work work = [&](FileSystem& files) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const auto root, files.OpenDirectory("/"));
    ANYSTORE_TRY(root->Remove(name));
    return MoveStatusOn(files);
  };
  std::size_t returned = 0;
  CutEverywhere(disk_, 2, work, [&](SimulatedDisk& left, bool done) {
    const std::string value = VerifiedOn(left, "/ABD");
    if (value == "before") ++returned;
    EXPECT_TRUE(value == kRecords.at("/ABD") ||
                (!done && (value == "not_found" || value == "before")))
        << value;
    EXPECT_TRUE(value != "before" ||
                FileBytes(left, "new/checksums.sha256").contains("  ABD/ABD.data\n"));
  });
  EXPECT_GT(returned, 0U);
}

TEST_P(MoveOnDisk, TheNoteOfSizesIsGoneBeforeTheFirstRecordIsThere) {
  std::size_t cuts_with_some = 0;
  CutEverywhere(disk_, 8, MoveStatusOn, [&](SimulatedDisk& left, bool) {
    const auto root = left.OpenDirectory("new");
    ASSERT_TRUE(root.has_value());
    const bool has_some = (*root)->Stat("ABC/ABC.data").has_value();
    if (has_some) ++cuts_with_some;
    EXPECT_FALSE(has_some && (*root)->Stat("diskUsage.cache").has_value());
  });
  EXPECT_GT(cuts_with_some, 20U);
}

TEST_P(MoveOnDisk, WhatMovedDoesNotComeBackToAnOldRepositoryThatStays) {
  Lay(disk_, "old/notes.txt", "x");
  const auto moved = MoveOn(disk_);
  ASSERT_TRUE(moved.has_value()) << TextOf(moved);
  EXPECT_EQ(moved->left, 1U);
  for (const Survivors survivors : kAllSurvivors) {
    const auto left = disk_.Crash(survivors, 1);
    EXPECT_THAT(RecordsAt(*left, "old"), IsEmpty());
    EXPECT_EQ(RecordsAt(*left, "new"), kRecords);
  }
}

TEST_P(MoveOnDisk, AnOldDirectoryThatCannotGoStaysEmpty) {
  const auto rules = *FaultRules::Parse("remove_directory path=*old fail=EBUSY");
  InterceptedFileSystem files(disk_, *rules);
  const auto moved = MoveOn(files);
  ASSERT_TRUE(moved.has_value()) << TextOf(moved);
  EXPECT_EQ(rules->fired(), 1U);
  EXPECT_TRUE(moved->old_is_gone);
  const auto left = disk_.Crash(Survivors::kNone, 1);
  EXPECT_EQ(Inspect(*left, "old")->place, Place::kEmpty);
  EXPECT_EQ(RecordsAt(*left, "new"), kRecords);
}

TEST_P(MoveOnDisk, EveryCallMayFailOnce) {
  for (const std::string what : {"fail=EIO", "fail=ENOSPC", "fail=EMFILE", "fail=EINTR"}) {
    std::size_t failures = 0;
    ForEachCall(disk_, what, [&](FileSystem& files, SimulatedDisk& disk) {
      const Status status = MoveStatusOn(files);
      if (!status.has_value()) {
        ++failures;
        EXPECT_THAT(TextOf(status), HasSubstr("injected: "));
        ExpectAllRecords(*disk.Crash(Survivors::kNone, 1), false);
        const Status again = MoveStatusOn(files);
        const bool was_done = !again.has_value() && again.error().code() == Code::kNotFound;
        EXPECT_TRUE(again.has_value() || was_done) << TextOf(again);
      }
      ExpectAllRecords(*disk.Crash(Survivors::kNone, 1), true);
    });
    EXPECT_GT(failures, 20U) << what;
  }
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  const auto& [profile, links, filesystem_sync] = info.param;
  const std::string name = profile == DiskProfile::kStrict      ? "Strict"
                           : profile == DiskProfile::kJournaled ? "Journaled"
                                                                : "NoJournal";
  return name + (links ? "Links" : "Copies") + (filesystem_sync ? "" : "OneByOne");
}

INSTANTIATE_TEST_SUITE_P(Disk, MoveOnDisk,
                         ::testing::Combine(::testing::Values(DiskProfile::kStrict,
                                                              DiskProfile::kJournaled,
                                                              DiskProfile::kNoJournal),
                                            ::testing::Bool(), ::testing::Bool()),
                         NameOf);

}  // namespace
}  // namespace anystore::flatfs

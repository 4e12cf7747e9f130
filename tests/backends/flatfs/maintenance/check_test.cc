// What is wrong with a repository is found, file by file, and nothing else is.
#include "backends/flatfs/maintenance/check.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::ElementsAre;
using testing::FailingCalls;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckTest : public FlatfsTest {
 protected:
  CheckTest() {
    const Status created = Create();
    EXPECT_TRUE(created) << TextOf(created);
  }

  std::vector<std::string> Found(const CheckOptions& options = {}) {
    return FoundIn(files(), options);
  }
  std::vector<std::string> FoundIn(FileSystem& where, const CheckOptions& options = {}) {
    Collected collected;
    const auto checked = CheckRepository(where, "blocks", clock(), options, collected.sink());
    EXPECT_TRUE(checked) << TextOf(checked);
    if (checked.has_value()) summary_ = *checked;
    return collected.lines;
  }

  CheckSummary summary_;
};

TEST_F(CheckTest, NothingIsWrongWithWhatTheStoreWrites) {
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("/ABCD", "1"));
    ASSERT_TRUE(store.Put("/X", "22"));
    EXPECT_THAT(Found(), IsEmpty()) << "beside the open store";
  }
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(summary_.records, 2U);
  EXPECT_EQ(summary_.value_bytes, 3U);
  EXPECT_EQ(summary_.directories, 2U);
  EXPECT_FALSE(summary_.is_wrong());
}

TEST_F(CheckTest, WhatIsNoRepositoryIsNotChecked) {
  LayDirectory("empty");
  Collected collected;
  EXPECT_EQ(CodeOf(CheckRepository(files(), "none", clock(), {}, collected.sink())),
            Code::kNotFound);
  EXPECT_EQ(CodeOf(CheckRepository(files(), "empty", clock(), {}, collected.sink())),
            Code::kNotFound);
  Lay("other/SHARDING", "/repo/flatfs/shard/v2/what");
  EXPECT_EQ(CodeOf(CheckRepository(files(), "other", clock(), {}, collected.sink())),
            Code::kIdentityMismatch);
}

TEST_F(CheckTest, StrangersAreToldByKind) {
  Lay("blocks/notes.txt", "x");
  Lay("blocks/.DS_Store", "x");
  LayDirectory("blocks/.cache");
  Lay("blocks/.cache/ABCD.data", "not looked into");
  Lay("blocks/lost+found/INLOST.data", "x");
  Lay("blocks/lost+found/.h", "x");
  LayDirectory("blocks/lost+found/deeper");
  Lay("blocks/BC/NOEXT", "x");
  Lay("blocks/BC/UPPER.DATA", "x");
  Lay("blocks/BC/.data", "x");
  Lay("blocks/BC/.hidden.data", "x");
  LayDirectory("blocks/BC/SUB");
  LayDirectory("blocks/BC/lower.data");
  LayDirectory("blocks/BC/ABCE.data");
  Lay("blocks/BC/A.B.data", "x");
  Lay("blocks/BC/lower0.data", "x");
  Lay("blocks/BC/WITH SPACE.data", "x");
  Lay("blocks/XY", "no directory");
  LayDirectory("blocks/ZZ");
  EXPECT_THAT(
      Found(),
      ElementsAre("hidden_file .DS_Store", "foreign_directory .cache", "hidden_file BC/.data",
                  "hidden_file BC/.hidden.data", "bad_name BC/A.B.data", "directory BC/ABCE.data",
                  "foreign_file BC/NOEXT", "nested_directory BC/SUB", "foreign_file BC/UPPER.DATA",
                  "bad_name BC/WITH SPACE.data", "nested_directory BC/lower.data",
                  "bad_name BC/lower0.data", "blocked_directory XY", "i empty_directory ZZ",
                  "foreign_directory lost+found", "hidden_file lost+found/.h",
                  "foreign_file lost+found/INLOST.data", "nested_directory lost+found/deeper",
                  "foreign_file notes.txt"));
  EXPECT_EQ(summary_.errors, 18U);
  EXPECT_EQ(summary_.informations, 1U);
  EXPECT_TRUE(summary_.is_wrong());
}

TEST_F(CheckTest, TheLongestKeyIsARecord) {
  Lay("blocks/BB/" + std::string(250, 'B') + ".data", "x");
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(summary_.records, 1U);
}

TEST_F(CheckTest, LeftoversAreTold) {
  Lay("blocks/.temp/temp-12", "x");
  Lay("blocks/.temp/batch-1-2/ABCD.data", "x");
  Lay("blocks/BC/put-123", "x");
  Lay("blocks/BC/put-12x", "not of an early version");
  Lay("blocks/BC/put-", "neither");
  EXPECT_THAT(Found(), ElementsAre("i temporary .temp/batch-1-2 remove",
                                   "i temporary .temp/temp-12 remove", "foreign_file BC/put-",
                                   "old_temporary BC/put-123 remove", "foreign_file BC/put-12x"));
  EXPECT_THAT(Found({.store_is_open = true}),
              ElementsAre("foreign_file BC/put-", "old_temporary BC/put-123 remove",
                          "foreign_file BC/put-12x"));
}

TEST_F(CheckTest, RecordsInAnotherDirectoryAreMisplacedOrThereTwice) {
  Lay("blocks/AA/ABCD.data", "away");
  Lay("blocks/AA/TWICE.data", "same");
  Lay("blocks/IC/TWICE.data", "same");
  Lay("blocks/AA/OTHER.data", "one");
  Lay("blocks/HE/OTHER.data", "two");
  EXPECT_THAT(Found(), ElementsAre("misplaced AA/ABCD.data move BC/ABCD.data",
                                   "conflict AA/OTHER.data HE/OTHER.data",
                                   "duplicate AA/TWICE.data remove IC/TWICE.data"));
  EXPECT_EQ(summary_.records, 2U);
}

TEST_F(CheckTest, OfTwoMisplacedRecordsOneIsToBeMoved) {
  Lay("blocks/AA/ABCD.data", "away");
  Lay("blocks/CC/ABCD.data", "away");
  Lay("blocks/DD/ABCD.data", "other");
  EXPECT_THAT(Found(), ElementsAre("misplaced AA/ABCD.data move BC/ABCD.data",
                                   "duplicate CC/ABCD.data remove BC/ABCD.data",
                                   "conflict DD/ABCD.data BC/ABCD.data"));
}

TEST_F(CheckTest, APlaceThatIsTakenByAnythingIsTold) {
  Lay("blocks/AA/ABCD.data", "away");
  LayDirectory("blocks/BC");
  LayDirectory("blocks/BC/ABCD.data");
  Lay("blocks/AA/WXYZ.data", "away");
  Lay("blocks/XY", "no directory");
  EXPECT_THAT(Found(), ElementsAre("conflict AA/ABCD.data", "misplaced AA/WXYZ.data",
                                   "directory BC/ABCD.data", "blocked_directory XY"));
}

TEST_F(CheckTest, ARecordWithoutAPlaceStays) {
  const Status created = Create("shard=prefix/8", "eight");
  ASSERT_TRUE(created) << TextOf(created);
  Lay("eight/ABCDEFGH/SHARDING1.data", "x");
  Collected collected;
  ASSERT_TRUE(CheckRepository(files(), "eight", clock(), {}, collected.sink()));
  EXPECT_THAT(collected.lines, ElementsAre("misplaced ABCDEFGH/SHARDING1.data"));
}

TEST_F(CheckTest, AVerifierTellsDamageAndSettlesConflicts) {
  Lay("blocks/BC/ABCD.data", "ABCD is whole");
  Lay("blocks/BC/ABCE.data", "");
  Lay("blocks/BC/ABCF.data", "damaged");
  Lay("blocks/BC/UBCD.data", "unknown");
  Lay("blocks/BC/UBCE.data", "");
  Lay("blocks/AA/XBCD.data", "damaged and misplaced");
  Lay("blocks/AA/ABCF.data", "ABCF is whole");
  Lay("blocks/AA/ABCD.data", "damaged twin");
  Lay("blocks/AA/UBCD.data", "unknown twin");
  const PrefixVerifier verifier;
  EXPECT_THAT(
      Found({.verifier = &verifier}),
      ElementsAre("damaged AA/ABCD.data quarantine .quarantine",
                  "conflict AA/ABCF.data move BC/ABCF.data", "conflict AA/UBCD.data BC/UBCD.data",
                  "damaged AA/XBCD.data quarantine .quarantine",
                  "damaged BC/ABCE.data quarantine .quarantine",
                  "damaged BC/ABCF.data quarantine .quarantine", "i empty_record BC/UBCE.data"));
  EXPECT_THAT(
      Found({.verifier = &verifier, .store_is_open = true}),
      ElementsAre("damaged AA/ABCD.data quarantine .quarantine",
                  "conflict AA/ABCF.data BC/ABCF.data", "conflict AA/UBCD.data BC/UBCD.data",
                  "damaged AA/XBCD.data quarantine .quarantine", "damaged BC/ABCE.data",
                  "damaged BC/ABCF.data", "i empty_record BC/UBCE.data"))
      << "in the place of a record, a write may come between";
}

TEST_F(CheckTest, WithoutAVerifierOnlyEmptyRecordsAreSuspicious) {
  Lay("blocks/BC/ABCD.data", "");
  Lay("blocks/BC/ABCE.data", "torn?");
  EXPECT_THAT(Found(), ElementsAre("i empty_record BC/ABCD.data"));
  EXPECT_FALSE(summary_.is_wrong());
}

TEST_F(CheckTest, AMisplacedRecordThatMayBeTornIsNotToBeMoved) {
  Lay("blocks/AA/ABCD.data", "");
  EXPECT_THAT(Found(), ElementsAre("i empty_record AA/ABCD.data", "misplaced AA/ABCD.data"));
}

TEST_F(CheckTest, WhatWasPutAsideIsTold) {
  Lay("blocks/.quarantine/ABCD.data", "x");
  Lay("blocks/.quarantine/1/ABCD.data", "y");
  EXPECT_THAT(Found(), ElementsAre("i quarantined .quarantine/1/ABCD.data",
                                   "i quarantined .quarantine/ABCD.data"));
}

TEST_F(CheckTest, PermissionsThatKeepTheOwnerOutAreTold) {
  const auto root = DirectoryAt("blocks");
  ASSERT_TRUE(root->MakeDirectory("BC", 0300));
  ASSERT_TRUE(WriteFile(*root, {.name = "BC/ABCD.data", .bytes = "1", .mode = 0200}, {}));
  ASSERT_TRUE(
      WriteFile(*root, {.name = "diskUsage.cache", .bytes = R"({"diskUsage":9})", .mode = 0}, {}));
  EXPECT_THAT(Found(), ElementsAre("permissions BC", "permissions BC/ABCD.data",
                                   "permissions diskUsage.cache"));
}

TEST_F(CheckTest, OwnFilesAreLookedAt) {
  Lay("blocks/SHARDING", "\n  /repo/flatfs/shard/v1/next-to-last/2 \n");
  EXPECT_THAT(Found(), ElementsAre("i sharding_text SHARDING"));
  Lay("blocks/SHARDING", "/repo/flatfs/shard/v1/next-to-last/2\n");
  Lay("blocks/_README", "something else");
  EXPECT_THAT(Found(), ElementsAre("i changed_readme _README"));
  ASSERT_TRUE(DirectoryAt()->Remove("blocks/_README"));
  EXPECT_THAT(Found(), ElementsAre("i missing_readme _README write"));
}

TEST_F(CheckTest, AnIdentityRecordThatKeepsTheStoreFromOpeningIsAnError) {
  std::string text = BytesOf("blocks/_README");
  text.resize(text.size() - 20);
  Lay("blocks/_README", text);
  ASSERT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
  EXPECT_THAT(Found(), ElementsAre("changed_readme _README"));
}

TEST_F(CheckTest, AnIdentityRecordOfALaterVersionIsForInformation) {
  const StoreIdentity later{
      .id = "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11", .format_version = 9, .backend = "flatfs"};
  ASSERT_TRUE(CreateRepository(files(), "later", Shard(), later, nullptr));
  Collected collected;
  ASSERT_TRUE(CheckRepository(files(), "later", clock(), {}, collected.sink()));
  EXPECT_THAT(collected.lines, ElementsAre("i changed_readme _README"));
}

TEST_F(CheckTest, OtherRulesHaveNoReadme) {
  ASSERT_TRUE(Create("shard=prefix/2", "prefix"));
  Collected collected;
  ASSERT_TRUE(CheckRepository(files(), "prefix", clock(), {}, collected.sink()));
  EXPECT_THAT(collected.lines, IsEmpty());
}

/// A call on the file or directory of this path.
std::function<bool(const Call&)> On(Operation operation, std::string path) {
  return [operation, path = std::move(path)](const Call& call) {
    return call.operation == operation && call.path == path;
  };
}

TEST_F(CheckTest, WhatCannotBeReadIsAFindingAndTheRestGoesOn) {
  Lay("blocks/BC/ABCD.data", "1");
  Lay("blocks/XY/WXYZ.data", "2");
  FailingCalls failing;
  InterceptedFileSystem files(this->files(), failing);
  failing.fails = On(Operation::kRead, "blocks/BC/ABCD.data");
  EXPECT_THAT(FoundIn(files), ElementsAre("unreadable BC/ABCD.data"));
  EXPECT_THAT(FoundIn(files, {.read_values = false}), IsEmpty());
  failing.fails = On(Operation::kList, "blocks/BC");
  EXPECT_THAT(FoundIn(files), ElementsAre("unreadable BC"));
  EXPECT_EQ(summary_.records, 1U);
  failing.fails = On(Operation::kRead, "blocks/_README");
  EXPECT_THAT(FoundIn(files), ElementsAre("unreadable _README"));
}

TEST_F(CheckTest, WhatIsAboutTheMomentIsAnError) {
  Lay("blocks/BC/ABCD.data", "1");
  FailingCalls failing;
  InterceptedFileSystem files(this->files(), failing);
  Collected collected;
  failing.os_error = ENOMEM;
  failing.fails = On(Operation::kOpen, "blocks/BC/ABCD.data");
  const auto checked = CheckRepository(files, "blocks", clock(), {}, collected.sink());
  EXPECT_EQ(CodeOf(checked), Code::kResourceExhausted);
  EXPECT_THAT(TextOf(checked), HasSubstr("ABCD.data"));
  EXPECT_EQ(files.open_handles(), 0U);
}

/// Does something once, right before a call.
class Meanwhile final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const Call& call) override {
    if (act != nullptr && when(call)) std::exchange(act, nullptr)();
    return filesystem::Decision::Proceed();
  }
  std::function<bool(const Call&)> when;
  std::function<void()> act;
};

TEST_F(CheckTest, WhatGoesAwayMeanwhileIsNoFinding) {
  for (const Operation operation : {Operation::kStat, Operation::kOpen, Operation::kFileStat}) {
    for (const char* const path : {"blocks/BC/ABCD.data", "blocks/AA/ABCE.data"}) {
      SCOPED_TRACE(std::string(Name(operation)) + " " + path);
      Lay("blocks/BC/ABCD.data", "1");
      Lay("blocks/AA/ABCE.data", "1");
      Meanwhile meanwhile;
      meanwhile.when = On(operation, path);
      meanwhile.act = [&] {
        for (const char* const gone : {"blocks/BC/ABCD.data", "blocks/AA/ABCE.data"}) {
          static_cast<void>(DirectoryAt()->Remove(gone));
        }
      };
      InterceptedFileSystem files(this->files(), meanwhile);
      for (const std::string& line : FoundIn(files)) {
        EXPECT_TRUE(line.starts_with("misplaced AA/ABCE.data") || line.starts_with("i ")) << line;
      }
    }
  }
}

TEST_F(CheckTest, DirectoriesThatGoAwayMeanwhileAreNoFinding) {
  for (const Operation operation : {Operation::kStat, Operation::kList}) {
    LayDirectory("blocks/BC");
    Meanwhile meanwhile;
    meanwhile.when = On(operation, "blocks/BC");
    meanwhile.act = [&] { ASSERT_TRUE(DirectoryAt()->RemoveDirectory("blocks/BC")); };
    InterceptedFileSystem files(this->files(), meanwhile);
    EXPECT_THAT(FoundIn(files), IsEmpty()) << Name(operation);
  }
}

TEST_F(CheckTest, ItEndsWhenNobodyWaitsOrTheSinkFails) {
  Lay("blocks/BC/ABCD.data", "1");
  Lay("blocks/BC/NOEXT", "1");
  Collected collected;
  CheckOptions options;
  options.report = [](std::uint64_t, std::uint64_t) -> Status {
    return Error(Code::kCancelled, "enough");
  };
  EXPECT_EQ(CodeOf(CheckRepository(files(), "blocks", clock(), options, collected.sink())),
            Code::kCancelled);
  options = {.call = {.deadline = clock().Now()}};
  EXPECT_EQ(CodeOf(CheckRepository(files(), "blocks", clock(), options, collected.sink())),
            Code::kTimeout);
  const auto full = [](const RepositoryFinding&) -> Status {
    return Error(Code::kNoSpace, "full");
  };
  EXPECT_EQ(CodeOf(CheckRepository(files(), "blocks", clock(), {}, full)), Code::kNoSpace);
}

TEST_F(CheckTest, ItReportsEveryRecordOnce) {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  CheckOptions options;
  options.report = [&](std::uint64_t more, std::uint64_t more_bytes) {
    records += more;
    bytes += more_bytes;
    return Ok();
  };
  for (int i = 1000; i < 1600; ++i) Lay("blocks/BC/" + std::to_string(i) + "BCD.data", "12");
  EXPECT_THAT(Found(options), IsEmpty());
  EXPECT_EQ(records, 600U);
  EXPECT_EQ(bytes, 1200U);
}

TEST_F(CheckTest, ItChangesNothing) {
  Lay("blocks/.temp/temp-1", "x");
  Lay("blocks/AA/ABCD.data", "x");
  Lay("blocks/BC/put-1", "x");
  ASSERT_TRUE(DirectoryAt()->Remove("blocks/_README"));
  const std::vector<std::string> before = TreeOf("blocks");
  EXPECT_THAT(Found(), ::testing::SizeIs(4));
  EXPECT_EQ(TreeOf("blocks"), before);
}

}  // namespace
}  // namespace anystore::flatfs

// What can be repaired is, and the rest stays as it was.
#include "backends/flatfs/maintenance/scrub.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "backends/flatfs/usage/usage_note.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FailingCalls;
using ::testing::HasSubstr;
using ::testing::Not;

class ScrubTest : public FlatfsTest {
 protected:
  ScrubTest() {
    const Status created = Create();
    EXPECT_TRUE(created) << TextOf(created);
  }

  std::vector<std::string> Scrubbed(const ScrubOptions& options = {}) {
    Collected collected;
    const auto scrubbed = ScrubRepository(files(), "blocks", clock(), options, collected.sink());
    EXPECT_TRUE(scrubbed) << TextOf(scrubbed);
    if (scrubbed.has_value()) summary_ = *scrubbed;
    std::ranges::sort(collected.lines);
    return collected.lines;
  }
  std::vector<std::string> Found(const CheckOptions& options = {}) {
    Collected collected;
    EXPECT_TRUE(CheckRepository(files(), "blocks", clock(), options, collected.sink()));
    std::ranges::sort(collected.lines);
    return collected.lines;
  }
  std::string ValueOf(std::string_view key) {
    Store store = OpenStore();
    const auto value = store.Get(key);
    return value.has_value() ? std::string(value->bytes()) : TextOf(value);
  }

  const PrefixVerifier verifier_;
  CheckSummary summary_;
};

TEST_F(ScrubTest, MisplacedRecordsAreMovedAndFound) {
  Lay("blocks/AA/ABCD.data", "one");
  Lay("blocks/AA/WXYZ.data", "two");
  Lay("blocks/XY/ZXYZ.data", "there already");
  EXPECT_THAT(Scrubbed(), ElementsAre("misplaced AA/ABCD.data move BC/ABCD.data done",
                                      "misplaced AA/WXYZ.data move XY/WXYZ.data done"));
  EXPECT_EQ(summary_.repaired, 2U);
  EXPECT_FALSE(summary_.is_wrong());
  EXPECT_THAT(Found(), ElementsAre("i empty_directory AA"));
  EXPECT_EQ(ModeOf("blocks/BC"), 0755U);
  Store store = OpenStore();
  EXPECT_THAT(KeysOf(store), ElementsAre("/ABCD", "/WXYZ", "/ZXYZ"));
  EXPECT_EQ(store.Get("/WXYZ")->bytes(), "two");
}

TEST_F(ScrubTest, OfSeveralFilesOfOneRecordEqualOnesGoAndOthersStay) {
  Lay("blocks/AA/ABCD.data", "away");
  Lay("blocks/CC/ABCD.data", "away");
  Lay("blocks/DD/ABCD.data", "other");
  EXPECT_THAT(Scrubbed(), ElementsAre("conflict DD/ABCD.data BC/ABCD.data",
                                      "duplicate CC/ABCD.data remove BC/ABCD.data done",
                                      "misplaced AA/ABCD.data move BC/ABCD.data done"));
  EXPECT_TRUE(summary_.is_wrong());
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "away");
  EXPECT_EQ(BytesOf("blocks/DD/ABCD.data"), "other");
  EXPECT_EQ(BytesOf("blocks/CC/ABCD.data"), "-");
}

TEST_F(ScrubTest, ALinkedRecordIsADuplicateOfItself) {
  Lay("blocks/BC/ABCD.data", "once");
  LayDirectory("blocks/AA");
  ASSERT_TRUE(DirectoryAt("blocks")->Link("BC/ABCD.data", "AA/ABCD.data"));
  EXPECT_THAT(Scrubbed(), ElementsAre("duplicate AA/ABCD.data remove BC/ABCD.data done"));
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "once");
}

TEST_F(ScrubTest, LeftoversGo) {
  Lay("blocks/.temp/temp-1", "x");
  Lay("blocks/.temp/batch-1-2/ABCD.data", "x");
  Lay("blocks/BC/put-123", "x");
  ASSERT_TRUE(DirectoryAt()->Remove("blocks/_README"));
  EXPECT_THAT(
      Scrubbed(),
      ElementsAre("i missing_readme _README write done", "i temporary .temp/batch-1-2 remove done",
                  "i temporary .temp/temp-1 remove done", "old_temporary BC/put-123 remove done"));
  EXPECT_THAT(TreeOf("blocks"), ElementsAre(".temp/", "BC/", "SHARDING", "_README"));
  EXPECT_THAT(Found(), ElementsAre("i empty_directory BC"));
  EXPECT_EQ(ModeOf("blocks/_README"), 0444U);
}

TEST_F(ScrubTest, DamagedRecordsArePutAside) {
  Lay("blocks/BC/ABCD.data", "damaged");
  Lay("blocks/BC/ABCE.data", "ABCE is whole");
  Lay("blocks/AA/XBCD.data", "damaged and misplaced");
  const ScrubOptions options{.check = {.verifier = &verifier_}};
  EXPECT_THAT(Scrubbed(options),
              ElementsAre("damaged AA/XBCD.data quarantine .quarantine/XBCD.data done",
                          "damaged BC/ABCD.data quarantine .quarantine/ABCD.data done"));
  EXPECT_EQ(BytesOf("blocks/.quarantine/ABCD.data"), "damaged");
  EXPECT_EQ(BytesOf("blocks/.quarantine/XBCD.data"), "damaged and misplaced");
  Lay("blocks/BC/ABCD.data", "damaged again");
  EXPECT_THAT(Scrubbed(options),
              Contains("damaged BC/ABCD.data quarantine .quarantine/1/ABCD.data done"));
  EXPECT_EQ(BytesOf("blocks/.quarantine/ABCD.data"), "damaged");
  EXPECT_EQ(BytesOf("blocks/.quarantine/1/ABCD.data"), "damaged again");
  EXPECT_THAT(KeysOf(OpenStore()), ElementsAre("/ABCE"));
  ASSERT_TRUE(Destroy()) << "what was put aside is a part of the repository";
  EXPECT_FALSE(Exists());
}

TEST_F(ScrubTest, ADamagedRecordGivesWayToAWholeOne) {
  Lay("blocks/BC/ABCD.data", "damaged");
  Lay("blocks/AA/ABCD.data", "ABCD is whole");
  Lay("blocks/BC/ABCE.data", "ABCE is whole");
  Lay("blocks/AA/ABCE.data", "damaged");
  EXPECT_THAT(Scrubbed({.check = {.verifier = &verifier_}}),
              ElementsAre("conflict AA/ABCD.data move BC/ABCD.data done",
                          "damaged AA/ABCE.data quarantine .quarantine/ABCE.data done",
                          "damaged BC/ABCD.data quarantine .quarantine/ABCD.data done"));
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "ABCD is whole");
  EXPECT_EQ(BytesOf("blocks/BC/ABCE.data"), "ABCE is whole");
}

TEST_F(ScrubTest, ForeignThingsStay) {
  for (const char* const name :
       {"notes.txt", ".hidden", "lost+found/INLOST.data", "BC/NOEXT", "BC/lower.data",
        "BC/.hidden.data", "BC/SUB/ABCD.data", "BC/put-12x", "XY"}) {
    Lay(std::string("blocks/") + name, "x");
  }
  LayDirectory("blocks/EMPTYDIR");
  LayDirectory("blocks/ZZ");
  const std::vector<std::string> before = TreeOf("blocks");
  EXPECT_THAT(Scrubbed(), Not(Contains(HasSubstr("done"))));
  EXPECT_EQ(TreeOf("blocks"), before);
}

TEST_F(ScrubTest, ADryRunDoesNothingAndReportsTheSame) {
  Lay("blocks/.temp/temp-1", "x");
  Lay("blocks/BC/put-1", "x");
  Lay("blocks/AA/ABCD.data", "damaged and misplaced");
  Lay("blocks/AA/WXYZ.data", "WXYZ");
  Lay("blocks/CC/WXYZ.data", "WXYZ");
  Lay("blocks/AA/ABCE.data", "ABCE");
  Lay("blocks/BC/ABCE.data", "damaged");
  LayDirectory("blocks/XY");
  ASSERT_TRUE(DirectoryAt()->Remove("blocks/_README"));
  const std::vector<std::string> before = TreeOf("blocks");
  ScrubOptions options{.check = {.verifier = &verifier_}, .dry_run = true};
  std::vector<std::string> dry = Scrubbed(options);
  EXPECT_EQ(TreeOf("blocks"), before);
  EXPECT_TRUE(summary_.is_wrong());
  EXPECT_EQ(dry, Found(options.check));
  options.dry_run = false;
  std::vector<std::string> wet = Scrubbed(options);
  ASSERT_EQ(wet.size(), dry.size());
  for (std::size_t i = 0; i < wet.size(); ++i) {
    // The name in the quarantine is chosen when it is done.
    EXPECT_TRUE(wet[i].starts_with(dry[i])) << dry[i] << " and " << wet[i];
  }
}

TEST_F(ScrubTest, AnOpenStoreIsBusy) {
  Store store = OpenStore();
  Collected collected;
  const auto scrubbed = ScrubRepository(files(), "blocks", clock(), {}, collected.sink());
  EXPECT_EQ(CodeOf(scrubbed), Code::kBusy);
  EXPECT_THAT(TextOf(scrubbed), HasSubstr("process"));
}

TEST_F(ScrubTest, AFileInThePlaceOfTheQuarantineStopsIt) {
  Lay("blocks/.quarantine", "x");
  Lay("blocks/BC/ABCD.data", "damaged");
  Collected collected;
  const ScrubOptions options{.check = {.verifier = &verifier_}};
  EXPECT_EQ(CodeOf(ScrubRepository(files(), "blocks", clock(), options, collected.sink())),
            Code::kPreconditionFailed);
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "damaged");
}

TEST_F(ScrubTest, WhatComesBetweenIsNotOverwritten) {
  Lay("blocks/AA/ABCD.data", "misplaced");
  Lay("blocks/BC/ABCE.data", "same");
  Lay("blocks/AA/ABCE.data", "same");
  Collected collected;
  const auto sink = collected.sink();
  bool written = false;
  const auto root = DirectoryAt("blocks");
  CheckOptions check{.store_is_open = true};
  // The last report comes when everything was looked at, and nothing was repaired.
  check.report = [&](std::uint64_t, std::uint64_t) {
    if (!std::exchange(written, true)) {
      Lay("blocks/BC/ABCD.data", "written meanwhile");
      Lay("blocks/BC/ABCE.data", "written meanwhile, too");
    }
    return Ok();
  };
  const auto scrubbed = Scrub(*root, Shard(), clock(), {.check = check}, sink);
  ASSERT_TRUE(scrubbed) << TextOf(scrubbed);
  EXPECT_THAT(collected.lines, ElementsAre("misplaced AA/ABCD.data move BC/ABCD.data",
                                           "duplicate AA/ABCE.data remove BC/ABCE.data"));
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "written meanwhile");
  EXPECT_EQ(BytesOf("blocks/AA/ABCD.data"), "misplaced");
  EXPECT_EQ(BytesOf("blocks/AA/ABCE.data"), "same");
}

TEST_F(ScrubTest, ANoteOfSizesIsRightAfterwards) {
  Lay("blocks/AA/ABCD.data", std::string(10'000, 'x'));
  Lay("blocks/BC/ABCD.data", std::string(10'000, 'x'));
  const auto noted = [this] {
    const auto note = ReadUsageNote(*DirectoryAt("blocks"));
    return note.has_value() && note->has_value() ? ToText((*note)->note) : "-";
  };
  Lay("blocks/diskUsage.cache", "{]");
  EXPECT_THAT(Scrubbed(), Contains("unusable_cache diskUsage.cache write done"));
  const std::string right = noted();
  EXPECT_THAT(right, HasSubstr(kExact));
  EXPECT_THAT(Found(), ElementsAre("i empty_directory AA"));

  Lay("blocks/diskUsage.cache", R"({"diskUsage":9999,"accuracy":"initial-exact"})");
  EXPECT_THAT(Scrubbed(), Contains("i stale_cache diskUsage.cache write done"));
  EXPECT_EQ(noted(), right);

  Lay("blocks/BC/put-1", std::string(10'000, 'x'));
  EXPECT_THAT(Scrubbed(), Contains("old_temporary BC/put-1 remove done"));
  EXPECT_EQ(noted(), right) << "counted anew, since something was repaired";
}

TEST_F(ScrubTest, WhereNoNoteOfSizesIsNoneIsWritten) {
  Lay("blocks/BC/put-1", "x");
  EXPECT_THAT(Scrubbed(), Contains("old_temporary BC/put-1 remove done"));
  EXPECT_EQ(BytesOf("blocks/diskUsage.cache"), "-");
}

TEST_F(ScrubTest, ANoteOfSizesIsNotBelievedWhileRepairsGoOn) {
  Lay("blocks/AA/ABCD.data", "misplaced");
  Lay("blocks/diskUsage.cache", R"({"diskUsage":9999,"accuracy":"initial-exact"})");
  FailingCalls failing;
  failing.fails = [](const Call& call) { return call.operation == Operation::kLink; };
  InterceptedFileSystem files(this->files(), failing);
  Collected collected;
  EXPECT_FALSE(ScrubRepository(files, "blocks", clock(), {}, collected.sink()));
  EXPECT_THAT(BytesOf("blocks/diskUsage.cache"), HasSubstr(kUnknown));
}

TEST_F(ScrubTest, AFailedSyncLosesNothingAndIsDataLoss) {
  Lay("blocks/AA/ABCD.data", "misplaced");
  FailingCalls failing;
  failing.fails = [](const Call& call) { return call.operation == Operation::kFileSync; };
  InterceptedFileSystem files(this->files(), failing);
  Collected collected;
  EXPECT_EQ(CodeOf(ScrubRepository(files, "blocks", clock(), {}, collected.sink())),
            Code::kDataLoss);
  EXPECT_EQ(BytesOf("blocks/AA/ABCD.data"), "misplaced");
}

}  // namespace
}  // namespace anystore::flatfs

// From version 0 and back: what fits, what is refused, and what a power cut or a failure leaves.
#include "backends/flatfs/conversion/convert.h"

#include <gmock/gmock.h>

#include <optional>

#include "backends/flatfs/conversion/conversion_world.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Records kRecords = {{"/ABC", "1"}, {"/ABD", std::string(5000, 'v')}, {"/Z", ""}};

class Convert : public FlatfsTest {
 protected:
  void LayVersionZero() {
    Lay("old/AB/ABC.data", "1");
    Lay("old/AB/ABD.data", std::string(5000, 'v'));
    Lay("old/Z_/Z.data", "");
    Lay("old/Z_/put-123", "torn");
  }
  Result<Converted> Upgrade(std::optional<std::size_t> length = {}) {
    return UpgradeRepository(environment(), "old", length, kSilent);
  }
  Result<Converted> Downgrade() { return DowngradeRepository(environment(), "old", kSilent); }
};

TEST_F(Convert, UpgradesWithTheLengthThatTheDirectoriesTell) {
  LayVersionZero();
  const auto upgraded = Upgrade();
  ASSERT_TRUE(upgraded.has_value()) << TextOf(upgraded);
  EXPECT_EQ(upgraded->records, 3U);
  EXPECT_EQ(BytesOf("old/SHARDING"), "/repo/flatfs/shard/v1/prefix/2\n");
  EXPECT_EQ(BytesOf("old/Z_/put-123"), "torn") << "nothing is removed";
  EXPECT_EQ(RecordsAt(files(), "old"), kRecords);
}

TEST_F(Convert, GivesBackTheSameTree) {
  LayVersionZero();
  const auto before = TreeOf("old");
  ASSERT_TRUE(Upgrade(2).has_value());
  EXPECT_EQ(RecordsAt(files(), "old"), kRecords);
  Lay("old/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  Lay("old/_README", "for people");
  Lay("old/checksums.sha256", std::string(64, 'a') + "  AB/ABC.data\n");
  Lay("old/.temp/temp-1", "torn");
  const auto downgraded = Downgrade();
  ASSERT_TRUE(downgraded.has_value()) << TextOf(downgraded);
  EXPECT_EQ(downgraded->records, 3U);
  EXPECT_EQ(TreeOf("old"), before);
}

TEST_F(Convert, TheNoteOfSizesDoesNotOutliveVersionZero) {
  LayVersionZero();
  Lay("old/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  ASSERT_TRUE(Upgrade().has_value());
  EXPECT_EQ(BytesOf("old/diskUsage.cache"), "-");
}

TEST_F(Convert, AnEmptyDirectoryNeedsALength) {
  LayDirectory("old");
  EXPECT_EQ(CodeOf(Upgrade()), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(Upgrade(0)), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(Upgrade(256)), Code::kInvalidArgument);
  EXPECT_THAT(TreeOf("old"), ElementsAre());
  ASSERT_TRUE(Upgrade(5).has_value());
  EXPECT_EQ(BytesOf("old/SHARDING"), "/repo/flatfs/shard/v1/prefix/5\n");
}

TEST_F(Convert, NamesTheFirstThingThatDoesNotFitAndTouchesNothing) {
  const struct {
    const char* file;
    const char* message;
  } misfits[] = {
      {"notes.txt", "\"notes.txt\" is no part of a repository"},
      {"_README", "\"_README\" is no part of a repository"},
      {"ABC/ABCD.data", "the directory \"ABC\" is none of prefix/2"},
      {"ab/ABCD.data", "the directory \"ab\" is none of prefix/2"},
      {"AB/XY.data", "\"AB/XY.data\" would belong into \"XY\" with prefix/2"},
      {"AB/A.data", "\"AB/A.data\" would belong into \"A_\" with prefix/2"},
      {"AB/ABc.data", "\"AB/ABc.data\" is no record: its name is no key"},
      {"AB/ABC", "\"AB/ABC\" is no record"},
      {"AB/.data", "\"AB/.data\" is no record"},
      {"AB/ABX.data/x", "\"AB/ABX.data\" is no record"},
      {"AB/put-1/x", "\"AB/put-1\" is no record"},
  };
  for (const auto& [file, message] : misfits) {
    SCOPED_TRACE(file);
    ASSERT_TRUE(DirectoryAt()->RemoveTree("old").has_value());
    LayVersionZero();
    Lay(std::string("old/") + file, "x");
    const auto before = TreeOf("old");
    const auto upgraded = Upgrade(2);
    EXPECT_EQ(CodeOf(upgraded), Code::kIdentityMismatch);
    EXPECT_THAT(TextOf(upgraded), HasSubstr(message));
    EXPECT_EQ(TreeOf("old"), before);
    // The same is what a repository of version 1 may hold and one of version 0 not.
    Lay("old/SHARDING", "/repo/flatfs/shard/v1/prefix/2\n");
    const auto downgraded = Downgrade();
    if (std::string_view(file) == "_README") {
      EXPECT_TRUE(downgraded.has_value());
      continue;
    }
    EXPECT_EQ(CodeOf(downgraded), Code::kUnsupported);
    EXPECT_THAT(TextOf(downgraded), HasSubstr(message));
    EXPECT_EQ(BytesOf("old/SHARDING"), "/repo/flatfs/shard/v1/prefix/2\n");
  }
}

TEST_F(Convert, RefusesWhatIsNoSuchRepository) {
  EXPECT_EQ(CodeOf(Upgrade()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Downgrade()), Code::kNotFound);
  LayVersionZero();
  EXPECT_EQ(CodeOf(Downgrade()), Code::kIdentityMismatch);
  ASSERT_TRUE(Upgrade().has_value());
  EXPECT_EQ(CodeOf(Upgrade()), Code::kAlreadyExists);
  Lay("old/SHARDING", "/repo/flatfs/shard/v2/prefix/2\n");
  EXPECT_EQ(CodeOf(Upgrade()), Code::kIdentityMismatch);
  EXPECT_EQ(CodeOf(Downgrade()), Code::kIdentityMismatch);
  Lay("old/SHARDING", "/repo/flatfs/shard/v1/suffix/2\n");
  const auto downgraded = Downgrade();
  EXPECT_EQ(CodeOf(downgraded), Code::kUnsupported);
  EXPECT_THAT(TextOf(downgraded), HasSubstr("prefix/N only"));
}

TEST_F(Convert, DoesNotDowngradeWhatIsOpen) {
  LayVersionZero();
  ASSERT_TRUE(Upgrade().has_value());
  const auto open = OpenRaw("", "old");
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(CodeOf(Downgrade()), Code::kBusy);
}

TEST_F(Convert, TheReportMayEndIt) {
  LayVersionZero();
  const auto before = TreeOf("old");
  const Report report = [](std::uint64_t, std::uint64_t) -> Status {
    return Error(Code::kCancelled, "enough");
  };
  EXPECT_EQ(CodeOf(UpgradeRepository(environment(), "old", {}, report)), Code::kCancelled);
  EXPECT_EQ(TreeOf("old"), before);
}

Status UpgradeOn(FileSystem& files) {
  Host host(files);
  const auto upgraded = UpgradeRepository(host.environment(), "old", {}, kSilent);
  return upgraded.has_value() ? Ok() : Status(upgraded.error().Clone());
}

Status DowngradeOn(FileSystem& files) {
  Host host(files);
  const auto downgraded = DowngradeRepository(host.environment(), "old", kSilent);
  return downgraded.has_value() ? Ok() : Status(downgraded.error().Clone());
}

bool HasRule(FileSystem& files) { return FileBytes(files, "old/SHARDING") != "-"; }

/// The files of records are where they were, in either version.
void ExpectRecords(FileSystem& files) {
  EXPECT_EQ(FileBytes(files, "old/AB/ABC.data"), "1");
  EXPECT_EQ(FileBytes(files, "old/AB/ABD.data"), std::string(5000, 'v'));
  EXPECT_EQ(FileBytes(files, "old/Z_/Z.data"), "");
}

class ConvertOnDisk : public ::testing::TestWithParam<DiskProfile> {
 protected:
  ConvertOnDisk() : disk_({.profile = GetParam()}) {
    MakeRepository(disk_, "old", "prefix/2", kRecords);
    Lay(disk_, "old/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  }
  SimulatedDisk disk_;
};

TEST_P(ConvertOnDisk, ACutLeavesOneVersionOrTheOtherAndEitherGoesOn) {
  std::unique_ptr<SimulatedDisk> version_zero;
  EXPECT_GT(CutEverywhere(disk_, 8, DowngradeOn,
                          [&](SimulatedDisk& left, bool done) {
                            ExpectRecords(left);
                            EXPECT_FALSE(done && HasRule(left));
                            const bool was_whole = HasRule(left);
                            if (was_whole) {
                              EXPECT_EQ(RecordsAt(left, "old"), kRecords);
                              const Status again = DowngradeOn(left);
                              EXPECT_TRUE(again.has_value()) << TextOf(again);
                            }
                            if (done) version_zero = left.Crash(Survivors::kAll, 1);
                            const Status upgraded = UpgradeOn(left);
                            EXPECT_TRUE(upgraded.has_value()) << TextOf(upgraded);
                            EXPECT_EQ(RecordsAt(left, "old"), kRecords);
                          }),
            20U);
  ASSERT_NE(version_zero, nullptr);
  Lay(*version_zero, "old/diskUsage.cache", "{\"diskUsage\":5,\"accuracy\":\"initial-exact\"}\n");
  EXPECT_GT(CutEverywhere(*version_zero, 8, UpgradeOn,
                          [&](SimulatedDisk& left, bool done) {
                            ExpectRecords(left);
                            EXPECT_FALSE(done && !HasRule(left));
                            if (HasRule(left)) {
                              EXPECT_EQ(FileBytes(left, "old/diskUsage.cache"), "-");
                            } else {
                              const Status again = UpgradeOn(left);
                              EXPECT_TRUE(again.has_value()) << TextOf(again);
                            }
                            EXPECT_EQ(RecordsAt(left, "old"), kRecords);
                          }),
            10U);
}

TEST_P(ConvertOnDisk, EveryCallMayFailOnce) {
  for (const std::string what : {"fail=EIO", "fail=ENOSPC", "fail=EMFILE", "fail=EINTR"}) {
    std::size_t failures = 0;
    ForEachCall(disk_, what, [&](FileSystem& files, SimulatedDisk& disk) {
      Status status = DowngradeOn(files);
      if (!status.has_value()) {
        ++failures;
        EXPECT_THAT(TextOf(status), HasSubstr("injected: "));
        status = HasRule(disk) ? DowngradeOn(files) : Ok();
      }
      EXPECT_TRUE(status.has_value()) << TextOf(status);
      ExpectRecords(disk);
      status = UpgradeOn(files);
      if (!status.has_value()) {
        ++failures;
        EXPECT_THAT(TextOf(status), HasSubstr("injected: "));
        EXPECT_FALSE(HasRule(disk)) << "a failure leaves version 0";
        status = UpgradeOn(files);
      }
      EXPECT_TRUE(status.has_value()) << TextOf(status);
      EXPECT_EQ(RecordsAt(disk, "old"), kRecords);
    });
    EXPECT_GT(failures, 20U) << what;
  }
}

std::string NameOf(const ::testing::TestParamInfo<DiskProfile>& info) {
  switch (info.param) {
    case DiskProfile::kStrict:
      return "Strict";
    case DiskProfile::kJournaled:
      return "Journaled";
    case DiskProfile::kNoJournal:
      return "NoJournal";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Disk, ConvertOnDisk,
                         ::testing::Values(DiskProfile::kStrict, DiskProfile::kJournaled,
                                           DiskProfile::kNoJournal),
                         NameOf);

}  // namespace
}  // namespace anystore::flatfs

// What can be repaired is, and nothing is lost: wherever the power is cut, whatever call fails.
#include "backends/flatfs/maintenance/scrub.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance_fixture.h"
#include "backends/flatfs/usage/usage_note.h"
#include "filesystem/entries.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::FailingCalls;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

/// A repository in which everything is wrong that can be repaired, on a simulated disk.
class Wreck {
 public:
  explicit Wreck(const FileSystemTraits& traits)
      : Wreck(std::make_unique<SimulatedDisk>(SimulatedDiskOptions{.traits = traits})) {
    const auto root = OpenRoot(*disk_);
    Status created = CreateRepository(*disk_, "blocks", Shard(), {}, &random_);
    EXPECT_TRUE(created) << TextOf(created);
    for (const auto& [name, bytes] : Files()) {
      const Status written =
          WriteFile(*root, {.name = "blocks/" + name, .bytes = bytes},
                    {.durable = false, .make_directories = true, .random = &random_});
      EXPECT_TRUE(written) << TextOf(written);
    }
    EXPECT_TRUE(root->Remove("blocks/_README"));
    EXPECT_TRUE(SyncAll(*root));
    // The original does not sync what it renames.
    EXPECT_TRUE(root->Remove("blocks/BC/ABCD.data"));
    const auto unsynced = root->Open("blocks/BC/ABCD.data", {.access = FileAccess::kReadWrite,
                                                             .creation = FileCreation::kExclusive});
    EXPECT_TRUE(unsynced && (*unsynced)->WriteAt(0, "ABCD in place"));
  }
  explicit Wreck(std::unique_ptr<SimulatedDisk> disk) : disk_(std::move(disk)) {}

  Result<CheckSummary> Scrub(FileSystem& files) {
    return ScrubRepository(files, "blocks", clock_,
                           {.check = {.verifier = &verifier_}, .random = &random_},
                           collected_.sink());
  }
  SimulatedDisk& disk() { return *disk_; }
  std::vector<std::string> Found() {
    Collected collected;
    EXPECT_TRUE(
        CheckRepository(*disk_, "blocks", clock_, {.verifier = &verifier_}, collected.sink()));
    return collected.lines;
  }

  /// Every value that is anywhere, outside of .temp.
  std::map<std::string, int> Values() {
    std::map<std::string, int> values;
    AddValues(*OpenRoot(*disk_), "blocks", values);
    return values;
  }
  /// What a store finds in it.
  std::map<std::string, std::string> Records() {
    Environment environment{.clock = &clock_,
                            .random = &random_,
                            .logger = Environment::Host().logger,
                            .files = disk_.get()};
    auto opened = NewFlatfsBackend()->Open(FlatfsConfig("blocks"), environment);
    EXPECT_TRUE(opened) << TextOf(opened);
    std::map<std::string, std::string> records;
    if (!opened.has_value()) return records;
    const Store store(*std::move(opened), "flatfs:blocks", environment);
    auto results = store.Query({});
    for (const auto& entry : *results) records.emplace(entry.key, entry.value);
    return records;
  }

  static const std::map<std::string, std::string>& Files() {
    static const std::map<std::string, std::string> files = [] {
      std::map<std::string, std::string> named = {
          {".temp/temp-1", "temporary"},          {"BC/put-1", "temporary"},
          {"BC/ABCD.data", "ABCD in place"},      {"AA/ABCD.data", "ABCD in place"},
          {"AA/WXYZ.data", "WXYZ misplaced"},     {"CC/WXYZ.data", "WXYZ misplaced"},
          {"BC/ABCE.data", "damaged 1"},          {"AA/ABCE.data", "ABCE misplaced"},
          {"BC/ABCF.data", "damaged 2"},          {"AA/ABCF.data", "damaged 3"},
          {".quarantine/ABCF.data", "damaged 4"}, {"DD/UBCD.data", "in conflict"},
          {"BC/UBCD.data", "with this"},
      };
      for (int i = 10; i < 22; ++i) {
        const std::string stem = "MANY" + std::to_string(i);
        named["AA/" + stem + ".data"] = stem;
      }
      return named;
    }();
    return files;
  }

 private:
  static std::unique_ptr<Directory> OpenRoot(FileSystem& files) {
    auto root = files.OpenDirectory("/");
    EXPECT_TRUE(root);
    return *std::move(root);
  }
  static Status SyncAll(Directory& root) {
    if (root.traits().filesystem_sync) return root.SyncFileSystem();
    for (const auto& [name, bytes] : Files()) {
      const std::string path = "blocks/" + name;
      ANYSTORE_ASSIGN_OR_RETURN(const auto file, root.Open(path, {}));
      ANYSTORE_TRY(file->Sync(SyncScope::kAll));
      ANYSTORE_TRY(root.Sync(path.substr(0, path.rfind('/'))));
    }
    ANYSTORE_TRY(root.Sync("blocks"));
    return root.Sync("");
  }
  static void AddValues(Directory& root, const std::string& directory,
                        std::map<std::string, int>& values) {
    std::vector<std::string> below;
    EXPECT_TRUE(filesystem::ForEachEntry(root, directory, [&](const DirectoryEntry& entry) {
      const std::string path = directory + "/" + std::string(entry.name);
      if (entry.kind == FileKind::kDirectory && entry.name != ".temp") below.push_back(path);
      if (entry.kind == FileKind::kFile) ++values[testing::Contents(root, path)];
      return true;
    }));
    for (const std::string& path : below) AddValues(root, path, values);
  }

  ManualClock clock_{Instant{}};
  SeededRandom random_{5};
  PrefixVerifier verifier_;
  Collected collected_;
  std::unique_ptr<SimulatedDisk> disk_;
};

/// Everything that was in the wreck and is no temporary file.
void ExpectNothingIsLost(Wreck& wreck) {
  const std::map<std::string, int> values = wreck.Values();
  for (const auto& [name, bytes] : Wreck::Files()) {
    if (bytes == "temporary" || name == "diskUsage.cache") continue;
    EXPECT_TRUE(values.contains(bytes)) << name << ": " << bytes;
  }
}

void ExpectAllIsRepaired(Wreck& wreck) {
  ExpectNothingIsLost(wreck);
  std::map<std::string, std::string> expected = {{"/ABCD", "ABCD in place"},
                                                 {"/WXYZ", "WXYZ misplaced"},
                                                 {"/ABCE", "ABCE misplaced"},
                                                 {"/UBCD", "with this"}};
  for (int i = 10; i < 22; ++i) {
    const std::string stem = "MANY" + std::to_string(i);
    expected["/" + stem] = stem;
  }
  EXPECT_EQ(wreck.Records(), expected);
  const std::map<std::string, int> values = wreck.Values();
  for (const auto& [value, count] : values) EXPECT_EQ(count, 1) << value;
  EXPECT_FALSE(values.contains("temporary"));
  EXPECT_THAT(wreck.Found(),
              Each(AnyOf("conflict DD/UBCD.data BC/UBCD.data", StartsWith("i quarantined"),
                         "i empty_directory AA", "i empty_directory CC")))
      << "only what must stay";
}

/// Hard links, and a sync of the whole filesystem: both are there, or neither.
class ScrubOnDisk : public ::testing::TestWithParam<bool> {
 protected:
  static FileSystemTraits traits() {
    return {.filesystem_sync = GetParam(), .hard_links = GetParam()};
  }
};

TEST_P(ScrubOnDisk, RepairsSurviveAPowerCut) {
  Wreck wreck(traits());
  ASSERT_TRUE(wreck.Scrub(wreck.disk()));
  Wreck after(wreck.disk().Crash(Survivors::kNone, 1));
  ExpectAllIsRepaired(after);
}

TEST_P(ScrubOnDisk, ThePowerMayBeCutAtAnyTimeAndItCanBeRepeated) {
  bool finished = false;
  std::uint64_t calls = 1;
  for (; !finished; ++calls) {
    Wreck wreck(traits());
    wreck.disk().CutPower(calls);
    finished = wreck.Scrub(wreck.disk()).has_value();
    wreck.disk().CutPower();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) + " seed " +
                     std::to_string(seed));
        Wreck after(wreck.disk().Crash(survivors, seed));
        ExpectNothingIsLost(after);
        const auto again = after.Scrub(after.disk());
        ASSERT_TRUE(again) << TextOf(again);
        ExpectAllIsRepaired(after);
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(calls, 100U);
}

TEST_P(ScrubOnDisk, EveryCallMayFailOnce) {
  for (const char* const what : {"fail=EIO", "fail=ENOSPC", "fail=EMFILE", "fail=EINTR"}) {
    bool fired = true;
    for (std::uint64_t call = 1; fired; ++call) {
      const std::string rule = "call=" + std::to_string(call) + " " + what;
      SCOPED_TRACE(rule);
      Wreck wreck(traits());
      const auto rules = *FaultRules::Parse(rule);
      InterceptedFileSystem files(wreck.disk(), *rules);
      const auto scrubbed = wreck.Scrub(files);
      fired = rules->fired() > 0;
      EXPECT_EQ(files.open_handles(), 0U);
      if (!scrubbed.has_value()) {
        EXPECT_THAT(TextOf(scrubbed), HasSubstr("injected: "));
        EXPECT_NE(scrubbed.error().code(), Code::kNotFound);
      }
      ExpectNothingIsLost(wreck);
      const auto again = wreck.Scrub(wreck.disk());
      ASSERT_TRUE(again) << TextOf(again);
      ExpectAllIsRepaired(wreck);
      if (HasFailure()) return;
      EXPECT_TRUE(fired || call > 100);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Abilities, ScrubOnDisk, ::testing::Bool());

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

// A scrub loses nothing, wherever the power is cut and whatever call fails, and can be repeated.
#include <gmock/gmock.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "backends/flatfs/maintenance/scrub.h"
#include "filesystem/entries.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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
      for (int i = 10; i < 19; ++i) {
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
  for (int i = 10; i < 19; ++i) {
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

/// Filesystems that can do all, all but sync directories, and neither links nor a sync of all.
const FileSystemTraits kAbilities[] = {
    {}, {.directory_sync = false}, {.filesystem_sync = false, .hard_links = false}};

class ScrubOnDisk : public ::testing::TestWithParam<FileSystemTraits> {
 protected:
  static FileSystemTraits traits() { return GetParam(); }
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
      // Where nothing is left to chance, one seed says all.
      const bool is_random = survivors == Survivors::kRandom || survivors == Survivors::kTorn;
      for (std::uint64_t seed = 0; seed < (is_random ? 3U : 1U); ++seed) {
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

INSTANTIATE_TEST_SUITE_P(Abilities, ScrubOnDisk, ::testing::ValuesIn(kAbilities));

}  // namespace
}  // namespace anystore::flatfs

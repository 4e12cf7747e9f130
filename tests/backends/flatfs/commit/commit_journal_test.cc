// Batches that are all or nothing: the form of their journal, and what is left of them wherever the
// power is cut and whatever call fails.
#include "backends/flatfs/commit/commit_journal.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/conversion/convert.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "backends/flatfs/maintenance/scrub.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::flatfs {
namespace {

using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Records = std::map<std::string, std::string>;

const Records kOld = {{"/AAA", "old a"}, {"/ABB", "old b"}, {"/CCC", "old c"}};
const Records kNew = {{"/AAA", "new a"}, {"/CCC", "new c"}, {"/DDD", "new d"}, {"/ZZZ", ""}};

/// Makes of kOld what is in kNew.
const std::array<Mutation, 5> kChanges = {{{.key = "/AAA", .value = "new a"},
                                           {.kind = Mutation::Kind::kDelete, .key = "/ABB"},
                                           {.key = "/CCC", .value = "new c"},
                                           {.key = "/DDD", .value = "new d"},
                                           {.key = "/ZZZ", .value = ""}}};

const CommitChange kPut = {.target = "AA/AAA.data", .temporary = "temp-12", .bytes = 5};
const CommitChange kDelete = {.target = "AB/ABB.data"};

TEST(CommitJournal, IsTextThatIsReadBack) {
  const std::array changes = {kPut, kDelete};
  const std::string text = ToJournal(changes);
  EXPECT_THAT(text, ::testing::StartsWith("anystore flatfs commit 1 2\n"
                                          "put temp-12 5 AA/AAA.data\n"
                                          "delete AB/ABB.data\n"
                                          "crc32c "));
  const auto parsed = ParseJournal(text, Shard());
  ASSERT_TRUE(parsed) << TextOf(parsed);
  EXPECT_THAT(*parsed, ElementsAre(kPut, kDelete));
}

TEST(CommitJournal, ADamagedOneIsCorruption) {
  const std::array changes = {kPut, kDelete};
  const std::string text = ToJournal(changes);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(CodeOf(ParseJournal(text.substr(0, size), Shard())), Code::kCorruption) << size;
  }
  for (std::size_t byte = 0; byte < text.size(); ++byte) {
    std::string damaged = text;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    EXPECT_FALSE(ParseJournal(damaged, Shard())) << byte;
  }
  EXPECT_EQ(CodeOf(ParseJournal(text + "\n", Shard())), Code::kCorruption);
}

TEST(CommitJournal, OneOfALaterVersionIsUnsupported) {
  EXPECT_EQ(CodeOf(ParseJournal("anystore flatfs commit 2 anything\n", Shard())),
            Code::kUnsupported);
}

TEST(CommitJournal, NamesNothingButRecordsAndTemporaryFiles) {
  for (const CommitChange& change :
       std::vector<CommitChange>{{.target = "../AAA.data"},
                                 {.target = "AB/AAA.data"},
                                 {.target = "SHARDING"},
                                 {.target = "AA/AAA.data", .temporary = "../SHARDING", .bytes = 1},
                                 {.target = "AA/AAA.data", .temporary = "temp-", .bytes = 1},
                                 {.target = "AA/AAA.data", .temporary = "temp-1/2", .bytes = 1}}) {
    EXPECT_EQ(CodeOf(ParseJournal(ToJournal({&change, 1}), Shard())), Code::kCorruption)
        << change.target << " " << change.temporary;
  }
}

/// A repository on a disk that may lose power.
class Disk {
 public:
  explicit Disk(DiskProfile profile, const FileSystemTraits& traits = {})
      : Disk(std::make_unique<SimulatedDisk>(
            SimulatedDiskOptions{.profile = profile, .traits = traits})) {
    const auto created = NewFlatfsBackend()->Create(Config(), EnvironmentOn(*disk_));
    EXPECT_TRUE(created) << TextOf(created);
    Environment environment = EnvironmentOn(*disk_);
    Store store = Open(environment);
    for (const auto& [key, value] : kOld) EXPECT_TRUE(store.Put(key, value));
    EXPECT_TRUE(store.Close());
  }
  explicit Disk(std::unique_ptr<SimulatedDisk> disk) : disk_(std::move(disk)) {}

  Environment EnvironmentOn(FileSystem& files) {
    return {.clock = &clock_,
            .random = &random_,
            .logger = Environment::Host().logger,
            .files = &files};
  }
  static CheckedConfig Config() { return FlatfsConfig("blocks", "sync=true"); }
  Result<Store> TryOpen(const Environment& environment) {
    ANYSTORE_ASSIGN_OR_RETURN(auto opened, NewFlatfsBackend()->Open(Config(), environment));
    return Store(std::move(opened), "flatfs:blocks", environment);
  }
  Store Open(const Environment& environment) {
    auto store = TryOpen(environment);
    EXPECT_TRUE(store) << TextOf(store);
    if (!store.has_value()) std::abort();
    return *std::move(store);
  }
  /// Makes the changes, as one batch, and says what came of it.
  Status Change(FileSystem& files) {
    const Environment environment = EnvironmentOn(files);
    ANYSTORE_ASSIGN_OR_RETURN(Store store, TryOpen(environment));
    const auto applied = store.Apply(kChanges, {.all_or_nothing = true});
    static_cast<void>(store.Close());
    return applied.has_value() ? Ok() : Status(applied.error().Clone());
  }
  /// What a store finds.
  Records Found() {
    const Environment environment = EnvironmentOn(*disk_);
    return RecordsOf(Open(environment));
  }
  static Records RecordsOf(const Store& store) {
    Records records;
    auto results = store.Query({});
    EXPECT_TRUE(results);
    for (const auto& entry : *results) records.emplace(entry.key, entry.value);
    return records;
  }
  SimulatedDisk& disk() { return *disk_; }

 private:
  ManualClock clock_{Instant{}};
  SeededRandom random_{5};
  std::unique_ptr<SimulatedDisk> disk_;
};

/// What is durable after a commit that was cut off stays, whatever that was.
void ExpectLaterWritesStay(SimulatedDisk& left) {
  Disk disk(left.Crash(Survivors::kAll, 1));
  const Environment environment = disk.EnvironmentOn(disk.disk());
  Store store = disk.Open(environment);
  Records expected = Disk::RecordsOf(store);
  EXPECT_TRUE(expected == kOld || expected == kNew) << ::testing::PrintToString(expected);
  ASSERT_TRUE(store.Put("/ABB", "later"));
  ASSERT_TRUE(store.Delete("/CCC"));
  expected["/ABB"] = "later";
  expected.erase("/CCC");
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Disk after(disk.disk().Crash(seed == 0 ? Survivors::kNone : Survivors::kTorn, seed));
    EXPECT_EQ(after.Found(), expected);
  }
}

class CommitOnDisk : public ::testing::TestWithParam<DiskProfile> {};

/// Whether nothing is left to chance, so that one seed says all.
std::uint64_t SeedsOf(Survivors survivors) {
  return survivors == Survivors::kNone || survivors == Survivors::kAll ? 1 : 3;
}

TEST_P(CommitOnDisk, SurvivesAPowerCut) {
  Disk disk(GetParam());
  const Status changed = disk.Change(disk.disk());
  ASSERT_TRUE(changed) << TextOf(changed);
  EXPECT_EQ(disk.Found(), kNew);
  EXPECT_EQ(Disk(disk.disk().Crash(Survivors::kNone, 1)).Found(), kNew);
}

TEST_P(CommitOnDisk, IsAllOrNothingWhereverThePowerIsCut) {
  bool finished = false;
  int old = 0;
  int fresh = 0;
  for (std::uint64_t calls = 1; !finished; ++calls) {
    Disk disk(GetParam());
    disk.disk().CutPower(calls);
    finished = disk.Change(disk.disk()).has_value();
    disk.disk().CutPower();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < SeedsOf(survivors); ++seed) {
        SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) + " seed " +
                     std::to_string(seed));
        const auto left = disk.disk().Crash(survivors, seed);
        const Records found = Disk(left->Crash(Survivors::kAll, 1)).Found();
        ASSERT_TRUE(found == kOld || found == kNew) << ::testing::PrintToString(found);
        ++(found == kOld ? old : fresh);
        EXPECT_TRUE(!finished || found == kNew);
        ExpectLaterWritesStay(*left);
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(old, 50);
  EXPECT_GT(fresh, 50);
}

TEST_P(CommitOnDisk, ASecondCutWhileItIsFinishedDoesNoHarm) {
  bool finished = false;
  for (std::uint64_t calls = 1; !finished; ++calls) {
    Disk disk(GetParam());
    disk.disk().CutPower(calls);
    finished = disk.Change(disk.disk()).has_value();
    disk.disk().CutPower();
    for (const Survivors survivors : {Survivors::kAll, Survivors::kTorn}) {
      const auto left = disk.disk().Crash(survivors, calls);
      const Records expected = Disk(left->Crash(Survivors::kAll, 1)).Found();
      bool opened = false;
      for (std::uint64_t again = 1; !opened; ++again) {
        SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) + ", " +
                     std::to_string(again) + " calls");
        Disk second(left->Crash(Survivors::kAll, 1));
        const Environment environment = second.EnvironmentOn(second.disk());
        second.disk().CutPower(again);
        opened = second.TryOpen(environment).has_value();
        second.disk().CutPower();
        const Survivors most = again % 2 == 0 ? Survivors::kTorn : Survivors::kRandom;
        const auto rest = second.disk().Crash(most, again);
        ASSERT_EQ(Disk(rest->Crash(Survivors::kAll, 1)).Found(), expected);
        ExpectLaterWritesStay(*rest);
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(CommitOnDisk, EveryCallMayFailOnce) {
  for (const char* const what : {"fail=EIO", "fail=ENOSPC", "fail=EMFILE", "fail=EINTR"}) {
    bool fired = true;
    int refused = 0;
    for (std::uint64_t call = 1; fired; ++call) {
      const std::string rule = "call=" + std::to_string(call) + " " + what;
      SCOPED_TRACE(rule);
      Disk disk(GetParam());
      const auto rules = *FaultRules::Parse(rule);
      InterceptedFileSystem files(disk.disk(), *rules);
      const Status changed = disk.Change(files);
      fired = rules->fired() > 0;
      EXPECT_EQ(files.open_handles(), 0U);
      Disk after(disk.disk().Crash(Survivors::kAll, 1));
      const Records found = after.Found();
      ASSERT_TRUE(found == kOld || found == kNew) << ::testing::PrintToString(found);
      if (changed.has_value()) {
        EXPECT_EQ(found, kNew);
      } else {
        ++refused;
        EXPECT_THAT(TextOf(changed), HasSubstr("injected: "));
        EXPECT_NE(changed.error().code(), Code::kNotFound);
        EXPECT_TRUE(changed.error().applied() == Applied::kUnknown || found == kOld);
      }
      ExpectLaterWritesStay(disk.disk());
      if (HasFailure()) return;
    }
    EXPECT_GT(refused, 20);
  }
}

std::string ProfileName(const ::testing::TestParamInfo<DiskProfile>& profile) {
  constexpr std::array<const char*, 3> kNames = {"Strict", "Journaled", "NoJournal"};
  return kNames[static_cast<std::size_t>(profile.param)];
}

INSTANTIATE_TEST_SUITE_P(Profiles, CommitOnDisk,
                         ::testing::Values(DiskProfile::kStrict, DiskProfile::kJournaled,
                                           DiskProfile::kNoJournal),
                         ProfileName);

/// A repository in memory, where a commit can be stopped in the middle.
class WholeBatches : public FlatfsTest {
 protected:
  /// Leaves a commit that is written down and carried out in part.
  Status CommitInPart() {
    const auto rules = *FaultRules::Parse("link call=3 fail=EIO");
    InterceptedFileSystem files(this->files(), *rules);
    Environment environment = this->environment();
    environment.files = &files;
    auto opened = backend().Open(FlatfsConfig("blocks"), environment);
    EXPECT_TRUE(opened) << TextOf(opened);
    Store store(*std::move(opened), "flatfs:blocks", environment);
    const auto applied = store.Apply(kChanges, {.all_or_nothing = true});
    EXPECT_FALSE(applied);
    EXPECT_EQ(CodeOf(store.Put("/EEE", "refused")), Code::kDataLoss);
    EXPECT_EQ(CodeOf(store.Apply(kChanges, {.all_or_nothing = true})), Code::kDataLoss);
    EXPECT_TRUE(store.Close());
    return applied.has_value() ? Ok() : Status(applied.error().Clone());
  }
};

TEST_F(WholeBatches, LeaveNothingBehind) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Apply(kChanges, {.all_or_nothing = true}));
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(WholeBatches, TheLastChangeOfAKeyCounts) {
  Store store = OpenStore();
  const std::array<Mutation, 3> changes = {{{.key = "/A", .value = "1"},
                                            {.kind = Mutation::Kind::kDelete, .key = "/A"},
                                            {.key = "/A", .value = "3"}}};
  ASSERT_TRUE(store.Apply(changes, {.all_or_nothing = true}));
  EXPECT_EQ(BytesOf("blocks/_A/A.data"), "-");
  EXPECT_EQ(store.Get("/A")->bytes(), "3");
}

TEST_F(WholeBatches, AreRefusedBeforeAnythingIsDoneWhereTheyCouldNotBeFinished) {
  Store store = OpenStore();
  LayDirectory("blocks/DD");
  LayDirectory("blocks/DD/DDD.data");
  const auto applied = store.Apply(kChanges, {.all_or_nothing = true});
  EXPECT_EQ(CodeOf(applied), Code::kCorruption);
  EXPECT_EQ(applied.error().applied(), Applied::kNo);
  EXPECT_THAT(KeysOf(store), ElementsAre());
  EXPECT_TRUE(store.Put("/EEE", "accepted"));
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(WholeBatches, TheNextOpenFinishesThem) {
  ASSERT_TRUE(Create());
  const Status failed = CommitInPart();
  EXPECT_EQ(failed.error().applied(), Applied::kUnknown);
  EXPECT_NE(BytesOf("blocks/.temp/commit"), "-");
  Store store = OpenStore();
  EXPECT_THAT(KeysOf(store), ElementsAre("/AAA", "/CCC", "/DDD", "/ZZZ"));
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(WholeBatches, ADamagedJournalIsToldAndNothingTouched) {
  ASSERT_TRUE(Create());
  EXPECT_FALSE(CommitInPart());
  Lay("blocks/.temp/commit", "nonsense");
  const auto before = TreeOf("blocks");
  const auto opened = OpenRaw();
  EXPECT_EQ(CodeOf(opened), Code::kCorruption);
  EXPECT_THAT(TextOf(opened), HasSubstr(".temp/commit"));
  EXPECT_EQ(TreeOf("blocks"), before);
}

TEST_F(WholeBatches, AMissingFileIsToldBeforeAnythingIsTouched) {
  ASSERT_TRUE(Create());
  EXPECT_FALSE(CommitInPart());
  for (const std::string& name : TreeOf("blocks/.temp")) {
    EXPECT_TRUE(name == "commit" || DirectoryAt()->Remove("blocks/.temp/" + name).has_value());
  }
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
  EXPECT_NE(BytesOf("blocks/.temp/commit"), "-");
}

TEST_F(WholeBatches, CheckTellsOfOneThatIsPendingAndScrubFinishesIt) {
  ASSERT_TRUE(Create());
  EXPECT_FALSE(CommitInPart());
  Collected checked;
  ASSERT_TRUE(CheckRepository(files(), "blocks", clock(), {}, checked.sink()));
  EXPECT_THAT(checked.lines, ElementsAre("i pending_commit .temp/commit", "i empty_directory DD",
                                         "i empty_directory ZZ"));
  Collected dry;
  ASSERT_TRUE(ScrubRepository(files(), "blocks", clock(), {.dry_run = true}, dry.sink()));
  EXPECT_NE(BytesOf("blocks/.temp/commit"), "-");
  Collected scrubbed;
  ASSERT_TRUE(ScrubRepository(files(), "blocks", clock(), {}, scrubbed.sink()));
  EXPECT_EQ(BytesOf("blocks/.temp/commit"), "-");
  EXPECT_THAT(KeysOf(OpenStore()), ElementsAre("/AAA", "/CCC", "/DDD", "/ZZZ"));
}

TEST_F(WholeBatches, AFilesystemThatCannotLinkRefusesThem) {
  for (const FileSystemTraits& traits :
       {FileSystemTraits{.hard_links = false}, FileSystemTraits{.directory_sync = false}}) {
    Disk disk(DiskProfile::kStrict, traits);
    EXPECT_EQ(CodeOf(disk.Change(disk.disk())), Code::kUnsupported);
    EXPECT_EQ(disk.Found(), kOld);
  }
}

TEST_F(WholeBatches, ThoseLargerThanMemoryAreWholeToo) {
  const std::string value(std::size_t{3} << 20U, 'v');
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/K0", "old"));
  auto batch = store.NewBatch();
  ASSERT_TRUE(batch);
  for (int i = 0; i < 15; ++i) ASSERT_TRUE((*batch)->Put("/K" + std::to_string(i), value));
  ASSERT_TRUE((*batch)->Delete("/K1"));
  ASSERT_TRUE((*batch)->Commit({.all_or_nothing = true}));
  EXPECT_EQ(KeysOf(store).size(), 14U);
  EXPECT_EQ(store.Get("/K0")->size(), value.size());
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

}  // namespace
}  // namespace anystore::flatfs

// What a repository takes is known, noted for the original, and never believed when it is old.
#include "backends/flatfs/usage/usage.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>

#include "anystore/features.h"
#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/usage/usage_count.h"
#include "backends/flatfs/usage/usage_note.h"

namespace anystore::flatfs {
namespace {

using std::chrono::seconds;

std::string NoteText(std::int64_t bytes, std::string_view accuracy) {
  return ToText({.bytes = bytes, .accuracy = std::string(accuracy)});
}

/// A repository in memory, and somebody who changes it and tells.
class UsageTest : public FlatfsTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Create());
    Open();
  }

  void Open() {
    usage_.reset();
    chores_.emplace(base::ChoresMode::kInline, clock());
    root_ = DirectoryAt("blocks");
    usage_.emplace(*root_, Shard(), clock(), *environment().random, *chores_);
  }
  void Close(Code settled = Code::kOk) {
    chores_->Stop();
    usage_->Close(
        [&](bool earlier_work) -> Status {
          settles_ += earlier_work ? "all " : "own ";
          if (settled == Code::kOk) return Ok();
          return Error(settled);
        },
        /*durable=*/true);
  }
  void Reopen() {
    Close();
    Open();
  }
  /// Whoever is killed leaves what there is.
  void Die() { Open(); }

  Status Begin() {
    return usage_->BeginChange([&]() -> Status {
      ++root_syncs_;
      return root_sync_ == Code::kOk ? Ok() : Status(Error(root_sync_));
    });
  }
  /// Writes a new file as a record is written.
  void Put(const std::string& directory, const std::string& stem, std::size_t size) {
    ASSERT_TRUE(Begin());
    const std::string path = "blocks/" + directory;
    const bool is_new = !DirectoryAt()->Stat(path).has_value();
    Lay((path + "/").append(stem).append(".data"), std::string(size, 'v'));
    if (is_new) usage_->Add(static_cast<std::int64_t>(DirectoryAt()->Stat(path)->size));
    usage_->Add(static_cast<std::int64_t>(size));
  }
  std::uint64_t Total() {
    const auto total = usage_->Total({});
    EXPECT_TRUE(total) << TextOf(total);
    return total.value_or(0);
  }
  std::uint64_t Recount() {
    const auto count = CountUsage(*root_, {}, clock(), *environment().random, {});
    return count.has_value() && count->has_value() ? (*count)->bytes : 0;
  }
  std::string NoteOnDisk() { return BytesOf("blocks/diskUsage.cache"); }

  std::optional<base::Chores> chores_;
  std::optional<Usage> usage_;
  std::unique_ptr<Directory> root_;
  std::string settles_;
  int root_syncs_ = 0;
  Code root_sync_ = Code::kOk;
};

TEST_F(UsageTest, IsTheSumOfAllSizes) {
  const std::uint64_t empty = Total();
  EXPECT_GT(empty, 0U) << "SHARDING and _README";
  Lay("blocks/AB/XABY.data", std::string(1000, 'v'));
  Lay("blocks/foreign/deep/file", std::string(100, 'v'));
  Lay("blocks/.temp/temp-1", std::string(5000, 'v'));
  Lay("blocks/diskUsage.cache", "not json");
  Open();
  EXPECT_EQ(Total(), empty + 1100);
  EXPECT_EQ(Total(), Recount());
}

TEST_F(UsageTest, FollowsWhatIsTold) {
  Put("AB", "XABY", 1000);
  const std::uint64_t before = Total();
  Put("CD", "XCDY", 500);
  usage_->Add(-200);
  EXPECT_EQ(Total(), before + 300);
}

TEST_F(UsageTest, IsExactFromTheFirstChangeOfASmallRepository) {
  Put("AB", "XABY", 1000);
  Put("AB", "XABZ", 70);
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "initial-exact"));
  EXPECT_EQ(ModeOf("blocks/diskUsage.cache"), 0600U);
}

TEST_F(UsageTest, ANoteIsBelieved) {
  Lay("blocks/diskUsage.cache", NoteText(123456, "whatever it says"));
  EXPECT_EQ(Total(), 123456U);
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(123456, "whatever it says")) << "nothing to tell";
  EXPECT_EQ(settles_, "");
  Open();
  ASSERT_TRUE(Begin());
  usage_->Add(4);
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(123460, "whatever it says"));
  EXPECT_EQ(settles_, "own ") << "what was there before was stable";
}

TEST_F(UsageTest, AnotherNoteIsNotBelieved) {
  for (const std::string& text : {NoteText(5, "unknown"), std::string("not json")}) {
    Lay("blocks/diskUsage.cache", text);
    Open();
    EXPECT_EQ(Total(), Recount()) << text;
  }
}

TEST_F(UsageTest, ANoteThatIsOlderThanADirectoryOfRecordsIsNotBelieved) {
  Lay("blocks/AB/XABY.data", "1");
  clock().Advance(seconds(1));
  Lay("blocks/diskUsage.cache", NoteText(5, "initial-exact"));
  EXPECT_EQ(Total(), 5U) << "newer";
  clock().Advance(seconds(1));
  Lay("blocks/other/file", "1");
  Open();
  EXPECT_EQ(Total(), 5U) << "no directory of records";
  Lay("blocks/AB/XABZ.data", "1");
  Open();
  EXPECT_EQ(Total(), Recount());
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "initial-exact"));
  EXPECT_EQ(settles_, "all ") << "what was there before may not be stable";
}

TEST_F(UsageTest, AnOldNoteGoesWhereNothingBetterIsKnown) {
  Lay("blocks/diskUsage.cache", NoteText(5, "initial-exact"));
  clock().Advance(seconds(1));
  for (int i = 0; i < 300; ++i) Lay("blocks/AB/X" + std::to_string(i) + "ABY.data", "1");
  Open();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CodeOf(usage_->Total({.stop = stop.get_token()})), Code::kCancelled);
  Close();
  EXPECT_EQ(NoteOnDisk(), "-");
}

TEST_F(UsageTest, BeforeTheFirstChangeTheNoteGoesAndThatIsMadeStable) {
  Put("AB", "XABY", 1000);
  EXPECT_EQ(root_syncs_, 1) << "there was none, but who has removed it?";
  Reopen();
  EXPECT_EQ(Total(), Recount());
  EXPECT_NE(NoteOnDisk(), "-");
  EXPECT_EQ(root_syncs_, 1);
  ASSERT_TRUE(Begin());
  EXPECT_EQ(NoteOnDisk(), "-");
  EXPECT_EQ(root_syncs_, 2);
  ASSERT_TRUE(Begin());
  EXPECT_EQ(root_syncs_, 2);
  usage_->Add(7);
  Die();
  EXPECT_EQ(Total(), Recount());
}

TEST_F(UsageTest, NothingChangesUntilTheRemovalIsStable) {
  Lay("blocks/diskUsage.cache", NoteText(50, "initial-exact"));
  root_sync_ = Code::kResourceExhausted;
  EXPECT_EQ(CodeOf(Begin()), Code::kResourceExhausted);
  EXPECT_EQ(CodeOf(Begin()), Code::kResourceExhausted);
  root_sync_ = Code::kOk;
  EXPECT_TRUE(Begin());
  EXPECT_EQ(root_syncs_, 3);
  EXPECT_EQ(Total(), 50U) << "it was true";
}

TEST_F(UsageTest, WhatCannotBeRemovedAndIsNoFileIsNoHindrance) {
  LayDirectory("blocks/diskUsage.cache");
  Put("AB", "XABY", 1000);
  EXPECT_EQ(Total(), Recount());
  Close();
  EXPECT_EQ(Total(), Recount());
}

TEST_F(UsageTest, WhileThereAreChangesANoteForTheOriginalIsWritten) {
  Put("AB", "XABY", 1000);
  clock().Advance(seconds(1));
  chores_->RunDue();
  EXPECT_EQ(NoteOnDisk(), "-");
  clock().Advance(seconds(1));
  chores_->RunDue();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "unknown"));
  EXPECT_EQ(ModeOf("blocks/diskUsage.cache"), 0600U);
  EXPECT_TRUE(TreeOf("blocks/.temp").empty());
  Put("AB", "XABZ", 10);
  clock().Advance(seconds(2));
  chores_->RunDue();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "unknown"));
  Put("AB", "XABW", 100);
  Die();
  EXPECT_EQ(Total(), Recount()) << "we do not believe it";
  ASSERT_TRUE(Begin());
  EXPECT_NE(NoteOnDisk(), "-") << "it may stay";
}

TEST_F(UsageTest, WithoutANoteManyNamesAreCountedWhenSomebodyAsks) {
  for (int i = 0; i < 300; ++i) Lay("blocks/AB/X" + std::to_string(i) + "ABY.data", "1");
  Open();
  Put("AB", "XABZ", 10);
  clock().Advance(seconds(2));
  chores_->RunDue();
  Close();
  EXPECT_EQ(NoteOnDisk(), "-") << "nobody has asked";
  Open();
  Put("AB", "XABW", 10);
  EXPECT_EQ(Total(), Recount());
  Put("AB", "XABV", 10);
  EXPECT_EQ(Total(), Recount());
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "initial-approximate"))
      << "others might have changed something while it was counted";
}

TEST_F(UsageTest, AfterAFailureOfWhichNothingIsKnownItIsCountedAnew) {
  Put("AB", "XABY", 1000);
  Lay("blocks/AB/UNTOLD.data", "12345");
  EXPECT_NE(Total(), Recount());
  usage_->Doubt();
  EXPECT_EQ(Total(), Recount());
  Lay("blocks/AB/UNTOLDTOO.data", "12345");
  usage_->Doubt();
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "initial-exact"))
      << "nobody changes anything at Close";
}

TEST_F(UsageTest, WhatIsNotStableIsNotNotedAsTrue) {
  Put("AB", "XABY", 1000);
  Close(Code::kDataLoss);
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "unknown"));
  EXPECT_EQ(settles_, "own ") << "there was nothing before";
}

TEST_F(UsageTest, OpeningAndClosingAloneTouchNothing) {
  Close();
  EXPECT_EQ(NoteOnDisk(), "-");
  Open();
  EXPECT_EQ(Total(), Recount());
  Close();
  EXPECT_EQ(NoteOnDisk(), NoteText(static_cast<std::int64_t>(Recount()), "initial-exact"))
      << "it was counted, which others need not do again";
}

class UsageCountTest : public UsageTest {
 protected:
  Result<std::optional<UsageCount>> Count(const CountLimits& limits, const CallOptions& call = {}) {
    return CountUsage(*root_, limits, clock(), *environment().random, call);
  }
};

TEST_F(UsageCountTest, TakesManyFilesOfADirectoryToBeAsLargeAsSome) {
  const std::uint64_t empty = Recount();
  for (int i = 0; i < 40; ++i) Lay("blocks/AB/X" + std::to_string(i) + "ABY.data", "12345");
  for (int i = 0; i < 40; ++i) Lay("blocks/AB/Z" + std::to_string(i) + "ABY.data", "123");
  const auto all = Count({.names_per_directory = 81});
  EXPECT_EQ((*all)->bytes, empty + 320);
  EXPECT_EQ((*all)->accuracy, kExact);
  const auto cap = Count({.names_per_directory = 80});
  EXPECT_EQ((*cap)->bytes, empty + 320);
  EXPECT_EQ((*cap)->accuracy, kApproximate) << "as the original calls it";
  const auto some = Count({.names_per_directory = 20});
  EXPECT_NEAR(static_cast<double>((*some)->bytes), static_cast<double>(empty + 320), 40.0);
  EXPECT_NE((*some)->bytes, empty + 400) << "not the first ones listed";
  EXPECT_EQ((*some)->accuracy, kApproximate);
}

TEST_F(UsageCountTest, EndsInTime) {
  Lay("blocks/AB/XABY.data", "12345");
  const auto late = Count({.time = Duration(-1)});
  EXPECT_EQ((*late)->accuracy, kTimedOut);
  EXPECT_LT((*late)->bytes, Recount());
  EXPECT_EQ(CodeOf(Count({}, {.deadline = clock().Now()})), Code::kTimeout);
}

TEST_F(UsageCountTest, OfTooManyNamesIsNone) {
  EXPECT_TRUE(Count({.names_max = 3})->has_value()) << ".temp, SHARDING and _README";
  EXPECT_FALSE(Count({.names_max = 2})->has_value());
}

TEST_F(UsageCountTest, TellsWhetherThereAreDirectories) {
  EXPECT_FALSE((*Count({}))->has_directories);
  Lay("blocks/AB/XABY.data", "12345");
  EXPECT_TRUE((*Count({}))->has_directories);
}

/// A computer with a repository on a disk whose power fails.
class Machine {
 public:
  explicit Machine(std::unique_ptr<SimulatedDisk> disk) : disk_(std::move(disk)) {
    environment_ = {.clock = &clock_,
                    .random = &random_,
                    .logger = Environment::Host().logger,
                    .files = disk_.get()};
  }

  SimulatedDisk& disk() { return *disk_; }
  ManualClock& clock() { return clock_; }
  Status Create() { return backend_->Create(FlatfsConfig("blocks"), environment_); }
  Result<Store> Open(const std::string& fields = "") {
    ANYSTORE_ASSIGN_OR_RETURN(auto opened,
                              backend_->Open(FlatfsConfig("blocks", fields), environment_));
    return Store(std::move(opened), "flatfs:blocks", environment_);
  }
  std::uint64_t Recount() {
    const auto root = disk_->OpenDirectory("blocks");
    const auto count = CountUsage(**root, {}, clock_, random_, {});
    return count.has_value() && count->has_value() ? (*count)->bytes : 0;
  }
  /// The note, if the original would believe it and not call it unknown.
  std::optional<std::int64_t> BelievableNote() {
    const auto root = disk_->OpenDirectory("blocks");
    const auto note = ReadUsageNote(**root);
    if (!note.has_value() || !note->has_value() || (*note)->note.accuracy == kUnknown) return {};
    return (*note)->note.bytes;
  }

 private:
  ManualClock clock_{Instant{}};
  SeededRandom random_{5};
  std::unique_ptr<SimulatedDisk> disk_;
  Environment environment_;
  const std::unique_ptr<Backend> backend_ = NewFlatfsBackend();
};

/// Two lives of a repository, with pauses in which the note is written. Fails when the power does.
Status Live(Machine& machine, const std::string& fields) {
  for (const std::string round : {"A", "B"}) {
    ANYSTORE_ASSIGN_OR_RETURN(Store store, machine.Open(fields));
    for (const std::string& key : {std::string("/X"), std::string("/XY"), "/X" + round}) {
      ANYSTORE_TRY(store.Put(key, std::string(100 * round.size() + key.size(), 'v')));
      machine.clock().Advance(seconds(1));
    }
    ANYSTORE_TRY(store.Delete("/XY"));
    machine.clock().Advance(seconds(5));
    ANYSTORE_ASSIGN_OR_RETURN(const auto batch, store.NewBatch());
    ANYSTORE_TRY(batch->Put("/XYZ" + round, std::string(50, 'v')));
    ANYSTORE_TRY(batch->Put("/X", std::string(70, 'v')));
    ANYSTORE_TRY(batch->Commit());
    if (!store.Close().has_value()) return Error(Code::kIoError);
    if (!machine.disk().OpenDirectory("blocks").has_value()) return Error(Code::kIoError);
  }
  return Ok();
}

class UsageAfterAPowerCut : public ::testing::TestWithParam<std::string> {};

TEST_P(UsageAfterAPowerCut, IsThatOfWhatIsLeft) {
  bool finished = false;
  int believable = 0;
  for (std::uint64_t calls = 1; !finished; ++calls) {
    Machine machine(std::make_unique<SimulatedDisk>());
    ASSERT_TRUE(machine.Create());
    machine.disk().CutPower(calls);
    finished = Live(machine, GetParam()).has_value();
    machine.disk().CutPower();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) + " seed " +
                     std::to_string(seed));
        Machine after(machine.disk().Crash(survivors, seed));
        if (const auto note = after.BelievableNote(); note.has_value()) {
          EXPECT_EQ(static_cast<std::uint64_t>(*note), after.Recount());
          ++believable;
        }
        Result<Store> store = after.Open(GetParam());
        ASSERT_TRUE(store) << TextOf(store);
        const auto usage = store->feature<PersistentDatastore>()->DiskUsage({});
        ASSERT_TRUE(usage) << TextOf(usage);
        EXPECT_EQ(*usage, after.Recount());
        ASSERT_TRUE(store->Put("/AFTER", std::string(1000, 'v')));
        EXPECT_EQ(*store->feature<PersistentDatastore>()->DiskUsage({}), after.Recount());
        EXPECT_TRUE(store->Close());
        EXPECT_EQ(after.BelievableNote(), after.Recount());
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(believable, 20);
}

INSTANTIATE_TEST_SUITE_P(Fields, UsageAfterAPowerCut, ::testing::Values("sync=true", "sync=false"));

}  // namespace
}  // namespace anystore::flatfs

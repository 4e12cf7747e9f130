// Values whose names go ahead of their bytes: what is called, what a power cut leaves of them, and
// what whoever comes next makes of that.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/conversion/convert.h"
#include "backends/flatfs/conversion/move.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/maintenance/scrub.h"
#include "backends/flatfs/names.h"
#include "base/digest.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr FileSystemTraits kKeepsMarks = {.dates_with_names = true};
const std::string kLarge(20'000, 'v');

/// Notes what is called.
class CallRecorder final : public testing::FailingCalls {
 public:
  filesystem::Decision Before(const Call& call) override {
    calls.push_back(std::string(Name(call.operation)) + " " + testing::ShownPath(call.path));
    return FailingCalls::Before(call);
  }
  std::vector<std::string> Take() { return std::exchange(calls, {}); }

  std::vector<std::string> calls;
};

/// A disk and the stores on it, all in one session of power.
class World {
 public:
  explicit World(const FileSystemTraits& traits = kKeepsMarks)
      : World(std::make_unique<SimulatedDisk>(SimulatedDiskOptions{.traits = traits})) {}
  explicit World(std::unique_ptr<SimulatedDisk> disk) : disk_(std::move(disk)) {
    environment_ = {.clock = &clock_,
                    .random = &random_,
                    .logger = Environment::Host().logger,
                    .files = &files_};
  }

  void Create(const std::string& fields = "", const std::string& path = "blocks") {
    const Status created = backend_->Create(FlatfsConfig(path, fields), environment_);
    ASSERT_TRUE(created) << TextOf(created);
  }
  Result<Store> TryOpen(const std::string& fields = "sync=false",
                        const std::string& path = "blocks") {
    ANYSTORE_ASSIGN_OR_RETURN(auto opened,
                              backend_->Open(FlatfsConfig(path, fields), environment_));
    return Store(std::move(opened), "flatfs:" + path, environment_);
  }
  Store Open(const std::string& fields = "sync=false", const std::string& path = "blocks") {
    Result<Store> store = TryOpen(fields, path);
    EXPECT_TRUE(store) << TextOf(store);
    if (!store.has_value()) std::abort();
    return *std::move(store);
  }
  /// Ends a store as if its process had been killed.
  void Kill(Store store) {
    recorder_.fails = [](const Call& call) {
      return filesystem::IsSync(call.operation) || call.operation == Operation::kRemove;
    };
    static_cast<void>(store.Close());
    recorder_.fails = nullptr;
  }
  [[nodiscard]] bool HasNote(const std::string& path = "blocks") {
    return files_.OpenDirectory(path).value()->Stat(kUnsyncedName).has_value();
  }
  /// What a power cut may leave, by many seeds.
  void ForEachAfterlife(const std::function<void(World&)>& look) {
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(std::string(Name(survivors)) + " seed " + std::to_string(seed));
        World after(disk_->Crash(survivors, seed));
        look(after);
      }
    }
  }

  const Environment& environment() { return environment_; }
  SimulatedDisk& disk() { return *disk_; }
  CallRecorder& recorder() { return recorder_; }

 private:
  ManualClock clock_{Instant(std::chrono::hours(400'000))};
  SeededRandom random_{3};
  std::unique_ptr<SimulatedDisk> disk_;
  CallRecorder recorder_;
  InterceptedFileSystem files_{*disk_, recorder_};
  Environment environment_;
  const std::unique_ptr<Backend> backend_ = NewFlatfsBackend();
};

std::string ValueOf(Store& store, std::string_view key) {
  const auto value = store.Get(key);
  return value.has_value() ? std::string(value->bytes())
                           : std::string(CodeName(value.error().code()));
}

/// A world with a value that was synced and one that was not.
void PutBoth(Store& store) {
  ASSERT_TRUE(store.Put("/AB1", "stable"));
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/AB2", kLarge));
}

TEST(Unsynced, APutIsFiveCallsAndNoSync) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/AB1", "1"));
  EXPECT_TRUE(world.HasNote());
  world.recorder().Take();
  ASSERT_TRUE(store.Put("/AB2", "2"));
  EXPECT_THAT(world.recorder().Take(), ElementsAre("open_unnamed blocks/AB", "write blocks/AB",
                                                   "set_dates blocks/AB", "link_file blocks/AB"));
}

TEST(Unsynced, NothingIsMarkedWhereNothingOutlivesThePower) {
  World world({.outlives_power = false});
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/AB1", "1"));
  EXPECT_FALSE(world.HasNote());
  world.recorder().Take();
  ASSERT_TRUE(store.Put("/AB2", "2"));
  EXPECT_THAT(world.recorder().Take(),
              ElementsAre("open_unnamed blocks/AB", "write blocks/AB", "link_file blocks/AB"));
  ASSERT_TRUE(store.Close());
}

TEST(Unsynced, BytesComeFirstWhereNoMarkIsKept) {
  for (const FileSystemTraits& traits :
       {FileSystemTraits{}, FileSystemTraits{.filesystem_sync = false, .dates_with_names = true},
        FileSystemTraits{.dates_with_names = true, .unnamed_files = false}}) {
    World world(traits);
    world.Create();
    Store store = world.Open();
    ASSERT_TRUE(store.Put("/AB1", "1"));
    EXPECT_FALSE(world.HasNote());
    EXPECT_THAT(world.recorder().Take(),
                Contains("sync_file " + std::string(traits.unnamed_files ? "blocks/AB" : "T")));
  }
}

TEST(Unsynced, BytesComeFirstWhereChecksumsAreKept) {
  if (!base::HasDigests()) GTEST_SKIP() << "this build has no hash functions";
  World world;
  world.Create();
  Store store = world.Open("sync=false&verify=checksum");
  ASSERT_TRUE(store.Put("/AB1", "1"));
  EXPECT_FALSE(world.HasNote());
}

TEST(Unsynced, BytesThatReplaceOthersComeFirst) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/AB1", "old"));
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/AB1", kLarge));
  bool was_old = false;
  world.ForEachAfterlife([&](World& after) {
    Store left = after.Open();
    const std::string value = ValueOf(left, "/AB1");
    was_old = was_old || value == "old";
    EXPECT_TRUE(value == "old" || value == kLarge) << value.size();
  });
  EXPECT_TRUE(was_old);
}

TEST(Unsynced, AValueIsLostOrWholeAfterAPowerCut) {
  World world;
  world.Create();
  Store store = world.Open();
  PutBoth(store);
  int lost = 0;
  int torn = 0;
  world.ForEachAfterlife([&](World& after) {
    {
      // What nobody has put right yet.
      Store reader = after.Open("read_only=true");
      const std::string value = ValueOf(reader, "/AB2");
      EXPECT_TRUE(value == kLarge || value == "not_found" || value == "corruption") << value.size();
      torn += value == "corruption" ? 1 : 0;
      EXPECT_EQ(ValueOf(reader, "/AB1"), "stable");
    }
    Store left = after.Open();
    const std::string value = ValueOf(left, "/AB2");
    lost += value == "not_found" ? 1 : 0;
    EXPECT_TRUE(value == kLarge || value == "not_found") << value.size();
    EXPECT_EQ(ValueOf(left, "/AB1"), "stable");
    EXPECT_FALSE(after.HasNote());
  });
  EXPECT_GT(torn, 0);
  EXPECT_GT(lost, torn);
  EXPECT_LT(lost, 120);
}

TEST(Unsynced, WhatWasSyncedIsThereInWhateverWay) {
  World world;
  world.Create();
  Store store = world.Open();
  std::vector<std::string> keys;
  for (const std::size_t count : {1, 3, 9}) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back("/K" + std::to_string(keys.size()) + "AB");
      ASSERT_TRUE(store.Put(keys.back(), kLarge + keys.back()));
    }
    ASSERT_TRUE(store.Sync());
    world.ForEachAfterlife([&](World& after) {
      Store left = after.Open();
      for (const std::string& key : keys) EXPECT_EQ(ValueOf(left, key), kLarge + key);
    });
  }
}

TEST(Unsynced, FewValuesAreSyncedOneByOneAndManyTogether) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/AB0", "first"));
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/AB1", "1"));
  ASSERT_TRUE(store.Put("/AB2", "2"));
  ASSERT_TRUE(store.Delete("/AB2"));
  world.recorder().Take();
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.recorder().Take(),
              ElementsAre("open blocks/AB/AB1.data", "sync_file blocks/AB/AB1.data",
                          "open blocks/AB/AB2.data", "sync_directory blocks/AB"));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.Put("/AB" + std::to_string(i) + "X", "1"));
  world.recorder().Take();
  ASSERT_TRUE(store.Sync());
  const auto calls = world.recorder().Take();
  EXPECT_THAT(calls, Contains("sync_filesystem blocks"));
  EXPECT_THAT(calls, Not(Contains(HasSubstr("sync_file "))));
}

TEST(Unsynced, ABatchGoesAheadOfItsBytesToo) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/AB0", "first"));
  ASSERT_TRUE(store.Put("/AB1", "old"));
  ASSERT_TRUE(store.Sync());
  world.recorder().Take();
  auto batch = store.NewBatch();
  for (int i = 1; i < 20; ++i) ASSERT_TRUE((*batch)->Put("/AB" + std::to_string(i), kLarge));
  ASSERT_TRUE((*batch)->Commit());
  const auto calls = world.recorder().Take();
  // Of the one that replaces.
  EXPECT_EQ(std::ranges::count_if(calls, [](const auto& call) { return call.starts_with("sync"); }),
            1);
  world.ForEachAfterlife([&](World& after) {
    Store left = after.Open();
    for (int i = 1; i < 20; ++i) {
      const std::string value = ValueOf(left, "/AB" + std::to_string(i));
      EXPECT_TRUE(value == kLarge || value == (i == 1 ? "old" : "not_found")) << value.size();
    }
  });
}

TEST(Unsynced, CloseMakesAllStableAndTakesTheNoteAway) {
  World world;
  world.Create();
  Store store = world.Open();
  PutBoth(store);
  ASSERT_TRUE(store.Close());
  EXPECT_FALSE(world.HasNote());
  world.ForEachAfterlife([](World& after) {
    Store left = after.Open();
    EXPECT_EQ(ValueOf(left, "/AB2"), kLarge);
  });
}

TEST(Unsynced, WithoutAPowerCutNothingIsLookedAt) {
  World world;
  world.Create();
  Store killed = world.Open();
  PutBoth(killed);
  world.Kill(std::move(killed));
  ASSERT_TRUE(world.HasNote());
  world.recorder().Take();
  Store store = world.Open();
  EXPECT_THAT(world.recorder().Take(), Not(Contains(HasSubstr("AB2"))));
  EXPECT_EQ(ValueOf(store, "/AB2"), kLarge);
  ASSERT_TRUE(store.Put("/AB3", kLarge));
  ASSERT_TRUE(store.Close());
  // Whether the one that was killed was told of a sync that failed, nobody knows.
  EXPECT_TRUE(world.HasNote());
  world.ForEachAfterlife([](World& after) {
    Store left = after.Open();
    for (const std::string_view key : {"/AB2", "/AB3"}) {
      const std::string value = ValueOf(left, key);
      EXPECT_TRUE(value == kLarge || value == "not_found") << value.size();
    }
    EXPECT_EQ(ValueOf(left, "/AB1"), "stable");
  });
}

TEST(Unsynced, AfterASyncThatFailedTheNextProcessIsNotTrusted) {
  World world;
  world.Create();
  Store store = world.Open();
  PutBoth(store);
  world.recorder().fails = [](const Call& call) { return filesystem::IsSync(call.operation); };
  EXPECT_EQ(CodeOf(store.Sync()), Code::kDataLoss);
  world.recorder().fails = nullptr;
  static_cast<void>(store.Close());
  EXPECT_TRUE(world.HasNote());
  ASSERT_TRUE(world.Open().Close());
  EXPECT_TRUE(world.HasNote());
}

TEST(Unsynced, AnotherPowerCutDuringRecoveryLosesNoMore) {
  World world;
  world.Create();
  Store store = world.Open();
  PutBoth(store);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    for (std::uint64_t calls = 1; calls < 40; ++calls) {
      World after(world.disk().Crash(Survivors::kTorn, seed));
      after.disk().CutPower(calls);
      static_cast<void>(after.TryOpen().has_value());
      for (const Survivors survivors : kAllSurvivors) {
        World last(after.disk().Crash(survivors, seed));
        Store left = last.Open();
        const std::string value = ValueOf(left, "/AB2");
        EXPECT_TRUE(value == kLarge || value == "not_found") << value.size();
        EXPECT_EQ(ValueOf(left, "/AB1"), "stable");
      }
    }
  }
}

TEST(Unsynced, WhatIsDoneToARepositoryThatNobodyHasOpenPutsItRightFirst) {
  World world;
  world.Create("shard=prefix/2");
  Store store = world.Open();
  PutBoth(store);
  world.ForEachAfterlife([](World& after) {
    const Environment& environment = after.environment();
    const auto scrubbed = ScrubRepository(*environment.files, "blocks", *environment.clock,
                                          {.random = environment.random},
                                          [](const RepositoryFinding&) { return Ok(); });
    EXPECT_TRUE(scrubbed) << TextOf(scrubbed);
    EXPECT_FALSE(after.HasNote());
    after.Create("", "other");
    const auto moved = MoveRepository(environment, "blocks", "other", {});
    EXPECT_TRUE(moved) << TextOf(moved);
    Store left = after.Open("", "other");
    const std::string value = ValueOf(left, "/AB2");
    EXPECT_TRUE(value == kLarge || value == "not_found") << value.size();
  });
}

TEST(Unsynced, WhoTakesTheNoteAwayMakesStableWhatItIsAbout) {
  for (const bool moves : {false, true}) {
    World world;
    world.Create("shard=prefix/2");
    Store killed = world.Open();
    PutBoth(killed);
    world.Kill(std::move(killed));
    const Environment& environment = world.environment();
    if (moves) {
      world.Create("", "other");
      ASSERT_TRUE(MoveRepository(environment, "blocks", "other", {}));
    } else {
      ASSERT_TRUE(DowngradeRepository(environment, "blocks", {}));
      ASSERT_TRUE(UpgradeRepository(environment, "blocks", 2, {}));
    }
    world.ForEachAfterlife([&](World& after) {
      Store left = after.Open("", moves ? "other" : "blocks");
      EXPECT_EQ(ValueOf(left, "/AB2"), kLarge);
    });
  }
}

TEST(Unsynced, AnOfflineCheckTellsTornValues) {
  World world;
  world.Create();
  Store store = world.Open();
  PutBoth(store);
  int told = 0;
  world.ForEachAfterlife([&](World& after) {
    const Environment& environment = after.environment();
    const auto checked = CheckRepository(*environment.files, "blocks", *environment.clock, {},
                                         [&](const RepositoryFinding& finding) {
                                           if (finding.path == "AB/AB2.data") ++told;
                                           EXPECT_NE(finding.path, kUnsyncedName);
                                           return Ok();
                                         });
    EXPECT_TRUE(checked) << TextOf(checked);
  });
  EXPECT_GT(told, 0);
}

TEST(Unsynced, ANoteThatCannotBeReadIsTold) {
  World world;
  world.Create();
  const auto root = world.environment().files->OpenDirectory("blocks").value();
  ASSERT_TRUE(WriteFile(*root, {.name = kUnsyncedName, .bytes = "nonsense"}, {}));
  for (const std::string fields : {"", "read_only=true"}) {
    EXPECT_THAT(TextOf(world.TryOpen(fields)), HasSubstr(".temp/unsynced")) << fields;
  }
  ASSERT_TRUE(root->Remove(kUnsyncedName));
  EXPECT_TRUE(world.TryOpen());
}

// Every call of the first Put, another, a Sync and Close fails once.
TEST(Unsynced, EveryCallMayFailOnce) {
  for (std::uint64_t failing = 1;; ++failing) {
    World world;
    world.Create();
    Store store = world.Open();
    std::uint64_t calls = 0;
    bool failed = false;
    world.recorder().fails = [&](const Call&) { return ++calls == failing && (failed = true); };
    const auto first = store.Put("/AB1", "1");
    const auto second = store.Put("/AB2", kLarge);
    const Status synced = store.Sync();
    world.recorder().fails = nullptr;
    if (!failed) break;
    SCOPED_TRACE(failing);
    for (const auto& [key, value, done] :
         {std::tuple("/AB1", std::string("1"), &first), std::tuple("/AB2", kLarge, &second)}) {
      if (done->has_value()) {
        EXPECT_EQ(ValueOf(store, key), value);
      } else if (done->error().applied() == Applied::kNo) {
        EXPECT_EQ(ValueOf(store, key), "not_found");
      }
    }
    world.ForEachAfterlife([&](World& after) {
      Store left = after.Open();
      const std::string value = ValueOf(left, "/AB2");
      const bool promised = second.has_value() && synced.has_value();
      EXPECT_TRUE(value == kLarge || (!promised && value == "not_found")) << value.size();
    });
  }
}

}  // namespace
}  // namespace anystore::flatfs

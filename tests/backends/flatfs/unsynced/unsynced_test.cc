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
#include "backends/flatfs/maintenance/scrub.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/repository_world.h"
#include "base/digest.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::Operation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr FileSystemTraits kKeepsMarks = {.dates_with_names = true};
const std::string kLarge(20'000, 'v');

/// Notes every call.
class AllCalls final : public testing::NotedCalls {
  [[nodiscard]] bool IsNoted(const Call& /*call*/) const override { return true; }
};

class World : public RepositoryWorld<AllCalls> {
 public:
  using RepositoryWorld::RepositoryWorld;
  World() : RepositoryWorld(kKeepsMarks) {}

  /// A store whose plain writes need not survive power.
  Store OpenUnsynced() { return Open("sync=false"); }
  /// Ends a store as if its process had been killed.
  void Kill(Store store) {
    calls().fails = [](const Call& call) {
      return filesystem::IsSync(call.operation) || call.operation == Operation::kRemove;
    };
    static_cast<void>(store.Close());
    calls().fails = nullptr;
  }
  [[nodiscard]] bool HasNote() {
    return environment().files->OpenDirectory("blocks").value()->Stat(kUnsyncedName).has_value();
  }
  AllCalls& calls() { return watcher(); }
};

void ForEachAfterlife(World& world, const std::function<void(World&)>& look) {
  ForEachAfterlife(world, 30, look);
}

void ExpectWholeOrLost(Store& store, std::string_view key) {
  const std::string value = ValueOf(store, key);
  EXPECT_TRUE(value == kLarge || value == "not_found") << key << ": " << value.size();
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
  Store store = world.OpenUnsynced();
  ASSERT_TRUE(store.Put("/AB1", "1"));
  EXPECT_TRUE(world.HasNote());
  world.calls().Take();
  ASSERT_TRUE(store.Put("/AB2", "2"));
  EXPECT_THAT(world.calls().Take(), ElementsAre("open_unnamed blocks/AB", "write blocks/AB",
                                                "set_dates blocks/AB", "link_file blocks/AB"));
}

TEST(Unsynced, NothingIsMarkedWhereNothingOutlivesThePower) {
  World world({.outlives_power = false});
  world.Create();
  Store store = world.OpenUnsynced();
  ASSERT_TRUE(store.Put("/AB1", "1"));
  EXPECT_FALSE(world.HasNote());
  world.calls().Take();
  ASSERT_TRUE(store.Put("/AB2", "2"));
  EXPECT_THAT(world.calls().Take(),
              ElementsAre("open_unnamed blocks/AB", "write blocks/AB", "link_file blocks/AB"));
  ASSERT_TRUE(store.Close());
}

TEST(Unsynced, BytesComeFirstWhereNoMarkIsKept) {
  for (const FileSystemTraits& traits :
       {FileSystemTraits{}, FileSystemTraits{.filesystem_sync = false, .dates_with_names = true},
        FileSystemTraits{.dates_with_names = true, .unnamed_files = false}}) {
    World world(traits);
    world.Create();
    Store store = world.OpenUnsynced();
    ASSERT_TRUE(store.Put("/AB1", "1"));
    EXPECT_FALSE(world.HasNote());
    EXPECT_THAT(world.calls().Take(),
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
  Store store = world.OpenUnsynced();
  ASSERT_TRUE(store.Put("/AB1", "old"));
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/AB1", kLarge));
  bool was_old = false;
  ForEachAfterlife(world, [&](World& after) {
    Store left = after.OpenUnsynced();
    const std::string value = ValueOf(left, "/AB1");
    was_old = was_old || value == "old";
    EXPECT_TRUE(value == "old" || value == kLarge) << value.size();
  });
  EXPECT_TRUE(was_old);
}

TEST(Unsynced, AValueIsLostOrWholeAfterAPowerCut) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  PutBoth(store);
  int lost = 0;
  int torn = 0;
  ForEachAfterlife(world, [&](World& after) {
    {
      // What nobody has put right yet.
      Store reader = after.Open("read_only=true");
      const std::string value = ValueOf(reader, "/AB2");
      EXPECT_TRUE(value == kLarge || value == "not_found" || value == "corruption") << value.size();
      torn += value == "corruption" ? 1 : 0;
      EXPECT_EQ(ValueOf(reader, "/AB1"), "stable");
    }
    Store left = after.OpenUnsynced();
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
  Store store = world.OpenUnsynced();
  std::vector<std::string> keys;
  for (const std::size_t count : {1U, 3U, 9U}) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back("/K" + std::to_string(keys.size()) + "AB");
      ASSERT_TRUE(store.Put(keys.back(), kLarge + keys.back()));
    }
    ASSERT_TRUE(store.Sync());
    ForEachAfterlife(world, [&](World& after) {
      Store left = after.OpenUnsynced();
      for (const std::string& key : keys) EXPECT_EQ(ValueOf(left, key), kLarge + key);
    });
  }
}

TEST(Unsynced, FewValuesAreSyncedOneByOneAndManyTogether) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  ASSERT_TRUE(store.Put("/AB0", "first"));
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/AB1", "1"));
  ASSERT_TRUE(store.Put("/AB2", "2"));
  ASSERT_TRUE(store.Delete("/AB2"));
  world.calls().Take();
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.calls().Take(),
              ElementsAre("open blocks/AB/AB1.data", "sync_file blocks/AB/AB1.data",
                          "open blocks/AB/AB2.data", "sync_directory blocks/AB"));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.Put("/AB" + std::to_string(i) + "X", "1"));
  world.calls().Take();
  ASSERT_TRUE(store.Sync());
  const auto calls = world.calls().Take();
  EXPECT_THAT(calls, Contains("sync_filesystem blocks"));
  EXPECT_THAT(calls, Not(Contains(HasSubstr("sync_file "))));
}

TEST(Unsynced, ABatchGoesAheadOfItsBytesToo) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  ASSERT_TRUE(store.Put("/AB0", "first"));
  ASSERT_TRUE(store.Put("/AB1", "old"));
  ASSERT_TRUE(store.Sync());
  world.calls().Take();
  auto batch = store.NewBatch();
  for (int i = 1; i < 20; ++i) ASSERT_TRUE((*batch)->Put("/AB" + std::to_string(i), kLarge));
  ASSERT_TRUE((*batch)->Commit());
  const auto calls = world.calls().Take();
  // Of the one that replaces.
  EXPECT_EQ(std::ranges::count_if(calls, [](const auto& call) { return call.starts_with("sync"); }),
            1);
  ForEachAfterlife(world, [&](World& after) {
    Store left = after.OpenUnsynced();
    for (int i = 1; i < 20; ++i) {
      const std::string value = ValueOf(left, "/AB" + std::to_string(i));
      EXPECT_TRUE(value == kLarge || value == (i == 1 ? "old" : "not_found")) << value.size();
    }
  });
}

TEST(Unsynced, CloseMakesAllStableAndTakesTheNoteAway) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  PutBoth(store);
  ASSERT_TRUE(store.Close());
  EXPECT_FALSE(world.HasNote());
  ForEachAfterlife(world, [](World& after) {
    Store left = after.OpenUnsynced();
    EXPECT_EQ(ValueOf(left, "/AB2"), kLarge);
  });
}

TEST(Unsynced, WithoutAPowerCutNothingIsLookedAt) {
  World world;
  world.Create();
  Store killed = world.OpenUnsynced();
  PutBoth(killed);
  world.Kill(std::move(killed));
  ASSERT_TRUE(world.HasNote());
  world.calls().Take();
  Store store = world.OpenUnsynced();
  EXPECT_THAT(world.calls().Take(), Not(Contains(HasSubstr("AB2"))));
  EXPECT_EQ(ValueOf(store, "/AB2"), kLarge);
  ASSERT_TRUE(store.Put("/AB3", kLarge));
  ASSERT_TRUE(store.Close());
  // Whether the one that was killed was told of a sync that failed, nobody knows.
  EXPECT_TRUE(world.HasNote());
  ForEachAfterlife(world, [](World& after) {
    Store left = after.OpenUnsynced();
    for (const std::string_view key : {"/AB2", "/AB3"}) {
      ExpectWholeOrLost(left, key);
    }
    EXPECT_EQ(ValueOf(left, "/AB1"), "stable");
  });
}

TEST(Unsynced, AfterASyncThatFailedTheNextProcessIsNotTrusted) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  PutBoth(store);
  world.calls().fails = [](const Call& call) { return filesystem::IsSync(call.operation); };
  EXPECT_EQ(CodeOf(store.Sync()), Code::kDataLoss);
  world.calls().fails = nullptr;
  static_cast<void>(store.Close());
  EXPECT_TRUE(world.HasNote());
  ASSERT_TRUE(world.OpenUnsynced().Close());
  EXPECT_TRUE(world.HasNote());
}

TEST(Unsynced, AnotherPowerCutDuringRecoveryLosesNoMore) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  PutBoth(store);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    for (std::uint64_t calls = 1; calls < 40; ++calls) {
      World after(world.disk().Crash(Survivors::kTorn, seed));
      after.disk().CutPower(calls);
      static_cast<void>(after.TryOpen("sync=false").has_value());
      for (const Survivors survivors : kAllSurvivors) {
        World last(after.disk().Crash(survivors, seed));
        Store left = last.OpenUnsynced();
        ExpectWholeOrLost(left, "/AB2");
        EXPECT_EQ(ValueOf(left, "/AB1"), "stable");
      }
    }
  }
}

TEST(Unsynced, WhatIsDoneToARepositoryThatNobodyHasOpenPutsItRightFirst) {
  World world;
  world.Create("shard=prefix/2");
  Store store = world.OpenUnsynced();
  PutBoth(store);
  ForEachAfterlife(world, [](World& after) {
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
    ExpectWholeOrLost(left, "/AB2");
  });
}

TEST(Unsynced, WhoTakesTheNoteAwayMakesStableWhatItIsAbout) {
  for (const bool moves : {false, true}) {
    World world;
    world.Create("shard=prefix/2");
    Store killed = world.OpenUnsynced();
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
    ForEachAfterlife(world, [&](World& after) {
      Store left = after.Open("", moves ? "other" : "blocks");
      EXPECT_EQ(ValueOf(left, "/AB2"), kLarge);
    });
  }
}

TEST(Unsynced, AnOfflineCheckTellsTornValues) {
  World world;
  world.Create();
  Store store = world.OpenUnsynced();
  PutBoth(store);
  int told = 0;
  ForEachAfterlife(world, [&](World& after) {
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
  EXPECT_TRUE(world.TryOpen("sync=false"));
}

// Every call of the first Put, another, a Sync and Close fails once.
TEST(Unsynced, EveryCallMayFailOnce) {
  for (std::uint64_t failing = 1;; ++failing) {
    World world;
    world.Create();
    Store store = world.OpenUnsynced();
    std::uint64_t calls = 0;
    bool failed = false;
    world.calls().fails = [&](const Call&) { return ++calls == failing && (failed = true); };
    const auto first = store.Put("/AB1", "1");
    const auto second = store.Put("/AB2", kLarge);
    const Status synced = store.Sync();
    world.calls().fails = nullptr;
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
    ForEachAfterlife(world, [&](World& after) {
      Store left = after.OpenUnsynced();
      const std::string value = ValueOf(left, "/AB2");
      const bool promised = second.has_value() && synced.has_value();
      EXPECT_TRUE(value == kLarge || (!promised && value == "not_found")) << value.size();
    });
  }
}

}  // namespace
}  // namespace anystore::flatfs

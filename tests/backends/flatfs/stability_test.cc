// What is synced, when, and that it suffices.
#include "backends/flatfs/stability.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/repository_world.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::Decision;
using filesystem::Operation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Notes every sync, and lets faults be put in.
class NotedSyncs final : public testing::NotedCalls {
 public:
  Decision Before(const Call& call) override {
    if (!IsNoted(call)) return Decision::Proceed();
    if (meanwhile != nullptr && Shown(call).contains("blocks/")) std::exchange(meanwhile, {})();
    return NotedCalls::Before(call);
  }

  /// Lets the syncs of what has `part` in its path fail.
  void FailIn(std::string part, int error) {
    os_error = error;
    fails = [this, part = std::move(part)](const Call& call) { return Shown(call).contains(part); };
  }

  std::function<void()> meanwhile = nullptr;  // once, during the next sync of a directory

 private:
  [[nodiscard]] bool IsNoted(const Call& call) const override {
    return filesystem::IsSync(call.operation);
  }
  /// With "T" for the file of a record that has no name of its own yet.
  [[nodiscard]] std::string Shown(const Call& call) const override {
    const bool is_record = call.operation == Operation::kFileSync && !call.path.contains(".") &&
                           call.path.starts_with("blocks/") && !call.path.contains("SHARDING");
    return is_record ? "blocks/T" : NotedCalls::Shown(call);
  }
};

class World : public RepositoryWorld<NotedSyncs> {
 public:
  using RepositoryWorld::RepositoryWorld;

  /// Takes a store away before it can sync anything.
  void Kill(Store store) {
    syncs().FailIn("", EIO);
    EXPECT_TRUE(store.Close());
    syncs().fails = nullptr;
  }
  NotedSyncs& syncs() { return watcher(); }
};

/// Calls `look` with the store that each kind of power cut leaves.
void ForEachAfterlife(World& world, const std::function<void(Store&)>& look) {
  ForEachAfterlife(world, 20, [&look](World& after) {
    Store store = after.Open();
    look(store);
  });
}

TEST(Stability, ACreatedRepositorySurvives) {
  World world;
  world.Create();
  ForEachAfterlife(world, [](Store& store) { EXPECT_THAT(KeysOf(store), IsEmpty()); });
}

TEST(Stability, ARemovedRepositoryStaysRemoved) {
  World world;
  world.Create();
  ASSERT_TRUE(world.Open().Put("/ABC", "1"));
  const Status destroyed = world.backend().Destroy(FlatfsConfig("blocks"), world.environment());
  ASSERT_TRUE(destroyed) << TextOf(destroyed);
  EXPECT_EQ(world.disk().Crash(Survivors::kNone, 1)->Describe(), world.disk().Describe());
}

TEST(Stability, DurableWritesSurvive) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "old"));
  ASSERT_TRUE(store.Put("/ABC", "new"));
  ASSERT_TRUE(store.Put("/ABCD", "x"));
  ASSERT_TRUE(store.Delete("/ABCD"));
  ForEachAfterlife(world, [](Store& left) {
    EXPECT_EQ(ValueOf(left, "/ABC"), "new");
    EXPECT_THAT(KeysOf(left), ElementsAre("/ABC"));
  });
}

TEST(Stability, OtherWritesAreLostWholeAndSurviveASync) {
  const std::string large(20'000, 'v');
  World world;
  world.Create();
  Store store = world.Open("sync=false");
  ASSERT_TRUE(store.Sync());
  ASSERT_TRUE(store.Put("/ABC", large));
  bool was_lost = false;
  ForEachAfterlife(world, [&](Store& left) {
    const bool has = *left.Has("/ABC");
    was_lost = was_lost || !has;
    EXPECT_TRUE(!has || ValueOf(left, "/ABC") == large);
  });
  EXPECT_TRUE(was_lost);
  ASSERT_TRUE(store.Sync());
  ForEachAfterlife(world, [&](Store& left) { EXPECT_EQ(ValueOf(left, "/ABC"), large); });
}

class SyncAfterReopening : public ::testing::TestWithParam<bool> {};

TEST_P(SyncAfterReopening, CoversWhatAKilledProcessHadWritten) {
  World world({.filesystem_sync = GetParam()});
  world.Create();
  {
    Store killed = world.Open("sync=false");
    ASSERT_TRUE(killed.Put("/ABC", "1"));
    ASSERT_TRUE(killed.Put("/XYZ", "2"));
    world.Kill(std::move(killed));
  }
  Store store = world.Open();
  ASSERT_TRUE(store.Sync());
  ForEachAfterlife(world,
                   [](Store& left) { EXPECT_THAT(KeysOf(left), ElementsAre("/ABC", "/XYZ")); });
}

TEST_P(SyncAfterReopening, CoversWhatThisProcessHasWritten) {
  World world({.filesystem_sync = GetParam()});
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  ASSERT_TRUE(store.Put("/XYZ", "2", {.write = {.durability = Durability::kApplied}}));
  ASSERT_TRUE(store.Sync());
  ForEachAfterlife(world,
                   [](Store& left) { EXPECT_THAT(KeysOf(left), ElementsAre("/ABC", "/XYZ")); });
}

INSTANTIATE_TEST_SUITE_P(FilesystemSync, SyncAfterReopening, ::testing::Bool());

TEST(Stability, ADurableWriteBringsAlongADirectoryThatAKilledProcessMade) {
  World world;
  world.Create();
  {
    Store killed = world.Open("sync=false");
    ASSERT_TRUE(killed.Put("/ABC", "1"));
    world.Kill(std::move(killed));
  }
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/XABC", "2"));
  ForEachAfterlife(world, [](Store& left) { EXPECT_EQ(ValueOf(left, "/XABC"), "2"); });
}

TEST(Stability, ADurableWriteBringsAlongARepositoryThatNobodyHasSynced) {
  World world;
  const auto root = *world.disk().OpenDirectory("/");
  ASSERT_TRUE(root->MakeDirectory("blocks"));
  {
    const auto sharding = *root->Open("blocks/SHARDING", {.access = FileAccess::kReadWrite,
                                                          .creation = FileCreation::kExclusive});
    ASSERT_TRUE(sharding->WriteAt(0, "/repo/flatfs/shard/v1/next-to-last/2\n"));
  }
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  ForEachAfterlife(world, [](Store& left) { EXPECT_EQ(ValueOf(left, "/ABC"), "1"); });
}

TEST(Stability, ADurableDeleteOfWhatIsGoneMakesThatStable) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  const WriteOptions applied{.durability = Durability::kApplied};
  ASSERT_TRUE(store.Delete("/ABC", {.write = applied}));
  ASSERT_TRUE(store.Delete("/ABC"));
  ForEachAfterlife(world, [](Store& left) { EXPECT_FALSE(*left.Has("/ABC")); });
}

TEST(Stability, CloseMakesStableWhatTheNoteOfSizesTellsOf) {
  World world;
  world.Create();
  {
    Store store = world.Open("sync=false");
    ASSERT_TRUE(store.Put("/ABC", "1"));
    ASSERT_TRUE(store.Close());
  }
  ForEachAfterlife(world, [](Store& left) { EXPECT_EQ(ValueOf(left, "/ABC"), "1"); });
}

TEST(Stability, ADurableWriteInASecondRoundSyncsTwice) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  world.syncs().Take();
  ASSERT_TRUE(store.Put("/ABC", "2"));
  EXPECT_THAT(world.syncs().Take(), ElementsAre("sync_file blocks/T", "sync_directory blocks/AB"));
}

TEST(Stability, AnExistingDirectoryIsStableOnceTheRootIs) {
  World world;
  world.Create();
  ASSERT_TRUE(world.Open().Put("/ABC", "1"));
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/XYZ", "1"));
  world.syncs().Take();
  ASSERT_TRUE(store.Put("/ABC", "2"));
  EXPECT_THAT(world.syncs().Take(), ElementsAre("sync_file blocks/T", "sync_directory blocks/AB"));
}

TEST(Stability, SyncSyncsWhatWasWrittenAndNoMore) {
  World world;
  world.Create();
  Store store = world.Open("sync=false");
  ASSERT_TRUE(store.Sync());
  world.syncs().Take();
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.syncs().Take(), IsEmpty());
  ASSERT_TRUE(store.Put("/ABC", "1"));
  ASSERT_TRUE(store.Put("/ABC", "2"));
  EXPECT_THAT(world.syncs().Take(),
              ElementsAre("sync_directory blocks", "sync_file blocks/T", "sync_file blocks/T"))
      << "that there is no note of the disk usage, once; the bytes, always";
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.syncs().Take(),
              ElementsAre("sync_directory blocks", "sync_directory blocks/AB"));
  ASSERT_TRUE(store.Delete("/ABC"));
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.syncs().Take(), ElementsAre("sync_directory blocks/AB"));
  for (char c = 'A'; c <= 'I'; ++c) {
    ASSERT_TRUE(store.Put(std::string("/X") + c + "X", "1"));
  }
  world.syncs().Take();
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.syncs().Take(), ElementsAre("sync_filesystem blocks"));
  ForEachAfterlife(world, [](Store& left) { EXPECT_EQ(KeysOf(left).size(), 9U); });
}

TEST(Stability, AFailedSyncEndsWritingUntilReopened) {
  World world;
  world.Create();
  {
    Store store = world.Open();
    ASSERT_TRUE(store.Put("/ABC", "1"));
    world.syncs().FailIn("blocks/AB", EIO);
    const auto put = store.Put("/ABC", "2");
    EXPECT_EQ(CodeOf(put), Code::kDataLoss);
    EXPECT_THAT(TextOf(put), HasSubstr("blocks/AB"));
    EXPECT_EQ(put.error().applied(), Applied::kUnknown);
    world.syncs().fails = nullptr;
    EXPECT_EQ(CodeOf(store.Put("/XYZ", "1")), Code::kDataLoss);
    EXPECT_EQ(CodeOf(store.Delete("/ABC")), Code::kDataLoss);
    EXPECT_EQ(CodeOf(store.Sync()), Code::kDataLoss);
    EXPECT_EQ(ValueOf(store, "/ABC"), "2");
    EXPECT_THAT(KeysOf(store), ElementsAre("/ABC"));
  }
  EXPECT_TRUE(world.Open().Put("/XYZ", "1"));
}

TEST(Stability, AFailedSyncSpoilsTheOnesBesideIt) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  world.syncs().meanwhile = [&] {
    world.syncs().FailIn("blocks/AB", EIO);
    EXPECT_FALSE(store.Put("/ABC", "2"));
  };
  const auto put = store.Put("/XYZ", "1");
  EXPECT_EQ(CodeOf(put), Code::kDataLoss);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
}

TEST(Stability, AFailedSyncOfTheRepositoryItselfWritesNothing) {
  World world;
  world.Create();
  Store store = world.Open();
  world.syncs().FailIn("SHARDING", EIO);
  const auto put = store.Put("/ABC", "1");
  EXPECT_EQ(CodeOf(put), Code::kDataLoss);
  EXPECT_EQ(put.error().applied(), Applied::kNo);
  EXPECT_FALSE(*store.Has("/ABC"));
}

TEST(Stability, WithoutDescriptorsASyncWaitsAndMayBeMadeUpFor) {
  World world;
  world.Create();
  Store store = world.Open();
  ASSERT_TRUE(store.Put("/ABC", "1"));
  const Instant before = world.clock().Now();
  world.syncs().FailIn("blocks/AB", EMFILE);
  const auto put = store.Put("/ABC", "2");
  EXPECT_EQ(CodeOf(put), Code::kResourceExhausted);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  EXPECT_EQ(world.clock().Now() - before, std::chrono::seconds(3));
  ASSERT_TRUE(store.Sync());  // the first one syncs the whole filesystem
  world.syncs().fails = nullptr;
  ASSERT_TRUE(store.Put("/ABC", "3")) << "nothing was lost";
  world.syncs().FailIn("blocks/AB", EMFILE);
  EXPECT_FALSE(store.Delete("/ABC"));
  EXPECT_EQ(CodeOf(store.Sync()), Code::kResourceExhausted);
  world.syncs().fails = nullptr;
  world.syncs().Take();
  ASSERT_TRUE(store.Sync());
  EXPECT_THAT(world.syncs().Take(), ElementsAre("sync_directory blocks/AB"));
  ForEachAfterlife(world, [](Store& left) { EXPECT_FALSE(*left.Has("/ABC")); });
}

TEST(Stability, WhereDirectoriesCannotBeSyncedNothingIsPromisedBeyondTheProcess) {
  World world({.directory_sync = false, .filesystem_sync = false});
  world.Create();
  Store store = world.Open();
  EXPECT_EQ(store.capabilities().durability_max, Durability::kSurvivesProcess);
  EXPECT_TRUE(store.Put("/ABC", "1"));
  EXPECT_TRUE(store.Sync());
  const WriteOptions durable{.durability = Durability::kSurvivesPower};
  EXPECT_EQ(CodeOf(store.Put("/ABC", "2", {.write = durable})), Code::kUnsupported);
}

TEST(Stability, ARuleNeedsNamesOfItsLength) {
  World world({.name_bytes_max = 100});
  const Status created =
      world.backend().Create(FlatfsConfig("blocks", "shard=prefix/101"), world.environment());
  EXPECT_EQ(CodeOf(created), Code::kInvalidConfig);
  world.Create("shard=prefix/100");
  EXPECT_EQ(world.Open().capabilities().keys.bytes_max, 96U);
}

/// What is left of a change of a whole repository whose power was cut after every number of calls.
void CutEverywhere(const std::function<void(World&)>& prepare,
                   const std::function<Status(World&)>& change,
                   const std::function<void(World&)>& look) {
  bool finished = false;
  for (std::uint64_t calls = 1; !finished; ++calls) {
    World world;
    prepare(world);
    world.disk().CutPower(calls);
    finished = change(world).has_value();
    world.disk().CutPower();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) + " seed " +
                     std::to_string(seed));
        World after(world.disk().Crash(survivors, seed));
        look(after);
      }
    }
  }
}

TEST(Stability, ACreationThatWasCutOffCanBeRepeated) {
  CutEverywhere([](World&) {},
                [](World& world) {
                  return world.backend().Create(FlatfsConfig("blocks"), world.environment());
                },
                [](World& after) {
                  if (!*after.backend().Exists(FlatfsConfig("blocks"), after.environment()))
                    after.Create();
                  EXPECT_TRUE(after.Open().Put("/ABC", "1"));
                });
}

TEST(Stability, ARemovalThatWasCutOffCanBeRepeated) {
  CutEverywhere(
      [](World& world) {
        world.Create();
        Store store = world.Open();
        ASSERT_TRUE(store.Put("/ABC", "1"));
        ASSERT_TRUE(store.Put("/XYZ", "2"));
      },
      [](World& world) {
        return world.backend().Destroy(FlatfsConfig("blocks"), world.environment());
      },
      [](World& after) {
        const CheckedConfig config = FlatfsConfig("blocks");
        if (*after.backend().Exists(config, after.environment())) {
          const Status destroyed = after.backend().Destroy(config, after.environment());
          EXPECT_TRUE(destroyed) << TextOf(destroyed);
        }
        after.Create();
      });
}

}  // namespace
}  // namespace anystore::flatfs

#include "anystore/simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "filesystem/simulated_world.h"

namespace anystore {
namespace {

using testing::HasSubstr;

constexpr DiskProfile kProfiles[] = {DiskProfile::kStrict, DiskProfile::kJournaled,
                                     DiskProfile::kNoJournal};

// ---- Bytes ----

TEST(SimulatedBytes, AreLostWithoutASyncAndNeverWithOne) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.WriteStable("a", "old");
    world.Write("a", "new");
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "old"; }));
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "new"; }));
    world.SyncFile("a");
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") != "new"; }));
  }
}

/// The offsets at which the letter changes.
std::vector<std::size_t> CutsIn(std::string_view bytes) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if (bytes[i] != bytes[i - 1]) cuts.push_back(i);
  }
  return cuts;
}

/// All offsets at which crashes tear a write of 32 KiB over as many old bytes, and whether some
/// crash tore it at multiples of 4096 only.
std::pair<std::set<std::size_t>, bool> TearsOf(const SimulatedDiskOptions& options) {
  World world(options);
  world.WriteStable("a", std::string(32'768, 'o'));
  world.Write("a", std::string(32'768, 'n'));
  std::set<std::size_t> tears;
  bool by_pages = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto cuts = CutsIn(*BytesIn(*world.disk.Crash(Survivors::kTorn, seed), "a"));
    tears.insert(cuts.begin(), cuts.end());
    by_pages = by_pages || (cuts.size() > 2 && std::ranges::all_of(cuts, [](std::size_t cut) {
                              return cut % 4096 == 0;
                            }));
  }
  return {tears, by_pages};
}

TEST(SimulatedBytes, TearAtEverySectorAndNowhereElse) {
  for (const DiskProfile profile : {DiskProfile::kStrict, DiskProfile::kJournaled}) {
    const auto [tears, by_pages] = TearsOf({.profile = profile});
    EXPECT_EQ(tears.size(), 63U);
    EXPECT_TRUE(std::ranges::all_of(tears, [](std::size_t cut) { return cut % 512 == 0; }));
    EXPECT_TRUE(by_pages);
  }
}

TEST(SimulatedBytes, TearAtPagesWhereThatIsClaimed) {
  for (const auto& options : {SimulatedDiskOptions{.profile = DiskProfile::kNoJournal},
                              SimulatedDiskOptions{.traits = {.atomic_write_bytes = 4096}}}) {
    const auto [tears, by_pages] = TearsOf(options);
    EXPECT_EQ(tears.size(), 7U);
    EXPECT_TRUE(std::ranges::all_of(tears, [](std::size_t cut) { return cut % 4096 == 0; }));
    EXPECT_TRUE(by_pages);
  }
}

TEST(SimulatedBytes, AreWholeInRandomImages) {
  World world;
  world.WriteStable("a", std::string(32'768, 'o'));
  world.Write("a", std::string(32'768, 'n'));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    seen.insert(*BytesIn(*world.disk.Crash(Survivors::kRandom, seed), "a"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{std::string(32'768, 'n'), std::string(32'768, 'o')}));
}

TEST(SimulatedBytes, SurviveInAnyOrder) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.WriteStable("a", "--");
    world.Write("a", "1");
    world.Write("a", "2", 1);
    const auto second_alone = [](SimulatedDisk& left) { return BytesIn(left, "a") == "-2"; };
    EXPECT_TRUE(May(world, second_alone));
  }
  World world;
  world.WriteStable("a", "--");
  world.Write("a", "1");
  world.SyncFile("a");
  world.Write("a", "2", 1);
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "-2"; }));
}

TEST(SimulatedBytes, MayStayBehindTheirSize) {
  const auto is_zeros = [](SimulatedDisk& left) { return BytesIn(left, "a") == std::string(9, 0); };
  const auto is_garbage = [](SimulatedDisk& left) {
    const auto bytes = BytesIn(left, "a");
    return bytes.has_value() && bytes->size() == 9 && *bytes != "new bytes" &&
           *bytes != std::string(9, 0);
  };
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.WriteStable("a", "");
    world.Write("a", "new bytes");
    EXPECT_TRUE(May(world, is_zeros));
    EXPECT_EQ(May(world, is_garbage), profile == DiskProfile::kStrict);
    world.SyncFile("a");
    EXPECT_FALSE(May(world, is_zeros));
    EXPECT_FALSE(May(world, is_garbage));
  }
}

TEST(SimulatedBytes, NeverGiveWayToGarbageWhereTheyWere) {
  World world;
  world.WriteStable("a", "stable bytes");
  world.Write("a", "new", 0);
  world.Write("a", "es and more", 10);
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) {
    const std::string bytes = *BytesIn(left, "a");
    return !bytes.starts_with("stable bytes") && !bytes.starts_with("newble bytes");
  }));
}

TEST(SimulatedBytes, ComeBackWhenTheFileWasCut) {
  World world;
  world.WriteStable("a", "hello world");
  ASSERT_TRUE(world.Open("a", kChangeFile)->Truncate(5).has_value());
  const auto is_whole = [](SimulatedDisk& left) { return BytesIn(left, "a") == "hello world"; };
  EXPECT_TRUE(May(world, is_whole));
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "hello"; }));
  world.SyncFile("a");
  EXPECT_FALSE(May(world, is_whole));
  // Emptied by opening: the same.
  world.Open("a", {.access = FileAccess::kReadWrite, .truncate = true});
  world.Write("a", "HE");
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "HEllo"; }));
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == ""; }));
  world.SyncFile("a");
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") != "HE"; }));
}

TEST(SimulatedBytes, AreAllocatedOrNot) {
  World world;
  world.WriteStable("a", "hello");
  const auto file = world.Open("a", kChangeFile);
  ASSERT_TRUE(file->Allocate(0, 100, Allocation::kKeepSize).has_value());
  EXPECT_EQ(world.CountImages(), 1U);
  ASSERT_TRUE(file->Allocate(3, 4, Allocation::kExtend).has_value());
  EXPECT_EQ(world.CountImages(), 2U);
  ASSERT_TRUE(file->Allocate(1, 2, Allocation::kZero).has_value());
  EXPECT_EQ(world.CountImages(), 4U);
  ASSERT_TRUE(file->Sync(SyncScope::kData).has_value());
  EXPECT_EQ(world.CountImages(), 1U);
  EXPECT_EQ(BytesIn(*world.disk.Crash(Survivors::kNone, 0), "a"), std::string("h\0\0lo\0\0", 7));
}

// ---- Names ----

TEST(SimulatedNames, AreLostWithoutASyncOfTheDirectory) {
  World world;
  world.Write("a", "bytes");
  world.SyncFile("a", SyncScope::kAll);
  const auto is_gone = [](SimulatedDisk& left) { return !IsThere(left, "a"); };
  EXPECT_TRUE(May(world, is_gone));
  world.SyncNames();
  EXPECT_FALSE(May(world, is_gone));
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") != "bytes"; }));
}

TEST(SimulatedNames, SurviveWithoutTheirBytes) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.Write("a", "bytes");
    world.SyncNames();
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == ""; }));
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }));
  }
}

TEST(SimulatedNames, AreLostWithTheirDirectory) {
  for (const DiskProfile profile : {DiskProfile::kStrict, DiskProfile::kNoJournal}) {
    World world(profile);
    world.MakeDirectory("d");
    world.Write("d/a", "bytes");
    world.SyncFile("d/a");
    world.SyncNames("d");
    const auto is_gone = [](SimulatedDisk& left) { return !IsThere(left, "d"); };
    EXPECT_TRUE(May(world, is_gone));
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) {
      return IsThere(left, "d") && BytesIn(left, "d/a") != "bytes";
    }));
    world.SyncNames();
    EXPECT_FALSE(May(world, is_gone));
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "d/a") != "bytes"; }));
  }
}

TEST(SimulatedNames, AreCoveredByTheSyncOfTheirDirectoryAlone) {
  World world;
  world.MakeDirectory("d");
  world.MakeDirectory("e");
  world.SyncAll();
  world.Write("d/a", "");
  world.Write("e/a", "");
  world.Write("a", "");
  world.SyncNames("d");
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "d/a"); }));
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "e/a"); }));
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }));
  // An open directory is synced like one that is named.
  EXPECT_TRUE(world.Open("e", {})->Sync(SyncScope::kData).has_value());
  EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "e/a"); }));
  world.SyncAll();
  EXPECT_EQ(world.CountImages(), 1U);
}

TEST(SimulatedNames, ComeBackAfterRemoval) {
  World world;
  world.MakeDirectory("d");
  world.WriteStable("a", "bytes");
  world.Remove("a");
  ASSERT_TRUE(world.root->RemoveDirectory("d").has_value());
  const auto is_back = [](SimulatedDisk& left) { return BytesIn(left, "a") == "bytes"; };
  EXPECT_TRUE(May(world, is_back));
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return IsThere(left, "d"); }));
  EXPECT_EQ(world.CountImages(), 4U);
  world.SyncNames();
  EXPECT_FALSE(May(world, is_back));
  EXPECT_EQ(world.CountImages(), 1U);
}

TEST(SimulatedNames, SurviveInAnyOrderUnlessJournaled) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.Write("first", "");
    world.Write("second", "");
    EXPECT_EQ(
        May(world,
            [](SimulatedDisk& left) { return IsThere(left, "second") && !IsThere(left, "first"); }),
        profile != DiskProfile::kJournaled);
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) {
      return IsThere(left, "first") && !IsThere(left, "second");
    }));
  }
}

/// How often a file that was renamed from d/a to e/b without a sync is found under each name: the
/// pairs of "is d/a" and "is e/b" that occur.
std::set<std::pair<bool, bool>> PlacesAfterRename(World& world) {
  std::set<std::pair<bool, bool>> places;
  for (const auto& image : world.disk.Images(1000)) {
    places.emplace(IsThere(*image, "d/a"), IsThere(*image, "e/b"));
  }
  for (const Survivors survivors : kAllSurvivors) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto left = world.disk.Crash(survivors, seed);
      EXPECT_TRUE(places.contains({IsThere(*left, "d/a"), IsThere(*left, "e/b")}));
    }
  }
  return places;
}

TEST(SimulatedNames, ARenameLeavesBothOrNeitherOrOne) {
  using Places = std::set<std::pair<bool, bool>>;
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.MakeDirectory("d");
    world.MakeDirectory("e");
    world.WriteStable("d/a", "bytes");
    world.Rename("d/a", "e/b");
    if (profile == DiskProfile::kJournaled) {
      EXPECT_EQ(PlacesAfterRename(world), (Places{{true, false}, {false, true}}));
      continue;
    }
    EXPECT_EQ(PlacesAfterRename(world),
              (Places{{true, false}, {false, true}, {true, true}, {false, false}}));
    world.SyncNames("e");
    EXPECT_EQ(PlacesAfterRename(world), (Places{{true, true}, {false, true}}));
    world.SyncNames("d");
    EXPECT_EQ(PlacesAfterRename(world), (Places{{false, true}}));
  }
}

TEST(SimulatedNames, ARenameSyncedWhereItCameFromAloneMayLoseTheFile) {
  World world;
  world.MakeDirectory("d");
  world.MakeDirectory("e");
  world.WriteStable("d/a", "bytes");
  world.Rename("d/a", "e/b");
  world.SyncNames("d");
  EXPECT_EQ(PlacesAfterRename(world),
            (std::set<std::pair<bool, bool>>{{false, true}, {false, false}}));
}

TEST(SimulatedNames, ARenameOverANameLeavesOldOrNewUnlessItIsNotAtomic) {
  for (const bool atomic : {true, false}) {
    World world({.traits = {.atomic_rename = atomic}});
    world.Write("new", "new");
    world.WriteStable("a", "old");
    world.Rename("new", "a");
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "old"; }));
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == "new"; }));
    EXPECT_EQ(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }), !atomic);
    world.SyncNames();
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") != "new"; }));
  }
}

TEST(SimulatedNames, FoundTwiceAreHardLinks) {
  World world;
  world.WriteStable("a", "bytes");
  world.Rename("a", "b");
  const auto images = world.disk.Images(10);
  ASSERT_EQ(images.size(), 4U);
  const auto both = std::ranges::find_if(
      images, [](const auto& image) { return IsThere(*image, "a") && IsThere(*image, "b"); });
  ASSERT_NE(both, images.end());
  EXPECT_THAT((*both)->Describe(), HasSubstr("\"b\" is \"a\"\n"));
  const auto root = (*both)->OpenDirectory("/").value();
  EXPECT_EQ(root->Stat("a").value().links, 2U);
  EXPECT_TRUE(root->Open("a", kChangeFile).value()->WriteAt(0, "BYTES").has_value());
  EXPECT_EQ(BytesIn(**both, "b"), "BYTES");
}

TEST(SimulatedNames, OfOneDirectoryAreNeverTwo) {
  World world;
  world.MakeDirectory("d");
  world.MakeDirectory("d/sub");
  world.MakeDirectory("e");
  world.WriteStable("d/sub/a", "bytes");
  world.Rename("d/sub", "e/sub");
  world.Rename("d", "e/sub/d");
  bool lost = false;
  for (const auto& image : world.disk.Images(1000)) {
    const int found = IsThere(*image, "d/sub/a") + IsThere(*image, "e/sub/a");
    EXPECT_LE(found, 1) << image->Describe();
    lost = lost || found == 0;
  }
  EXPECT_TRUE(lost);
}

// ---- Files without names ----

std::unique_ptr<File> UnnamedIn(World& world, std::string_view bytes) {
  std::unique_ptr<File> file = world.root->OpenUnnamed("").value();
  EXPECT_TRUE(file->WriteAt(0, bytes).has_value());
  return file;
}

TEST(SimulatedUnnamed, GoWithThePowerWhateverIsSynced) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    world.WriteStable("a", "bytes");
    const std::string before = world.disk.Describe();
    const auto leaves_a_trace = [&](SimulatedDisk& left) { return left.Describe() != before; };
    const auto file = UnnamedIn(world, "unnamed");
    EXPECT_FALSE(May(world, leaves_a_trace));
    EXPECT_TRUE(file->Sync(SyncScope::kData).has_value());
    EXPECT_FALSE(May(world, leaves_a_trace));
    EXPECT_TRUE(file->Sync(SyncScope::kAll).has_value());
    world.SyncNames();
    world.SyncAll();
    EXPECT_FALSE(May(world, leaves_a_trace));
    EXPECT_EQ(world.CountImages(), 1U);
  }
}

TEST(SimulatedUnnamed, MayLoseTheirFirstNameWithoutASyncOfTheDirectory) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    const std::string bytes(1024, 'n');
    const auto is_gone = [](SimulatedDisk& left) { return !IsThere(left, "a"); };
    const auto is_whole = [&](SimulatedDisk& left) { return BytesIn(left, "a") == bytes; };
    const auto is_torn = [&](SimulatedDisk& left) { return !is_gone(left) && !is_whole(left); };
    const auto file = UnnamedIn(world, bytes);
    EXPECT_TRUE(file->Sync(SyncScope::kData).has_value());
    EXPECT_TRUE(file->Link("a").has_value());
    EXPECT_TRUE(May(world, is_gone));
    EXPECT_TRUE(May(world, is_whole));
    EXPECT_FALSE(May(world, is_torn));
    world.SyncNames();
    EXPECT_FALSE(May(world, is_gone));
    EXPECT_FALSE(May(world, is_torn));
  }
}

TEST(SimulatedUnnamed, MayLoseTheirBytesWithoutASyncOfTheirOwn) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    // Two of what tears.
    const std::string bytes(profile == DiskProfile::kNoJournal ? 8192 : 1024, 'n');
    const auto file = UnnamedIn(world, bytes);
    EXPECT_TRUE(file->Link("a").has_value());
    world.SyncNames();
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }));
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return BytesIn(left, "a") == ""; }));
    EXPECT_TRUE(May(world, [&](SimulatedDisk& left) {
      const std::string found = *BytesIn(left, "a");
      return found.size() == bytes.size() && found != bytes && found.contains("nnn");
    }));
  }
}

TEST(SimulatedUnnamed, AreMadeStableByASyncOfTheFilesystemToo) {
  for (const DiskProfile profile : kProfiles) {
    World world(profile);
    const auto file = UnnamedIn(world, "bytes");
    EXPECT_EQ(world.disk.unstable_changes(), 1U);
    world.SyncAll();
    EXPECT_EQ(world.disk.unstable_changes(), 0U);
    EXPECT_TRUE(file->Link("a").has_value());
    EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }));
    world.SyncNames();
    EXPECT_FALSE(May(world, [](SimulatedDisk& left) {
      return !left.Describe().contains("\"a\" file 0644 5 \"bytes\"\n");
    }));
  }
}

TEST(SimulatedUnnamed, LeaveNothingThatIsNotStableWhenTheyGo) {
  World world;
  UnnamedIn(world, "bytes");
  EXPECT_EQ(world.disk.unstable_changes(), 0U);
}

}  // namespace
}  // namespace anystore

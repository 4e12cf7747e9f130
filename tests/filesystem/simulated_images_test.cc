#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "filesystem/simulated_world.h"

namespace anystore {
namespace {

using testing::HasSubstr;

// ---- Images, counted by hand in docs/design/simulated-disk.md ----

struct ByHand {
  DiskProfile profile;
  std::size_t nothing_synced;
  std::size_t data_synced;
  std::size_t all_synced;
  std::size_t names_synced;
};

constexpr ByHand kByHand[] = {
    // 1 without the name; 2 modes x (the empty file, and 3 x 3 states of two sectors).
    {DiskProfile::kStrict, 21, 3, 2, 20},
    // 1 without the name; the empty file, and 2 x 2 states of two sectors. Any sync brings the
    // name.
    {DiskProfile::kJournaled, 6, 1, 1, 5},
    // 1 without the name; 2 modes x (the empty file, and 2 states of one page).
    {DiskProfile::kNoJournal, 7, 3, 2, 6},
};

TEST(SimulatedImages, AreAsManyAsByHand) {
  for (const ByHand& expected : kByHand) {
    const auto count = [&](const std::function<void(World&)>& sync) {
      World world(expected.profile);
      world.Write("a", std::string(600, 'x'));
      sync(world);
      return world.CountImages();
    };
    EXPECT_EQ(count([](World&) {}), expected.nothing_synced);
    EXPECT_EQ(count([](World& world) { world.SyncFile("a"); }), expected.data_synced);
    EXPECT_EQ(count([](World& world) { world.SyncFile("a", SyncScope::kAll); }),
              expected.all_synced);
    EXPECT_EQ(count([](World& world) { world.SyncNames(); }), expected.names_synced);
    EXPECT_EQ(count([](World& world) { world.SyncAll(); }), 1U);
  }
}

TEST(SimulatedImages, OfNamesMultiply) {
  World world;
  world.WriteStable("a", "");
  world.Rename("a", "b");
  EXPECT_EQ(world.CountImages(), 4U);
  world.Remove("b");  // nothing, the file, and nothing again
  EXPECT_EQ(world.CountImages(), 4U);
  ASSERT_TRUE(world.root->MakeDirectory("d", 0700).has_value());
  EXPECT_EQ(world.CountImages(), 8U);
  EXPECT_TRUE(world.disk.Images(7).empty());
  EXPECT_EQ(world.disk.Images(8).size(), 8U);
}

TEST(SimulatedImages, GiveUpBeyondWhatCanBeWalked) {
  World world;
  world.Write("a", std::string(1 << 20U, 'x'));
  EXPECT_TRUE(world.disk.Images(~std::size_t{0}).empty());
}

TEST(SimulatedImages, AreAllDifferentAndHoldEveryCrash) {
  for (const DiskProfile profile :
       {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal}) {
    World world(profile);
    world.MakeDirectory("d");
    world.WriteStable("a", "stable");
    world.Write("a", "1", 2);
    world.Write("a", "more", 5);
    world.Rename("a", "d/a");
    std::set<std::string> texts;
    const auto images = world.disk.Images(10'000);
    for (const auto& image : images) texts.insert(image->Describe());
    EXPECT_GT(images.size(), 4U);
    EXPECT_EQ(texts.size(), images.size());
    std::set<std::string> seen;
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const std::string text = world.disk.Crash(survivors, seed)->Describe();
        EXPECT_TRUE(texts.contains(text)) << Name(survivors) << " " << seed << "\n" << text;
        seen.insert(text);
      }
    }
    EXPECT_GT(seen.size(), images.size() / 2);
  }
}

TEST(SimulatedImages, AreDisksOfTheirOwn) {
  World world;
  world.Write("a", "bytes");
  const auto left = world.disk.Crash(Survivors::kAll, 0);
  EXPECT_EQ(left->Describe(), world.disk.Describe());
  EXPECT_EQ(left->unstable_changes(), 0U);
  EXPECT_EQ(left->Images(10).size(), 1U);
  const auto root = left->OpenDirectory("/").value();
  EXPECT_TRUE(root->Open("a", kChangeFile).value()->WriteAt(0, "BYTES").has_value());
  EXPECT_TRUE(root->Open("b", kMakeFile).has_value());
  EXPECT_EQ(left->unstable_changes(), 2U);
  EXPECT_EQ(BytesIn(*left->Crash(Survivors::kNone, 0), "a"), "bytes");
  EXPECT_EQ(BytesIn(world.disk, "a"), "bytes");
  EXPECT_FALSE(IsThere(world.disk, "b"));
}

// ---- Modes and dates ----

TEST(SimulatedModes, AreLostWithoutASyncOfAll) {
  const auto has_mode = [](std::uint32_t mode) {
    return [mode](SimulatedDisk& left) {
      const auto info = left.OpenDirectory("/").value()->Stat("a");
      return info.has_value() && info->mode == mode;
    };
  };
  World world;
  world.Write("a", "bytes");
  world.SyncFile("a");
  world.SyncNames();
  EXPECT_TRUE(May(world, has_mode(0644)));
  EXPECT_TRUE(May(world, has_mode(0600)));
  world.SyncFile("a", SyncScope::kAll);
  EXPECT_FALSE(May(world, has_mode(0600)));

  World journaled(DiskProfile::kJournaled);
  journaled.Write("a", "bytes");
  EXPECT_TRUE(May(journaled, has_mode(0644)));
  EXPECT_FALSE(May(journaled, has_mode(0600)));
}

TEST(SimulatedModes, OfDirectoriesComeWithTheirSync) {
  World world;
  world.MakeDirectory("d");
  world.SyncNames();
  EXPECT_EQ(world.CountImages(), 2U);
  world.SyncNames("d");
  EXPECT_EQ(world.CountImages(), 1U);
}

TEST(SimulatedDates, AreOfTheClockOrOfTheLastSync) {
  ManualClock clock{Instant{}};
  World world({.clock = &clock});
  clock.Advance(std::chrono::seconds(1));
  world.WriteStable("a", "bytes");
  clock.Advance(std::chrono::seconds(1));
  world.Write("a", "BYTES");
  const auto date_in = [&](Survivors survivors) {
    const auto left = world.disk.Crash(survivors, 0);
    return left->OpenDirectory("/").value()->Stat("a").value().modified;
  };
  EXPECT_EQ(date_in(Survivors::kAll), Instant(std::chrono::seconds(2)));
  EXPECT_EQ(date_in(Survivors::kNone), Instant(std::chrono::seconds(1)));
}

TEST(SimulatedDates, ThatWereSetBeforeANameComeWithItWhereThatIsClaimed) {
  for (const bool claimed : {false, true}) {
    World world({.traits = {.dates_with_names = claimed}});
    const auto file = world.root->OpenUnnamed("").value();
    const FileDates dates = {.accessed = Instant(Duration(7)), .modified = Instant(Duration(5))};
    ASSERT_TRUE(file->SetDates(dates).has_value());
    ASSERT_TRUE(file->Link("a").has_value());
    bool any_lost = false;
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const auto left = world.disk.Crash(survivors, seed);
        const auto info = left->OpenDirectory("/").value()->Stat("a");
        if (!info.has_value()) continue;
        const bool lost = info->modified != dates.modified || info->accessed != dates.accessed;
        any_lost = any_lost || lost;
      }
    }
    EXPECT_EQ(any_lost, !claimed);
    world.SyncNames();
    ASSERT_TRUE(file->Sync(SyncScope::kAll).has_value());
    const auto left = world.disk.Crash(Survivors::kNone, 0);
    EXPECT_EQ(left->OpenDirectory("/").value()->Stat("a")->modified, dates.modified);
  }
}

TEST(SimulatedPower, EachCutBeginsAnotherSession) {
  const auto session = [](SimulatedDisk& disk) {
    return disk.OpenDirectory("/").value()->power_session();
  };
  World world;
  const std::string first = session(world.disk);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(session(world.disk), first);
  const auto left = world.disk.Crash(Survivors::kAll, 0);
  EXPECT_NE(session(*left), first);
  const auto last = left->Crash(Survivors::kAll, 0);
  EXPECT_NE(session(*last), first);
  EXPECT_NE(session(*last), session(*left));
}

// ---- Seeds ----

/// A disk after a few hundred random calls, some of them syncs.
std::unique_ptr<World> RandomWorld(const SimulatedDiskOptions& options, std::uint64_t seed) {
  auto world = std::make_unique<World>(options);
  SeededRandom random(seed);
  const auto name = [&random]() -> std::string {
    const std::string last(1, static_cast<char>('a' + random.Below(6)));
    return random.Below(2) == 0 ? last : "d" + std::to_string(random.Below(3)) + "/" + last;
  };
  const auto directory = [&random] { return "d" + std::to_string(random.Below(3)); };
  for (int i = 0; i < 300; ++i) {
    Directory& root = *world->root;
    switch (random.Below(12)) {
      case 0:
        (void)root.MakeDirectory(directory());
        break;
      case 1:
        (void)root.Rename(name(), name(), Replace::kYes);
        break;
      case 2:
        (void)root.Rename(directory(), directory() + "/e", Replace::kYes);
        break;
      case 3:
        (void)root.Link(name(), name());
        break;
      case 4:
        (void)root.Remove(name());
        break;
      case 5:
        (void)root.Sync(random.Below(2) == 0 ? "" : directory());
        break;
      default: {
        const auto file = root.Open(name(), kMakeFile);
        if (!file.has_value()) break;
        const std::string bytes(random.Below(2000), static_cast<char>('A' + random.Below(26)));
        (void)(*file)->WriteAt(random.Below(5000), bytes);
        if (random.Below(4) == 0) (void)(*file)->Truncate(random.Below(4000));
        if (random.Below(4) == 0) {
          const auto allocation = static_cast<Allocation>(random.Below(3));
          (void)(*file)->Allocate(random.Below(4000), 1 + random.Below(4000), allocation);
        }
        if (random.Below(4) == 0) (void)(*file)->Sync(SyncScope::kData);
      }
    }
  }
  return world;
}

TEST(SimulatedDisk, KeepsEverythingWhereEverythingSurvivesOrIsSynced) {
  for (const DiskProfile profile :
       {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal}) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto world = RandomWorld({.profile = profile}, seed);
      const std::string live = world->disk.Describe();
      EXPECT_EQ(world->disk.Crash(Survivors::kAll, seed)->Describe(), live);
      world->SyncAll();
      EXPECT_EQ(world->disk.unstable_changes(), 0U);
      for (const Survivors survivors : kAllSurvivors) {
        EXPECT_EQ(world->disk.Crash(survivors, seed)->Describe(), live) << Name(survivors);
      }
    }
  }
}

TEST(SimulatedDisk, LosesNothingStableInAnyImage) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto world = RandomWorld({}, seed);
    world->SyncAll();
    const std::string bytes(3000, 's');
    world->WriteStable("stable", bytes);
    for (int i = 0; i < 20; ++i) world->Write("x" + std::to_string(i), bytes);
    world->Rename("x1", "x2");
    world->Remove("x3");
    for (const Survivors survivors : kAllSurvivors) {
      EXPECT_EQ(BytesIn(*world->disk.Crash(survivors, seed), "stable"), bytes);
    }
  }
}

TEST(SimulatedDisk, RepeatsBySeed) {
  std::set<std::string> texts;
  for (const Survivors survivors : {Survivors::kRandom, Survivors::kTorn}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto one = RandomWorld({.seed = 3}, 7);
      const auto two = RandomWorld({.seed = 3}, 7);
      const std::string text = one->disk.Crash(survivors, seed)->Describe();
      EXPECT_EQ(text, two->disk.Crash(survivors, seed)->Describe());
      EXPECT_EQ(text, one->disk.Crash(survivors, seed)->Describe());
      texts.insert(text);
      texts.insert(RandomWorld({.seed = 4}, 7)->disk.Crash(survivors, seed)->Describe());
    }
  }
  EXPECT_GE(texts.size(), 39U);
}

// ---- The rest ----

TEST(SimulatedDisk, TellsNamesOfSurvivors) {
  EXPECT_EQ(Name(Survivors::kNone), "none");
  EXPECT_EQ(Name(Survivors::kAll), "all");
  EXPECT_EQ(Name(Survivors::kRandom), "random");
  EXPECT_EQ(Name(Survivors::kTorn), "torn");
}

TEST(SimulatedDisk, DescribesWhatIsOnIt) {
  World world;
  world.MakeDirectory("d");
  world.Write("d/b", "two\n");
  world.Write("a", std::string(65, 'x'));
  ASSERT_TRUE(world.root->Link("a", "z").has_value());
  EXPECT_THAT(world.disk.Describe(), testing::MatchesRegex("/ directory 0755\n"
                                                           "\"a\" file 0644 65 hash [0-9a-f]*\n"
                                                           "\"d\" directory 0755\n"
                                                           "\"d/b\" file 0644 4 \"two\\\\x0a\"\n"
                                                           "\"z\" is \"a\"\n"));
  World other;
  other.Write("a", std::string(64, 'x') + "y");
  EXPECT_THAT(other.disk.Describe(), HasSubstr("\"a\" file 0644 65 hash "));
  EXPECT_NE(other.disk.Describe().substr(17, 60), world.disk.Describe().substr(17, 60));
}

TEST(SimulatedDisk, CountsWhatIsNotStable) {
  World world;
  EXPECT_EQ(world.disk.unstable_changes(), 0U);
  world.Write("a", "bytes");
  EXPECT_EQ(world.disk.unstable_changes(), 2U);
  world.Rename("a", "b");
  EXPECT_EQ(world.disk.unstable_changes(), 4U);
  world.SyncFile("b");
  EXPECT_EQ(world.disk.unstable_changes(), 3U);
  world.SyncNames();
  EXPECT_EQ(world.disk.unstable_changes(), 0U);
}

TEST(SimulatedDisk, StopsWhenThePowerIsCut) {
  World world;
  world.WriteStable("a", "old");
  const auto file = world.Open("a");
  const auto listing = world.root->List("").value();
  const auto unnamed = world.root->OpenUnnamed("").value();
  world.disk.CutPower(2);
  EXPECT_TRUE(file->WriteAt(0, "new").has_value());
  EXPECT_TRUE(world.root->Stat("a").has_value());
  std::array<char, 4> buffer;
  std::array<DirectoryEntry, 4> entries;
  const auto refused = [](const auto& result) {
    return !result.has_value() && result.error().code() == Code::kIoError &&
           result.error().os_error() == EIO;
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(refused(file->WriteAt(0, "lost")));
    EXPECT_TRUE(refused(file->ReadAt(0, buffer)));
    EXPECT_TRUE(refused(file->Stat()));
    EXPECT_TRUE(refused(file->Sync(SyncScope::kData)));
    EXPECT_TRUE(refused(file->Truncate(0)));
    EXPECT_TRUE(refused(file->Allocate(0, 9, Allocation::kExtend)));
    EXPECT_TRUE(refused(file->Map(0, 1)));
    EXPECT_TRUE(refused(file->Link("b")));
    EXPECT_TRUE(refused(unnamed->Link("b")));
    EXPECT_TRUE(refused(listing->Next(entries)));
    EXPECT_TRUE(refused(world.root->Open("a", {})));
    EXPECT_TRUE(refused(world.root->OpenUnnamed("")));
    EXPECT_TRUE(refused(world.root->OpenDirectory("")));
    EXPECT_TRUE(refused(world.root->MakeDirectory("d")));
    EXPECT_TRUE(refused(world.root->Stat("a")));
    EXPECT_TRUE(refused(world.root->Remove("a")));
    EXPECT_TRUE(refused(world.root->RemoveDirectory("a")));
    EXPECT_TRUE(refused(world.root->Rename("a", "b", Replace::kYes)));
    EXPECT_TRUE(refused(world.root->Link("a", "b")));
    EXPECT_TRUE(refused(world.root->List("")));
    EXPECT_TRUE(refused(world.root->Sync("")));
    EXPECT_TRUE(refused(world.root->SyncFileSystem()));
    EXPECT_TRUE(refused(world.root->Space()));
    EXPECT_TRUE(refused(world.root->Lock("a", LockMode::kShared)));
    EXPECT_TRUE(refused(world.disk.OpenDirectory("/")));
    world.disk.CutPower();
  }
  EXPECT_THAT(world.disk.Describe(), HasSubstr("\"a\" file 0644 3 \"new\"\n"));
  EXPECT_EQ(BytesIn(*world.disk.Crash(Survivors::kNone, 0), "a"), "old");
  EXPECT_EQ(BytesIn(*world.disk.Crash(Survivors::kAll, 0), "a"), "new");
}

TEST(SimulatedDisk, CannotDoWhatItsTraitsDeny) {
  World world({.traits = {.directory_sync = false,
                          .filesystem_sync = false,
                          .hard_links = false,
                          .unnamed_files = false,
                          .map = false,
                          .case_sensitive = false,
                          .name_bytes_max = 8}});
  world.Write("a", "bytes");
  EXPECT_EQ(world.root->Link("a", "b").error().code(), Code::kUnsupported);
  EXPECT_EQ(world.root->OpenUnnamed("").error().code(), Code::kUnsupported);
  EXPECT_EQ(world.Open("a", {})->Map(0, 1).error().code(), Code::kUnsupported);
  EXPECT_EQ(world.root->SyncFileSystem().error().code(), Code::kUnsupported);
  EXPECT_EQ(world.root->Stat("A").value().size, 5U);
  EXPECT_EQ(world.root->MakeDirectory("A").error().code(), Code::kAlreadyExists);
  EXPECT_EQ(world.root->MakeDirectory("nine byte").error().code(), Code::kTooLarge);
  world.SyncNames();
  EXPECT_TRUE(May(world, [](SimulatedDisk& left) { return !IsThere(left, "a"); }));
}

TEST(SimulatedDisk, FillsUp) {
  World world({.capacity_bytes = 1000});
  world.Write("a", std::string(600, 'x'));
  const auto file = world.Open("b");
  EXPECT_EQ(file->WriteAt(0, std::string(401, 'x')).error().code(), Code::kNoSpace);
  EXPECT_EQ(world.root->Space().value().available, 400U);
  EXPECT_TRUE(file->WriteAt(0, std::string(400, 'x')).has_value());
  EXPECT_EQ(file->Allocate(0, 401, Allocation::kKeepSize).error().code(), Code::kNoSpace);
  const auto left = world.disk.Crash(Survivors::kAll, 0);
  EXPECT_EQ(left->OpenDirectory("/").value()->Space().value().available, 0U);
  // A removed file gives its room back, although the removal may be undone by a power cut.
  world.Remove("a");
  EXPECT_EQ(world.root->Space().value().available, 600U);
}

TEST(SimulatedDisk, ForgetsWhatIsGone) {
  World world;
  for (int i = 0; i < 5000; ++i) {
    world.Write("a", "bytes");
    world.Remove("a");
    if (i % 100 == 0) world.SyncNames();
  }
  world.SyncNames();
  EXPECT_EQ(world.disk.unstable_changes(), 0U);
  EXPECT_EQ(world.CountImages(), 1U);
}

TEST(SimulatedDisk, GoesAwayHoweverDeepItIs) {
  constexpr int kDepth = 20'000;
  World world;
  world.MakeDirectory("d");
  for (int depth = 1; depth < kDepth; ++depth) {
    world.MakeDirectory("n");
    world.Rename("d", "n/d");
    world.Rename("n", "d");
  }
  world.SyncAll();
  const auto left = world.disk.Crash(Survivors::kNone, 0);
  // Taken apart, with nothing synced but the root: what was stable hangs together until then.
  for (int depth = 1; depth < kDepth; ++depth) {
    world.Rename("d/d", "e");
    ASSERT_TRUE(world.root->RemoveDirectory("d").has_value());
    world.Rename("e", "d");
  }
  world.SyncNames();
  EXPECT_THAT(world.disk.Crash(Survivors::kNone, 0)->Describe(), HasSubstr("\"d\" directory"));
}

TEST(SimulatedDisk, MayGoBeforeItsFiles) {
  std::unique_ptr<File> file;
  std::unique_ptr<File> unnamed;
  {
    World world;
    unnamed = world.root->OpenUnnamed("").value();
    file = world.Open("a");
    EXPECT_TRUE(file->WriteAt(0, "hello").has_value());
  }
  EXPECT_TRUE(file->WriteAt(0, "H").has_value());
  EXPECT_TRUE(file->Sync(SyncScope::kAll).has_value());
  EXPECT_EQ(file->ReadAll().value().bytes(), "Hello");
  EXPECT_EQ(unnamed->Link("b").error().code(), Code::kNotFound);
}

TEST(SimulatedDisk, ServesThreadsAtOnce) {
  World world;
  world.MakeDirectory("d");
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id) {
    threads.emplace_back([&world, id] {
      const std::string own = "d/" + std::to_string(id);
      for (int round = 0; round < 100; ++round) {
        world.Write(own, std::to_string(round));
        world.SyncFile(own);
        world.Rename(own, own + "x");
        world.SyncNames("d");
        if (round % 10 == 0) world.SyncAll();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  world.SyncAll();
  EXPECT_EQ(world.disk.Crash(Survivors::kNone, 0)->Describe(), world.disk.Describe());
}

}  // namespace
}  // namespace anystore

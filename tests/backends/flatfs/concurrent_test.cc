// Many threads on one repository.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "anystore/features.h"
#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/usage/usage.h"
#include "base/digest.h"
#include "in_threads.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;

class ConcurrentTest : public FlatfsTest {
 protected:
  static constexpr int kThreads = 4;

  /// Runs `work(thread)` on several threads at once.
  template <class Work>
  static void Together(Work&& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_F(ConcurrentTest, EveryReadOfAContestedKeySeesAWholeValue) {
  Store store = OpenStore("sync=false");
  ASSERT_TRUE(store.Put("/K", std::string(5000, '0')));
  std::atomic<int> writers_left{kThreads - 1};
  Together([&](int thread) {
    if (thread > 0) {
      const std::string value(5000, static_cast<char>('0' + thread));
      for (int i = 0; i < 200; ++i) EXPECT_TRUE(store.Put("/K", value));
      --writers_left;
      return;
    }
    while (writers_left.load() > 0) {
      const auto value = store.Get("/K");
      ASSERT_TRUE(value) << TextOf(value);
      ASSERT_EQ(value->size(), 5000U);
      EXPECT_EQ(value->bytes().find_first_not_of(value->bytes().front()), std::string::npos);
      EXPECT_THAT(KeysOf(store), ElementsAre("/K"));
    }
  });
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(ConcurrentTest, TheWriteThatCompletedLastStays) {
  Store store = OpenStore();
  Together([&](int thread) {
    const std::string key = "/OWN" + std::to_string(thread);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(store.Put(key, std::to_string(i)));
      ASSERT_EQ(store.Get(key)->bytes(), std::to_string(i));
      if (i % 10 == 9) {
        ASSERT_TRUE(store.Delete(key));
        ASSERT_FALSE(*store.Has(key));
      }
    }
  });
  EXPECT_THAT(KeysOf(store), ElementsAre());
}

TEST_F(ConcurrentTest, BatchesSyncsAndScansGoTogether) {
  Store store = OpenStore("sync=false");
  Together([&](int thread) {
    for (int i = 0; i < 30; ++i) {
      auto batch = store.NewBatch();
      ASSERT_TRUE(batch);
      for (int j = 0; j < 12; ++j) {
        ASSERT_TRUE((*batch)->Put("/T" + std::to_string(thread) + "K" + std::to_string(j), "x"));
      }
      const auto committed = (*batch)->Commit(
          {.durability = i % 2 == 0 ? Durability::kSurvivesPower : Durability::kApplied});
      ASSERT_TRUE(committed) << TextOf(committed);
      ASSERT_TRUE(i % 5 != 0 || store.Sync().has_value());
      EXPECT_LE(KeysOf(store).size(), 12U * kThreads);
    }
  });
  EXPECT_EQ(KeysOf(store).size(), 12U * kThreads);
}

// What is gathered is written by threads beside, while larger values are written by those who put.
TEST_F(ConcurrentTest, BatchesLargerThanMemoryGoTogether) {
  Store store = OpenStore(base::HasDigests() ? "verify=checksum" : "");
  constexpr std::size_t kLarge = std::size_t{64} << 10U;
  constexpr int kRecords = 300;
  Together([&](int thread) {
    const std::string own = "/T" + std::to_string(thread) + "K";
    auto batch = store.NewBatch();
    ASSERT_TRUE(batch);
    for (int i = 0; i < kRecords; ++i) {
      const std::string value(i % 10 == 0 ? kLarge : kLarge - 1, static_cast<char>('a' + thread));
      ASSERT_TRUE((*batch)->Put(own + std::to_string(i), value));
      ASSERT_TRUE((*batch)->Put("/COMMON", value));
    }
    const auto committed = (*batch)->Commit({.all_or_nothing = thread == 0});
    ASSERT_TRUE(committed) << TextOf(committed);
  });
  EXPECT_EQ(KeysOf(store, {}).size(), kThreads * std::size_t{kRecords} + 1) << "all verified";
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(ConcurrentTest, ARepairTakesNothingFromWriters) {
  Store store = OpenStore("sync=false");
  std::atomic<int> writers_left{kThreads - 1};
  Together([&](int thread) {
    const std::string key = "OWN" + std::to_string(thread);
    if (thread > 0) {
      for (int i = 0; i < 300; ++i) {
        const std::string value = std::to_string(i);
        ASSERT_TRUE(store.Put("/" + key, value));
        ASSERT_EQ(store.Get("/" + key)->bytes(), value);
      }
      --writers_left;
      return;
    }
    while (writers_left.load() > 0) {
      for (int other = 1; other < kThreads; ++other) {
        Lay("blocks/AA/OWN" + std::to_string(other) + ".data", "0");
      }
      const auto scrubbed = store.feature<ScrubbedDatastore>()->Scrub({});
      ASSERT_TRUE(scrubbed) << TextOf(scrubbed);
    }
  });
  for (int thread = 1; thread < kThreads; ++thread) {
    EXPECT_EQ(store.Get("/OWN" + std::to_string(thread))->bytes(), "299");
  }
}

TEST_F(ConcurrentTest, DiskUsageIsExactWhateverIsWrittenAtOnce) {
  Store store = OpenStore("sync=false");
  auto* const disk = store.feature<PersistentDatastore>();
  Together([&](int thread) {
    for (int i = 0; i < 200; ++i) {
      const std::string key = "/X" + std::to_string(i % 7) + "Y";
      if ((i + thread) % 3 == 0) {
        EXPECT_TRUE(store.Delete(key));
      } else {
        EXPECT_TRUE(store.Put(key, std::string(static_cast<std::size_t>(i * thread), 'v')));
      }
      if (i % 5 == 0) {
        EXPECT_TRUE(disk->DiskUsage({}));
      }
      // Whoever writes next does the chores, beside the others.
      if (i % 20 == 0) clock().Advance(std::chrono::seconds(2));
    }
  });
  const auto total = disk->DiskUsage({});
  ASSERT_TRUE(store.Close());
  const auto root = DirectoryAt("blocks");
  const auto count = flatfs::CountUsage(*root, {}, clock(), *environment().random, {});
  EXPECT_EQ(*total, (*count)->bytes);
}

TEST(ConcurrentUsage, IsNotedByAThreadOfItsOwn) {
  Clock& clock = *Environment::Host().clock;
  const auto files = NewMemoryFileSystem(clock);
  const auto root = *files->OpenDirectory("/");
  ASSERT_TRUE(root->MakeDirectory(".temp"));
  base::Chores chores(base::ChoresMode::kThread, clock);
  Usage usage(*root, Shard(), clock, *Environment::Host().random, chores, Duration::zero());
  const std::uint64_t before = *usage.Total({});
  constexpr int kThreads = 4;
  constexpr int kRounds = 500;
  testing::InThreads(kThreads, [&](int) {
    for (int i = 0; i < kRounds; ++i) {
      EXPECT_TRUE(usage.BeginChange([] { return Ok(); }));
      usage.Add(1);
      if (i % 10 == 0) {
        EXPECT_TRUE(usage.Total({}));
      }
    }
  });
  // The last change is seen, without another one.
  const auto noted = static_cast<std::int64_t>(before) + kThreads * kRounds;
  for (;;) {
    const auto note = ReadUsageNote(*root);
    if (note.has_value() && note->has_value() && (*note)->note.bytes == noted) break;
    std::this_thread::yield();
  }
  chores.Stop();
  usage.Close([](bool) { return Ok(); }, /*durable=*/false);
  EXPECT_EQ(static_cast<std::int64_t>(*usage.Total({})), noted);
  EXPECT_NE((*ReadUsageNote(*root))->note.accuracy, kUnknown);
}

TEST_F(ConcurrentTest, ReadersWithoutALockSeeWholeValues) {
  Store store = OpenStore("sync=false");
  ASSERT_TRUE(store.Put("/K", std::string(5000, '0')));
  Result<std::unique_ptr<Datastore>> opened = OpenRaw("read_only=true");
  ASSERT_TRUE(opened) << TextOf(opened);
  Store reader(*std::move(opened), "flatfs:blocks", environment());
  std::atomic<int> writers_left{kThreads / 2};
  Together([&](int thread) {
    if (thread < kThreads / 2) {
      const std::string value(5000, static_cast<char>('0' + thread));
      const std::string own = "/OWN" + std::to_string(thread);
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(store.Put("/K", value));
        EXPECT_TRUE(store.Put(own, value));
        EXPECT_TRUE(store.Delete(own));
      }
      --writers_left;
      return;
    }
    while (writers_left.load() > 0) {
      const auto value = reader.Get("/K");
      ASSERT_TRUE(value) << TextOf(value);
      ASSERT_EQ(value->size(), 5000U);
      EXPECT_EQ(value->bytes().find_first_not_of(value->bytes().front()), std::string::npos);
      const auto own = reader.Get("/OWN0");
      EXPECT_TRUE(own || own.error().code() == Code::kNotFound) << TextOf(own);
      EXPECT_THAT(KeysOf(reader), ::testing::Contains("/K"));
      EXPECT_TRUE(reader.feature<PersistentDatastore>()->DiskUsage({}));
    }
  });
  EXPECT_THAT(KeysOf(reader), ElementsAre("/K"));
}

constexpr int kBatchKeys = 6;

std::string BatchKey(int i) { return "/BATCH" + std::to_string(i) + "X"; }

Store OpenOn(const Environment& environment, const std::string& fields = "") {
  auto opened = NewFlatfsBackend()->Open(FlatfsConfig("/blocks", fields), environment);
  EXPECT_TRUE(opened) << TextOf(opened);
  if (!opened.has_value()) std::abort();
  return Store(*std::move(opened), "flatfs:/blocks", environment);
}

/// Replaces or removes all keys at once, until the power is cut.
void CommitWhole(Store& store, int thread) {
  for (int i = 0; i < 8; ++i) {
    auto batch = store.NewBatch();
    ASSERT_TRUE(batch);
    for (int key = 0; key < kBatchKeys; ++key) {
      const std::string tag = std::to_string(thread) + " " + std::to_string(i);
      ASSERT_TRUE(i % 3 == 2 ? (*batch)->Delete(BatchKey(key)) : (*batch)->Put(BatchKey(key), tag));
    }
    if (!(*batch)->Commit({.all_or_nothing = true})) return;
  }
}

/// What the keys hold, each value once; "-" for none.
std::set<std::string> ValuesOf(Store& store, int first_key) {
  std::set<std::string> values;
  for (int key = first_key; key < kBatchKeys; ++key) {
    const auto value = store.Get(BatchKey(key));
    EXPECT_TRUE(value.has_value() || CodeOf(value) == Code::kNotFound) << TextOf(value);
    values.insert(value.has_value() ? std::string(value->bytes()) : "-");
  }
  return values;
}

/// Two threads that commit the same keys, and one that writes the first of them; the power goes
/// after `calls`. Then all but the first key are as one batch has left them.
void ExpectOneBatch(std::uint64_t calls, Survivors survivors) {
  SCOPED_TRACE(calls);
  SimulatedDisk disk({.seed = calls});
  Environment environment = Environment::Host();
  environment.files = &disk;
  ASSERT_TRUE(NewFlatfsBackend()->Create(FlatfsConfig("/blocks"), environment));
  {
    Store store = OpenOn(environment);
    disk.CutPower(calls);
    std::thread single([&store] {
      for (int i = 0; i < 30; ++i) {
        const auto done = i % 4 == 3 ? CodeOf(store.Delete(BatchKey(0)))
                                     : CodeOf(store.Put(BatchKey(0), "single"));
        if (done != Code::kOk) return;
        const auto value = store.Get(BatchKey(0));
        EXPECT_TRUE(!value.has_value() || value->bytes() == "single" || value->size() == 3);
      }
    });
    std::thread other([&store] { CommitWhole(store, 1); });
    CommitWhole(store, 2);
    other.join();
    single.join();
    EXPECT_TRUE(calls < 100'000 || ValuesOf(store, 1).size() == 1);
  }
  const auto left = disk.Crash(survivors, calls);
  environment.files = left.get();
  Store store = OpenOn(environment);
  EXPECT_EQ(ValuesOf(store, 1).size(), 1U) << ::testing::PrintToString(ValuesOf(store, 1));
}

TEST(ConcurrentBatches, ThatAreAllOrNothingAreSoBesideWritesOfTheSameKeys) {
  ExpectOneBatch(1'000'000, Survivors::kNone);
  for (std::uint64_t calls = 20; calls < 900; calls += 11) {
    ExpectOneBatch(calls, calls % 2 == 0 ? Survivors::kRandom : Survivors::kNone);
  }
}

std::string UnsyncedKey(int thread, int i) {
  return "/T" + std::to_string(thread) + "N" + std::to_string(i) + "AB";
}

// Of what was put before a Sync nothing is missing, of the rest nothing is torn.
TEST(ConcurrentUnsynced, ASyncCoversWhatEachThreadHasPutBefore) {
  constexpr int kWriters = 3;
  constexpr int kPuts = 60;
  const std::string value(9'000, 'v');
  for (const Survivors survivors : kAllSurvivors) {
    SimulatedDisk disk({.traits = {.dates_with_names = true}});
    Environment environment = Environment::Host();
    environment.files = &disk;
    ASSERT_TRUE(NewFlatfsBackend()->Create(FlatfsConfig("/blocks"), environment));
    std::array<int, kWriters> synced{};
    std::unique_ptr<SimulatedDisk> left;
    {
      Store store = OpenOn(environment, "sync=false");
      testing::InThreads(kWriters, [&](int thread) {
        for (int i = 0; i < kPuts; ++i) {
          ASSERT_TRUE(store.Put(UnsyncedKey(thread, i), value));
          if (i % (7 + 9 * thread) != 0) continue;
          ASSERT_TRUE(store.Sync());
          synced[static_cast<std::size_t>(thread)] = i + 1;
        }
      });
      left = disk.Crash(survivors, 1);
    }
    environment.files = left.get();
    Store store = OpenOn(environment);
    for (int thread = 0; thread < kWriters; ++thread) {
      for (int i = 0; i < kPuts; ++i) {
        const auto found = store.Get(UnsyncedKey(thread, i));
        const bool may_be_lost = i >= synced[static_cast<std::size_t>(thread)];
        EXPECT_TRUE(found.has_value() || (may_be_lost && CodeOf(found) == Code::kNotFound));
        EXPECT_TRUE(!found.has_value() || found->bytes() == value);
      }
    }
  }
}

}  // namespace
}  // namespace anystore::flatfs

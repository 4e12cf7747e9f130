// Readers, snapshots and cursors beside writers. Worth most under the thread sanitizer.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "anystore/features.h"
#include "anystore/store.h"
#include "backends/memory/beside.h"
#include "backends/memory/memory.h"

namespace anystore::memory {
namespace {

using testing::IsWhole;
using testing::KeyOf;
using testing::kKeys;
using testing::Loop;
using testing::ValueOf;

class ConcurrencyTest : public ::testing::Test {
 protected:
  void PutAll(unsigned round) {
    for (unsigned i = 0; i < kKeys; ++i) {
      ASSERT_TRUE(store_.Put(KeyOf(i), ValueOf(KeyOf(i), round)).has_value());
    }
  }

  Store store_{NewMemoryStore(Environment::Host())};
};

TEST_F(ConcurrencyTest, ReadersSeeWholeValuesWhileWritersInsertOverwriteAndErase) {
  PutAll(0);
  std::atomic<std::uint64_t> reads{0};
  const auto get = [&](std::mt19937& random) {
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    const Result<Value> value = store_.Get(key);
    if (value.has_value()) {
      EXPECT_TRUE(IsWhole(key, value->bytes()));
    }
    reads.fetch_add(1, std::memory_order_relaxed);
  };
  const auto write = [&](std::mt19937& random) {
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    if (random() % 3 == 0) {
      EXPECT_TRUE(store_.Delete(key).has_value());
    } else {
      EXPECT_TRUE(store_.Put(key, ValueOf(key, static_cast<unsigned>(random()))).has_value());
    }
  };
  {
    const Loop first(1, get);
    const Loop second(2, get);
    const Loop writer(3, write);
    std::mt19937 random(4);
    for (int i = 0; i < 20000; ++i) write(random);
  }
  EXPECT_GT(reads.load(), 0U);
}

TEST_F(ConcurrencyTest, BatchesAreAllOrNothingForReaders) {
  constexpr unsigned kSize = 200;
  const auto apply = [&](unsigned round) {
    const std::string value = std::to_string(round);
    std::vector<std::string> keys;
    for (unsigned i = 0; i < kSize; ++i) keys.push_back(KeyOf(i));
    std::vector<Mutation> mutations;
    for (const std::string& key : keys) mutations.push_back({.key = key, .value = value});
    EXPECT_TRUE(store_.Apply(mutations, {.all_or_nothing = true}).has_value());
  };
  apply(0);
  const auto scan = [&](std::mt19937& random) {
    const auto cursor = *store_.Scan({}, {.reverse = random() % 2 == 0});
    std::array<EntryView, 7> entries;
    std::string first;
    unsigned seen = 0;
    while (const std::size_t count = *cursor->Next(entries)) {
      for (std::size_t i = 0; i < count; ++i, ++seen) {
        if (first.empty()) first = entries[i].value;
        EXPECT_EQ(entries[i].value, first);
      }
    }
    EXPECT_EQ(seen, kSize);
  };
  const auto get_pair = [&](std::mt19937& random) {
    // Whoever has seen a batch at one key sees at least that batch at any other.
    const unsigned a = static_cast<unsigned>(random()) % kSize;
    const unsigned b = static_cast<unsigned>(random()) % kSize;
    const int earlier = std::stoi(std::string(store_.Get(KeyOf(a))->bytes()));
    const int later = std::stoi(std::string(store_.Get(KeyOf(b))->bytes()));
    EXPECT_LE(earlier, later);
  };
  const Loop scanner(1, scan);
  const Loop getter(2, get_pair);
  for (unsigned round = 1; round < 150; ++round) apply(round);
}

TEST_F(ConcurrencyTest, SnapshotsStayWhatTheyAreWhileWritersWrite) {
  PutAll(0);
  const auto snapshot_twice = [&](std::mt19937& random) {
    const Snapshot snapshot = *store_.NewSnapshot();
    const auto read_all = [&] {
      std::vector<std::string> all;
      const auto cursor = *snapshot.Scan({});
      std::array<EntryView, 32> entries;
      while (const std::size_t count = *cursor->Next(entries)) {
        for (std::size_t i = 0; i < count; ++i) {
          EXPECT_TRUE(IsWhole(entries[i].key, entries[i].value));
          all.emplace_back(entries[i].key);
          all.emplace_back(entries[i].value);
        }
      }
      return all;
    };
    const std::vector<std::string> before = read_all();
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    const Result<Value> value = snapshot.Get(key);
    EXPECT_EQ(read_all(), before);
    const Result<Value> again = snapshot.Get(key);
    ASSERT_EQ(value.has_value(), again.has_value());
    if (value.has_value()) {
      EXPECT_EQ(value->bytes(), again->bytes());
    }
  };
  const Loop first(1, snapshot_twice);
  const Loop second(2, snapshot_twice);
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    switch (random() % 50) {
      case 0:
        ASSERT_TRUE(store_.DeleteRange(KeyRange::StartingWith(key)).has_value());
        break;
      case 1:
      case 2:
      case 3:
        ASSERT_TRUE(store_.Delete(key).has_value());
        break;
      default:
        ASSERT_TRUE(store_.Put(key, ValueOf(key, static_cast<unsigned>(i))).has_value());
        break;
    }
  }
}

TEST_F(ConcurrencyTest, ConditionalWritesLoseNoIncrement) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 300;
  ASSERT_TRUE(store_.Put("counter", "0").has_value());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int done = 0; done < kIncrements;) {
          EntryInfo info;
          const int old = std::stoi(std::string(store_.Get("counter", {.info = &info})->bytes()));
          const PutOptions options{.condition = Condition::IfVersion(*info.version)};
          if (store_.Put("counter", std::to_string(old + 1), options).has_value()) ++done;
        }
      });
    }
  }
  EXPECT_EQ(store_.Get("counter")->bytes(), std::to_string(kThreads * kIncrements));
}

TEST_F(ConcurrencyTest, ExpiryIsCollectedBesideReadersAndWriters) {
  const auto get = [&](std::mt19937& random) {
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    const Result<Value> value = store_.Get(key);
    if (value.has_value()) {
      EXPECT_TRUE(IsWhole(key, value->bytes()));
    }
  };
  const auto collect = [&](std::mt19937&) {
    EXPECT_TRUE(store_.feature<GcDatastore>()->CollectGarbage({}).has_value());
  };
  const Loop reader(1, get);
  const Loop collector(2, collect);
  std::mt19937 random(3);
  for (unsigned i = 0; i < 10000; ++i) {
    const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys);
    const Instant soon =
        Environment::Host().clock->Now() + std::chrono::microseconds(random() % 500);
    ASSERT_TRUE(store_.Put(key, ValueOf(key, i), {.expires_at = soon}).has_value());
  }
}

}  // namespace
}  // namespace anystore::memory

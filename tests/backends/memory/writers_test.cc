// Writers beside writers, and snapshots that cut between them. Worth most under the thread
// sanitizer.
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "anystore/features.h"
#include "anystore/store.h"
#include "backends/memory/beside.h"
#include "backends/memory/memory.h"
#include "in_threads.h"

namespace anystore::memory {
namespace {

using anystore::testing::InThreads;
using testing::KeyOf;
using testing::kKeys;
using testing::Loop;
using testing::ValueOf;

constexpr unsigned kWriters = 4;

class WritersTest : public ::testing::Test {
 protected:
  std::map<std::string, std::string> Content() {
    std::map<std::string, std::string> content;
    const auto cursor = *store_.Scan({});
    std::array<EntryView, 32> entries;
    while (const std::size_t count = *cursor->Next(entries)) {
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_TRUE(content.emplace(entries[i].key, entries[i].value).second);
      }
    }
    return content;
  }

  Store store_{NewMemoryStore(Environment::Host())};
};

// The keys of all writers stand in the same leaves.
TEST_F(WritersTest, LoseNothingOfEachOther) {
  std::array<std::map<std::string, std::string>, kWriters> models;
  InThreads(kWriters, [&](unsigned writer) {
    std::mt19937 random(writer);
    for (unsigned round = 0; round < 20000; ++round) {
      const std::string key = KeyOf(static_cast<unsigned>(random()) % kKeys * kWriters + writer);
      if (random() % 3 == 0) {
        ASSERT_TRUE(store_.Delete(key).has_value());
        models[writer].erase(key);
      } else {
        const std::string value = std::to_string(round);
        ASSERT_TRUE(store_.Put(key, value).has_value());
        models[writer][key] = value;
      }
    }
  });
  std::map<std::string, std::string> all;
  for (auto& model : models) all.merge(model);
  EXPECT_EQ(Content(), all);
}

TEST_F(WritersTest, OfOneKeyOneWins) {
  constexpr unsigned kContended = 3;
  std::array<std::atomic<int>, kContended> present = {};
  InThreads(kWriters, [&](unsigned writer) {
    std::mt19937 random(writer);
    for (unsigned round = 0; round < 5000; ++round) {
      const unsigned number = static_cast<unsigned>(random()) % kContended;
      const Condition condition =
          random() % 2 == 0 ? Condition::IfAbsent() : Condition::IfPresent();
      if (condition.kind == Condition::Kind::kAbsent) {
        if (store_.Put(KeyOf(number), "1", {.condition = condition}).has_value()) ++present[number];
      } else {
        if (store_.Delete(KeyOf(number), {.condition = condition}).has_value()) --present[number];
      }
    }
  });
  for (unsigned number = 0; number < kContended; ++number) {
    EXPECT_EQ(present[number].load(), *store_.Has(KeyOf(number)) ? 1 : 0);
  }
}

TEST_F(WritersTest, GiveNoVersionOfAKeyTwice) {
  constexpr unsigned kContended = 5;
  using Seen = std::array<std::vector<Version>, kContended>;
  std::array<Seen, kWriters> seen;
  InThreads(kWriters, [&](unsigned writer) {
    std::mt19937 random(writer);
    for (unsigned round = 0; round < 5000; ++round) {
      const unsigned number = static_cast<unsigned>(random()) % kContended;
      if (random() % 4 == 0) {
        ASSERT_TRUE(store_.Delete(KeyOf(number)).has_value());
        continue;
      }
      const auto receipt = store_.Put(KeyOf(number), "1", {.write = {.want_version = true}});
      ASSERT_TRUE(receipt.has_value());
      seen[writer][number].push_back(*receipt->version);
    }
  });
  for (unsigned number = 0; number < kContended; ++number) {
    std::set<Version> all;
    for (const Seen& by_writer : seen) {
      for (const Version& version : by_writer[number]) EXPECT_TRUE(all.insert(version).second);
    }
  }
}

// Each writer puts the same round under two keys, one after the other, far apart.
TEST_F(WritersTest, AreCutByASnapshotBetweenTwoWrites) {
  const auto first_of = [](unsigned writer) { return "first" + std::to_string(writer); };
  const auto second_of = [](unsigned writer) { return "second" + std::to_string(writer); };
  for (unsigned i = 0; i < kKeys; ++i) ASSERT_TRUE(store_.Put(KeyOf(i), "").has_value());
  for (unsigned writer = 0; writer < kWriters; ++writer) {
    ASSERT_TRUE(store_.Put(first_of(writer), "0").has_value());
    ASSERT_TRUE(store_.Put(second_of(writer), "0").has_value());
  }
  const auto look = [&](std::mt19937&) {
    const Snapshot snapshot = *store_.NewSnapshot();
    const auto number = [&](const std::string& key) {
      return std::stoi(std::string(snapshot.Get(key)->bytes()));
    };
    for (unsigned writer = 0; writer < kWriters; ++writer) {
      const int second = number(second_of(writer));
      const int first = number(first_of(writer));
      EXPECT_TRUE(first == second || first == second + 1) << first << ' ' << second;
      EXPECT_EQ(number(second_of(writer)), second);
    }
  };
  const Loop looker(1, look);
  InThreads(kWriters, [&](unsigned writer) {
    for (int round = 1; round < 3000; ++round) {
      const std::string value = std::to_string(round);
      ASSERT_TRUE(store_.Put(first_of(writer), value).has_value());
      ASSERT_TRUE(store_.Put(second_of(writer), value).has_value());
      // Neighbours come and go, so that leaves split and merge.
      const std::string neighbour = first_of(writer) + std::to_string(round % 200);
      ASSERT_TRUE(round / 200 % 2 == 0 ? store_.Put(neighbour, "").has_value()
                                       : store_.Delete(neighbour).has_value());
    }
  });
}

TEST_F(WritersTest, WorkBesideBatchesAndExpiry) {
  std::atomic<unsigned> rounds{0};
  const auto batch = [&](std::mt19937& random) {
    const std::string value = std::to_string(random());
    const std::vector<std::string> keys = {"batch1", "batch2", "batch3"};
    std::vector<Mutation> mutations;
    for (const std::string& key : keys) mutations.push_back({.key = key, .value = value});
    EXPECT_TRUE(store_.Apply(mutations, {.all_or_nothing = true}).has_value());
    const Instant soon = Environment::Host().clock->Now() + std::chrono::microseconds(200);
    EXPECT_TRUE(store_.Put("expiring", value, {.expires_at = soon}).has_value());
    ++rounds;
  };
  const Loop batches(1, batch);
  InThreads(kWriters, [&](unsigned writer) {
    for (unsigned round = 0; round < 5000; ++round) {
      const std::string key = KeyOf(round % 500 * kWriters + writer);
      ASSERT_TRUE(store_.Put(key, ValueOf(key, round)).has_value());
      ASSERT_EQ(store_.Get(key)->bytes(), ValueOf(key, round));
      // Also over a record that expires, which only a lone writer replaces.
      if (round % 16 == 0) {
        ASSERT_TRUE(store_.Put("expiring", "").has_value());
      }
    }
  });
  EXPECT_GT(rounds.load(), 0U);
  for (unsigned i = 0; i < 500 * kWriters; ++i) EXPECT_TRUE(*store_.Has(KeyOf(i)));
}

}  // namespace
}  // namespace anystore::memory

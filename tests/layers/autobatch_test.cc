#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "anystore/features.h"
#include "anystore/store.h"
#include "backends/memory/memory.h"
#include "core/fake_datastore.h"
#include "layers/layer_target.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;
using testing::LayerFields;
using testing::LayerWorld;

class AutobatchTest : public ::testing::Test {
 protected:
  void Open(const LayerFields& fields = {},
            const Capabilities& below = FakeDatastore::Everything()) {
    store.emplace(testing::StoreIn(
        "autobatch", fields, std::make_unique<FakeDatastore>(state, below), world.environment));
  }
  std::string Get(std::string_view key) { return testing::Told(store->Get(key)); }
  /// How many mutations have reached the store below.
  std::size_t Arrived() const { return state.applied.size(); }

  FakeState state;
  LayerWorld world;
  std::optional<Store> store;
};

TEST_F(AutobatchTest, WritesWaitAndReadsSeeThem) {
  state.records["/old"] = "0";
  Open();
  ASSERT_TRUE(store->Put("/a", "12345"));
  ASSERT_TRUE(store->Put("/old", "1"));
  ASSERT_TRUE(store->Delete("/old"));
  EXPECT_EQ(Arrived(), 0U);
  EXPECT_EQ(Get("/a"), "12345");
  EXPECT_EQ(Get("/old"), "not_found");
  EXPECT_FALSE(*store->Has("/old"));
  EXPECT_EQ(*store->GetSize("/a"), 5U);
  EXPECT_EQ(store->Get("/a", {.window = {.offset = 1, .length = 2}})->bytes(), "23");
  EXPECT_EQ(store->Get("/a", {.window = {.offset = 9, .length = 2}})->bytes(), "");
  state.records["/below"] = "2";
  std::array<Result<Value>, 4> out = {Value(), Value(), Value(), Value()};
  ASSERT_TRUE(
      store->GetMany(std::array<std::string_view, 4>{"/old", "/below", "/a", "/none"}, out));
  EXPECT_EQ(out[0].error().code(), Code::kNotFound);
  EXPECT_EQ(out[1]->bytes(), "2");
  EXPECT_EQ(out[2]->bytes(), "12345");
  EXPECT_EQ(out[3].error().code(), Code::kNotFound);
  EXPECT_EQ(Arrived(), 0U);
}

TEST_F(AutobatchTest, TheLastWriteOfEachKeyGoesInOneBatch) {
  Open({{"max_entries", "3"}});
  for (const char* const value : {"1", "2"}) {
    ASSERT_TRUE(store->Put("/a", value));
  }
  ASSERT_TRUE(store->Delete("/b"));
  EXPECT_EQ(Arrived(), 0U);
  ASSERT_TRUE(store->Put("/c", "3"));
  EXPECT_EQ(Arrived(), 0U);
  ASSERT_TRUE(store->Put("/d", "4"));  // the fourth key
  EXPECT_EQ(Arrived(), 3U);
  EXPECT_EQ(state.records.at("/a"), "2");
  EXPECT_FALSE(state.records.contains("/d"));
  EXPECT_EQ(Get("/d"), "4");
}

TEST_F(AutobatchTest, GathersNoMoreBytesThanItMay) {
  Open({{"max_bytes", "1000"}});
  ASSERT_TRUE(store->Put("/a", std::string(600, 'x')));
  EXPECT_EQ(Arrived(), 0U);
  ASSERT_TRUE(store->Put("/b", std::string(600, 'x')));
  EXPECT_EQ(Arrived(), 1U);
  ASSERT_TRUE(store->Put("/a", std::string(5000, 'x')));  // too large to wait, but comes after
  EXPECT_EQ(Arrived(), 3U);
  EXPECT_EQ(state.applied.size(), 3U);
  EXPECT_EQ(Get("/a").size(), 5000U);
}

TEST_F(AutobatchTest, SyncAndScansHandOnWhatWasGathered) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  auto elsewhere = store->Query({.range = KeyRange::StartingWith("/x")});
  EXPECT_EQ(Arrived(), 0U);
  EXPECT_EQ(store->Query({})->Rest()->size(), 1U);
  EXPECT_EQ(Arrived(), 1U);
  ASSERT_TRUE(store->Put("/b", "1"));
  ASSERT_TRUE(store->Sync(KeyRange::StartingWith("/x")));
  EXPECT_EQ(Arrived(), 2U);
  // The child's Sync is called, too: with nothing gathered, its error is ours.
  state.next_error.emplace(Code::kIoError);
  EXPECT_EQ(store->Sync(KeyRange::All()).error().code(), Code::kIoError);
  ASSERT_TRUE(store->Put("/c", "1"));
  auto snapshot = store->NewSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  ASSERT_TRUE(store->Put("/c", "2"));
  EXPECT_EQ(snapshot->Get("/c")->bytes(), "1");
  EXPECT_EQ(Get("/c"), "2");
}

TEST_F(AutobatchTest, AFlushThatFailsLosesNothingAndRefusesTheNewWrite) {
  Open({{"max_entries", "2"}});
  ASSERT_TRUE(store->Put("/a", "1"));
  ASSERT_TRUE(store->Put("/b", "2"));
  state.next_error.emplace(Code::kNoSpace, Retry::kTemporary, Applied::kUnknown);
  const Result<Receipt> refused = store->Put("/c", "3");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::kNoSpace);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_EQ(Get("/a") + Get("/b") + Get("/c"), "12not_found");
  state.next_error.emplace(Code::kIoError);
  EXPECT_FALSE(store->Sync(KeyRange::All()));
  EXPECT_EQ(Get("/a"), "1");
  ASSERT_TRUE(store->Sync(KeyRange::All()));
  EXPECT_EQ(state.records.at("/a") + state.records.at("/b"), "12");
}

TEST_F(AutobatchTest, CloseHandsOnAndTellsWhatWentWrong) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  ASSERT_TRUE(store->Close());
  EXPECT_EQ(state.records.at("/a"), "1");
  FakeState other;
  store.emplace(
      testing::StoreIn("autobatch", {}, std::make_unique<FakeDatastore>(other), world.environment));
  ASSERT_TRUE(store->Put("/a", "1"));
  other.next_error.emplace(Code::kNoSpace);
  EXPECT_EQ(store->Close().error().code(), Code::kNoSpace);
  EXPECT_TRUE(other.closed);
}

TEST_F(AutobatchTest, WhatOnlyTheStoreBelowCanDoComesAfterWhatWasGathered) {
  Open();
  const auto arrived = [this](const auto& write) {
    EXPECT_TRUE(store->Put("/before", "1"));
    const std::size_t before = Arrived();
    EXPECT_TRUE(write());
    EXPECT_EQ(Arrived(), before + 2);
  };
  arrived(
      [&] { return store->Put("/a", "1", {.write = {.durability = Durability::kSurvivesPower}}); });
  EXPECT_EQ(state.last_write.durability, Durability::kSurvivesPower);
  arrived([&] { return store->Put("/a", "1", {.write = {.want_version = true}}); });
  arrived([&] { return store->Put("/a", "1", {.condition = Condition::IfPresent()}); });
  arrived([&] {
    return store->Put("/a", "1", {.expires_at = world.clock.Now() + std::chrono::hours(1)});
  });
  arrived([&] { return store->SetExpiry("/a", std::nullopt); });
  arrived([&] { return store->DeleteRange(KeyRange::StartingWith("/a")); });
  const Mutation put{.key = "/a", .value = "1"};
  arrived([&] { return store->Apply({&put, 1}, {.all_or_nothing = true}); });
  EXPECT_TRUE(store->Put("/a", "1", {.write = {.durability = Durability::kApplied}}));
  EXPECT_FALSE(state.last_write.durability == Durability::kApplied);
  EXPECT_EQ(Get("/before"), "1");
}

TEST_F(AutobatchTest, AVersionIsAskedForBelow) {
  store.emplace(testing::StoreIn("autobatch", {}, memory::NewMemoryStore(world.environment),
                                 world.environment));
  for (const char* const value : {"1", "2"}) {
    ASSERT_TRUE(store->Put("/a", value));
    const Result<EntryInfo> stat = store->Stat("/a", Wanted::kVersion);
    ASSERT_TRUE(stat.has_value());
    ASSERT_TRUE(stat->version.has_value());
    ASSERT_TRUE(store->Put("/a", "3", {.condition = Condition::IfVersion(*stat->version)}));
    ASSERT_TRUE(store->Put("/a", value));
    EntryInfo info;
    ASSERT_TRUE(store->Get("/a", {.info = &info}));
    EXPECT_TRUE(info.version.has_value());
    EXPECT_EQ(info.size, 1U);
  }
}

TEST(Autobatch, SaysWhatItMakesOfTheStoreBelow) {
  Capabilities below = FakeDatastore::Everything();
  below.put_durability = Durability::kSurvivesPower;
  below.transactions = Support::kNative;
  below.consistency = Consistency::kLinearizable;
  Capabilities expected = below;
  expected.put_durability = Durability::kApplied;
  expected.transactions = Support::kAbsent;
  EXPECT_EQ(testing::NarrowedBy("autobatch", {}, below), expected);
  expected.sharing = below.sharing = Sharing::kManyProcesses;
  expected.consistency = Consistency::kEventual;
  expected.conditional_write = ConditionScope::kHandle;
  EXPECT_EQ(testing::NarrowedBy("autobatch", {}, below), expected);
}

// Reads and scans of several threads beside writers and flushes: nothing that was written may be
// missing for a moment while it is handed on.
TEST(AutobatchConcurrency, WhatWasWrittenIsAlwaysThere) {
  const LayerWorld world;
  Store store = testing::StoreIn("autobatch", {{"max_entries", "16"}},
                                 memory::NewMemoryStore(world.environment), world.environment);
  constexpr int kKeys = 40;
  constexpr int kWrites = 4000;
  const auto key_of = [](int number) { return "/" + std::to_string(number); };
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(store.Put(key_of(i), "0"));
  std::array<std::atomic<int>, kKeys> written = {};
  std::atomic<bool> done = false;
  const auto read = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (!done) {
      const int which = static_cast<int>(random() % kKeys);
      const int least = written[static_cast<std::size_t>(which)];
      const Result<Value> value = store.Get(key_of(which));
      ASSERT_TRUE(value.has_value());
      ASSERT_GE(std::stoi(std::string(value->bytes())), least);
      if (random() % 64 == 0) {
        ASSERT_EQ(store.Query({})->Rest()->size(), static_cast<std::size_t>(kKeys));
      }
    }
  };
  const auto write = [&](int first) {
    for (int i = 1; i <= kWrites; ++i) {
      const int which = (first + 2 * i) % kKeys;
      ASSERT_TRUE(store.Put(key_of(which), std::to_string(i)));
      written[static_cast<std::size_t>(which)] = i;
    }
  };
  const std::array<std::jthread, 2> readers = {std::jthread(read, 1), std::jthread(read, 2)};
  {
    const std::jthread even(write, 0);
    const std::jthread odd(write, 1);
  }
  done = true;
}

TEST(AutobatchModel, AnswersAsAMapWould) {
  const LayerWorld world;
  Store store = testing::StoreIn("autobatch", {{"max_entries", "20"}, {"max_bytes", "4096"}},
                                 memory::NewMemoryStore(world.environment), world.environment);
  std::map<std::string, std::string> model;
  std::mt19937 random(1);
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = "/" + std::to_string(random() % 60);
    const std::string value(random() % 300, static_cast<char>('a' + step % 26));
    switch (random() % 8) {
      case 0:
        ASSERT_TRUE(store.Delete(key));
        model.erase(key);
        break;
      case 1:
        ASSERT_EQ(store.Put(key, value, {.condition = Condition::IfAbsent()}).has_value(),
                  model.try_emplace(key, value).second);
        break;
      case 2:
        if (step % 16 == 0) {
          const auto entries = store.Query({})->Rest();
          ASSERT_EQ(entries->size(), model.size());
          for (const Entry& entry : *entries) {
            ASSERT_EQ(entry.value.bytes(), model.at(entry.key));
          }
        }
        break;
      case 3:
      case 4: {
        const Result<Value> found = store.Get(key);
        ASSERT_EQ(found.has_value(), model.contains(key));
        if (found.has_value()) {
          ASSERT_EQ(found->bytes(), model.at(key));
        }
        break;
      }
      default:
        ASSERT_TRUE(store.Put(key, value));
        model[key] = value;
    }
  }
}

TEST(Autobatch, Conforms) {
  testing::ExpectConforms(R"({"type": "autobatch", "child": "memory:"})");
  testing::ExpectConforms(R"({"type": "autobatch", "max_entries": 3, "child": "memory:"})");
}

}  // namespace
}  // namespace anystore

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "anystore/open.h"
#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/composite_target.h"
#include "layers/scan_checks.h"
#include "layers/sharded/rendezvous.h"

namespace anystore {
namespace {

using layers::Rendezvous;
using testing::FakeDatastore;
using testing::FakeState;
using testing::GivenChild;
using testing::LayerWorld;

constexpr int kKeys = 20'000;

std::string KeyOf(int i) { return "/user/" + std::to_string(i); }

Rendezvous Of(const std::vector<std::string>& names) {
  Rendezvous shards;
  for (const std::string& name : names) shards.Add(name, 1);
  return shards;
}

std::vector<double> PartsOf(const Rendezvous& shards, std::size_t count) {
  std::vector<double> parts(count);
  for (int i = 0; i < kKeys; ++i) parts[shards.Find(KeyOf(i))] += 1.0 / kKeys;
  return parts;
}

TEST(Rendezvous, SpreadsKeysEvenly) {
  for (const double part : PartsOf(Of({"a", "b", "c", "d", "e"}), 5)) EXPECT_NEAR(part, 0.2, 0.015);
}

TEST(Rendezvous, SpreadsKeysByWeight) {
  Rendezvous shards;
  shards.Add("a", 1);
  shards.Add("b", 3);
  shards.Add("c", 6);
  const std::vector<double> parts = PartsOf(shards, 3);
  EXPECT_NEAR(parts[0], 0.1, 0.01);
  EXPECT_NEAR(parts[1], 0.3, 0.015);
  EXPECT_NEAR(parts[2], 0.6, 0.015);
}

TEST(Rendezvous, AShardThatIsAddedOnlyTakes) {
  const Rendezvous four = Of({"a", "b", "c", "d"});
  const Rendezvous five = Of({"a", "b", "c", "d", "e"});
  int moved = 0;
  for (int i = 0; i < kKeys; ++i) {
    const std::size_t before = four.Find(KeyOf(i));
    const std::size_t after = five.Find(KeyOf(i));
    if (before == after) continue;
    ++moved;
    ASSERT_EQ(after, 4U) << KeyOf(i);
  }
  EXPECT_NEAR(static_cast<double>(moved) / kKeys, 0.2, 0.015);
}

TEST(Rendezvous, AShardThatIsRemovedOnlyGives) {
  const Rendezvous three = Of({"a", "b", "c"});
  const Rendezvous two = Of({"a", "c"});
  for (int i = 0; i < kKeys; ++i) {
    const std::size_t before = three.Find(KeyOf(i));
    if (before != 1) {
      ASSERT_EQ(two.Find(KeyOf(i)), before / 2) << KeyOf(i);
    }
  }
}

TEST(Rendezvous, AHeavierShardOnlyTakes) {
  Rendezvous light;
  Rendezvous heavy;
  for (const char* const name : {"a", "b", "c"}) {
    light.Add(name, 2);
    heavy.Add(name, *name == 'b' ? 3 : 2);
  }
  for (int i = 0; i < kKeys; ++i) {
    const std::size_t after = heavy.Find(KeyOf(i));
    ASSERT_TRUE(after == 1 || after == light.Find(KeyOf(i)));
  }
}

TEST(Rendezvous, TheOrderOfShardsMeansNothing) {
  const Rendezvous one = Of({"a", "b", "c"});
  const Rendezvous other = Of({"c", "b", "a"});
  for (int i = 0; i < kKeys; ++i) ASSERT_EQ(one.Find(KeyOf(i)), 2 - other.Find(KeyOf(i)));
}

// Records lie where this says: it must never change.
TEST(Rendezvous, IsAFormat) {
  Rendezvous shards = Of({"0", "1", "2", "a name"});
  shards.Add("heavy", 4);
  std::string found;
  for (int i = 0; i < 24; ++i) found += std::to_string(shards.Find(KeyOf(i)));
  found += std::to_string(shards.Find("")) + std::to_string(shards.Find(std::string(1000, 'x')));
  EXPECT_EQ(found, "34340211340434113441404024");
}

/// Shards that the test looks into.
class Shards {
 public:
  Shards(std::size_t count, const Capabilities& can) {
    std::vector<GivenChild> children;
    for (std::size_t i = 0; i < count; ++i) {
      FakeState& state = states.emplace_back();
      children.push_back(
          {{{"shard", "s" + std::to_string(i)}}, std::make_unique<FakeDatastore>(state, can)});
      rule.Add("s" + std::to_string(i), 1);
    }
    auto wrapped = testing::WrapManyIn("sharded", std::move(children), world.environment);
    EXPECT_TRUE(wrapped) << wrapped.error().ToString();
    layer = *std::move(wrapped);
  }

  LayerWorld world;
  std::deque<FakeState> states;
  Rendezvous rule;
  std::unique_ptr<Datastore> layer;
};

TEST(Sharded, EachKeyIsInItsShardAlone) {
  Shards shards(3, FakeDatastore::Everything());
  testing::Model model;
  for (int i = 0; i < 300; ++i) {
    const std::string key = KeyOf(i);
    model[key] = std::to_string(i);
    const Mutation put{.key = key, .value = model[key]};
    ASSERT_TRUE(shards.layer->Apply({&put, 1}, {}));
    for (std::size_t s = 0; s < 3; ++s) {
      EXPECT_EQ(shards.states[s].records.contains(key), s == shards.rule.Find(key));
    }
  }
  std::vector<std::string> probes;
  for (int i = 0; i < 300; i += 3) probes.push_back(KeyOf(i));
  for (const char* const probe : {"", "/", "/user/2", "/user/25x", "\xff"}) probes.push_back(probe);
  SeededRandom random(1);
  testing::ExpectScans(*shards.layer, model, probes, 8, random);
}

// As after a shard was added: what an old one still has of its keys is no record of the store.
TEST(Sharded, WhatLiesInTheWrongShardIsNotShown) {
  Shards shards(3, FakeDatastore::Everything());
  SeededRandom random(2);
  testing::Model model;
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    keys.push_back(KeyOf(i));
    for (std::size_t s = 0; s < 3; ++s) {
      if (random.Below(2) == 0) continue;
      shards.states[s].records[KeyOf(i)] = "in shard " + std::to_string(s);
      if (s == shards.rule.Find(KeyOf(i))) model[KeyOf(i)] = "in shard " + std::to_string(s);
    }
  }
  testing::ExpectScans(*shards.layer, model, keys, 4, random);
  for (const std::string& key : keys) {
    ASSERT_EQ(shards.layer->Get(key, {}).has_value(), model.contains(key));
  }
}

TEST(Sharded, UnorderedShardsAreListedOneAfterTheOther) {
  Capabilities unordered = FakeDatastore::Everything();
  unordered.ordered_scan = unordered.reverse_scan = Support::kAbsent;
  Shards shards(4, unordered);
  EXPECT_EQ(shards.layer->capabilities().ordered_scan, Support::kAbsent);
  testing::Model model;
  for (int i = 0; i < 100; ++i) {
    model[KeyOf(i)] = "1";
    const std::string key = KeyOf(i);
    const Mutation put{.key = key, .value = "1"};
    ASSERT_TRUE(shards.layer->Apply({&put, 1}, {}));
  }
  auto cursor = shards.layer->Scan(KeyRange::All(), {});
  ASSERT_TRUE(cursor);
  SeededRandom random(1);
  const testing::Records records = testing::Read(**cursor, 1000, random);
  EXPECT_EQ(records.size(), 100U);
  EXPECT_EQ(testing::Model(records.begin(), records.end()), model);
}

TEST(Sharded, BatchesAndRangesReachEveryShard) {
  Shards shards(3, FakeDatastore::Everything());
  std::vector<std::string> keys;
  std::vector<Mutation> mutations;
  for (int i = 0; i < 60; ++i) keys.push_back(KeyOf(i));
  for (const std::string& key : keys) mutations.push_back({.key = key, .value = key});
  const Result<Receipt> receipt = shards.layer->Apply(mutations, {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->applied, 60U);
  for (const FakeState& state : shards.states) EXPECT_GT(state.records.size(), 8U);
  std::vector<std::string_view> asked(keys.rbegin(), keys.rend());
  std::vector<Result<Value>> out(asked.size());
  shards.layer->GetMany(asked, out, {});
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ(out[i]->bytes(), asked[i]);
  const Mutation range{.kind = Mutation::Kind::kDeleteRange, .key = "/user/1"};
  ASSERT_TRUE(shards.layer->Apply({&range, 1}, {}));
  std::size_t left = 0;
  for (const FakeState& state : shards.states) left += state.records.size();
  EXPECT_EQ(left, 1U);  // "/user/0"
}

TEST(Sharded, AnErrorNamesTheShard) {
  Shards shards(2, FakeDatastore::Everything());
  const std::size_t shard = shards.rule.Find("/a");
  shards.states[shard].next_error = Error(Code::kIoError, "gone");
  EXPECT_EQ(shards.layer->Get("/a", {}).error().store(),
            "child:" + std::to_string(shard) + " as shard \"s" + std::to_string(shard) + "\"");
}

TEST(Sharded, IsReadOnlyAsSoonAsOneShardIs) {
  LayerWorld world;
  std::array<FakeState, 2> states;
  Capabilities still = FakeDatastore::Everything();
  still.access = Access::kReadOnly;
  std::vector<GivenChild> children;
  children.push_back({{}, std::make_unique<FakeDatastore>(states[0], still)});
  children.push_back({{}, std::make_unique<FakeDatastore>(states[1])});
  const auto layer = *testing::WrapManyIn("sharded", std::move(children), world.environment);
  EXPECT_EQ(layer->capabilities().access, Access::kReadOnly);
  for (int i = 0; i < 20; ++i) {
    const std::string key = KeyOf(i);
    const Mutation put{.key = key};
    EXPECT_EQ(layer->Apply({&put, 1}, {}).error().code(), Code::kReadOnly);
  }
}

TEST(Sharded, RefusesTwoShardsOfOneName) {
  const auto store = Open(R"({"type": "sharded", "children": [
      {"type": "memory"}, {"type": "memory", "shard": "0"}]})",
                          {.mode = OpenMode::kOpenOrCreate});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Code::kInvalidConfig);
  EXPECT_TRUE(store.error().message().contains("two shards are called \"0\""));
}

TEST(Sharded, Conforms) {
  testing::ExpectConforms(R"({"type": "sharded", "children": [
      "memory:", "memory:", {"type": "memory", "shard": "third", "weight": 2}]})");
}

TEST(Sharded, OneShardConforms) {
  testing::ExpectConforms(R"({"type": "sharded", "children": ["memory:"]})");
}

}  // namespace
}  // namespace anystore

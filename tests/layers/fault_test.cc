#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "anystore/store.h"
#include "layers/layer_target.h"
#include "layers/scripted_layer.h"

namespace anystore {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing::LayerFields;
using testing::LayerWorld;

class FaultTest : public ::testing::Test {
 protected:
  void Wrap(const LayerFields& fields) {
    auto child = memory::NewMemoryStore(world.environment);
    below = child.get();
    store.emplace(testing::StoreIn("fault", fields, std::move(child), world.environment));
    Put("/a", "value");
    Put("/b", "value");
  }
  void Rules(const std::string& rules) { Wrap({{"rules", rules}}); }
  /// Past the layer.
  void Put(std::string_view key, std::string_view value) {
    const Mutation put{.key = key, .value = value};
    ASSERT_TRUE(below->Apply({&put, 1}, {}).has_value());
  }
  bool Has(std::string_view key) { return below->Get(key, {}).has_value(); }
  std::string Refused(const LayerFields& fields) {
    auto layer = testing::WrapIn("fault", fields, memory::NewMemoryStore(world.environment),
                                 world.environment);
    if (layer.has_value()) return "taken";
    EXPECT_EQ(layer.error().code(), Code::kInvalidConfig);
    return std::string(layer.error().message());
  }

  LayerWorld world;
  Datastore* below = nullptr;
  std::optional<Store> store;
};

TEST_F(FaultTest, WithoutRulesEverythingPasses) {
  Wrap({});
  EXPECT_EQ(store->Get("/a")->bytes(), "value");
  EXPECT_TRUE(store->Put("/c", "1").has_value());
}

TEST_F(FaultTest, ARuleFailsTheCallsOfItsVerbs) {
  Rules("get|stat fail=io_error; sync fail=no_space; scan fail=busy; snapshot fail=unavailable");
  EXPECT_EQ(store->Get("/a").error().code(), Code::kIoError);
  EXPECT_EQ(store->Get("/a").error().retry(), Retry::kNever);
  EXPECT_EQ(store->GetSize("/a").error().code(), Code::kIoError);
  EXPECT_EQ(store->Sync().error().code(), Code::kNoSpace);
  EXPECT_EQ(store->Scan({}).error().code(), Code::kBusy);
  EXPECT_EQ(store->NewSnapshot().error().retry(), Retry::kTemporary);
  EXPECT_TRUE(store->Put("/c", "1").has_value());
}

TEST_F(FaultTest, WritesAreToldApart) {
  Rules(
      "put fail=io_error; delete fail=busy; set_expiry fail=no_space; delete_range fail=read_only;"
      "batch fail=data_loss");
  EXPECT_EQ(store->Put("/c", "1").error().code(), Code::kIoError);
  EXPECT_EQ(store->Delete("/c").error().code(), Code::kBusy);
  EXPECT_EQ(store->SetExpiry("/a", std::nullopt).error().code(), Code::kNoSpace);
  EXPECT_EQ(store->DeleteRange(KeyRange::All()).error().code(), Code::kReadOnly);
  const std::array<Mutation, 2> two = {{{.key = "/c"}, {.key = "/d"}}};
  EXPECT_EQ(store->Apply(two).error().code(), Code::kDataLoss);
  EXPECT_EQ(store->Apply(two).error().applied(), Applied::kNo);
  EXPECT_FALSE(Has("/c"));
}

TEST_F(FaultTest, CursorsFailWhereTheyAre) {
  Rules("next call=2 fail=unavailable; seek call=1 key=/b fail=io_error");
  auto cursor = store->Scan({});
  std::array<EntryView, 1> entry;
  ASSERT_EQ((*cursor)->Next(entry).value(), 1U);
  EXPECT_EQ((*cursor)->Next(entry).error().code(), Code::kUnavailable);
  ASSERT_EQ((*cursor)->Next(entry).value(), 1U);
  EXPECT_EQ(entry[0].key, "/b");
  EXPECT_EQ((*cursor)->Seek("/b").error().code(), Code::kIoError);
  EXPECT_TRUE((*cursor)->Seek("/b").has_value());
}

TEST_F(FaultTest, KeysCallsAndTimesChoose) {
  Rules("get key=/b after=1 times=2 fail=io_error");
  const auto fails = [&](std::string_view key) { return !store->Get(key).has_value(); };
  EXPECT_FALSE(fails("/a"));
  EXPECT_FALSE(fails("/b"));
  EXPECT_TRUE(fails("/b"));
  EXPECT_FALSE(fails("/a"));
  EXPECT_TRUE(fails("/b"));
  EXPECT_FALSE(fails("/b"));
}

TEST_F(FaultTest, AWriteOfUnknownEffectHasHappenedOrNot) {
  Rules("put fail=timeout effect=unknown");
  std::size_t happened = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "/key" + std::to_string(i);
    const Result<Receipt> put = store->Put(key, "1");
    EXPECT_EQ(put.error().applied(), Applied::kUnknown);
    EXPECT_EQ(put.error().retry(), Retry::kTemporary);
    happened += Has(key) ? 1 : 0;
  }
  EXPECT_GT(happened, 20U);
  EXPECT_LT(happened, 80U);
}

TEST_F(FaultTest, ATornBatchLeavesItsFront) {
  Rules("batch fail=io_error effect=torn");
  const std::array<Mutation, 3> three = {
      {{.key = "/x", .value = "1"}, {.key = "/y", .value = "1"}, {.key = "/z", .value = "1"}}};
  std::set<std::string> fronts;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(store->Apply(three).error().applied(), Applied::kUnknown);
    std::string front;
    for (const Mutation& mutation : three) {
      front += Has(mutation.key) ? '1' : '0';
      const Mutation remove{.kind = Mutation::Kind::kDelete, .key = mutation.key};
      ASSERT_TRUE(below->Apply({&remove, 1}, {}).has_value());
    }
    fronts.insert(front);
  }
  EXPECT_EQ(fronts, (std::set<std::string>{"000", "100", "110", "111"}));
  // So nobody is promised more.
  EXPECT_EQ(store->capabilities().batch_atomicity, Atomicity::kPerRecord);
}

TEST_F(FaultTest, CorruptionFlipsOneBitOfWhatIsReturned) {
  Rules("corrupt");
  const auto flipped = [](std::string_view value) {
    int bits = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      bits += std::popcount(static_cast<unsigned char>(value.at(i) ^ std::string_view("value")[i]));
    }
    return bits;
  };
  EXPECT_EQ(flipped(store->Get("/a")->bytes()), 1);
  EXPECT_EQ(flipped(store->NewSnapshot()->Get("/a")->bytes()), 1);
  const std::array<std::string_view, 2> keys = {"/a", "/b"};
  std::vector<Result<Value>> out(2);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  EXPECT_EQ(flipped(out[0]->bytes()) + flipped(out[1]->bytes()), 1);
  auto cursor = store->Scan({});
  std::array<EntryView, 4> entries;
  ASSERT_EQ((*cursor)->Next(entries).value(), 2U);
  EXPECT_EQ(flipped(entries[0].value) + flipped(entries[1].value), 1);
  EXPECT_EQ(below->Get("/a", {})->bytes(), "value");
  Put("/empty", "");
  EXPECT_EQ(store->Get("/empty")->size(), 0U);
}

TEST_F(FaultTest, CorruptionIsFoundByAChecksumAbove) {
  auto faults = testing::WrapIn("fault", {{"corrupt", "1"}},
                                memory::NewMemoryStore(world.environment), world.environment);
  store.emplace(testing::StoreIn("checksum", {}, *std::move(faults), world.environment));
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(store->Put("/a", std::string(static_cast<std::size_t>(i), 'x')).has_value());
    EXPECT_EQ(store->Get("/a").error().code(), Code::kCorruption);
  }
}

TEST_F(FaultTest, DelaysAreFixedEvenOrNormal) {
  const auto delays = [this](const std::string& delay) {
    Wrap({{"delay", delay}, {"verbs", "get"}});
    std::vector<Duration> all;
    for (int i = 0; i < 500; ++i) {
      const Instant before = world.clock.Now();
      static_cast<void>(store->Get("/a"));
      all.push_back(world.clock.Now() - before);
    }
    return all;
  };
  for (const Duration delay : delays("5ms")) EXPECT_EQ(delay, milliseconds(5));
  std::set<Duration> seen;
  for (const Duration delay : delays("1ms..9ms")) {
    EXPECT_GE(delay, milliseconds(1));
    EXPECT_LE(delay, milliseconds(9));
    seen.insert(delay);
  }
  EXPECT_GT(seen.size(), 450U);
  Duration sum = {};
  int near = 0;
  for (const Duration delay : delays("50ms~10ms")) {
    sum += delay;
    near += std::chrono::abs(delay - milliseconds(50)) <= milliseconds(10) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(sum.count()) / 500, 50e6, 2e6);
  EXPECT_NEAR(near, 341, 45);  // 68.3 %
  for (const Duration delay : delays("1ms~100ms")) EXPECT_GE(delay, Duration::zero());
}

TEST_F(FaultTest, ADelayEndsAtTheCallersDeadlineOrStop) {
  Wrap({{"delay", "10s"}});
  const Instant before = world.clock.Now();
  const CallOptions soon{.deadline = before + milliseconds(50)};
  EXPECT_EQ(store->Get("/a", {.call = soon}).error().code(), Code::kTimeout);
  EXPECT_EQ(world.clock.Now() - before, milliseconds(50));
  const Result<Receipt> put =
      store->Put("/c", "1", {.write = {.call = {.deadline = world.clock.Now() + milliseconds(1)}}});
  EXPECT_EQ(put.error().code(), Code::kTimeout);
  EXPECT_EQ(put.error().applied(), Applied::kNo);
  EXPECT_FALSE(Has("/c"));
}

TEST_F(FaultTest, TheSeedRepeatsEverything) {
  const auto run = [this](const std::string& seed) {
    Wrap({{"seed", seed}, {"rate", "0.3"}, {"codes", "io_error|busy"}, {"corrupt", "0.3"}});
    std::string story;
    for (int i = 0; i < 100; ++i) story += testing::Told(store->Get("/a"));
    return story;
  };
  const std::string first = run("1");
  EXPECT_EQ(run("1"), first);
  EXPECT_NE(run("2"), first);
  EXPECT_THAT(first, HasSubstr("io_error"));
  EXPECT_THAT(first, HasSubstr("busy"));
  EXPECT_THAT(first, HasSubstr("value"));
}

TEST_F(FaultTest, RateAndAfterCount) {
  Wrap({{"rate", "1"}, {"after", "2"}, {"verbs", "get"}});
  EXPECT_TRUE(store->Get("/a").has_value());
  EXPECT_TRUE(store->Get("/a").has_value());
  EXPECT_FALSE(store->Get("/a").has_value());
  EXPECT_TRUE(store->Has("/a").has_value());
}

TEST_F(FaultTest, RetryAboveGetsThrough) {
  auto faults = testing::WrapIn("fault", {{"rate", "0.5"}},
                                memory::NewMemoryStore(world.environment), world.environment);
  store.emplace(testing::StoreIn("retry", {{"attempts", "100"}, {"time_max", "24h"}},
                                 *std::move(faults), world.environment));
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(store->Put("/a", std::to_string(i)).has_value());
    ASSERT_EQ(store->Get("/a")->bytes(), std::to_string(i));
  }
}

TEST_F(FaultTest, WhatIsWrongNamesTheField) {
  EXPECT_THAT(Refused({{"rate", "2"}}), HasSubstr("field \"rate\""));
  EXPECT_THAT(Refused({{"verbs", "gte"}}), HasSubstr("no verb is called \"gte\""));
  EXPECT_THAT(Refused({{"codes", "io_error|eio"}}), HasSubstr("field \"codes\""));
  EXPECT_THAT(Refused({{"codes", "ok"}}), HasSubstr("field \"codes\""));
  EXPECT_THAT(Refused({{"delay", "soon"}}), HasSubstr("field \"delay\""));
  EXPECT_THAT(Refused({{"delay", "9ms..1ms"}}), HasSubstr("the second is the smaller one"));
  EXPECT_THAT(Refused({{"corrupt", "x"}}), HasSubstr("field \"corrupt\""));
  EXPECT_THAT(Refused({{"rules", "get fail=io_error\nput x=1"}}),
              HasSubstr("field \"rules\": fault rules: line 2, column 5: unknown term \"x\""));
  EXPECT_THAT(Refused({{"rules", "get"}}), HasSubstr("the rule does nothing"));
  EXPECT_THAT(Refused({{"rules", "put corrupt"}}),
              HasSubstr("corrupt is for get, get_many and next"));
  EXPECT_THAT(Refused({{"rules", "get fail=busy effect=torn"}}), HasSubstr("effect is for writes"));
  EXPECT_THAT(Refused({{"rules", "get corrupt fail=busy"}}), HasSubstr("only one of"));
  EXPECT_THAT(Refused({{"rules", "get latency=1s retry=spent"}}), HasSubstr("with fail="));
  EXPECT_THAT(Refused({{"rules", "get fail=busy fail=busy"}}), HasSubstr("a second fail"));
  EXPECT_THAT(Refused({{"rules", "get call=0 fail=busy"}}), HasSubstr("a number from 1"));
}

TEST_F(FaultTest, ThreadsShareTheRules) {
  Wrap({{"rate", "0.5"}, {"corrupt", "0.1"}});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 500; ++i) static_cast<void>(store->Get("/a"));
    });
  }
}

TEST(Fault, WithoutRulesConforms) {
  testing::ExpectConforms(R"({"type": "fault", "child": "memory:"})");
}

TEST(Fault, UnderRetryConforms) {
  testing::ExpectConforms(
      R"({"type": "retry", "attempts": 1000, "time_max": "24h", "delay": "1us", "delay_max": "1us",
          "child": {"type": "fault", "rate": "0.1", "child": "memory:"}})");
}

}  // namespace
}  // namespace anystore

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "anystore/store.h"
#include "layers/layer_target.h"
#include "layers/scripted_layer.h"

namespace anystore {
namespace {

using std::chrono::milliseconds;
using testing::LayerFields;
using testing::LayerWorld;
using testing::Script;
using testing::ScriptedLayer;

const Error kTemporary(Code::kUnavailable, Retry::kTemporary);
const Error kUnknown(Code::kUnavailable, Retry::kTemporary, Applied::kUnknown);

class RetryTest : public ::testing::Test {
 protected:
  void Wrap(const LayerFields& fields) {
    store.emplace(testing::StoreIn("retry", fields,
                                   std::make_unique<ScriptedLayer>(script, world.environment),
                                   world.environment));
    ASSERT_TRUE(store->Put("/a", "1").has_value());
    ASSERT_TRUE(store->Put("/b", "2").has_value());
  }
  /// How much the clock moves in `call`, in milliseconds.
  template <class Call>
  std::int64_t Waited(Call&& call) {
    const Instant before = world.clock.Now();
    call();
    return std::chrono::duration_cast<milliseconds>(world.clock.Now() - before).count();
  }

  LayerWorld world;
  Script script;
  std::optional<Store> store;
};

TEST_F(RetryTest, EveryVerbIsMadeAgainUntilItWorks) {
  Wrap({});
  for (const char* const verb :
       {"get", "stat", "scan", "next", "seek", "apply", "snapshot", "sync"}) {
    script.Fail(verb, 2, kTemporary);
  }
  EXPECT_EQ(store->Get("/a")->bytes(), "1");
  EXPECT_EQ(*store->GetSize("/a"), 1U);
  auto cursor = store->Scan({}, {});
  ASSERT_TRUE(cursor.has_value());
  std::array<EntryView, 4> entries;
  EXPECT_EQ((*cursor)->Next(entries).value(), 2U);
  ASSERT_TRUE((*cursor)->Seek("/b").has_value());
  EXPECT_EQ((*cursor)->Next(entries).value(), 1U);
  EXPECT_EQ(entries[0].key, "/b");
  EXPECT_TRUE(store->Put("/c", "3").has_value());
  EXPECT_TRUE(store->NewSnapshot().has_value());
  EXPECT_TRUE(store->Sync().has_value());
  for (const char* const verb : {"get", "stat", "scan", "seek", "snapshot", "sync"}) {
    EXPECT_EQ(script.count(verb), 3U) << verb;
  }
}

TEST_F(RetryTest, OfManyKeysOnlyThoseThatFailedAreAskedAgain) {
  Wrap({});
  script.Fail("get_many", 1, kTemporary);
  const std::array<std::string_view, 3> keys = {"/a", "/missing", "/b"};
  std::vector<Result<Value>> out(3);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  EXPECT_EQ(out[0]->bytes(), "1");
  EXPECT_EQ(out[1].error().code(), Code::kNotFound);
  EXPECT_EQ(out[2]->bytes(), "2");
  EXPECT_EQ(script.count("get_many"), 4U);
}

TEST_F(RetryTest, OfManyKeysEachThatNeverAnswersIsGivenUp) {
  Wrap({{"attempts", "3"}});
  script.Fail("get_many", 100, kTemporary);
  const std::array<std::string_view, 2> keys = {"/a", "/b"};
  std::vector<Result<Value>> out(2);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  for (const auto& value : out) EXPECT_EQ(value.error().retry(), Retry::kSpent);
  EXPECT_EQ(script.count("get_many"), 6U);
}

TEST_F(RetryTest, TheLastErrorTellsTheAttemptsAndIsNotRetriedAbove) {
  Wrap({{"attempts", "3"}, {"delay", "100ms"}});
  script.Fail("get", 100, Error(Code::kRateLimited, "slow down").WithRetry(Retry::kTemporary));
  const Result<Value> value = store->Get("/a");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code(), Code::kRateLimited);
  EXPECT_EQ(value.error().retry(), Retry::kSpent);
  EXPECT_EQ(value.error().applied(), Applied::kNo);
  EXPECT_TRUE(value.error().message().starts_with("gave up after 3 attempts in "))
      << value.error().message();
  ASSERT_NE(value.error().cause(), nullptr);
  EXPECT_EQ(value.error().cause()->message(), "slow down");
  EXPECT_EQ(script.count("get"), 3U);
}

TEST_F(RetryTest, OnlyTemporaryErrorsAreRetried) {
  Wrap({});
  script.Fail("get", 1, Error(Code::kIoError));
  script.Fail("get", 1, Error(Code::kUnavailable, Retry::kSpent));
  EXPECT_EQ(store->Get("/a").error().code(), Code::kIoError);
  EXPECT_EQ(store->Get("/a").error().message(), "");
  EXPECT_EQ(store->Get("/missing").error().code(), Code::kNotFound);
  EXPECT_EQ(script.count("get"), 3U);
}

TEST_F(RetryTest, WaitsDoubleUpToTheLongestAndAreDrawnFromTheirUpperHalf) {
  Wrap({{"attempts", "6"}, {"delay", "100ms"}, {"delay_max", "400ms"}});
  std::vector<Instant> moments;
  script.before = [&](std::string_view, const CallOptions&) -> std::optional<Error> {
    moments.push_back(world.clock.Now());
    return kTemporary.Clone();
  };
  static_cast<void>(store->Get("/a"));
  ASSERT_EQ(moments.size(), 6U);
  bool jitter = false;
  constexpr std::array<int, 5> kExpected = {100, 200, 400, 400, 400};
  for (std::size_t i = 0; i < kExpected.size(); ++i) {
    const Duration wait = moments[i + 1] - moments[i];
    EXPECT_LE(wait, milliseconds(kExpected[i]));
    EXPECT_GE(wait, milliseconds(kExpected[i] / 2));
    jitter |= wait != milliseconds(kExpected[i]);
  }
  EXPECT_TRUE(jitter);
}

TEST_F(RetryTest, NoAttemptBeginsAfterTheLongestTime) {
  Wrap({{"attempts", "1000"}, {"delay", "1s"}, {"time_max", "10s"}});
  script.Fail("get", 2000, kTemporary);
  const std::int64_t waited = Waited([&] {
    const Result<Value> value = store->Get("/a");
    EXPECT_TRUE(value.error().message().ends_with(", out of time")) << value.error().message();
    EXPECT_EQ(value.error().code(), Code::kUnavailable);
  });
  EXPECT_LE(waited, 10'000);
  EXPECT_GE(waited, 9'000);
}

TEST_F(RetryTest, ADeadlineThatAWaitWouldMissEndsTheCallAtOnce) {
  Wrap({{"delay", "100ms"}});
  script.Fail("get", 100, kTemporary);
  const std::int64_t waited = Waited([&] {
    const Result<Value> value =
        store->Get("/a", {.call = {.deadline = world.clock.Now() + milliseconds(120)}});
    EXPECT_EQ(value.error().code(), Code::kTimeout);
    EXPECT_EQ(value.error().retry(), Retry::kSpent);
    EXPECT_EQ(value.error().cause()->code(), Code::kUnavailable);
  });
  EXPECT_LT(waited, 120);
}

TEST_F(RetryTest, CancellingWakesAWait) {
  world.environment.clock = Environment::Host().clock;
  Wrap({{"delay", "1h"}, {"delay_max", "1h"}, {"time_max", "5h"}});
  std::stop_source source;
  script.Fail("get", 100, kTemporary);
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(5));
    source.request_stop();
  });
  const Result<Value> value = store->Get("/a", {.call = {.stop = source.get_token()}});
  EXPECT_EQ(value.error().code(), Code::kCancelled);
  EXPECT_EQ(value.error().retry(), Retry::kSpent);
  EXPECT_EQ(script.count("get"), 1U);
}

TEST_F(RetryTest, AWriteOfUnknownEffectIsMadeAgainOnlyIfTwiceIsOnce) {
  Wrap({});
  const auto attempts = [&](const Mutation& mutation, const WriteOptions& options = {}) {
    const std::size_t before = script.count("apply");
    script.Fail("apply", 1, kUnknown);
    static_cast<void>(store->Apply({&mutation, 1}, options));
    return script.count("apply") - before;
  };
  using Kind = Mutation::Kind;
  EXPECT_EQ(attempts({.key = "/a", .value = "3"}), 2U);
  EXPECT_EQ(
      attempts({.key = "/a", .value = "3", .expires_at = world.clock.Now() + milliseconds(9)}), 2U);
  EXPECT_EQ(attempts({.kind = Kind::kDelete, .key = "/a"}), 2U);
  EXPECT_EQ(attempts({.kind = Kind::kDeleteRange, .key = "/a"}), 2U);
  EXPECT_EQ(attempts({.key = "/a", .value = "3", .condition = Condition::IfAbsent()}), 1U);
  EXPECT_EQ(attempts({.kind = Kind::kDelete, .key = "/a", .condition = Condition::IfPresent()}),
            1U);
  EXPECT_EQ(attempts({.kind = Kind::kSetExpiry, .key = "/a"}), 1U);
  EXPECT_EQ(attempts({.key = "/a", .value = "3"}, {.want_version = true}), 1U);
}

TEST_F(RetryTest, AWriteKnownNotToHaveHappenedIsMadeAgainWhateverItIs) {
  Wrap({});
  script.Fail("apply", 2, kTemporary);
  EXPECT_TRUE(store->Put("/new", "1", {.condition = Condition::IfAbsent()}).has_value());
  EXPECT_EQ(store->Get("/new")->bytes(), "1");
}

TEST_F(RetryTest, AWriteThatMayHaveHappenedOnceIsNeverSaidNotToHave) {
  Wrap({});
  script.Fail("apply", 1, kUnknown);
  script.Fail("apply", 1, Error(Code::kReadOnly));
  const Result<Receipt> put = store->Put("/a", "3");
  EXPECT_EQ(put.error().code(), Code::kReadOnly);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
}

TEST_F(RetryTest, ACommitIsMadeAgain) {
  Wrap({});
  auto batch = store->NewBatch();
  ASSERT_TRUE((*batch)->Put("/a", "from the batch").has_value());
  script.Fail("apply", 1, kTemporary);
  EXPECT_TRUE((*batch)->Commit().has_value());
  EXPECT_EQ(store->Get("/a")->bytes(), "from the batch");
}

TEST_F(RetryTest, ThreadsRetryBesideEachOther) {
  Wrap({{"attempts", "1000"}, {"delay", "0"}, {"time_max", "24h"}});
  std::atomic<std::uint64_t> calls = 0;
  script.before = [&](std::string_view, const CallOptions&) -> std::optional<Error> {
    if (calls.fetch_add(1) % 3 != 0) return kTemporary.Clone();
    return std::nullopt;
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const std::string key = "/thread" + std::to_string(t);
        for (int i = 0; i < 100; ++i) {
          EXPECT_TRUE(store->Put(key, std::to_string(i)).has_value());
          EXPECT_EQ(store->Get(key)->bytes(), std::to_string(i));
        }
      });
    }
  }
  EXPECT_GE(calls, 2398U);  // every third of 800 that work
}

TEST(Retry, ChangesNoCapability) {
  const Capabilities below = memory::MemoryCapabilities();
  EXPECT_EQ(testing::NarrowedBy("retry", {}, below), below);
}

TEST(Retry, Conforms) { testing::ExpectConforms(R"({"type": "retry", "child": "memory:"})"); }

}  // namespace
}  // namespace anystore

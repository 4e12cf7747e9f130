#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "anystore/store.h"
#include "layers/layer_target.h"
#include "layers/scripted_layer.h"

namespace anystore {
namespace {

using std::chrono::seconds;
using testing::LayerFields;
using testing::LayerWorld;
using testing::Script;
using testing::ScriptedLayer;

class TimeoutTest : public ::testing::Test {
 protected:
  void Wrap(const LayerFields& fields) {
    store.emplace(testing::StoreIn("timeout", fields,
                                   std::make_unique<ScriptedLayer>(script, world.environment),
                                   world.environment));
    ASSERT_TRUE(store->Put("/a", "1").has_value());
    script.before = [this](std::string_view, const CallOptions& call) -> std::optional<Error> {
      deadlines.push_back(call.deadline.has_value()
                              ? std::optional(*call.deadline - world.clock.Now())
                              : std::nullopt);
      // A store that waits until it must give up.
      if (!hangs || !call.deadline.has_value()) return std::nullopt;
      world.clock.Advance(*call.deadline - world.clock.Now());
      return Error(Code::kTimeout, Retry::kNever, Applied::kUnknown);
    };
  }
  /// The time that the last call was given.
  [[nodiscard]] std::optional<Duration> given() const {
    return deadlines.empty() ? std::nullopt : deadlines.back();
  }

  LayerWorld world;
  Script script;
  std::vector<std::optional<Duration>> deadlines;
  bool hangs = false;
  std::optional<Store> store;
};

TEST_F(TimeoutTest, EachVerbHasItsTime) {
  Wrap({{"timeout", "10s"}, {"read", "1s"}, {"write", "2s"}, {"sync", "3s"}, {"scan", "4s"}});
  static_cast<void>(store->Get("/a"));
  EXPECT_EQ(given(), seconds(1));
  static_cast<void>(store->GetSize("/a"));
  EXPECT_EQ(given(), seconds(1));
  const std::array<std::string_view, 1> keys = {"/a"};
  std::vector<Result<Value>> out(1);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  EXPECT_EQ(given(), seconds(1));
  EXPECT_EQ(out[0]->bytes(), "1");
  ASSERT_TRUE(store->NewSnapshot().has_value());
  EXPECT_EQ(given(), seconds(1));
  static_cast<void>(store->Put("/a", "2"));
  EXPECT_EQ(given(), seconds(2));
  static_cast<void>(store->Sync());
  EXPECT_EQ(given(), seconds(3));
  static_cast<void>(store->Scan({}));
  EXPECT_EQ(given(), seconds(4));
}

TEST_F(TimeoutTest, WhatIsNotSaidFollowsTheGeneralTimeButForListings) {
  Wrap({{"timeout", "10s"}});
  static_cast<void>(store->Get("/a"));
  EXPECT_EQ(given(), seconds(10));
  static_cast<void>(store->Put("/a", "2"));
  EXPECT_EQ(given(), seconds(10));
  static_cast<void>(store->Scan({}));
  EXPECT_EQ(given(), std::nullopt);
}

TEST_F(TimeoutTest, ZeroLeavesItToTheCaller) {
  Wrap({{"timeout", "0"}});
  static_cast<void>(store->Get("/a"));
  EXPECT_EQ(given(), std::nullopt);
  static_cast<void>(store->Get("/a", {.call = {.deadline = world.clock.Now() + seconds(7)}}));
  EXPECT_EQ(given(), seconds(7));
}

TEST_F(TimeoutTest, TheSoonerDeadlineCounts) {
  Wrap({{"timeout", "10s"}});
  static_cast<void>(store->Get("/a", {.call = {.deadline = world.clock.Now() + seconds(3)}}));
  EXPECT_EQ(given(), seconds(3));
  static_cast<void>(store->Get("/a", {.call = {.deadline = world.clock.Now() + seconds(30)}}));
  EXPECT_EQ(given(), seconds(10));
}

TEST_F(TimeoutTest, TheLayersOwnDeadlineIsWorthAnotherTry) {
  Wrap({{"timeout", "10s"}});
  hangs = true;
  const Result<Value> value = store->Get("/a");
  EXPECT_EQ(value.error().code(), Code::kTimeout);
  EXPECT_EQ(value.error().message(), "no answer within 10000 ms");
  EXPECT_EQ(value.error().retry(), Retry::kTemporary);
  const Result<Receipt> put = store->Put("/a", "2");
  EXPECT_EQ(put.error().retry(), Retry::kTemporary);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  const std::array<std::string_view, 2> keys = {"/a", "/b"};
  std::vector<Result<Value>> out(2);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  EXPECT_EQ(out[1].error().retry(), Retry::kTemporary);
}

TEST_F(TimeoutTest, TheCallersDeadlineIsNot) {
  Wrap({{"timeout", "10s"}});
  hangs = true;
  const Result<Value> value =
      store->Get("/a", {.call = {.deadline = world.clock.Now() + seconds(3)}});
  EXPECT_EQ(value.error().code(), Code::kTimeout);
  EXPECT_EQ(value.error().retry(), Retry::kNever);
  const std::array<std::string_view, 1> keys = {"/a"};
  std::vector<Result<Value>> out(1);
  ASSERT_TRUE(store->GetMany(keys, out, {.call = {.deadline = world.clock.Now() + seconds(3)}})
                  .has_value());
  EXPECT_EQ(out[0].error().retry(), Retry::kNever);
}

TEST_F(TimeoutTest, ALateSuccessIsASuccess) {
  Wrap({{"timeout", "10s"}});
  script.before = [this](std::string_view, const CallOptions&) -> std::optional<Error> {
    world.clock.Advance(seconds(60));
    return std::nullopt;
  };
  EXPECT_EQ(store->Get("/a")->bytes(), "1");
  EXPECT_TRUE(store->Put("/a", "2").has_value());
  EXPECT_EQ(store->Get("/a")->bytes(), "2");
}

TEST_F(TimeoutTest, AListingEndsInTotalAlsoOverAStoreThatDoesNotLook) {
  Wrap({{"scan", "10s"}});
  ASSERT_TRUE(store->Put("/b", "2").has_value());
  auto cursor = store->Scan({});
  ASSERT_TRUE(cursor.has_value());
  std::array<EntryView, 1> entry;
  world.clock.Advance(seconds(9));
  EXPECT_EQ((*cursor)->Next(entry).value(), 1U);
  world.clock.Advance(seconds(2));
  const Result<std::size_t> next = (*cursor)->Next(entry);
  EXPECT_EQ(next.error().code(), Code::kTimeout);
  EXPECT_EQ(next.error().message(), "the listing took longer than 10000 ms");
  EXPECT_EQ(next.error().retry(), Retry::kNever);
  EXPECT_EQ((*cursor)->Seek("/a").error().code(), Code::kTimeout);
}

TEST_F(TimeoutTest, RetryAboveTriesATimeoutAgain) {
  Wrap({{"timeout", "10s"}});
  auto inner = testing::WrapIn("timeout", {{"timeout", "10s"}},
                               std::make_unique<ScriptedLayer>(script, world.environment),
                               world.environment);
  store.emplace(testing::StoreIn("retry", {}, *std::move(inner), world.environment));
  ASSERT_TRUE(store->Put("/a", "1").has_value());
  int calls = 0;
  script.before = [&](std::string_view, const CallOptions& call) -> std::optional<Error> {
    if (++calls == 3) return std::nullopt;
    world.clock.Advance(*call.deadline - world.clock.Now());
    return Error(Code::kTimeout);
  };
  EXPECT_EQ(store->Get("/a")->bytes(), "1");
  EXPECT_EQ(calls, 3);
}

TEST(Timeout, ChangesNoCapability) {
  const Capabilities below = memory::MemoryCapabilities();
  EXPECT_EQ(testing::NarrowedBy("timeout", {}, below), below);
}

TEST(Timeout, Conforms) {
  testing::ExpectConforms(
      R"({"type": "timeout", "timeout": "1h", "scan": "24h", "child": "memory:"})");
}

}  // namespace
}  // namespace anystore

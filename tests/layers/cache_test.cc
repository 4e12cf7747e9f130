#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "anystore/features.h"
#include "anystore/open.h"
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

/// Counts what reaches the store below, and lets a test step in when it has answered.
class Watched final : public Layer {
 public:
  struct Seen {
    int gets = 0;
    int stats = 0;
    std::function<void()> after_get = {};
    std::function<void()> after_apply = {};
    std::optional<Error> after_apply_error = {};
  };
  Watched(std::unique_ptr<Datastore>&& child, const Capabilities& can, Seen& seen)
      : Layer(std::move(child), can), seen_(seen) {}

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    ++seen_.gets;
    Result<Value> value = from.Get(key, options);
    if (seen_.after_get) std::exchange(seen_.after_get, nullptr)();
    return value;
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    ++seen_.stats;
    return from.Stat(key, wanted, call);
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    seen_.gets += static_cast<int>(keys.size());
    from.GetMany(keys, out, options);
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    Result<Receipt> receipt = to.Apply(mutations, options);
    if (seen_.after_apply) std::exchange(seen_.after_apply, nullptr)();
    if (seen_.after_apply_error.has_value()) {
      Error error = *std::move(seen_.after_apply_error);
      seen_.after_apply_error.reset();
      return error;
    }
    return receipt;
  }

 private:
  Seen& seen_;
};

class CacheTest : public ::testing::Test {
 protected:
  /// A cache over memory; `limit` takes from what the store below can do.
  void Open(const LayerFields& fields = {}, const std::function<void(Capabilities&)>& limit = {}) {
    std::unique_ptr<Datastore> memory = memory::NewMemoryStore(world.environment);
    below = memory.get();
    Capabilities can = memory->capabilities();
    if (limit) limit(can);
    auto watched = std::make_unique<Watched>(std::move(memory), can, seen);
    store.emplace(testing::StoreIn("cache", fields, std::move(watched), world.environment));
  }
  std::string Get(std::string_view key) { return testing::Told(store->Get(key)); }
  /// How many Gets of `key` reach the store below: none or one.
  int Misses(std::string_view key) {
    const int before = seen.gets;
    static_cast<void>(store->Get(key));
    return seen.gets - before;
  }
  void PutBelow(std::string_view key, std::string_view value) {
    const Mutation put{.key = key, .value = value};
    ASSERT_TRUE(below->Apply({&put, 1}, {}));
  }
  Instant In(Duration duration) { return world.clock.Now() + duration; }

  LayerWorld world;
  Watched::Seen seen;
  Datastore* below = nullptr;
  std::optional<Store> store;
};

TEST_F(CacheTest, WhatWasReadIsReadFromMemory) {
  Open();
  PutBelow("/a", "1");
  EXPECT_EQ(Get("/a"), "1");
  EXPECT_EQ(Get("/a"), "1");
  EXPECT_TRUE(*store->Has("/a"));
  EXPECT_EQ(*store->GetSize("/a"), 1U);
  EXPECT_EQ(seen.gets, 1);
  EXPECT_EQ(seen.stats, 0);
}

TEST_F(CacheTest, KeysOfEveryLengthAreToldApart) {
  Open();
  std::vector<std::string> keys;
  for (std::size_t length = 0; length < 70; ++length) {
    for (const std::size_t other : {std::size_t{0}, length / 2, length}) {
      keys.emplace_back(length, 'k');
      if (other < length) keys.back()[other] = 'x';
    }
  }
  for (const std::string& key : keys) ASSERT_TRUE(store->Put(key, "v" + key));
  for (const std::string& key : keys) EXPECT_EQ(Get(key), "v" + key);
  EXPECT_EQ(seen.gets, 0);
}

TEST_F(CacheTest, WhatIsWrittenIsWrittenThroughAndKept) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  EXPECT_EQ(below->Get("/a", {})->bytes(), "1");
  EXPECT_EQ(Misses("/a"), 0);
  ASSERT_TRUE(store->Put("/a", "2"));
  EXPECT_EQ(Get("/a"), "2");
  ASSERT_TRUE(store->Put("/a", "3", {.condition = Condition::IfPresent()}));
  EXPECT_EQ(Get("/a"), "3");
  EXPECT_FALSE(store->Put("/a", "4", {.condition = Condition::IfAbsent()}));
  EXPECT_EQ(Get("/a"), "3");
  ASSERT_TRUE(store->Delete("/a"));
  EXPECT_EQ(Get("/a"), "not_found");
}

TEST_F(CacheTest, RangesAndBatchesTakeOutWhatTheyChange) {
  Open();
  for (const char* const key : {"/a", "/b", "/c", "/d"}) ASSERT_TRUE(store->Put(key, "1"));
  ASSERT_TRUE(store->DeleteRange(KeyRange::Between("/b", "/d")));
  EXPECT_EQ(Get("/b"), "not_found");
  EXPECT_EQ(Get("/c"), "not_found");
  EXPECT_EQ(Misses("/a"), 0);
  EXPECT_EQ(Misses("/d"), 0);
  const std::array<Mutation, 3> batch = {Mutation{.key = "/a", .value = "2"},
                                         Mutation{.key = "/a", .value = "3"},
                                         Mutation{.kind = Mutation::Kind::kDelete, .key = "/d"}};
  ASSERT_TRUE(store->Apply(batch));
  EXPECT_EQ(Get("/a"), "3");
  EXPECT_EQ(Get("/d"), "not_found");
  ASSERT_TRUE(store->Put("/e", "1"));
  ASSERT_TRUE(store->DeleteRange(KeyRange::From("/b")));
  EXPECT_EQ(Get("/e"), "not_found");
  EXPECT_EQ(Misses("/a"), 0);
}

TEST_F(CacheTest, ABatchOfVeryManyChangesIsSeenToo) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  std::vector<Mutation> batch(5000, Mutation{.key = "/b", .value = "2"});
  batch.push_back({.key = "/a", .value = "2"});
  ASSERT_TRUE(store->Apply(batch));
  EXPECT_EQ(Get("/a"), "2");
  EXPECT_EQ(Misses("/a"), 0);  // read in again, so nothing is held up for good
}

TEST_F(CacheTest, AWriteOfUnknownEndIsReadAnew) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  seen.after_apply_error.emplace(Code::kTimeout, Retry::kTemporary, Applied::kUnknown);
  EXPECT_FALSE(store->Put("/a", "2"));
  EXPECT_EQ(Get("/a"), "2");
  seen.after_apply_error.emplace(Code::kIoError, Retry::kNever, Applied::kUnknown);
  const std::array<Mutation, 2> batch = {Mutation{.key = "/a", .value = "3"},
                                         Mutation{.key = "/b", .value = "3"}};
  EXPECT_FALSE(store->Apply(batch));
  EXPECT_EQ(Get("/a"), "3");
  EXPECT_EQ(Misses("/a"), 0);
}

TEST_F(CacheTest, AReadThatAWriteOvertookIsNotKept) {
  Open();
  PutBelow("/a", "1");
  seen.after_get = [this] { ASSERT_TRUE(store->Put("/a", "2")); };
  EXPECT_EQ(Get("/a"), "1");  // began before
  EXPECT_EQ(Get("/a"), "2");
  PutBelow("/b", "1");
  seen.after_get = [this] { ASSERT_TRUE(store->DeleteRange(KeyRange::StartingWith("/b"))); };
  EXPECT_EQ(Get("/b"), "1");
  EXPECT_EQ(Get("/b"), "not_found");
  PutBelow("/c", "1");
  seen.after_get = [this] {
    const std::array<Mutation, 2> batch = {Mutation{.key = "/c", .value = "2"},
                                           Mutation{.key = "/d", .value = "2"}};
    ASSERT_TRUE(store->Apply(batch));
  };
  EXPECT_EQ(Get("/c"), "1");
  EXPECT_EQ(Get("/c"), "2");
}

TEST_F(CacheTest, AReadDuringAWriteIsNotKept) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  // Reads what the write has done, but the write might still fail and be taken back.
  seen.after_apply = [this] {
    EXPECT_EQ(Get("/a"), "2");
    PutBelow("/a", "3");
  };
  seen.after_apply_error.emplace(Code::kIoError);
  EXPECT_FALSE(store->Put("/a", "2"));
  EXPECT_EQ(Get("/a"), "3");
}

TEST_F(CacheTest, OfTwoWritesAtOnceNeitherIsKept) {
  Open();
  seen.after_apply = [this] { ASSERT_TRUE(store->Put("/a", "2")); };
  ASSERT_TRUE(store->Put("/a", "1"));
  EXPECT_EQ(Get("/a"), "2");
  EXPECT_EQ(seen.gets, 1);
}

TEST_F(CacheTest, RecordsExpireByTheEnvironmentsClock) {
  Open({{"negative", "true"}});
  ASSERT_TRUE(store->Put("/a", "1", {.expires_at = In(std::chrono::seconds(10))}));
  EXPECT_EQ(Get("/a"), "1");
  EXPECT_EQ(Misses("/a"), 0);
  world.clock.Advance(std::chrono::seconds(9));
  EXPECT_EQ(Misses("/a"), 0);
  world.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Get("/a"), "not_found");
  EXPECT_FALSE(*store->Has("/a"));
  ASSERT_TRUE(store->Put("/a", "2"));
  EXPECT_EQ(Get("/a"), "2");
  ASSERT_TRUE(store->SetExpiry("/a", In(std::chrono::seconds(1))));
  EXPECT_EQ(Get("/a"), "2");
  world.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Get("/a"), "not_found");
}

TEST_F(CacheTest, WhatIsKnownOfARecordIsWhatTheStoreBelowKnows) {
  Open();
  ASSERT_TRUE(store->Put("/put", "123"));
  PutBelow("/read", "12");
  ASSERT_TRUE(store->Put("/expires", "1", {.expires_at = In(std::chrono::hours(1))}));
  for (int round = 0; round < 2; ++round) {
    for (const char* const key : {"/put", "/read", "/expires"}) {
      EntryInfo info;
      ASSERT_TRUE(store->Get(key, {.info = &info}));
      const EntryInfo truth = below->Stat(key, Wanted::kAll, {}).value();
      const EntryInfo stat = store->Stat(key, Wanted::kAll).value();
      for (const EntryInfo& told : {info, stat}) {
        EXPECT_EQ(told.size, truth.size);
        EXPECT_EQ(told.version, truth.version);
        EXPECT_EQ(told.expires_at, truth.expires_at);
      }
    }
  }
  EXPECT_EQ(seen.stats, 0);
}

TEST_F(CacheTest, AVersionThatTheWriteDidNotTellIsAskedBelow) {
  Open();
  // As a store that tells versions only to who wants them.
  PutBelow("/a", "1");
  ASSERT_EQ(Get("/a"), "1");
  EXPECT_TRUE(store->Stat("/a", Wanted::kVersion)->version.has_value());
  EXPECT_EQ(seen.stats, 0);
  std::array<Result<Value>, 1> out = {Value()};
  Open({}, [](Capabilities& can) { can.expiry = Support::kAbsent; });
  PutBelow("/a", "1");
  ASSERT_TRUE(store->GetMany(std::array<std::string_view, 1>{"/a"}, out));
  EXPECT_EQ(Misses("/a"), 0);
  EXPECT_EQ(store->Stat("/a", Wanted::kVersion)->version,
            below->Stat("/a", Wanted::kVersion, {})->version);
  EXPECT_EQ(seen.stats, 1);
  EntryInfo info;
  ASSERT_TRUE(store->Get("/a", {.info = &info}));
  EXPECT_TRUE(info.version.has_value());
}

TEST_F(CacheTest, PartsComeFromTheWholeThatIsKept) {
  Open();
  PutBelow("/a", "0123456789");
  const auto part = [this](std::uint64_t offset, std::uint64_t length) {
    return std::string(store->Get("/a", {.window = {.offset = offset, .length = length}})->bytes());
  };
  EXPECT_EQ(part(2, 3), "234");
  EXPECT_EQ(part(2, 3), "234");
  EXPECT_EQ(seen.gets, 2);  // a part is not kept
  EXPECT_EQ(Get("/a"), "0123456789");
  EXPECT_EQ(part(2, 3), "234");
  EXPECT_EQ(part(8, 100), "89");
  EXPECT_EQ(part(11, 1), "");
  EXPECT_EQ(seen.gets, 3);
}

TEST_F(CacheTest, ThatThereIsNoRecordIsKeptWhereAskedFor) {
  Open();
  EXPECT_EQ(Misses("/a") + Misses("/a"), 2);
  Open({{"negative", "true"}});
  EXPECT_EQ(Misses("/a") + Misses("/a"), 1);
  EXPECT_FALSE(*store->Has("/b"));
  EXPECT_EQ(Misses("/b"), 0);
  ASSERT_TRUE(store->Put("/a", "1"));
  EXPECT_EQ(Get("/a"), "1");
  ASSERT_TRUE(store->Delete("/a"));
  EXPECT_EQ(Get("/a"), "not_found");
  EXPECT_EQ(Misses("/a"), 0);
  std::array<Result<Value>, 2> out = {Value(), Value()};
  ASSERT_TRUE(store->GetMany(std::array<std::string_view, 2>{"/a", "/c"}, out));
  EXPECT_EQ(Misses("/c"), 0);
  const std::array<Mutation, 2> batch = {Mutation{.key = "/a", .value = "2"},
                                         Mutation{.key = "/c", .value = "2"}};
  ASSERT_TRUE(store->Apply(batch));
  EXPECT_EQ(Get("/a") + Get("/c"), "22");
}

TEST_F(CacheTest, OtherErrorsAreNotKept) {
  FakeState state;
  store.emplace(testing::StoreIn("cache", {{"negative", "true"}},
                                 std::make_unique<FakeDatastore>(state), world.environment));
  state.records["/a"] = "1";
  state.next_error.emplace(Code::kIoError);
  EXPECT_EQ(Get("/a"), "io_error");
  EXPECT_EQ(Get("/a"), "1");
  store.reset();  // before what it reads
}

TEST_F(CacheTest, OfManyKeysOnlyThoseThatAreNotKeptAreAsked) {
  Open({}, [](Capabilities& can) { can.expiry = Support::kAbsent; });
  ASSERT_TRUE(store->Put("/a", "1"));
  PutBelow("/b", "2");
  const std::array<std::string_view, 4> keys = {"/b", "/a", "/none", "/b"};
  for (const int asked : {3, 1}) {
    std::array<Result<Value>, 4> out = {Value(), Value(), Value(), Value()};
    seen.gets = 0;
    ASSERT_TRUE(store->GetMany(keys, out));
    EXPECT_EQ(out[0]->bytes(), "2");
    EXPECT_EQ(out[1]->bytes(), "1");
    EXPECT_EQ(out[2].error().code(), Code::kNotFound);
    EXPECT_EQ(out[3]->bytes(), "2");
    EXPECT_EQ(seen.gets, asked);
  }
}

TEST_F(CacheTest, SnapshotsAndScansPassItByAndScansFillNothing) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1"));
  auto snapshot = store->NewSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  ASSERT_TRUE(store->Put("/a", "2"));
  PutBelow("/b", "2");
  EXPECT_EQ(snapshot->Get("/a")->bytes(), "1");
  EXPECT_FALSE(snapshot->Get("/b"));
  std::array<Result<Value>, 1> out = {Value()};
  ASSERT_TRUE(snapshot->GetMany(std::array<std::string_view, 1>{"/a"}, out));
  EXPECT_EQ(out[0]->bytes(), "1");
  EXPECT_FALSE(*snapshot->Has("/b"));
  EXPECT_EQ(Get("/a"), "2");
  EXPECT_EQ(store->Query({})->Rest()->size(), 2U);
  EXPECT_EQ(Misses("/b"), 1);
}

TEST_F(CacheTest, ValuesOutliveTheStore) {
  Open();
  ASSERT_TRUE(store->Put("/a", "1234"));
  const Value value = store->Get("/a").value();
  const Value part = store->Get("/a", {.window = {.offset = 1, .length = 2}}).value();
  ASSERT_TRUE(store->Put("/a", "5678"));
  ASSERT_TRUE(store->Close());
  store.reset();
  EXPECT_EQ(value.bytes(), "1234");
  EXPECT_EQ(part.bytes(), "23");
}

TEST_F(CacheTest, KeepsWhatFitsAndNothingTooLarge) {
  Open({{"capacity", "64KiB"}});
  ASSERT_TRUE(store->Put("/large", std::string(20'000, 'x')));
  EXPECT_EQ(Misses("/large"), 1);
  EXPECT_EQ(Misses("/large"), 1);
  const std::string value(1000, 'x');
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store->Put("/" + std::to_string(i), value));
  int misses = 0;
  for (int i = 999; i >= 0; --i) misses += Misses("/" + std::to_string(i));
  EXPECT_GT(misses, 1000 - 65);
  EXPECT_LT(misses, 1000 - 40);
}

TEST_F(CacheTest, WhatIsReadOnceDoesNotDisplaceWhatIsReadOften) {
  Open({{"capacity", "64KiB"}});
  const auto key = [](const char* kind, int i) { return kind + std::to_string(i); };
  for (int i = 0; i < 150; ++i) PutBelow(key("/hot", i), "1234567890");
  for (int i = 0; i < 5000; ++i) PutBelow(key("/cold", i), "1234567890");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 150; ++i) static_cast<void>(Get(key("/hot", i)));
  }
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(Misses(key("/cold", i)), 1);
    static_cast<void>(Get(key("/hot", i % 150)));
  }
  int misses = 0;
  for (int i = 0; i < 150; ++i) misses += Misses(key("/hot", i));
  EXPECT_LT(misses, 5);
}

TEST_F(CacheTest, WhatIsReadAgainAndAgainOutlivesWhatIsReadTwice) {
  Open({{"capacity", "64KiB"}});
  for (int i = 0; i < 20; ++i) PutBelow("/hot" + std::to_string(i), "1234567890");
  for (int i = 0; i < 4000; ++i) PutBelow("/warm" + std::to_string(i), "1234567890");
  int misses = 0;
  for (int i = 0; i < 4000; ++i) {
    for (int times = 0; times < 2; ++times) static_cast<void>(Get("/warm" + std::to_string(i)));
    misses += Misses("/hot" + std::to_string(i % 20));
  }
  EXPECT_LT(misses, 50);
}

TEST(Cache, SaysWhatItMakesOfTheStoreBelow) {
  Capabilities below = FakeDatastore::Everything();
  below.transactions = Support::kNative;
  below.consistency = Consistency::kLinearizable;
  below.sharing = Sharing::kOneHandle;
  Capabilities expected = below;
  expected.transactions = Support::kAbsent;
  EXPECT_EQ(testing::NarrowedBy("cache", {}, below), expected);
  // Others may write behind its back.
  expected.sharing = below.sharing = Sharing::kOneProcess;
  EXPECT_EQ(testing::NarrowedBy("cache", {{"sole_writer", "true"}}, below), expected);
  expected.consistency = Consistency::kEventual;
  EXPECT_EQ(testing::NarrowedBy("cache", {}, below), expected);
}

TEST(Cache, Conforms) {
  testing::ExpectConforms(R"({"type": "cache", "child": "memory:"})");
  testing::ExpectConforms(
      R"({"type": "cache", "capacity": "64KiB", "negative": true, "child": "memory:"})");
}

}  // namespace
}  // namespace anystore

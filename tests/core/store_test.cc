#include "anystore/store.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "core/fake_datastore.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;

class StoreTest : public ::testing::Test {
 protected:
  Store Open(const Capabilities& capabilities = FakeDatastore::Everything()) {
    environment_.clock = &clock_;
    return Store(std::make_unique<FakeDatastore>(state_, capabilities), "fake:", environment_);
  }
  /// What the store refuses must not have reached the datastore.
  void ExpectRefused(const auto& result, Code code) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), code) << result.error().ToString();
    EXPECT_EQ(result.error().applied(), Applied::kNo);
    EXPECT_EQ(state_.applied.size(), 0U);
  }

  FakeState state_;
  ManualClock clock_{Instant(std::chrono::seconds(1000))};
  Environment environment_ = Environment::Host();
};

TEST_F(StoreTest, PutsGetsAndDeletes) {
  Store store = Open();
  ASSERT_TRUE(store.Put("/a", "1").has_value());
  EXPECT_EQ(store.Get("/a")->bytes(), "1");
  EXPECT_TRUE(store.Has("/a").value());
  EXPECT_EQ(store.GetSize("/a").value(), 1U);
  ASSERT_TRUE(store.Delete("/a").has_value());
  EXPECT_FALSE(store.Has("/a").value());
  EXPECT_EQ(store.GetSize("/a").error().code(), Code::kNotFound);
}

TEST_F(StoreTest, NotFoundStaysBare) {
  Store store = Open();
  const Result<Value> value = store.Get("/missing");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().ToString(), "not_found");
}

TEST_F(StoreTest, NamesActionKeyAndStoreInErrors) {
  Store store = Open();
  state_.next_error = Error(Code::kCorruption, "bad block");
  EXPECT_EQ(store.Get("/a").error().ToString(), "get \"/a\" in fake:: corruption: bad block");
  state_.next_error = Error(Code::kNoSpace);
  EXPECT_EQ(store.Put("/a", "").error().ToString(), "put \"/a\" in fake:: no_space");
  state_.next_error = Error(Code::kIoError);
  EXPECT_EQ(store.Delete("").error().ToString(), "delete \"\" in fake:: io_error");
  state_.next_error = Error(Code::kIoError);
  EXPECT_EQ(store.Sync().error().ToString(), "sync fake:: io_error");
  state_.next_error = Error(Code::kIoError);
  EXPECT_EQ(store.Scan({}).error().ToString(), "scan fake:: io_error");
}

TEST_F(StoreTest, RefusesEveryOptionThatTheStoreDoesNotHave) {
  Store store = Open(Capabilities{});
  const Instant soon = clock_.Now() + std::chrono::hours(1);
  ExpectRefused(store.Put("/a", "1", {.condition = Condition::IfAbsent()}), Code::kUnsupported);
  ExpectRefused(store.Delete("/a", {.condition = Condition::IfPresent()}), Code::kUnsupported);
  ExpectRefused(store.Put("/a", "1", {.expires_at = soon}), Code::kUnsupported);
  ExpectRefused(store.SetExpiry("/a", soon), Code::kUnsupported);
  for (const Durability durability : {Durability::kSurvivesProcess, Durability::kSurvivesPower}) {
    ExpectRefused(store.Put("/a", "1", {.write = {.durability = durability}}), Code::kUnsupported);
  }
  const std::array<Mutation, 2> two = {{{.key = "/a"}, {.key = "/b"}}};
  ExpectRefused(store.Apply(two, {.all_or_nothing = true}), Code::kUnsupported);
  const Mutation range{.kind = Mutation::Kind::kDeleteRange, .key = "/a"};
  ExpectRefused(store.Apply({&range, 1}), Code::kUnsupported);
  ExpectRefused(store.Scan({}, {.reverse = true}), Code::kUnsupported);
  ExpectRefused(store.Scan({}, {.wanted = Wanted::kVersion}), Code::kUnsupported);
  ExpectRefused(store.Stat("/a", Wanted::kExpiry), Code::kUnsupported);
  ExpectRefused(store.Query({.return_expirations = true}), Code::kUnsupported);
}

TEST_F(StoreTest, VersionConditionsNeedVersions) {
  Capabilities can = FakeDatastore::Everything();
  can.versions = VersionSupport::kAbsent;
  Store store = Open(can);
  ExpectRefused(store.Put("/a", "1", {.condition = Condition::IfVersion({})}), Code::kUnsupported);
  ExpectRefused(store.Put("/a", "1", {.write = {.want_version = true}}), Code::kUnsupported);
}

TEST_F(StoreTest, TakesTheOptionsThatTheStoreHas) {
  Store store = Open();
  const WriteOptions write{.durability = Durability::kSurvivesPower, .all_or_nothing = true};
  ASSERT_TRUE(store.Put("/a", "1", {.write = write, .condition = Condition::IfAbsent()}));
  EXPECT_EQ(state_.last_write.durability, Durability::kSurvivesPower);
  EXPECT_TRUE(state_.last_write.all_or_nothing);
}

TEST_F(StoreTest, ChecksKeysAndValuesBeforeTheDatastoreIsAsked) {
  Capabilities can = FakeDatastore::Everything();
  can.keys = {.bytes_min = 1, .bytes_max = 8, .alphabet = KeyAlphabet::kOther};
  can.value_bytes_max = 4;
  Store store = Open(can);
  ExpectRefused(store.Put("", "1"), Code::kInvalidArgument);
  ExpectRefused(store.Put("123456789", "1"), Code::kTooLarge);
  ExpectRefused(store.Put("/special", "1"), Code::kInvalidArgument);
  ExpectRefused(store.Put("/a", "12345"), Code::kTooLarge);
  for (const std::string_view key : {"", "123456789", "/special"}) {
    EXPECT_EQ(store.Get(key).error().code(), Code::kNotFound);
    EXPECT_EQ(store.GetSize(key).error().code(), Code::kNotFound);
    EXPECT_FALSE(store.Has(key).value());
    EXPECT_TRUE(store.Delete(key).has_value());
    EXPECT_FALSE(store.CheckKey(key).has_value());
    ExpectRefused(store.Delete(key, {.condition = Condition::IfPresent()}),
                  Code::kPreconditionFailed);
    ExpectRefused(store.SetExpiry(key, clock_.Now()), Code::kNotFound);
  }
  EXPECT_EQ(state_.applied.size(), 0U);
}

TEST_F(StoreTest, GetManyAnswersKeyByKeyAlsoWhereTheStoreTakesNoSuchKey) {
  Capabilities can = FakeDatastore::Everything();
  can.keys.bytes_max = 2;
  Store store = Open(can);
  ASSERT_TRUE(store.Put("/a", "1"));
  const std::array<std::string_view, 3> keys = {"/long", "/a", "/b"};
  std::array<Result<Value>, 3> out;
  ASSERT_TRUE(store.GetMany(keys, out));
  EXPECT_EQ(out[0].error().code(), Code::kNotFound);
  EXPECT_EQ(out[1]->bytes(), "1");
  EXPECT_EQ(out[2].error().code(), Code::kNotFound);
  EntryInfo info;
  EXPECT_EQ(store.GetMany(keys, std::span(out).first(2)).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(store.GetMany(keys, out, {.info = &info}).error().code(), Code::kInvalidArgument);
}

TEST_F(StoreTest, AppliesWhatIsLeftWhenDeletesHaveNothingToDelete) {
  Capabilities can = FakeDatastore::Everything();
  can.keys.bytes_max = 2;
  Store store = Open(can);
  const std::array<Mutation, 3> mutations = {{
      {.kind = Mutation::Kind::kDelete, .key = "/long"},
      {.kind = Mutation::Kind::kPut, .key = "/a", .value = "1"},
      {.kind = Mutation::Kind::kDeleteRange, .key = "/z", .range_to = "/b"},
  }};
  EXPECT_EQ(store.Apply(mutations)->applied, 3U);
  EXPECT_EQ(state_.applied, std::vector{Mutation::Kind::kPut});
  EXPECT_EQ(store.Apply({})->applied, 0U);
}

TEST_F(StoreTest, RefusesAWholeApplyForOneBadMutation) {
  Capabilities can = FakeDatastore::Everything();
  can.keys.bytes_max = 2;
  can.batch_bytes_max = 10;
  Store store = Open(can);
  const std::array<Mutation, 2> bad = {{{.key = "/a"}, {.key = "/long"}}};
  ExpectRefused(store.Apply(bad), Code::kTooLarge);
  const std::array<Mutation, 2> big = {
      {{.key = "/a", .value = "1234"}, {.key = "/b", .value = "123"}}};
  ExpectRefused(store.Apply(big), Code::kTooLarge);
}

TEST_F(StoreTest, CutsWindowsThatTheDatastoreCannot) {
  for (const Support support : {Support::kNative, Support::kEmulated, Support::kAbsent}) {
    Capabilities can = FakeDatastore::Everything();
    can.range_read = support;
    Store store = Open(can);
    ASSERT_TRUE(store.Put("/a", "0123456789"));
    EntryInfo info;
    EXPECT_EQ(store.Get("/a", {.window = {.offset = 3, .length = 4}, .info = &info})->bytes(),
              "3456");
    EXPECT_EQ(info.size, 10U);
    EXPECT_EQ(state_.last_read.window.whole(), support != Support::kNative);
    EXPECT_EQ(store.Get("/a", {.window = {.offset = 8}})->bytes(), "89");
    EXPECT_EQ(store.Get("/a", {.window = {.offset = 99}})->bytes(), "");
    state_.closed = false;
  }
}

TEST_F(StoreTest, GivesUpInTime) {
  Store store = Open();
  const CallOptions late{.deadline = clock_.Now()};
  const CallOptions early{.deadline = clock_.Now() + std::chrono::seconds(1)};
  EXPECT_EQ(store.Get("/a", {.call = late}).error().code(), Code::kTimeout);
  EXPECT_EQ(store.Has("/a", late).error().code(), Code::kTimeout);
  EXPECT_EQ(store.Sync({}, late).error().code(), Code::kTimeout);
  EXPECT_EQ(store.NewSnapshot(late).error().code(), Code::kTimeout);
  EXPECT_EQ(store.Scan({}, {.call = late}).error().code(), Code::kTimeout);
  ExpectRefused(store.Put("/a", "1", {.write = {.call = late}}), Code::kTimeout);
  EXPECT_TRUE(store.Put("/a", "1", {.write = {.call = early}}));
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(store.Get("/a", {.call = early}).error().code(), Code::kTimeout);
}

TEST_F(StoreTest, StopsWhenAsked) {
  Store store = Open();
  ASSERT_TRUE(store.Put("/a", "1"));
  std::stop_source source;
  const CallOptions call{.stop = source.get_token()};
  Result<Results> results = store.Query({.call = call});
  ASSERT_TRUE(store.Get("/a", {.call = call}));
  source.request_stop();
  EXPECT_EQ(store.Get("/a", {.call = call}).error().code(), Code::kCancelled);
  EXPECT_FALSE(results->Next());
  EXPECT_EQ(results->status().error().code(), Code::kCancelled);
}

TEST_F(StoreTest, DeletesRangesOneByOneWhereItMust) {
  for (const Support support : {Support::kNative, Support::kAbsent}) {
    Capabilities can = FakeDatastore::Everything();
    can.delete_range = support;
    Store store = Open(can);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store.Put("/x/" + std::to_string(i), ""));
    ASSERT_TRUE(store.Put("/w", ""));
    ASSERT_TRUE(store.Put("/y", ""));
    ASSERT_TRUE(store.DeleteRange(KeyRange::StartingWith("/x/")));
    EXPECT_EQ(state_.records.size(), 2U);
    ASSERT_TRUE(store.DeleteRange(KeyRange::None()));
    EXPECT_EQ(state_.records.size(), 2U);
    ASSERT_TRUE(store.DeleteRange(KeyRange::All()));
    EXPECT_EQ(state_.records.size(), 0U);
    state_.closed = false;
  }
}

TEST_F(StoreTest, AsksTheDatastoreForNoMoreThanTheQueryNeeds) {
  Store store = Open();
  ASSERT_TRUE(store.Query({.limit = 3, .keys_only = true}));
  EXPECT_FALSE(state_.last_scan.values);
  EXPECT_EQ(state_.last_scan.limit_hint, 3U);
  ASSERT_TRUE(store.Query({.orders = {Order::KeyDescending()}, .offset = 2, .limit = 3}));
  EXPECT_TRUE(state_.last_scan.reverse);
  EXPECT_EQ(state_.last_scan.limit_hint, 5U);
  ASSERT_TRUE(store.Query({.orders = {Order::Value()}, .limit = 3, .keys_only = true}));
  EXPECT_TRUE(state_.last_scan.values);
  EXPECT_EQ(state_.last_scan.limit_hint, ScanOptions{}.limit_hint);
  ASSERT_TRUE(store.Query({.filters = {Filter::KeyPrefix("/a")}, .limit = 3}));
  EXPECT_EQ(state_.last_scan.limit_hint, ScanOptions{}.limit_hint);
}

TEST_F(StoreTest, OrdersWhatTheDatastoreDoesNot) {
  Capabilities can = FakeDatastore::Everything();
  can.reverse_scan = Support::kAbsent;
  Store store = Open(can);
  for (const char* key : {"/b", "/a", "/c"}) ASSERT_TRUE(store.Put(key, ""));
  Result<Results> results = store.Query({.reverse = true, .limit = 2});
  ASSERT_TRUE(results.has_value());
  const auto entries = results->Rest();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].key, "/c");
  EXPECT_EQ((*entries)[1].key, "/b");
}

TEST_F(StoreTest, SnapshotsShowTheirMomentAndMayBeOutlivedByTheirCursors) {
  Store store = Open();
  ASSERT_TRUE(store.Put("/a", "1"));
  std::optional<Snapshot> snapshot = *store.NewSnapshot();
  ASSERT_TRUE(store.Put("/a", "2"));
  EXPECT_EQ(snapshot->Get("/a")->bytes(), "1");
  Result<Results> results = snapshot->Query({});
  snapshot.reset();
  ASSERT_TRUE(results->Next());
  EXPECT_EQ(results->entry().value, "1");
}

TEST_F(StoreTest, FindsFeaturesUntilClosed) {
  Store store = Open();
  EXPECT_NE(store.feature<SnapshotSource>(), nullptr);
  EXPECT_EQ(store.feature<TransactionSource>(), nullptr);
  ASSERT_TRUE(store.Close());
  EXPECT_EQ(store.feature<SnapshotSource>(), nullptr);
}

TEST_F(StoreTest, MovesLeaveNothingBehind) {
  FakeState other;  // outlives the stores
  Store a = Open();
  ASSERT_TRUE(a.Put("/a", "1"));
  Store b = std::move(a);
  EXPECT_EQ(b.Get("/a")->bytes(), "1");
  EXPECT_FALSE(state_.closed);
  b = Store(std::make_unique<FakeDatastore>(other), "other:");
  EXPECT_TRUE(state_.closed);  // the assigned-over store was closed
  EXPECT_EQ(b.name(), "other:");
}

}  // namespace
}  // namespace anystore

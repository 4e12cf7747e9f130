#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "anystore/features.h"
#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/layer_target.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;
using testing::LayerWorld;

/// A store below that can be cleaned and mended.
class Mended final : public Provides<Datastore, GcDatastore, ScrubbedDatastore, CheckedDatastore> {
 public:
  const Capabilities& capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view /*key*/, const ReadOptions& /*options*/) override {
    return Error(Code::kNotFound);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return MakeCursor({}, range, options);
  }
  Result<Receipt> Apply(std::span<const Mutation> /*mutations*/,
                        const WriteOptions& /*options*/) override {
    return Receipt{};
  }
  Status Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) override { return Ok(); }
  Status Close() override { return Ok(); }
  Status CollectGarbage(const CallOptions& /*call*/) override { return Ok(); }
  Result<std::vector<Finding>> Scrub(const CallOptions& /*call*/) override { return Check({}); }
  Result<std::vector<Finding>> Check(const CallOptions& /*call*/) override {
    return std::vector<Finding>{};
  }

 private:
  const Capabilities capabilities_;
};

class ReadOnlyTest : public ::testing::Test {
 protected:
  ReadOnlyTest() {
    state.records["/a"] = "1";
    Capabilities can = FakeDatastore::Everything();
    can.keys.alphabet = KeyAlphabet::kOther;
    store.emplace(testing::StoreIn("read-only", {}, std::make_unique<FakeDatastore>(state, can),
                                   world.environment));
  }

  FakeState state;
  LayerWorld world;
  std::optional<Store> store;
};

TEST_F(ReadOnlyTest, ReadsPass) {
  EXPECT_EQ(store->Get("/a")->bytes(), "1");
  EXPECT_EQ(store->Get("/b").error().code(), Code::kNotFound);
  EXPECT_EQ(*store->GetSize("/a"), 1U);
  auto results = store->Query({});
  ASSERT_TRUE(results.has_value());
  EXPECT_EQ(results->Rest()->size(), 1U);
  auto snapshot = store->NewSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->Get("/a")->bytes(), "1");
}

TEST_F(ReadOnlyTest, EveryWriteIsRefusedAndReachesNothing) {
  const Mutation put{.key = "/a", .value = "2"};
  auto batch = store->NewBatch();
  ASSERT_TRUE(batch.has_value());
  ASSERT_TRUE((*batch)->Put("/a", "2").has_value());
  // Also what would change nothing: the store below takes no such key.
  const std::array<Mutation, 2> nothing = {{{.kind = Mutation::Kind::kDelete, .key = "/special"},
                                            {.kind = Mutation::Kind::kDelete, .key = "/special"}}};
  const std::array<Code, 7> codes = {
      store->Put("/a", "2").error().code(),   store->Delete("/a").error().code(),
      store->Apply({&put, 1}).error().code(), store->SetExpiry("/a", std::nullopt).error().code(),
      (*batch)->Commit().error().code(),      store->Delete("/special").error().code(),
      store->Apply(nothing).error().code(),
  };
  EXPECT_THAT(codes, ::testing::Each(Code::kReadOnly));
  EXPECT_FALSE(store->DeleteRange(KeyRange::All()).has_value());
  EXPECT_TRUE(state.applied.empty());
  EXPECT_EQ(store->Get("/a")->bytes(), "1");
}

TEST_F(ReadOnlyTest, ARefusedWriteIsKnownNotToHaveHappened) {
  const Result<Receipt> put = store->Put("/a", "2");
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().applied(), Applied::kNo);
  EXPECT_EQ(put.error().retry(), Retry::kNever);
}

TEST(ReadOnly, SaysThatItTakesNoWrites) {
  const Capabilities below = FakeDatastore::Everything();
  const Capabilities can = testing::NarrowedBy("read-only", {}, below);
  EXPECT_EQ(can.access, Access::kReadOnly);
  EXPECT_EQ(can.conditional_write, ConditionScope::kAbsent);
  EXPECT_EQ(can.delete_range, Support::kAbsent);
  EXPECT_EQ(can.transactions, Support::kAbsent);
  EXPECT_EQ(can.snapshots, below.snapshots);
  EXPECT_EQ(can.ordered_scan, below.ordered_scan);
}

TEST(ReadOnly, HidesWhatWritesWithoutKeys) {
  const LayerWorld world;
  auto layer = testing::WrapIn("read-only", {}, std::make_unique<Mended>(), world.environment);
  ASSERT_TRUE(layer.has_value());
  EXPECT_EQ((*layer)->feature<GcDatastore>(), nullptr);
  EXPECT_EQ((*layer)->feature<ScrubbedDatastore>(), nullptr);
  EXPECT_NE((*layer)->feature<CheckedDatastore>(), nullptr);
}

}  // namespace
}  // namespace anystore

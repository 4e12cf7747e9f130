#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "anystore/open.h"
#include "anystore/store.h"
#include "backends/memory/memory.h"
#include "core/fake_datastore.h"
#include "layers/composite_target.h"
#include "layers/scan_checks.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;
using testing::GivenChild;
using testing::LayerWorld;

using Map = decltype(FakeState::records);

/// "/", "/foo" and "/foo/bar", over stores that the test looks into.
class MountTest : public ::testing::Test {
 protected:
  explicit MountTest(const std::vector<std::string>& points = {"/", "/foo", "/foo/bar"}) {
    std::vector<GivenChild> children;
    for (const std::string& point : points) {
      children.push_back({.fields = {{"mountpoint", point}},
                          .store = std::make_unique<FakeDatastore>(states.emplace_back())});
    }
    store.emplace(testing::StoreOfManyIn("mount", std::move(children), world.environment));
  }

  std::vector<std::string> Keys(const Query& query = {}) {
    auto results = store->Query(query);
    EXPECT_TRUE(results.has_value()) << results.error().ToString();
    const Result<std::vector<Entry>> entries = results->Rest();
    EXPECT_TRUE(entries.has_value()) << entries.error().ToString();
    std::vector<std::string> keys;
    for (const Entry& entry : *entries) keys.push_back(entry.key);
    return keys;
  }

  LayerWorld world;
  std::deque<FakeState> states;
  std::optional<Store> store;
};

TEST_F(MountTest, TheLongestMountPointWins) {
  ASSERT_TRUE(store->Put("/x", "1"));
  ASSERT_TRUE(store->Put("/foo/x", "2"));
  ASSERT_TRUE(store->Put("/foo/bar/x", "3"));
  ASSERT_TRUE(store->Put("/foobar/x", "4"));
  EXPECT_EQ(states[0].records, (Map{{"/x", "1"}, {"/foobar/x", "4"}}));
  EXPECT_EQ(states[1].records, (Map{{"/x", "2"}}));
  EXPECT_EQ(states[2].records, (Map{{"/x", "3"}}));
  EXPECT_EQ(store->Get("/foo/bar/x")->bytes(), "3");
  EXPECT_EQ(*store->GetSize("/foobar/x"), 1U);
}

TEST_F(MountTest, AKeyThatIsAMountPointLivesInTheMountAbove) {
  ASSERT_TRUE(store->Put("/foo", "1"));
  ASSERT_TRUE(store->Put("/foo/bar", "2"));
  EXPECT_EQ(states[0].records, (Map{{"/foo", "1"}}));
  EXPECT_EQ(states[1].records, (Map{{"/bar", "2"}}));
  EXPECT_EQ(Keys(), (std::vector<std::string>{"/foo", "/foo/bar"}));
}

// In go-datastore a query shows a masked record beside the one that masks it, both by one key.
TEST_F(MountTest, WhatAMountHidesIsNeverShownOrTouched) {
  states[0].records = {{"/a", "1"}, {"/foo/thing", "hidden"}, {"/foo/bar/x", "hidden"}};
  states[1].records = {{"/thing", "2"}, {"/bar/x", "hidden"}, {"no slash", "outside"}};
  states[2].records = {{"", "outside"}, {"/x", "3"}};
  EXPECT_EQ(Keys(), (std::vector<std::string>{"/a", "/foo/bar/x", "/foo/thing"}));
  EXPECT_EQ(Keys({.reverse = true}), (std::vector<std::string>{"/foo/thing", "/foo/bar/x", "/a"}));
  EXPECT_EQ(store->Get("/foo/thing")->bytes(), "2");
  EXPECT_FALSE(store->Get("/foono slash"));
  ASSERT_TRUE(store->Delete("/foo/bar/x"));
  ASSERT_TRUE(store->DeleteRange(KeyRange::All()));
  EXPECT_EQ(states[0].records, (Map{{"/foo/thing", "hidden"}, {"/foo/bar/x", "hidden"}}));
  EXPECT_EQ(states[1].records, (Map{{"/bar/x", "hidden"}, {"no slash", "outside"}}));
  EXPECT_EQ(states[2].records, (Map{{"", "outside"}}));
}

TEST_F(MountTest, AQueryAsksOnlyTheMountsItCanTouch) {
  ASSERT_TRUE(store->Put("/foo/x", "1"));
  states[0].next_error = Error(Code::kIoError);
  states[2].next_error = Error(Code::kIoError);
  EXPECT_EQ(Keys({.prefix = "/foo/baz"}), (std::vector<std::string>{}));
  EXPECT_EQ(Keys({.range = KeyRange::Between("/foo/c", "/foo/z")}),
            (std::vector<std::string>{"/foo/x"}));
  EXPECT_TRUE(store->Sync(KeyRange::StartingWith("/foo/x")));
  EXPECT_FALSE(store->Sync(KeyRange::StartingWith("/foo/")));
  EXPECT_FALSE(store->Sync(KeyRange::All()));
}

TEST_F(MountTest, AnErrorSaysWhoseItIs) {
  states[1].next_error = Error(Code::kIoError, "the disk is gone");
  EXPECT_EQ(store->Get("/foo/x").error().ToString(),
            R"(get "/foo/x" in child:1 at "/foo": io_error: the disk is gone)");
  EXPECT_EQ(store->Get("/foo/x").error().ToString(), "not_found");
  states[2].next_error = Error(Code::kIoError, "bad block");
  auto results = store->Query({});
  const auto entries = results->Rest();
  ASSERT_FALSE(entries);
  EXPECT_TRUE(entries.error().ToString().contains(R"(child:2 at "/foo/bar": io_error: bad block)"));
}

TEST_F(MountTest, ErrorsOfSeveralStoresAreOne) {
  states[0].next_error = Error(Code::kIoError, "first");
  states[2].next_error = Error(Code::kNoSpace, "second");
  const Status synced = store->Sync();
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().code(), Code::kIoError);
  EXPECT_EQ(synced.error().message(),
            "2 stores failed:\n"
            "sync child:0 at \"/\": io_error: first\n"
            "sync child:2 at \"/foo/bar\": no_space: second");
  EXPECT_TRUE(store->Sync());
}

TEST_F(MountTest, CloseClosesAllAndTellsWhatFailed) {
  states[1].next_error = Error(Code::kIoError, "late");
  const Status closed = store->Close();
  ASSERT_FALSE(closed);
  EXPECT_TRUE(closed.error().ToString().contains(R"(child:1 at "/foo")"));
  for (const FakeState& state : states) EXPECT_TRUE(state.closed);
}

TEST_F(MountTest, AScanGoesOnAfterATemporaryError) {
  for (const std::string_view key : {"/a", "/foo/a", "/foo/bar/a", "/z"}) {
    ASSERT_TRUE(store->Put(key, "1"));
  }
  auto cursor = store->Scan(KeyRange::All(), {});
  ASSERT_TRUE(cursor);
  std::vector<std::string> keys;
  std::size_t failures = 0;
  std::array<EntryView, 1> view;
  for (;;) {
    for (FakeState& state : states) {
      state.next_error = Error(Code::kUnavailable, Retry::kTemporary);
    }
    Result<std::size_t> count = (*cursor)->Next(view);
    while (!count.has_value()) {
      ++failures;
      count = (*cursor)->Next(view);
    }
    if (*count == 0) break;
    keys.emplace_back(view[0].key);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"/a", "/foo/a", "/foo/bar/a", "/z"}));
  EXPECT_GT(failures, 4U);
  for (FakeState& state : states) state.next_error.reset();
}

TEST_F(MountTest, OneApplyReachesSeveralStores) {
  ASSERT_TRUE(store->Put("/foo/gone", "1"));
  const std::array<Mutation, 4> mutations = {{
      {.key = "/a", .value = "1"},
      {.key = "/foo/a", .value = "2"},
      {.kind = Mutation::Kind::kDelete, .key = "/foo/gone"},
      {.key = "/a", .value = "3"},
  }};
  const Result<Receipt> receipt = store->Apply(mutations);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->applied, 4U);
  EXPECT_EQ(states[0].records, (Map{{"/a", "3"}}));
  EXPECT_EQ(states[1].records, (Map{{"/a", "2"}}));
  EXPECT_EQ(store->Apply(mutations, {.all_or_nothing = true}).error().code(), Code::kUnsupported);
}

TEST_F(MountTest, AFailureBehindAnotherStoreIsUnknown) {
  const std::array<Mutation, 2> mutations = {
      {{.key = "/a", .value = "1"}, {.key = "/foo/a", .value = "2"}}};
  states[0].next_error = Error(Code::kNoSpace);
  EXPECT_EQ(store->Apply(mutations).error().applied(), Applied::kNo);
  states[1].next_error = Error(Code::kNoSpace);
  EXPECT_EQ(store->Apply(mutations).error().applied(), Applied::kUnknown);
}

TEST_F(MountTest, ARangeOfAllOrNothingIsOneStoresOrRefused) {
  states[0].records = {{"/a", "1"}};
  states[2].records = {{"/x", "2"}};
  const WriteOptions whole{.all_or_nothing = true};
  EXPECT_EQ(store->DeleteRange(KeyRange::All(), whole).error().code(), Code::kUnsupported);
  EXPECT_EQ(states[0].records.size(), 1U);
  EXPECT_TRUE(store->DeleteRange(KeyRange::StartingWith("/foo/bar/"), whole));
  EXPECT_TRUE(states[2].records.empty());
}

TEST_F(MountTest, GetManyAnswersInTheOrderAsked) {
  ASSERT_TRUE(store->Put("/a", "1"));
  ASSERT_TRUE(store->Put("/foo/a", "2"));
  ASSERT_TRUE(store->Put("/foo/bar/a", "3"));
  const std::array<std::string_view, 6> keys = {"/foo/bar/a", "/a",     "/foo/a",
                                                "/none",      "/foo/a", "/foo/bar/none"};
  std::array<Result<Value>, 6> out;
  ASSERT_TRUE(store->GetMany(keys, out));
  EXPECT_EQ(out[0]->bytes(), "3");
  EXPECT_EQ(out[1]->bytes(), "1");
  EXPECT_EQ(out[2]->bytes(), "2");
  EXPECT_EQ(out[3].error().code(), Code::kNotFound);
  EXPECT_EQ(out[4]->bytes(), "2");
  EXPECT_EQ(out[5].error().code(), Code::kNotFound);
}

class WithoutRoot : public MountTest {
 protected:
  WithoutRoot() : MountTest({"/a", "/b"}) {}
};

TEST_F(WithoutRoot, AKeyUnderNoMountCannotBePut) {
  const Result<Receipt> put = store->Put("/c", "1");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(put.error().message(), "no store is mounted for this key");
  EXPECT_EQ(store->Put("/a", "1").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(store->Get("/c").error().code(), Code::kNotFound);
  EXPECT_EQ(*store->Has("/c"), false);
  EXPECT_TRUE(store->Delete("/c"));
  EXPECT_TRUE(Keys({.prefix = "/c"}).empty());
  auto batch = store->NewBatch();
  ASSERT_TRUE(batch);
  EXPECT_EQ((*batch)->Put("/c", "1").error().code(), Code::kInvalidArgument);
  EXPECT_TRUE((*batch)->Put("/a/x", "1"));
  EXPECT_TRUE((*batch)->Commit());
  EXPECT_EQ(Keys(), (std::vector<std::string>{"/a/x"}));
  EXPECT_TRUE(store->DeleteRange(KeyRange::StartingWith("/c")));
}

Capabilities Together(const std::vector<std::pair<std::string, Capabilities>>& mounts) {
  const LayerType& type = *Registry::Global().FindLayer("mount");
  Config config{.scheme = "mount"};
  std::vector<Capabilities> children;
  for (const auto& [point, can] : mounts) {
    config.children.push_back({.fields = {{"mountpoint", point}}, .group = "mounts"});
    children.push_back(can);
  }
  return type.Narrow(*CheckedConfig::Make(config, nullptr), children);
}

TEST(Mount, ClaimsWhatAllStoresCanTogether) {
  const Capabilities all = FakeDatastore::Everything();
  const Capabilities can = Together({{"/", all}, {"/a", all}});
  EXPECT_EQ(can.batch_atomicity, Atomicity::kPerRecord);
  EXPECT_EQ(can.snapshots, Support::kAbsent);
  EXPECT_EQ(can.ordered_scan, Support::kNative);
  EXPECT_EQ(can.conditional_write, ConditionScope::kStore);
  EXPECT_EQ(can.versions, VersionSupport::kMonotone);
  EXPECT_EQ(can.keys, all.keys);
  Capabilities weak = all;
  weak.ordered_scan = Support::kAbsent;
  weak.durability_max = weak.put_durability = Durability::kApplied;
  EXPECT_EQ(Together({{"/", all}, {"/a", weak}}).ordered_scan, Support::kAbsent);
  EXPECT_EQ(Together({{"/", all}, {"/a", weak}}).reverse_scan, Support::kAbsent);
  EXPECT_EQ(Together({{"/", all}, {"/a", weak}}).durability_max, Durability::kApplied);
}

TEST(Mount, AMountThatTakesNoWritesRefusesItsOwn) {
  Capabilities still = FakeDatastore::Everything();
  still.access = Access::kReadOnly;
  still.conditional_write = ConditionScope::kAbsent;
  still.delete_range = Support::kAbsent;
  still.batch_atomicity = Atomicity::kNone;
  const Capabilities all = FakeDatastore::Everything();
  EXPECT_EQ(Together({{"/", still}, {"/a", all}}).access, Access::kReadWrite);
  EXPECT_EQ(Together({{"/", still}, {"/a", all}}).conditional_write, ConditionScope::kStore);
  EXPECT_EQ(Together({{"/", still}, {"/a", still}}).access, Access::kReadOnly);

  const LayerWorld world;
  FakeState below;
  FakeState above;
  std::vector<GivenChild> children;
  children.push_back({{{"mountpoint", "/"}}, std::make_unique<FakeDatastore>(below, still)});
  children.push_back({{{"mountpoint", "/a"}}, std::make_unique<FakeDatastore>(above)});
  Store store = testing::StoreOfManyIn("mount", std::move(children), world.environment);
  EXPECT_TRUE(store.Put("/a/x", "1"));
  EXPECT_EQ(store.Put("/x", "1").error().code(), Code::kReadOnly);
  const std::array<Mutation, 2> both = {{{.key = "/a/y"}, {.key = "/y"}}};
  EXPECT_EQ(store.Apply(both).error().code(), Code::kReadOnly);
  EXPECT_EQ(store.DeleteRange(KeyRange::All()).error().code(), Code::kReadOnly);
  EXPECT_EQ(above.records, (Map{{"/x", "1"}}));
  EXPECT_TRUE(below.applied.empty());
}

TEST(Mount, KeysAreThoseOfTheStoreTheyLiveIn) {
  Capabilities flat = FakeDatastore::Everything();
  flat.keys = {.bytes_min = 2, .bytes_max = 20, .alphabet = KeyAlphabet::kFlatfs};
  const Capabilities all = FakeDatastore::Everything();
  EXPECT_EQ(Together({{"/", all}, {"/blocks", flat}}).keys.bytes_min, 0U);
  EXPECT_EQ(Together({{"/b", flat}, {"/blocks", flat}}).keys.bytes_min, 4U);
  EXPECT_EQ(Together({{"/b", flat}, {"/blocks", flat}}).keys.bytes_max, 27U);
  Capabilities brief = all;
  brief.keys.bytes_max = 20;
  EXPECT_EQ(Together({{"/", all}, {"/b", brief}}).keys.alphabet, KeyAlphabet::kOther);
  EXPECT_EQ(Together({{"/", brief}, {"/b", all}}).keys, brief.keys);

  const LayerWorld world;
  FakeState root;
  FakeState blocks;
  std::vector<GivenChild> children;
  children.push_back({{{"mountpoint", "/"}}, std::make_unique<FakeDatastore>(root)});
  children.push_back({{{"mountpoint", "/blocks"}}, std::make_unique<FakeDatastore>(blocks, flat)});
  Store store = testing::StoreOfManyIn("mount", std::move(children), world.environment);
  EXPECT_TRUE(store.Put("lower and no slash", "1"));
  EXPECT_TRUE(store.Put("/blocks/ABC", "1"));
  EXPECT_EQ(blocks.records, (Map{{"/ABC", "1"}}));
  EXPECT_EQ(store.Put("/blocks/abc", "1").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(store.Put("/blocks/" + std::string(20, 'A'), "1").error().code(), Code::kTooLarge);
  EXPECT_TRUE(store.Put("/" + std::string(100, 'A'), "1"));
}

class OverMemory : public ::testing::Test {
 protected:
  OverMemory() {
    std::vector<GivenChild> children;
    for (const char* const point : {"/", "/a", "/b"}) {
      children.push_back({{{"mountpoint", point}}, memory::NewMemoryStore(world.environment)});
    }
    store.emplace(testing::StoreOfManyIn("mount", std::move(children), world.environment));
  }
  LayerWorld world;
  std::optional<Store> store;
};

TEST_F(OverMemory, AConditionThatFailsHasChangedNothingInAnyStore) {
  ASSERT_TRUE(store->Put("/b/x", "old"));
  const std::array<Mutation, 3> mutations = {{
      {.key = "/x", .value = "new"},
      {.key = "/a/x", .value = "new"},
      {.key = "/b/x", .value = "new", .condition = Condition::IfAbsent()},
  }};
  const Result<Receipt> applied = store->Apply(mutations);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::kPreconditionFailed);
  EXPECT_EQ(applied.error().applied(), Applied::kNo);
  EXPECT_FALSE(store->Get("/x"));
  EXPECT_FALSE(store->Get("/a/x"));
}

TEST_F(OverMemory, ConditionsInSeveralStoresAreRefused) {
  const std::array<Mutation, 2> mutations = {{
      {.key = "/a/x", .condition = Condition::IfAbsent()},
      {.key = "/b/x", .condition = Condition::IfAbsent()},
  }};
  EXPECT_EQ(store->Apply(mutations).error().code(), Code::kUnsupported);
  EXPECT_FALSE(store->Get("/a/x"));
  EXPECT_TRUE(store->Apply(std::span(mutations).first(1)));
}

TEST_F(OverMemory, TheReceiptHasTheVersionOfTheLastPut) {
  const std::array<Mutation, 3> mutations = {
      {{.key = "/b/x"}, {.key = "/a/x"}, {.kind = Mutation::Kind::kDelete, .key = "/x"}}};
  const Result<Receipt> applied = store->Apply(mutations, {.want_version = true});
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->version, store->Stat("/a/x", Wanted::kVersion)->version);
  EXPECT_TRUE(applied->version.has_value());
}

TEST_F(OverMemory, FeaturesWithoutKeysAreThoseOfAll) {
  auto* const disk = store->feature<PersistentDatastore>();
  ASSERT_NE(disk, nullptr);
  const std::uint64_t before = *disk->DiskUsage({});
  ASSERT_TRUE(store->Put("/a/x", std::string(10'000, 'x')));
  ASSERT_TRUE(store->Put("/b/x", std::string(10'000, 'x')));
  EXPECT_GE(*disk->DiskUsage({}), before + 20'000);
  ASSERT_NE(store->feature<GcDatastore>(), nullptr);
  EXPECT_TRUE(store->feature<GcDatastore>()->CollectGarbage({}));
  EXPECT_EQ(store->feature<CheckedDatastore>(), nullptr);
  EXPECT_EQ(store->feature<SnapshotSource>(), nullptr);
  EXPECT_EQ(store->feature<IdentifiedDatastore>(), nullptr);
}

/// Finds something wrong in everything.
class Damaged final : public Provides<Datastore, CheckedDatastore> {
 public:
  const Capabilities& capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view, const ReadOptions&) override {
    return Error(Code::kNotFound);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return MakeCursor({}, range, options);
  }
  Result<Receipt> Apply(std::span<const Mutation>, const WriteOptions&) override {
    return Receipt{};
  }
  Status Sync(const KeyRange&, const CallOptions&) override { return Ok(); }
  Status Close() override { return Ok(); }
  Result<std::vector<Finding>> Check(const CallOptions&) override {
    return std::vector<Finding>{{.where = "block 7", .what = "wrong"}};
  }

 private:
  const Capabilities capabilities_ = {};
};

TEST(Mount, AFindingSaysWhoseItIs) {
  const LayerWorld world;
  std::vector<GivenChild> children;
  children.push_back({{{"mountpoint", "/"}}, memory::NewMemoryStore(world.environment)});
  children.push_back({{{"mountpoint", "/a"}}, std::make_unique<Damaged>()});
  const auto layer = *testing::WrapManyIn("mount", std::move(children), world.environment);
  auto* const checked = layer->feature<CheckedDatastore>();
  ASSERT_NE(checked, nullptr);
  const Result<std::vector<Finding>> findings = checked->Check({});
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_EQ(findings->front().where, R"(child:1 at "/a": block 7)");
  EXPECT_EQ(layer->feature<PersistentDatastore>(), nullptr);  // half a sum is none
}

TEST(Mount, RefusesTablesThatAreNone) {
  const auto refused = [](const std::string& mounts) {
    const auto store =
        Open(R"({"type": "mount", "mounts": [)" + mounts + "]}", {.mode = OpenMode::kOpenOrCreate});
    EXPECT_FALSE(store) << mounts;
    EXPECT_EQ(store.error().code(), Code::kInvalidConfig);
    return store.error().ToString();
  };
  EXPECT_TRUE(refused(R"({"type": "memory", "mountpoint": "/a"},
                         {"type": "memory", "mountpoint": "/a/"})")
                  .contains(R"(two stores are mounted at "/a")"));
  EXPECT_TRUE(refused(R"({"type": "memory"})").contains("mountpoint"));
  EXPECT_TRUE(refused(R"({"type": "memory", "mountpoint": ""})").contains("mountpoint"));
}

/// The mount that `key` belongs to, by the words of the page.
std::size_t OwnerOf(const std::vector<std::string>& points, std::string_view key) {
  std::size_t owner = points.size();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool above = points[i] == "/" || key.starts_with(points[i] + "/");
    const bool longer = owner == points.size() || points[i].size() > points[owner].size();
    if (above && longer) owner = i;
  }
  return owner;
}

/// A table of random mounts, and the map that it must be.
class RandomMounts {
 public:
  explicit RandomMounts(std::uint64_t seed) : random_(seed) {
    for (const char* const point : {"/", "/a", "/a/b", "/ab", "/a-b", "/b", "/a/b/a", "/a0"}) {
      if (random_.Next() % 2 == 0) points_.push_back(point);
    }
    if (points_.empty()) points_.push_back("/a");
    for (int i = 0; i < 120; ++i) keys_.push_back(NewKey());
    std::vector<GivenChild> children;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      FakeState& state = states_.emplace_back();
      const std::string prefix = points_[i] == "/" ? "" : points_[i];
      for (int n = 0; n < 20; ++n) state.records[NewKey()] = "from the start";
      hidden_.push_back(state.records);
      for (const auto& [key, value] : state.records) {
        if (OwnerOf(points_, prefix + key) != i) continue;
        model_[prefix + key] = value;
        hidden_.back().erase(key);
      }
      children.push_back({{{"mountpoint", points_[i]}}, std::make_unique<FakeDatastore>(state)});
    }
    layer_ = *testing::WrapManyIn("mount", std::move(children), world_.environment);
  }

  void Step() {
    std::vector<Mutation> mutations;
    testing::Model after = model_;
    for (std::uint64_t n = random_.Next() % 4 + 1; n > 0; --n) {
      const std::string& key = keys_[random_.Next() % keys_.size()];
      const std::string& other = keys_[random_.Next() % keys_.size()];
      const std::uint64_t draw = random_.Next() % 8;
      if (draw == 0 && key < other) {
        mutations.push_back({.kind = Mutation::Kind::kDeleteRange, .key = key, .range_to = other});
        std::erase_if(after, [&](const auto& r) { return r.first >= key && r.first < other; });
      } else if (OwnerOf(points_, key) == points_.size()) {
        EXPECT_EQ(layer_->CheckKey(key).error().code(), Code::kInvalidArgument);
      } else if (draw < 3) {
        mutations.push_back({.kind = Mutation::Kind::kDelete, .key = key});
        after.erase(key);
      } else {
        mutations.push_back({.key = key, .value = other});
        after[key] = other;
      }
    }
    ASSERT_TRUE(layer_->Apply(mutations, {}));
    model_ = std::move(after);
  }

  void Check() {
    for (const std::string& key : keys_) {
      const auto expected = model_.find(key);
      const Result<Value> found = layer_->Get(key, {});
      ASSERT_EQ(found.has_value(), expected != model_.end()) << Quoted(key);
      if (found.has_value()) {
        EXPECT_EQ(found->bytes(), expected->second);
      }
    }
    testing::ExpectScans(*layer_, model_, keys_, 6, random_);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      for (const auto& [key, value] : hidden_[i]) {
        ASSERT_EQ(states_[i].records.at(key), value) << Quoted(key) << " in " << points_[i];
      }
    }
  }

 private:
  std::string NewKey() {
    static constexpr std::array<std::string_view, 8> kParts = {"a", "b",  "ab", "a-b",
                                                               "",  "a0", "/",  "c"};
    std::string key;
    for (std::uint64_t n = random_.Next() % 5; n > 0; --n) {
      key.append("/").append(kParts[random_.Next() % kParts.size()]);
    }
    if (random_.Next() % 10 == 0) key.insert(0, "x");
    return key;
  }

  LayerWorld world_;
  SeededRandom random_;
  std::vector<std::string> points_;
  std::vector<std::string> keys_;
  std::deque<FakeState> states_;
  std::vector<Map> hidden_;  // of each mount: what lives elsewhere, or nowhere
  testing::Model model_;
  std::unique_ptr<Datastore> layer_;
};

TEST(Mount, AnyTableIsTheMapThatItShouldBe) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomMounts mounts(seed);
    for (int round = 0; round < 3; ++round) {
      mounts.Check();
      for (int step = 0; step < 20; ++step) mounts.Step();
      if (::testing::Test::HasFailure()) return;
    }
    mounts.Check();
  }
}

// A store that lists in no order is looked through once, however many holes other mounts make.
TEST(Mount, UnorderedStoresAreListedOnce) {
  const LayerWorld world;
  Capabilities unordered = FakeDatastore::Everything();
  unordered.ordered_scan = unordered.reverse_scan = Support::kAbsent;
  FakeState root;
  FakeState a;
  FakeState b;
  root.records = {{"/0", "1"}, {"/a/hidden", "2"}, {"/aa", "3"}, {"/b/hidden", "4"}, {"/c", "5"}};
  a.records = {{"/x", "6"}};
  std::vector<GivenChild> children;
  children.push_back({{{"mountpoint", "/"}}, std::make_unique<FakeDatastore>(root, unordered)});
  children.push_back({{{"mountpoint", "/a"}}, std::make_unique<FakeDatastore>(a, unordered)});
  children.push_back({{{"mountpoint", "/b"}}, std::make_unique<FakeDatastore>(b)});
  Store store = testing::StoreOfManyIn("mount", std::move(children), world.environment);
  auto results = store.Query({.orders = {Order::Key()}});
  ASSERT_TRUE(results);
  std::string keys;
  const std::vector<Entry> entries = *results->Rest();
  for (const Entry& entry : entries) keys += entry.key + " ";
  EXPECT_EQ(keys, "/0 /a/x /aa /c ");
  EXPECT_FALSE(store.capabilities().ordered_scan != Support::kAbsent);
}

TEST(Mount, Conforms) {
  testing::ExpectConforms(R"({"type": "mount", "mounts": [
      {"mountpoint": "/", "type": "memory"},
      {"mountpoint": "/prefix", "type": "memory"},
      {"mountpoint": "/prefix/sub", "type": "memory"},
      {"mountpoint": "/A", "type": "memory"}]})");
}

TEST(Mount, ConformsOverAndUnderANamespace) {
  testing::ExpectConforms(R"({"type": "namespace", "prefix": "/n", "child":
      {"type": "mount", "mounts": [{"mountpoint": "/n", "type": "memory"}]}})");
}

}  // namespace
}  // namespace anystore

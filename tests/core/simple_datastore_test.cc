#include "anystore/simple_datastore.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "anystore/store.h"

namespace anystore {
namespace {

/// What an author writes: the verbs without the defaults.
class Shelf final : public SimpleDatastore {
 public:
  explicit Shelf(Capabilities capabilities) : capabilities_(capabilities) {}

  Capabilities capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view key) override {
    const auto it = records_.find(key);
    if (it == records_.end()) return Error(Code::kNotFound);
    return Value::Copy(it->second);
  }
  Status Put(std::string_view key, std::string_view value) override {
    if (value == "full") return Error(Code::kNoSpace);
    records_.insert_or_assign(std::string(key), std::string(value));
    return Ok();
  }
  Status Delete(std::string_view key) override {
    records_.erase(std::string(key));
    return Ok();
  }
  Result<Results> Query(const anystore::Query& query) override {
    std::vector<Entry> entries;
    for (const auto& [key, value] : records_) entries.push_back({key, Value::Copy(value), {}});
    ANYSTORE_ASSIGN_OR_RETURN(entries, Evaluate(query, std::move(entries)));
    return Results(query, std::move(entries));
  }
  Status Sync(const KeyRange& /*range*/) override {
    ++syncs;
    return Ok();
  }
  Status Close() override { return Ok(); }

  int syncs = 0;

 private:
  const Capabilities capabilities_;
  std::map<std::string, std::string, std::less<>> records_;
};

class SimpleDatastoreTest : public ::testing::Test {
 protected:
  static Capabilities Promises() {
    Capabilities can;
    can.ordered_scan = can.reverse_scan = Support::kEmulated;
    can.scan_isolation = ScanIsolation::kSnapshot;
    can.conditional_write = ConditionScope::kHandle;
    can.durability_max = can.sync_durability = Durability::kSurvivesPower;
    return can;
  }
  SimpleDatastoreTest() {
    auto shelf = std::make_unique<Shelf>(Promises());
    shelf_ = shelf.get();
    store_ = std::make_unique<Store>(Adapt(std::move(shelf)), "shelf:");
  }
  std::vector<std::string> Keys(const Query& query) {
    std::vector<std::string> keys;
    Result<Results> results = store_->Query(query);
    for (const EntryView& entry : *results) keys.emplace_back(entry.key);
    EXPECT_TRUE(results->status().has_value());
    return keys;
  }

  Shelf* shelf_;
  std::unique_ptr<Store> store_;
};

using Strings = std::vector<std::string>;

TEST_F(SimpleDatastoreTest, AnswersEveryVerb) {
  ASSERT_TRUE(store_->Put("/a", "123"));
  EXPECT_EQ(store_->Get("/a")->bytes(), "123");
  EXPECT_EQ(store_->Get("/a", {.window = {.offset = 1, .length = 1}})->bytes(), "2");
  EXPECT_EQ(store_->GetSize("/a").value(), 3U);
  EXPECT_TRUE(store_->Has("/a").value());
  EXPECT_FALSE(store_->Has("/b").value());
  EXPECT_EQ(store_->GetSize("/b").error().code(), Code::kNotFound);
  ASSERT_TRUE(store_->Delete("/a"));
  EXPECT_EQ(store_->Get("/a").error().code(), Code::kNotFound);
}

TEST_F(SimpleDatastoreTest, QueriesInBothDirections) {
  for (const char* key : {"/b", "/a/1", "/a/2", "/a"}) ASSERT_TRUE(store_->Put(key, "v"));
  EXPECT_EQ(Keys({.prefix = "/a"}), (Strings{"/a/1", "/a/2"}));
  EXPECT_EQ(Keys({.reverse = true, .limit = 2}), (Strings{"/b", "/a/2"}));
}

TEST_F(SimpleDatastoreTest, CursorsSeek) {
  for (const char* key : {"/a", "/c", "/e"}) ASSERT_TRUE(store_->Put(key, ""));
  std::array<EntryView, 1> out;
  Result<std::unique_ptr<Cursor>> forward = store_->Scan(KeyRange::Between("/a", "/e"));
  ASSERT_TRUE((*forward)->Seek("/b"));
  ASSERT_EQ((*forward)->Next(out).value(), 1U);
  EXPECT_EQ(out[0].key, "/c");
  EXPECT_EQ((*forward)->Next(out).value(), 0U);
  ASSERT_TRUE((*forward)->Seek("/a"));
  ASSERT_EQ((*forward)->Next(out).value(), 1U);
  EXPECT_EQ(out[0].key, "/a");
  ASSERT_TRUE((*forward)->Seek("/x"));
  EXPECT_EQ((*forward)->Next(out).value(), 0U);
  Result<std::unique_ptr<Cursor>> back = store_->Scan({}, {.reverse = true});
  ASSERT_TRUE((*back)->Seek("/c"));
  ASSERT_EQ((*back)->Next(out).value(), 1U);
  EXPECT_EQ(out[0].key, "/c");
}

TEST_F(SimpleDatastoreTest, WritesOnConditions) {
  EXPECT_EQ(store_->Put("/a", "1", {.condition = Condition::IfPresent()}).error().code(),
            Code::kPreconditionFailed);
  ASSERT_TRUE(store_->Put("/a", "1", {.condition = Condition::IfAbsent()}));
  EXPECT_EQ(store_->Put("/a", "2", {.condition = Condition::IfAbsent()}).error().code(),
            Code::kPreconditionFailed);
  ASSERT_TRUE(store_->Delete("/a", {.condition = Condition::IfPresent()}));
  EXPECT_EQ(store_->Put("/a", "1", {.condition = Condition::IfVersion({})}).error().code(),
            Code::kUnsupported);
}

TEST_F(SimpleDatastoreTest, ConditionsSeeTheMutationsBeforeThem) {
  const std::array<Mutation, 3> good = {{
      {.key = "/a", .value = "1", .condition = Condition::IfAbsent()},
      {.kind = Mutation::Kind::kDelete, .key = "/a", .condition = Condition::IfPresent()},
      {.key = "/a", .value = "2", .condition = Condition::IfAbsent()},
  }};
  EXPECT_EQ(store_->Apply(good)->applied, 3U);
  EXPECT_EQ(store_->Get("/a")->bytes(), "2");
  const std::array<Mutation, 2> bad = {{
      {.key = "/b", .value = "1"},
      {.key = "/b", .value = "2", .condition = Condition::IfAbsent()},
  }};
  EXPECT_EQ(store_->Apply(bad).error().code(), Code::kPreconditionFailed);
  EXPECT_FALSE(store_->Has("/b").value());  // nothing at all was applied
}

TEST_F(SimpleDatastoreTest, SaysWhenAFailedApplyMayHaveDoneAPart) {
  const std::array<Mutation, 2> mutations = {
      {{.key = "/a", .value = "1"}, {.key = "/b", .value = "full"}}};
  EXPECT_EQ(store_->Apply(mutations).error().applied(), Applied::kUnknown);
  EXPECT_EQ(store_->Put("/b", "full").error().applied(), Applied::kNo);
}

TEST_F(SimpleDatastoreTest, SyncsWhenAWriteAsksForMoreThanPutGives) {
  ASSERT_TRUE(store_->Put("/a", "1"));
  EXPECT_EQ(shelf_->syncs, 0);
  ASSERT_TRUE(store_->Put("/a", "1", {.write = {.durability = Durability::kSurvivesPower}}));
  EXPECT_EQ(shelf_->syncs, 1);
}

TEST_F(SimpleDatastoreTest, HasBatches) {
  Result<std::unique_ptr<Batch>> batch = store_->NewBatch();
  ASSERT_TRUE((*batch)->Put("/a", "1"));
  EXPECT_FALSE(store_->Has("/a").value());
  ASSERT_TRUE((*batch)->Commit());
  EXPECT_TRUE(store_->Has("/a").value());
}

/// What an author writes who has batches, a cursor and a feature of his own.
class Cabinet final : public Provides<SimpleDatastore, GcDatastore> {
 public:
  Capabilities capabilities() const override {
    return {.ordered_scan = Support::kNative,
            .scan_isolation = ScanIsolation::kSnapshot,
            .batch_atomicity = Atomicity::kAllOrNothing,
            .conditional_write = ConditionScope::kHandle,
            .put_durability = Durability::kApplied,
            .durability_max = Durability::kSurvivesPower};
  }
  Result<Value> Get(std::string_view key) override {
    const auto found = records.find(key);
    if (found == records.end()) return Error(Code::kNotFound);
    return Value::Copy(found->second);
  }
  Status Put(std::string_view, std::string_view) override { return Ok(); }
  Status Delete(std::string_view) override { return Ok(); }
  Result<Results> Query(const anystore::Query& query) override {
    std::vector<Entry> entries;
    for (const auto& [key, value] : records) entries.push_back({key, Value::Copy(value), {}});
    return Results(query, MakeCursor(std::move(entries), query.range, {.values = !query.keys_only}),
                   /*sorted=*/true);
  }
  Status Sync(const KeyRange&) override { return Ok(); }
  Status Close() override { return Ok(); }
  Status CollectGarbage(const CallOptions&) override { return Ok(); }
  Result<std::unique_ptr<Batch>> NewBatch() override { return std::make_unique<Drawer>(*this); }

  std::map<std::string, std::string, std::less<>> records;
  std::vector<Durability> commits;

 private:
  class Drawer final : public Batch {
   public:
    explicit Drawer(Cabinet& cabinet) : cabinet_(cabinet) {}
    Status Put(std::string_view key, std::string_view value) override {
      puts_.emplace_back(key, value);
      return Ok();
    }
    Status Delete(std::string_view) override { return Ok(); }
    Result<Receipt> Commit(const WriteOptions& options) override {
      for (const auto& [key, value] : puts_) cabinet_.records[key] = value;
      cabinet_.commits.push_back(options.durability);
      return Receipt{.applied = puts_.size()};
    }
    void Discard() override { puts_.clear(); }

   private:
    Cabinet& cabinet_;
    std::vector<std::pair<std::string, std::string>> puts_;
  };
};

class CabinetTest : public ::testing::Test {
 protected:
  CabinetTest() {
    auto cabinet = std::make_unique<Cabinet>();
    cabinet_ = cabinet.get();
    store_ = std::make_unique<Store>(Adapt(std::move(cabinet)), "cabinet:");
  }

  Cabinet* cabinet_;
  std::unique_ptr<Store> store_;
};

TEST_F(CabinetTest, SeveralMutationsAreOneBatch) {
  const std::array<Mutation, 2> mutations = {
      {{.key = "/a", .value = "1"}, {.key = "/b", .value = "2"}}};
  EXPECT_EQ(store_->Apply(mutations, {.all_or_nothing = true})->applied, 2U);
  EXPECT_EQ(cabinet_->commits, std::vector{Durability::kStoreDefault});
  EXPECT_EQ(store_->Get("/b")->bytes(), "2");
}

TEST_F(CabinetTest, AWriteThatAsksForMoreThanPutGivesIsABatch) {
  ASSERT_TRUE(store_->Put("/a", "1", {.write = {.durability = Durability::kSurvivesPower}}));
  EXPECT_EQ(cabinet_->commits, std::vector{Durability::kSurvivesPower});
  ASSERT_TRUE(store_->Put("/a", "2"));
  EXPECT_EQ(cabinet_->commits.size(), 1U);
}

TEST_F(CabinetTest, BatchesOfTheAuthorAreUsed) {
  Result<std::unique_ptr<Batch>> batch = store_->NewBatch();
  ASSERT_TRUE((*batch)->Put("/a", "1"));
  ASSERT_TRUE((*batch)->Commit());
  EXPECT_EQ(cabinet_->commits.size(), 1U);
}

TEST_F(CabinetTest, TheCursorOfTheAuthorSeeksInItsMoment) {
  cabinet_->records = {{"/a", "1"}, {"/c", "3"}};
  Result<std::unique_ptr<Cursor>> cursor = store_->Scan(KeyRange::All());
  cabinet_->records = {{"/b", "2"}};
  std::array<EntryView, 3> out;
  ASSERT_TRUE((*cursor)->Seek("/b"));
  ASSERT_EQ((*cursor)->Next(out).value(), 1U);
  EXPECT_EQ(out[0].key, "/c");
  ASSERT_TRUE((*cursor)->Seek("/a"));
  EXPECT_EQ((*cursor)->Next(out).value(), 2U);
}

TEST_F(CabinetTest, FeaturesAreForwarded) {
  EXPECT_NE(store_->feature<GcDatastore>(), nullptr);
  EXPECT_EQ(store_->feature<PersistentDatastore>(), nullptr);
}

}  // namespace
}  // namespace anystore

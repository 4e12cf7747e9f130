// Values, writes, conditions, snapshots and features of an open database.
#include <gmock/gmock.h>

#include <cstring>

#include "rocksdb_fixture.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RocksdbDatabase : public RocksdbTest {
 protected:
  std::vector<std::string> All(const ReadHandle& reader) {
    Result<std::unique_ptr<Cursor>> cursor = reader.Scan(KeyRange::All());
    EXPECT_TRUE(cursor.has_value());
    return Drain(**cursor, 64);
  }
  /// From the log and memtable into tables.
  static void Flush(Store& store) {
    EXPECT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
  }
};

TEST_F(RocksdbDatabase, ValuesOutliveTheStore) {
  Value from_memtable;
  Value from_table;
  Value large_from_memtable;
  const std::string large(200'000, 'L');
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("table", "from a table").has_value());
    Flush(store);
    ASSERT_TRUE(store.Put("memtable", "from a memtable").has_value());
    ASSERT_TRUE(store.Put("large", large).has_value());
    from_table = store.Get("table").value();
    from_memtable = store.Get("memtable").value();
    large_from_memtable = store.Get("large").value();
    ASSERT_TRUE(store.Put("memtable", "something else").has_value());
    ASSERT_EQ(store.Get("large").value().bytes(), large);
  }
  EXPECT_EQ(from_table.bytes(), "from a table");
  EXPECT_EQ(from_memtable.bytes(), "from a memtable");
  EXPECT_EQ(large_from_memtable.bytes(), large);
}

TEST_F(RocksdbDatabase, HoldsValuesFromNothingTo64MiB) {
  Store store = OpenStore();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16} << 10U,
                                 (std::size_t{16} << 10U) + 1, std::size_t{64} << 20U}) {
    const std::string key = "v" + std::to_string(size);
    std::string value(size, 'x');
    if (size > 2) value[size / 2] = '\0';
    ASSERT_TRUE(store.Put(key, value).has_value()) << size;
    ASSERT_TRUE(store.Get(key).value().bytes() == value) << size;
    ASSERT_EQ(store.GetSize(key).value(), size);
    Flush(store);
    ASSERT_TRUE(store.Get(key).value().bytes() == value) << size;
    ASSERT_EQ(store.GetSize(key).value(), size);
  }
}

TEST_F(RocksdbDatabase, TakesKeysUpToItsLimit) {
  std::string key(std::size_t{8} << 20U, 'k');
  {
    Store store = OpenStore();
    ASSERT_EQ(store.capabilities().keys.bytes_max, key.size());
    ASSERT_TRUE(store.Put(key, "long").has_value());
    ASSERT_TRUE(store.Put("", "short").has_value());
    EXPECT_EQ(CodeOf(store.Put(key + "k", "too long")), Code::kTooLarge);
  }
  Store store = OpenStore();
  Flush(store);
  EXPECT_EQ(store.Get(key).value().bytes(), "long");
  EXPECT_EQ(store.Get("").value().bytes(), "short");
  Result<std::unique_ptr<Cursor>> cursor = store.Scan(KeyRange::All(), {.reverse = true});
  EXPECT_THAT(Drain(**cursor), ElementsAre(key + "=long", "=short"));
  ASSERT_TRUE(store.Delete(key).has_value());
  EXPECT_EQ(CodeOf(store.Get(key)), Code::kNotFound);
}

TEST_F(RocksdbDatabase, AMissIsBare) {
  const Store store = OpenStore();
  const Result<Value> miss = store.Get("nothing");
  ASSERT_EQ(CodeOf(miss), Code::kNotFound);
  EXPECT_TRUE(miss.error().message().empty());
}

TEST_F(RocksdbDatabase, GetManyAnswersEachKey) {
  Store store = OpenStore();
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("k" + std::to_string(i));
  for (int i = 0; i < 100; i += 2) {
    ASSERT_TRUE(store.Put(names[static_cast<std::size_t>(i)], std::to_string(i)).has_value());
    if (i == 50) Flush(store);
  }
  std::vector<std::string_view> keys(names.begin(), names.end());
  keys.push_back(names[4]);
  std::vector<Result<Value>> values(keys.size());
  ASSERT_TRUE(store.GetMany(keys, values).has_value());
  for (std::size_t i = 0; i < 100; ++i) {
    if (i % 2 == 0) {
      EXPECT_EQ(values[i]->bytes(), std::to_string(i));
    } else {
      EXPECT_EQ(CodeOf(values[i]), Code::kNotFound);
    }
  }
  EXPECT_EQ(values.back()->bytes(), "4");
}

TEST_F(RocksdbDatabase, ConditionsHoldOrNothingIsWritten) {
  Store store = OpenStore();
  EXPECT_EQ(CodeOf(store.Put("a", "1", {.condition = Condition::IfPresent()})),
            Code::kPreconditionFailed);
  ASSERT_EQ(CodeOf(store.Put("a", "1", {.condition = Condition::IfAbsent()})), Code::kOk);
  EXPECT_EQ(CodeOf(store.Put("a", "2", {.condition = Condition::IfAbsent()})),
            Code::kPreconditionFailed);
  const Version one = store.Stat("a", Wanted::kVersion).value().version.value();
  const Result<Receipt> two = store.Put(
      "a", "2", {.write = {.want_version = true}, .condition = Condition::IfVersion(one)});
  ASSERT_EQ(CodeOf(two), Code::kOk);
  EXPECT_EQ(two->version, store.Stat("a", Wanted::kVersion).value().version);
  EXPECT_EQ(CodeOf(store.Delete("a", {.condition = Condition::IfVersion(one)})),
            Code::kPreconditionFailed);
  EXPECT_EQ(store.Get("a").value().bytes(), "2");
  EXPECT_EQ(CodeOf(store.Delete("a", {.condition = Condition::IfPresent()})), Code::kOk);
  EXPECT_EQ(CodeOf(store.Delete("a", {.condition = Condition::IfVersion(one)})),
            Code::kPreconditionFailed);
}

TEST_F(RocksdbDatabase, ConditionsOfABatchSeeTheMutationsBefore) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("old", "x").has_value());
  const Mutation::Kind put = Mutation::Kind::kPut;
  const Mutation::Kind del = Mutation::Kind::kDelete;
  const Version x = store.Stat("old", Wanted::kVersion).value().version.value();
  const std::vector<Mutation> fine{
      {.kind = put, .key = "a", .value = "x", .condition = Condition::IfAbsent()},
      {.kind = put, .key = "a", .value = "y", .condition = Condition::IfVersion(x)},
      {.kind = del, .key = "a", .condition = Condition::IfPresent()},
      {.kind = put, .key = "a", .value = "z", .condition = Condition::IfAbsent()},
      {.kind = Mutation::Kind::kDeleteRange, .key = "o", .range_to = "p"},
      {.kind = put, .key = "old", .value = "new", .condition = Condition::IfAbsent()},
  };
  const Result<Receipt> receipt = store.Apply(fine);
  ASSERT_EQ(CodeOf(receipt), Code::kOk);
  EXPECT_EQ(receipt->applied, fine.size());
  EXPECT_THAT(All(store), ElementsAre("a=z", "old=new"));

  const std::vector<Mutation> wrong{
      {.kind = put, .key = "b", .value = "1"},
      {.kind = del, .key = "old"},
      {.kind = put, .key = "old", .value = "2", .condition = Condition::IfPresent()},
  };
  const Result<Receipt> refused = store.Apply(wrong);
  ASSERT_EQ(CodeOf(refused), Code::kPreconditionFailed);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_THAT(refused.error().message(), HasSubstr("mutation 3 of 3"));
  EXPECT_THAT(All(store), ElementsAre("a=z", "old=new"));
}

TEST_F(RocksdbDatabase, DeletesRangesWithAndWithoutEnd) {
  Store store = OpenStore();
  for (const char* const key : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(store.Put(key, "").has_value());
  }
  ASSERT_TRUE(store.DeleteRange(KeyRange::Between("b", "d")).has_value());
  EXPECT_THAT(All(store), ElementsAre("a=", "d=", "e="));
  ASSERT_TRUE(store.DeleteRange(KeyRange::From("d")).has_value());
  EXPECT_THAT(All(store), ElementsAre("a="));
  ASSERT_TRUE(store.DeleteRange(KeyRange::From("x")).has_value());
  const std::vector<Mutation> mutations{
      {.kind = Mutation::Kind::kPut, .key = "zz", .value = "1"},
      {.kind = Mutation::Kind::kDeleteRange, .key = "b"},
      {.kind = Mutation::Kind::kPut, .key = "y", .value = "2"},
  };
  ASSERT_TRUE(store.Apply(mutations).has_value());
  EXPECT_THAT(All(store), ElementsAre("a=", "y=2"));
  ASSERT_TRUE(store.DeleteRange(KeyRange::All()).has_value());
  EXPECT_THAT(All(store), IsEmpty());
}

TEST_F(RocksdbDatabase, BatchesAreInvisibleUntilCommitAndUsableAgain) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("a", "old").has_value());
  std::unique_ptr<Batch> batch = store.NewBatch().value();
  {
    std::string value = "first";
    ASSERT_TRUE(batch->Put("b", value).has_value());
    value.assign("XXXXX");
  }
  ASSERT_TRUE(batch->Put("b", "second").has_value());
  ASSERT_TRUE(batch->Delete("a").has_value());
  EXPECT_THAT(All(store), ElementsAre("a=old"));
  const Result<Receipt> receipt = batch->Commit({.want_version = true});
  ASSERT_EQ(CodeOf(receipt), Code::kOk);
  EXPECT_EQ(receipt->applied, 3U);
  EXPECT_EQ(receipt->version, store.Stat("b", Wanted::kVersion).value().version);
  EXPECT_THAT(All(store), ElementsAre("b=second"));
  ASSERT_TRUE(batch->Put("c", "third").has_value());
  batch->Discard();
  ASSERT_TRUE(batch->Put("d", "fourth").has_value());
  ASSERT_EQ(CodeOf(batch->Commit()), Code::kOk);
  EXPECT_THAT(All(store), ElementsAre("b=second", "d=fourth"));
  EXPECT_EQ(batch->Commit().value().applied, 0U);
}

TEST_F(RocksdbDatabase, SnapshotsShowTheirMoment) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("a", "1").has_value());
  const Snapshot snapshot = store.NewSnapshot().value();
  ASSERT_TRUE(store.Put("a", "2").has_value());
  ASSERT_TRUE(store.Put("b", "2").has_value());
  EXPECT_EQ(snapshot.Get("a").value().bytes(), "1");
  EXPECT_EQ(CodeOf(snapshot.Get("b")), Code::kNotFound);
  EXPECT_THAT(All(snapshot), ElementsAre("a=1"));
  const std::array<std::string_view, 2> keys{"a", "b"};
  std::array<Result<Value>, 2> values;
  ASSERT_TRUE(snapshot.GetMany(keys, values).has_value());
  EXPECT_EQ(values[0]->bytes(), "1");
  EXPECT_EQ(CodeOf(values[1]), Code::kNotFound);
  EXPECT_THAT(All(store), ElementsAre("a=2", "b=2"));
}

TEST_F(RocksdbDatabase, ClosesUnderLiveHandles) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("a", "1").has_value());
  const Snapshot snapshot = store.NewSnapshot().value();
  const std::unique_ptr<Cursor> on_snapshot = snapshot.Scan(KeyRange::All()).value();
  const std::unique_ptr<Cursor> cursor = store.Scan(KeyRange::All()).value();
  const std::unique_ptr<Batch> batch = store.NewBatch().value();
  ASSERT_TRUE(batch->Put("b", "2").has_value());
  ASSERT_EQ(CodeOf(store.Close()), Code::kOk);
  std::array<EntryView, 4> entries;
  EXPECT_EQ(CodeOf(cursor->Next(entries)), Code::kClosed);
  EXPECT_EQ(CodeOf(on_snapshot->Next(entries)), Code::kClosed);
  EXPECT_EQ(CodeOf(snapshot.Get("a")), Code::kClosed);
  EXPECT_EQ(CodeOf(batch->Commit()), Code::kClosed);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kOk) << "the lock is still held";
}

TEST_F(RocksdbDatabase, CollectingGarbageGivesSpaceBack) {
  Store store = OpenStore("compression=none");
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(store.Put("k" + std::to_string(i), std::string(10'000, 'x')).has_value());
  }
  Flush(store);
  auto* const disk = store.feature<PersistentDatastore>();
  const std::uint64_t before = disk->DiskUsage({}).value();
  EXPECT_GT(before, 3'000'000U);
  ASSERT_TRUE(store.DeleteRange(KeyRange::All()).has_value());
  Flush(store);
  EXPECT_LT(disk->DiskUsage({}).value(), before / 2);
}

TEST_F(RocksdbDatabase, CollectingGarbageCanBeStopped) {
  Store store = OpenStore();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(store.Put("k" + std::to_string(i), std::string(1000, 'x')).has_value());
  }
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(CodeOf(store.feature<GcDatastore>()->CollectGarbage({.stop = source.get_token()})),
            Code::kCancelled);
  EXPECT_EQ(All(store).size(), 1000U);
}

TEST_F(RocksdbDatabase, WritesAreThereAfterReopening) {
  for (const char* const fields : {"", "sync=true"}) {
    {
      Store store = OpenStore(fields);
      ASSERT_TRUE(store.Put(std::string("plain") + fields, "1").has_value());
      ASSERT_TRUE(store
                      .Put(std::string("power") + fields, "2",
                           {.write = {.durability = Durability::kSurvivesPower}})
                      .has_value());
      ASSERT_TRUE(store
                      .Put(std::string("applied") + fields, "3",
                           {.write = {.durability = Durability::kApplied}})
                      .has_value());
      ASSERT_TRUE(store.Sync().has_value());
    }
    const Store store = OpenStore(fields);
    EXPECT_EQ(store.Get(std::string("plain") + fields).value().bytes(), "1");
    EXPECT_EQ(store.Get(std::string("power") + fields).value().bytes(), "2");
    EXPECT_EQ(store.Get(std::string("applied") + fields).value().bytes(), "3");
  }
}

}  // namespace
}  // namespace anystore

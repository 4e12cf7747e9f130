#include "cli/batch_writers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "anystore/open.h"
#include "anystore/simple_datastore.h"
#include "scratch_directory.h"

namespace anystore::cli {
namespace {

class BatchWritersTest : public ::testing::Test {
 protected:
  BatchWritersTest() {
    checkpoint_.emplace((scratch_.path() / "state").string(), CopyIdentity{.source = "a"});
  }

  static std::string Key(int i) { return "/" + std::to_string(1'000'000 + i); }

  // Hands in records [from, to) of `value_bytes` each.
  static Status Submit(BatchWriters& writers, int from, int to, std::size_t value_bytes = 10) {
    RecordBatch batch;
    const std::string value(value_bytes, 'v');
    for (int i = from; i < to; ++i) {
      const std::string key = Key(i);
      batch.Add({.key = key, .value = value}, key);
      if (batch.full()) ANYSTORE_TRY(writers.Submit(std::exchange(batch, {})));
    }
    return batch.records() > 0 ? writers.Submit(std::move(batch)) : Ok();
  }

  [[nodiscard]] std::optional<Watermark> Loaded() const {
    std::string why;
    return checkpoint_->Load(true, &why);
  }

  const testing::ScratchDirectory scratch_;
  std::optional<Checkpoint> checkpoint_;
};

// Takes puts until one of key `failing`.
class FailingStore final : public SimpleDatastore {
 public:
  explicit FailingStore(std::string failing) : failing_(std::move(failing)) {}
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Result<Value> Get(std::string_view /*key*/) override { return Error(Code::kNotFound); }
  Status Put(std::string_view key, std::string_view /*value*/) override {
    if (key == failing_) return Error(Code::kNoSpace, "full");
    return Ok();
  }
  Status Delete(std::string_view /*key*/) override { return Ok(); }
  Result<Results> Query(const anystore::Query& query) override { return Results(query, {}); }
  Status Sync(const KeyRange& /*range*/) override { return Ok(); }
  Status Close() override { return Ok(); }

 private:
  std::string failing_;
};

TEST_F(BatchWritersTest, WritesEverythingWithManyThreadsAndKeepsTheLastKey) {
  Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
  ASSERT_TRUE(store.has_value());
  constexpr int kCount = 5050;
  for (const unsigned jobs : {1U, 2U, 8U}) {
    BatchWriters writers(*store, jobs, &*checkpoint_, {.key = "", .records = 7});
    ASSERT_TRUE(Submit(writers, 0, kCount).has_value());
    ASSERT_TRUE(writers.Finish().has_value());
    const auto watermark = Loaded();
    ASSERT_TRUE(watermark.has_value());
    EXPECT_EQ(watermark->key, Key(kCount - 1));
    EXPECT_EQ(watermark->records, 7U + kCount);
    for (int i = 0; i < kCount; ++i) ASSERT_TRUE(store->Has(Key(i)).value()) << i;
    ASSERT_TRUE(store->DeleteRange(KeyRange::All()).has_value());
  }
}

TEST_F(BatchWritersTest, TheWatermarkCoversWhatWasSkipped) {
  Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
  ASSERT_TRUE(store.has_value());
  BatchWriters writers(*store, 2, &*checkpoint_, {});
  RecordBatch batch;
  batch.Add({.key = "/a", .value = "1"}, "/hash-of-1");
  batch.Skip({.key = "/b", .value = "1"}, "/hash-of-1");
  ASSERT_TRUE(writers.Submit(std::exchange(batch, {})));
  // A batch may hold nothing to write.
  batch.Skip({.key = "/c", .value = "2"}, "/hash-of-2");
  ASSERT_TRUE(writers.Submit(std::move(batch)));
  ASSERT_TRUE(writers.Finish());
  const auto watermark = Loaded();
  ASSERT_TRUE(watermark.has_value());
  EXPECT_EQ(watermark->records, 3U);
  EXPECT_EQ(watermark->key, "/c");
  EXPECT_EQ(watermark->written_key, "/hash-of-2");
  EXPECT_TRUE(store->Has("/hash-of-1").value());
  EXPECT_FALSE(store->Has("/a").value());
}

TEST_F(BatchWritersTest, AfterDrainEverythingIsThere) {
  Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
  ASSERT_TRUE(store.has_value());
  BatchWriters writers(*store, 4, nullptr, {});
  ASSERT_TRUE(writers.Drain());
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(Submit(writers, round * 1000, (round + 1) * 1000));
    ASSERT_TRUE(writers.Drain());
    for (int i = round * 1000; i < (round + 1) * 1000; ++i) {
      ASSERT_TRUE(store->Has(Key(i)).value()) << i;
    }
  }
}

TEST_F(BatchWritersTest, DrainTellsWhatFailed) {
  Store store(Adapt(std::make_unique<FailingStore>(Key(50))));
  BatchWriters writers(store, 2, nullptr, {});
  // What comes after the failure may be refused.
  static_cast<void>(Submit(writers, 0, 1000));
  const Status drained = writers.Drain();
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code(), Code::kNoSpace);
}

TEST_F(BatchWritersTest, TakesRecordsLargerThanAllThatMayBeOnItsWay) {
  Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
  ASSERT_TRUE(store.has_value());
  BatchWriters writers(*store, 2, nullptr, {});
  ASSERT_TRUE(Submit(writers, 0, 3, 40U << 20).has_value());
  ASSERT_TRUE(writers.Finish().has_value());
  EXPECT_EQ(store->GetSize(Key(2)).value(), 40U << 20);
}

TEST_F(BatchWritersTest, TheWatermarkStopsBeforeWhatFailed) {
  for (const unsigned jobs : {1U, 4U}) {
    checkpoint_->Remove();
    Store store(Adapt(std::make_unique<FailingStore>(Key(2050))));
    BatchWriters writers(store, jobs, &*checkpoint_, {});
    const Status submitted = Submit(writers, 0, 100'000);
    const Status finished = writers.Finish();
    ASSERT_FALSE(submitted.has_value());
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(finished.error().code(), Code::kNoSpace);
    const auto watermark = Loaded();
    ASSERT_TRUE(watermark.has_value());
    EXPECT_EQ(watermark->records, 2000U);
    EXPECT_EQ(watermark->key, Key(1999));
  }
}

TEST_F(BatchWritersTest, ACheckpointThatCannotBeKeptIsAnError) {
  const Checkpoint nowhere((scratch_.path() / "no" / "such" / "state").string(), {});
  Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
  ASSERT_TRUE(store.has_value());
  BatchWriters writers(*store, 2, &nowhere, {});
  EXPECT_FALSE(Submit(writers, 0, 100'000).has_value());
  EXPECT_FALSE(writers.Finish().has_value());
}

}  // namespace
}  // namespace anystore::cli

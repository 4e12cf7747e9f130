// What scans of RocksDB tell and cost; what all engines do is in engine_cursor_test.cc.
#include <gmock/gmock.h>

#include "rocksdb_fixture.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;

class RocksdbCursor : public FourRecordsTest {
 protected:
  RocksdbCursor() : FourRecordsTest(rocksdb::NewRocksdbBackend()) {}
};

TEST_F(RocksdbCursor, SeeksInTheMiddleOfABatch) {
  const auto cursor = Scan(KeyRange::All());
  std::array<EntryView, 2> two;
  ASSERT_EQ(*cursor->Next(two), 2U);
  ASSERT_TRUE(cursor->Seek("b").has_value());
  ASSERT_EQ(*cursor->Next(two), 2U);
  EXPECT_EQ(two[0].key, "b");
  EXPECT_EQ(two[1].key, "d");
}

TEST_F(RocksdbCursor, SizesAreThereWithAndWithoutValues) {
  std::array<EntryView, 8> batch;
  const auto keys = Scan(KeyRange::All(), {.values = false, .wanted = Wanted::kSize});
  ASSERT_EQ(*keys->Next(batch), 4U);
  EXPECT_EQ(batch[0].info.size, 2U);
  EXPECT_TRUE(batch[0].value.empty());
  EXPECT_TRUE(batch[3].value.empty());
  const auto both = Scan(KeyRange::All());
  ASSERT_EQ(*both->Next(batch), 4U);
  EXPECT_EQ(batch[3].info.size, 2U);
  EXPECT_FALSE(batch[3].info.version.has_value());
}

TEST_F(RocksdbCursor, VersionsAreThoseOfStat) {
  std::array<EntryView, 8> batch;
  const auto cursor = Scan(KeyRange::All(), {.wanted = Wanted::kVersion});
  ASSERT_EQ(*cursor->Next(batch), 4U);
  const Result<EntryInfo> info = store_.Stat("f", Wanted::kVersion);
  ASSERT_TRUE(info.has_value());
  ASSERT_TRUE(info->version.has_value());
  EXPECT_EQ(batch[2].info.version, info->version);
  EXPECT_NE(batch[1].info.version, info->version);
}

TEST_F(RocksdbCursor, HintLimitsBatchesButNotTheScan) {
  std::vector<EntryView> batch(64);
  const auto cursor = Scan(KeyRange::All(), {.limit_hint = 1});
  EXPECT_EQ(*cursor->Next(batch), 1U);
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff", "h=hh"));
}

TEST_F(RocksdbCursor, LargeValuesEndABatchAndStayWhole) {
  const std::string large(100'000, 'L');
  ASSERT_TRUE(store_.Put("c", large).has_value());
  ASSERT_TRUE(store_.Put("e", large).has_value());
  std::vector<EntryView> batch(64);
  const auto cursor = Scan(KeyRange::All());
  std::vector<std::size_t> counts;
  std::size_t bytes = 0;
  for (;;) {
    const Result<std::size_t> count = cursor->Next(batch);
    ASSERT_TRUE(count.has_value());
    if (*count == 0) break;
    counts.push_back(*count);
    for (std::size_t i = 0; i < *count; ++i) {
      bytes += batch[i].value.size();
      EXPECT_EQ(batch[i].info.size, batch[i].value.size());
      EXPECT_EQ(batch[i].value.find_first_not_of(batch[i].value.front()), std::string_view::npos);
    }
  }
  EXPECT_THAT(counts, ElementsAre(2, 2, 2));
  EXPECT_EQ(bytes, 2 * large.size() + 8);
}

TEST_F(RocksdbCursor, ViewsOfABatchStayUntilTheNextCall) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(store_.Put("k" + std::to_string(1000 + i), std::string(90, 'v')).has_value());
  }
  ASSERT_TRUE(store_.Sync().has_value());
  const auto cursor = Scan(KeyRange::StartingWith("k"));
  std::vector<EntryView> batch(700);
  const std::size_t count = *cursor->Next(batch);
  ASSERT_GT(count, 500U);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(batch[i].key, "k" + std::to_string(1000 + i));
    ASSERT_EQ(batch[i].value, std::string(90, 'v'));
  }
}

}  // namespace
}  // namespace anystore

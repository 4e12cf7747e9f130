#include <gmock/gmock.h>

#include "rocksdb_fixture.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RocksdbCursor : public RocksdbTest {
 protected:
  RocksdbCursor() : store_(OpenStore()) {
    for (const char* const key : {"b", "d", "f", "h"}) {
      EXPECT_TRUE(store_.Put(key, std::string(key) + key).has_value());
    }
  }

  std::unique_ptr<Cursor> Scan(const KeyRange& range, const ScanOptions& options = {}) {
    Result<std::unique_ptr<Cursor>> cursor = store_.Scan(range, options);
    EXPECT_TRUE(cursor.has_value());
    return *std::move(cursor);
  }

  Store store_;
};

TEST_F(RocksdbCursor, YieldsTheRangeWhateverTheBatch) {
  for (const std::size_t at_once : {1U, 2U, 3U, 4U, 64U}) {
    EXPECT_THAT(Drain(*Scan(KeyRange::All()), at_once),
                ElementsAre("b=bb", "d=dd", "f=ff", "h=hh"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h")), at_once), ElementsAre("d=dd", "f=ff"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h"), {.reverse = true}), at_once),
                ElementsAre("f=ff", "d=dd"));
    EXPECT_THAT(Drain(*Scan(KeyRange::From("f")), at_once), ElementsAre("f=ff", "h=hh"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("i", "z")), at_once), IsEmpty());
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("", "b"), {.reverse = true}), at_once), IsEmpty());
  }
}

TEST_F(RocksdbCursor, EmptyRangeYieldsNothing) {
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("d", "b"))), IsEmpty());
  EXPECT_THAT(Drain(*Scan(KeyRange::None())), IsEmpty());
}

TEST_F(RocksdbCursor, SeeksInsideAndOutsideTheRange) {
  const auto cursor = Scan(KeyRange::Between("c", "h"));
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff"));
  ASSERT_TRUE(cursor->Seek("").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff"));
  ASSERT_TRUE(cursor->Seek("a").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff"));
  ASSERT_TRUE(cursor->Seek("h").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  ASSERT_TRUE(cursor->Seek("zz").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  ASSERT_TRUE(cursor->Seek("d").has_value());
  EXPECT_THAT(Drain(*cursor, 1), ElementsAre("d=dd", "f=ff"));
}

TEST_F(RocksdbCursor, SeeksBackwardsInsideAndOutsideTheRange) {
  const auto cursor = Scan(KeyRange::Between("c", "h"), {.reverse = true});
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd"));
  ASSERT_TRUE(cursor->Seek("zz").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff", "d=dd"));
  ASSERT_TRUE(cursor->Seek("h").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff", "d=dd"));
  ASSERT_TRUE(cursor->Seek("b").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  ASSERT_TRUE(cursor->Seek("").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
}

TEST_F(RocksdbCursor, SeeksInTheMiddleOfABatch) {
  const auto cursor = Scan(KeyRange::All());
  std::array<EntryView, 2> two;
  ASSERT_EQ(*cursor->Next(two), 2U);
  ASSERT_TRUE(cursor->Seek("b").has_value());
  ASSERT_EQ(*cursor->Next(two), 2U);
  EXPECT_EQ(two[0].key, "b");
  EXPECT_EQ(two[1].key, "d");
}

TEST_F(RocksdbCursor, StaysAtTheEnd) {
  const auto cursor = Scan(KeyRange::All());
  EXPECT_EQ(Drain(*cursor).size(), 4U);
  ASSERT_TRUE(store_.Put("z", "later").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
}

TEST_F(RocksdbCursor, ShowsTheMomentOfItsStart) {
  const auto cursor = Scan(KeyRange::All());
  ASSERT_TRUE(store_.Delete("d").has_value());
  ASSERT_TRUE(store_.Put("e", "new").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=bb", "d=dd", "f=ff", "h=hh"));
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

TEST_F(RocksdbCursor, EmptyAndBinaryKeysAreInOrder) {
  const std::string zero(1, '\0');
  const std::string high("\xff\xff");
  ASSERT_TRUE(store_.Put("", "empty").has_value());
  ASSERT_TRUE(store_.Put(zero, "").has_value());
  ASSERT_TRUE(store_.Put(high, "high").has_value());
  EXPECT_THAT(Drain(*Scan(KeyRange::All())),
              ElementsAre("=empty", zero + "=", "b=bb", "d=dd", "f=ff", "h=hh", high + "=high"));
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("", zero), {.reverse = true})), ElementsAre("=empty"));
  EXPECT_THAT(Drain(*Scan(KeyRange::From(high), {.reverse = true})), ElementsAre(high + "=high"));
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

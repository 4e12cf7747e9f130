// Scans, batches and durability of an open database.
#include <gmock/gmock.h>

#include "leveldb_fixture.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeveldbDatabase : public LeveldbTest {
 protected:
  LeveldbDatabase() : store_(OpenStore()) {
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

TEST_F(LeveldbDatabase, ScansRangesInBothDirections) {
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h"))), ElementsAre("d=dd", "f=ff"));
  const ScanOptions reverse{.reverse = true};
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h"), reverse)), ElementsAre("f=ff", "d=dd"));
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "zz"), reverse)),
              ElementsAre("h=hh", "f=ff", "d=dd"));
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("", "b"), reverse)), IsEmpty());
  EXPECT_THAT(Drain(*Scan(KeyRange::None(), reverse)), IsEmpty());
}

TEST_F(LeveldbDatabase, SeeksBackwardsInsideAndOutsideTheRange) {
  const auto cursor = Scan(KeyRange::Between("c", "h"), {.reverse = true});
  for (const char* const behind : {"zz", "h", "g", "f"}) {
    ASSERT_TRUE(cursor->Seek(behind).has_value());
    EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff", "d=dd")) << behind;
  }
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd"));
  for (const char* const before : {"c", "b", ""}) {
    ASSERT_TRUE(cursor->Seek(before).has_value());
    EXPECT_THAT(Drain(*cursor), IsEmpty()) << before;
  }
}

TEST_F(LeveldbDatabase, ASeekStaysInTheMomentOfTheScan) {
  const auto cursor = Scan(KeyRange::All());
  ASSERT_TRUE(store_.Delete("d").has_value());
  ASSERT_TRUE(store_.Put("e", "new").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=bb", "d=dd", "f=ff", "h=hh"));
  ASSERT_TRUE(cursor->Seek("c").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff", "h=hh"));
}

TEST_F(LeveldbDatabase, SeveralMutationsAreOneBatchOfTheEngine) {
  const std::vector<Mutation> mutations = {
      {.key = "x", .value = "1"},
      {.kind = Mutation::Kind::kDelete, .key = "b"},
      {.key = "x", .value = "2", .condition = Condition::IfPresent()}};
  const Result<Receipt> receipt = store_.Apply(mutations, {.all_or_nothing = true});
  ASSERT_TRUE(receipt.has_value()) << receipt.error().ToString();
  EXPECT_EQ(receipt->applied, 3U);
  EXPECT_EQ(store_.Get("x").value().bytes(), "2");
  EXPECT_FALSE(store_.Has("b").value());
}

TEST_F(LeveldbDatabase, ABatchCanBeUsedAgain) {
  const std::unique_ptr<Batch> batch = store_.NewBatch().value();
  ASSERT_TRUE(batch->Put("x", "1").has_value());
  batch->Discard();
  EXPECT_EQ(batch->Commit().value().applied, 0U);
  ASSERT_TRUE(batch->Delete("b").has_value());
  EXPECT_EQ(batch->Commit().value().applied, 1U);
  EXPECT_FALSE(store_.Has("x").value());
  EXPECT_FALSE(store_.Has("b").value());
}

TEST_F(LeveldbDatabase, ValuesOutliveTheStore) {
  const Value value = store_.Get("f").value();
  ASSERT_TRUE(store_.Close().has_value());
  EXPECT_EQ(value.bytes(), "ff");
}

TEST_F(LeveldbDatabase, SyncInTheUrlIsThePlainDurability) {
  EXPECT_EQ(store_.capabilities().put_durability, Durability::kSurvivesProcess);
  ASSERT_TRUE(store_.Close().has_value());
  EXPECT_EQ(OpenStore("sync=true").capabilities().put_durability, Durability::kSurvivesPower);
}

}  // namespace
}  // namespace anystore

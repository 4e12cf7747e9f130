// Values and batches of an open database; what scans show is in engine_cursor_test.cc.
#include "leveldb_fixture.h"

namespace anystore {
namespace {

class LeveldbDatabase : public FourRecordsTest {
 protected:
  LeveldbDatabase() : FourRecordsTest(leveldb::NewLeveldbBackend()) {}
};

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

}  // namespace
}  // namespace anystore

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "anystore/store.h"
#include "core/fake_datastore.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;

class BatchTest : public ::testing::Test {
 protected:
  void Open(const Capabilities& capabilities = FakeDatastore::Everything()) {
    store_.emplace(std::make_unique<FakeDatastore>(state_, capabilities), "fake:");
    batch_ = *store_->NewBatch();
  }

  FakeState state_;
  std::optional<Store> store_;
  std::unique_ptr<Batch> batch_;
};

TEST_F(BatchTest, ShowsNothingBeforeCommit) {
  Open();
  ASSERT_TRUE(batch_->Put("/a", "1"));
  EXPECT_FALSE(store_->Has("/a").value());
  EXPECT_EQ(batch_->Commit()->applied, 1U);
  EXPECT_EQ(store_->Get("/a")->bytes(), "1");
}

TEST_F(BatchTest, LastOperationOnAKeyWins) {
  Open();
  ASSERT_TRUE(batch_->Put("/a", "1"));
  ASSERT_TRUE(batch_->Delete("/a"));
  ASSERT_TRUE(batch_->Put("/a", "3"));
  ASSERT_TRUE(batch_->Put("/b", "1"));
  ASSERT_TRUE(batch_->Delete("/b"));
  ASSERT_TRUE(batch_->Commit());
  EXPECT_EQ(store_->Get("/a")->bytes(), "3");
  EXPECT_FALSE(store_->Has("/b").value());
}

TEST_F(BatchTest, TakesTheEmptyKeyFirst) {
  Open();
  ASSERT_TRUE(batch_->Put("", ""));
  ASSERT_TRUE(batch_->Commit());
  EXPECT_EQ(store_->GetSize("").value_or(1), 0U);
  ASSERT_TRUE(batch_->Delete(""));
  ASSERT_TRUE(batch_->Commit());
  EXPECT_FALSE(store_->Has("").value_or(true));
}

TEST_F(BatchTest, ConsumesTheCallersBytes) {
  Open();
  std::string key = "/a";
  std::string value(100000, 'x');  // more than a block of the batch's memory
  ASSERT_TRUE(batch_->Put(key, value));
  key.assign("ZZ");
  value.assign(100000, 'Z');
  ASSERT_TRUE(batch_->Put("/b", ""));
  ASSERT_TRUE(batch_->Commit());
  EXPECT_EQ(store_->Get("/a")->bytes(), std::string(100000, 'x'));
  EXPECT_EQ(store_->GetSize("/b").value(), 0U);
}

TEST_F(BatchTest, IsEmptyAndUsableAfterCommitAndAfterDiscard) {
  Open();
  ASSERT_TRUE(batch_->Put("/a", "1"));
  ASSERT_TRUE(batch_->Commit());
  EXPECT_EQ(batch_->Commit()->applied, 0U);
  ASSERT_TRUE(batch_->Put("/b", "1"));
  batch_->Discard();
  ASSERT_TRUE(batch_->Put("/c", "1"));
  EXPECT_EQ(batch_->Commit()->applied, 1U);
  EXPECT_EQ(state_.records.size(), 2U);
  EXPECT_FALSE(store_->Has("/b").value());
}

TEST_F(BatchTest, KeepsItsContentsWhenACommitIsKnownNotToHaveHappened) {
  Open();
  ASSERT_TRUE(batch_->Put("/a", "1"));
  state_.next_error = Error(Code::kNoSpace);
  const auto failed = batch_->Commit();
  EXPECT_EQ(failed.error().ToString(), "commit fake:: no_space");
  EXPECT_EQ(batch_->Commit()->applied, 1U);
  EXPECT_EQ(store_->Get("/a")->bytes(), "1");
}

TEST_F(BatchTest, AllowsOnlyDiscardWhenACommitMayHaveHappened) {
  Open();
  ASSERT_TRUE(batch_->Put("/a", "1"));
  state_.next_error = Error(Code::kIoError).WithApplied(Applied::kUnknown);
  EXPECT_EQ(batch_->Commit().error().applied(), Applied::kUnknown);
  EXPECT_EQ(batch_->Commit().error().code(), Code::kInvalidArgument);
  EXPECT_EQ(batch_->Put("/b", "1").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(batch_->Delete("/b").error().code(), Code::kInvalidArgument);
  batch_->Discard();
  ASSERT_TRUE(batch_->Put("/b", "1"));
  EXPECT_EQ(batch_->Commit()->applied, 1U);
  EXPECT_EQ(state_.records.size(), 1U);
}

TEST_F(BatchTest, RefusesKeysAndBytesOverTheLimit) {
  Capabilities can = FakeDatastore::Everything();
  can.keys.bytes_max = 4;
  can.value_bytes_max = 6;
  can.batch_bytes_max = 12;
  Open(can);
  EXPECT_EQ(batch_->Put("/long", "1").error().code(), Code::kTooLarge);
  EXPECT_EQ(batch_->Put("/a", "1234567").error().code(), Code::kTooLarge);
  EXPECT_TRUE(batch_->Delete("/long"));
  ASSERT_TRUE(batch_->Put("/a", "123456"));
  EXPECT_EQ(batch_->Put("/b", "123").error().code(), Code::kTooLarge);
  ASSERT_TRUE(batch_->Put("/b", "12"));
  EXPECT_EQ(batch_->Commit()->applied, 2U);
  ASSERT_TRUE(batch_->Put("/c", "123456"));  // the limit is per commit
}

TEST_F(BatchTest, RefusesOptionsThatTheStoreDoesNotHaveAndKeepsItsContents) {
  Open(Capabilities{});
  ASSERT_TRUE(batch_->Put("/a", "1"));
  ASSERT_TRUE(batch_->Put("/b", "1"));
  EXPECT_EQ(batch_->Commit({.all_or_nothing = true}).error().code(), Code::kUnsupported);
  EXPECT_EQ(batch_->Commit({.durability = Durability::kSurvivesPower}).error().code(),
            Code::kUnsupported);
  EXPECT_EQ(batch_->Commit()->applied, 2U);
}

}  // namespace
}  // namespace anystore

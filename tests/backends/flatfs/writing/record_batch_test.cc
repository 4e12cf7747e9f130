// Batches that do not fit in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

class RecordBatchTest : public FlatfsTest {
 protected:
  RecordBatchTest() { environment().files = &watched_; }

  static std::string Key(int i) { return "/K" + std::to_string(i) + "X"; }
  static std::string Large(char letter) { return std::string(kMebibyte, letter); }
  std::unique_ptr<Batch> NewBatch(Store& store) {
    auto batch = store.NewBatch();
    EXPECT_TRUE(batch.has_value());
    return *std::move(batch);
  }
  // Puts of a mebibyte each, under Key(from) and so on.
  static void PutLarge(Batch& batch, int from, int count, char letter = 'v') {
    for (int i = from; i < from + count; ++i) {
      const Status put = batch.Put(Key(i), Large(letter));
      ASSERT_TRUE(put.has_value()) << TextOf(put);
    }
  }
  std::size_t Written() { return TreeOf("blocks/.temp").size(); }

  testing::FailingCalls calls_;
  InterceptedFileSystem watched_{files(), calls_};
};

TEST_F(RecordBatchTest, WritesWhatIsTooMuchForMemoryAndShowsNothing) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutLarge(*batch, 0, 15);
  EXPECT_EQ(Written(), 0U);
  PutLarge(*batch, 15, 35);
  EXPECT_GE(Written(), 30U);
  EXPECT_THAT(KeysOf(store), IsEmpty());
  const auto receipt = batch->Commit();
  ASSERT_TRUE(receipt.has_value()) << TextOf(receipt);
  EXPECT_EQ(receipt->applied, 50U);
  EXPECT_EQ(KeysOf(store).size(), 50U);
  EXPECT_EQ(store.Get(Key(49))->bytes(), Large('v'));
  EXPECT_EQ(Written(), 0U);
}

TEST_F(RecordBatchTest, IsUsableAgain) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  for (int round = 0; round < 3; ++round) {
    PutLarge(*batch, round * 20, 20);
    const auto receipt = batch->Commit();
    ASSERT_TRUE(receipt.has_value()) << TextOf(receipt);
    EXPECT_EQ(receipt->applied, 20U);
    EXPECT_EQ(batch->Commit()->applied, 0U);
  }
  EXPECT_EQ(KeysOf(store).size(), 60U);
}

TEST_F(RecordBatchTest, OfSeveralChangesOfARecordTheLastCounts) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/GONE", "there"));
  ASSERT_TRUE(store.Put("/BACK", "old"));
  auto batch = NewBatch(store);
  ASSERT_TRUE(batch->Put("/FIRST", "1"));
  ASSERT_TRUE(batch->Put("/NEVER", "1"));
  ASSERT_TRUE(batch->Delete("/BACK"));
  ASSERT_TRUE(batch->Put("/GONE", "1"));
  PutLarge(*batch, 0, 40);
  ASSERT_TRUE(batch->Put("/FIRST", "2"));
  ASSERT_TRUE(batch->Delete("/NEVER"));
  ASSERT_TRUE(batch->Put("/BACK", "new"));
  ASSERT_TRUE(batch->Delete("/GONE"));
  ASSERT_TRUE(batch->Put(Key(39), "in the part that may be on its way"));
  std::vector<std::string> seen;
  calls_.fails = [&seen](const Call& call) {
    if (call.operation == Operation::kRemove) seen.emplace_back(call.path);
    return false;
  };
  ASSERT_TRUE(batch->Commit());
  calls_.fails = nullptr;
  EXPECT_EQ(store.Get("/FIRST")->bytes(), "2");
  EXPECT_FALSE(*store.Has("/NEVER"));
  EXPECT_EQ(store.Get("/BACK")->bytes(), "new");
  EXPECT_FALSE(*store.Has("/GONE"));
  EXPECT_EQ(store.Get(Key(39))->bytes(), "in the part that may be on its way");
  EXPECT_EQ(KeysOf(store).size(), 42U);
  for (const std::string& name : seen) EXPECT_THAT(name, Not(HasSubstr("BACK"))) << "old or new";
}

TEST_F(RecordBatchTest, LeavesNothingWhenItIsDiscarded) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutLarge(*batch, 0, 40);
  EXPECT_GT(Written(), 0U);
  batch->Discard();
  EXPECT_EQ(Written(), 0U);
  PutLarge(*batch, 0, 40);
  batch.reset();
  EXPECT_EQ(Written(), 0U);
  EXPECT_THAT(KeysOf(store), IsEmpty());
}

TEST_F(RecordBatchTest, GoesOnWhenThereIsRoomAgain) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  calls_.os_error = ENOSPC;
  calls_.fails = [](const Call& call) { return call.operation == Operation::kWrite; };
  PutLarge(*batch, 0, 30);
  const Status refused = batch->Put(Key(30), Large('v'));
  EXPECT_EQ(CodeOf(refused), Code::kNoSpace);
  EXPECT_EQ(CodeOf(batch->Put(Key(30), Large('v'))), Code::kNoSpace) << "tried again, in vain";
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kNoSpace);
  EXPECT_EQ(receipt.error().applied(), Applied::kNo);
  EXPECT_THAT(KeysOf(store), IsEmpty());
  calls_.fails = nullptr;
  PutLarge(*batch, 30, 1);
  const auto committed = batch->Commit();
  ASSERT_TRUE(committed.has_value()) << TextOf(committed);
  EXPECT_EQ(committed->applied, 31U);
  EXPECT_EQ(KeysOf(store).size(), 31U);
}

TEST_F(RecordBatchTest, AFailureToNameLeavesTheRest) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutLarge(*batch, 0, 20);
  calls_.fails = [](const Call& call) {
    return call.operation == Operation::kRename && call.new_path.contains(Key(3).substr(1));
  };
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kIoError);
  EXPECT_EQ(receipt.error().applied(), Applied::kUnknown);
  calls_.fails = nullptr;
  batch->Discard();
  EXPECT_EQ(KeysOf(store).size(), 19U);
  EXPECT_EQ(Written(), 0U);
}

TEST_F(RecordBatchTest, ASyncThatFailsLosesNothingQuietly) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  calls_.fails = [](const Call& call) { return filesystem::IsSync(call.operation); };
  for (int i = 0; i < 33; ++i) static_cast<void>(batch->Put(Key(i), Large('v')));
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kDataLoss);
  EXPECT_THAT(KeysOf(store), IsEmpty());
  calls_.fails = nullptr;
  EXPECT_EQ(CodeOf(store.Put("/A", "1")), Code::kDataLoss);
}

TEST(RecordBatch, SurvivesPowerWhenItIsCommitted) {
  SimulatedDisk disk(SimulatedDiskOptions{});
  ManualClock clock{Instant{}};
  SeededRandom random{7};
  const Environment environment = {
      .clock = &clock, .random = &random, .logger = Environment::Host().logger, .files = &disk};
  const std::unique_ptr<Backend> backend = flatfs::NewFlatfsBackend();
  const CheckedConfig config = FlatfsConfig("blocks");
  ASSERT_TRUE(backend->Create(config, environment));
  Store store(*backend->Open(config, environment), "flatfs:blocks", environment);
  auto batch = *store.NewBatch();
  const std::string value(kMebibyte, 'v');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(batch->Put("/K" + std::to_string(i), value));
  ASSERT_TRUE(batch->Commit());
  for (const Survivors survivors : kAllSurvivors) {
    SCOPED_TRACE(Name(survivors));
    const auto left = disk.Crash(survivors, 1);
    Environment after = environment;
    after.files = left.get();
    Store again(*backend->Open(config, after), "flatfs:blocks", after);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(*again.GetSize("/K" + std::to_string(i)), kMebibyte);
  }
}

}  // namespace
}  // namespace anystore

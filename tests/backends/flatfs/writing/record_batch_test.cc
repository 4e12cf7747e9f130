// Batches that do not fit in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "base/digest.h"
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
/// Values from this size on are written when they come, smaller ones when there are some megabytes.
constexpr std::size_t kLarge = std::size_t{64} << 10U;

class RecordBatchTest : public FlatfsTest {
 protected:
  RecordBatchTest() { environment().files = &watched_; }

  static std::string Key(int i) { return "/K" + std::to_string(i) + "X"; }
  std::unique_ptr<Batch> NewBatch(Store& store) {
    auto batch = store.NewBatch();
    EXPECT_TRUE(batch.has_value());
    return *std::move(batch);
  }
  std::size_t Written() { return TreeOf("blocks/.temp").size(); }
  Store OpenStore(const std::string& fields = "") {
    Store store = FlatfsTest::OpenStore(fields);
    handles_ = watched_.open_handles();
    return store;
  }

  testing::FailingCalls calls_;
  InterceptedFileSystem watched_{files(), calls_};
  // Of an open store that nobody uses.
  std::size_t handles_ = 0;
};

/// A mebibyte for each key, in values that are gathered or that are written at once.
class LargeBatchTest : public RecordBatchTest, public ::testing::WithParamInterface<std::size_t> {
 protected:
  static bool IsGathered() { return GetParam() < kLarge; }
  /// Of a mebibyte.
  static std::size_t Values() { return kMebibyte / GetParam(); }
  static std::string Value(char letter) { return std::string(GetParam(), letter); }

  /// Under Key(from) and so on, and others that begin like them.
  static void PutMuch(Batch& batch, int from, int mebibytes) {
    for (int i = from; i < from + mebibytes; ++i) {
      for (std::size_t j = 0; j < Values(); ++j) {
        const std::string key = Key(i) + (j == 0 ? "" : "Y" + std::to_string(j));
        const Status put = batch.Put(key, Value('v'));
        ASSERT_TRUE(put.has_value()) << TextOf(put);
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Values, LargeBatchTest, ::testing::Values(kLarge - 1, kLarge, kMebibyte));

TEST_P(LargeBatchTest, WritesWhatIsTooMuchForMemoryAndShowsNothing) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutMuch(*batch, 0, 15);
  EXPECT_EQ(Written(), IsGathered() ? 0 : 15 * Values());
  PutMuch(*batch, 15, 35);
  EXPECT_GE(Written(), (IsGathered() ? 30 : 50) * Values());
  EXPECT_THAT(KeysOf(store), IsEmpty());
  const auto receipt = batch->Commit();
  ASSERT_TRUE(receipt.has_value()) << TextOf(receipt);
  EXPECT_EQ(receipt->applied, 50 * Values());
  EXPECT_EQ(KeysOf(store).size(), 50 * Values());
  EXPECT_EQ(store.Get(Key(49))->bytes(), Value('v'));
  EXPECT_EQ(Written(), 0U);
  EXPECT_EQ(watched_.open_handles(), handles_);
}

TEST_P(LargeBatchTest, IsUsableAgain) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  for (int round = 0; round < 3; ++round) {
    PutMuch(*batch, round * 20, 20);
    const auto receipt = batch->Commit();
    ASSERT_TRUE(receipt.has_value()) << TextOf(receipt);
    EXPECT_EQ(receipt->applied, 20 * Values());
    EXPECT_EQ(batch->Commit()->applied, 0U);
  }
  EXPECT_EQ(KeysOf(store).size(), 60 * Values());
}

TEST_P(LargeBatchTest, OfSeveralChangesOfARecordTheLastCounts) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/GONE", "there"));
  ASSERT_TRUE(store.Put("/BACK", "old"));
  auto batch = NewBatch(store);
  ASSERT_TRUE(batch->Put("/FIRST", "1"));
  ASSERT_TRUE(batch->Put("/NEVER", "1"));
  ASSERT_TRUE(batch->Delete("/BACK"));
  ASSERT_TRUE(batch->Put("/GONE", "1"));
  PutMuch(*batch, 0, 40);
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
  EXPECT_EQ(KeysOf(store).size(), 40 * Values() + 2);
  for (const std::string& name : seen) EXPECT_THAT(name, Not(HasSubstr("BACK"))) << "old or new";
}

TEST_P(LargeBatchTest, LeavesNothingWhenItIsDiscarded) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutMuch(*batch, 0, 40);
  EXPECT_GT(Written(), 0U);
  batch->Discard();
  EXPECT_EQ(Written(), 0U);
  PutMuch(*batch, 0, 40);
  batch.reset();
  EXPECT_EQ(Written(), 0U);
  EXPECT_THAT(KeysOf(store), IsEmpty());
}

TEST_P(LargeBatchTest, AFailureToNameLeavesTheRest) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutMuch(*batch, 0, 20);
  calls_.fails = [](const Call& call) {
    return call.operation == Operation::kRename && call.new_path.contains(Key(3).substr(1));
  };
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kIoError);
  EXPECT_EQ(receipt.error().applied(), Applied::kUnknown);
  calls_.fails = nullptr;
  batch->Discard();
  EXPECT_EQ(KeysOf(store).size(), 19 * Values());
  EXPECT_EQ(Written(), 0U);
}

TEST_P(LargeBatchTest, ASyncThatFailsLosesNothingQuietly) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  PutMuch(*batch, 0, 15);
  calls_.fails = [](const Call& call) { return filesystem::IsSync(call.operation); };
  for (int i = 0; i < 640; ++i) static_cast<void>(batch->Put("/L" + Key(i).substr(1), Value('v')));
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kDataLoss);
  EXPECT_THAT(KeysOf(store), IsEmpty());
  calls_.fails = nullptr;
  EXPECT_EQ(CodeOf(store.Put("/A", "1")), Code::kDataLoss);
  EXPECT_EQ(CodeOf(batch->Put("/A", Value('v'))), Code::kDataLoss);
  EXPECT_EQ(CodeOf(batch->Commit()), Code::kDataLoss) << "though the next sync succeeds";
  EXPECT_THAT(KeysOf(store), IsEmpty());
}

/// How a key changes in a batch.
enum class Step : std::uint8_t { kPut, kPutLarge, kDelete };

TEST_F(RecordBatchTest, TheLastChangeCountsHoweverLargeItIs) {
  Store store = OpenStore();
  const std::string filling(kLarge - 1, 'f');
  // After which of three steps so much comes that what was gathered is written.
  for (int spills = 0; spills < 8; ++spills) {
    auto batch = NewBatch(store);
    std::vector<std::pair<std::string, std::string>> expected;
    for (int step = 0; step < 3; ++step) {
      for (int steps = 0; steps < 27; ++steps) {
        const std::string key = "/C" + std::to_string(steps);
        const std::string value = std::to_string(spills) + " " + std::to_string(step);
        const auto what = static_cast<Step>(step == 0   ? steps / 9
                                            : step == 1 ? steps / 3 % 3
                                                        : steps % 3);
        const std::string large = value + std::string(kLarge, ' ');
        ASSERT_TRUE(what == Step::kDelete ? batch->Delete(key)
                                          : batch->Put(key, what == Step::kPut ? value : large));
        if (step == 2) {
          expected.emplace_back(key, what == Step::kDelete ? ""
                                     : what == Step::kPut  ? value
                                                           : large);
        }
      }
      if ((spills >> step & 1) == 0) continue;
      for (std::size_t i = 0; i <= 16 * kMebibyte / kLarge; ++i) {
        ASSERT_TRUE(batch->Put("/F" + std::to_string(i), filling));
      }
    }
    ASSERT_TRUE(batch->Commit());
    EXPECT_EQ(Written(), 0U);
    for (const auto& [key, value] : expected) {
      const auto got = store.Get(key);
      EXPECT_EQ(got.has_value() ? std::string(got->bytes()) : "", value) << key << " " << spills;
    }
  }
}

TEST_F(RecordBatchTest, WhatWasGatheredGoesOnWhenThereIsRoomAgain) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  calls_.os_error = ENOSPC;
  calls_.fails = [](const Call& call) { return call.operation == Operation::kWrite; };
  const std::string value(kLarge - 1, 'v');
  int count = 0;
  Status put = Ok();
  for (; put.has_value() && count < 1000; ++count) put = batch->Put(Key(count), value);
  --count;
  EXPECT_EQ(CodeOf(put), Code::kNoSpace);
  EXPECT_EQ(CodeOf(batch->Put(Key(count), value)), Code::kNoSpace) << "tried again, in vain";
  const auto receipt = batch->Commit();
  EXPECT_EQ(CodeOf(receipt), Code::kNoSpace);
  EXPECT_EQ(receipt.error().applied(), Applied::kNo);
  EXPECT_THAT(KeysOf(store), IsEmpty());
  calls_.fails = nullptr;
  ASSERT_TRUE(batch->Put(Key(count), value));
  const auto committed = batch->Commit();
  ASSERT_TRUE(committed.has_value()) << TextOf(committed);
  EXPECT_EQ(committed->applied, static_cast<std::size_t>(count) + 1);
  EXPECT_EQ(KeysOf(store).size(), static_cast<std::size_t>(count) + 1);
}

TEST_F(RecordBatchTest, ALargeValueThatCannotBeWrittenIsToldAtOnceAndLosesNothing) {
  Store store = OpenStore();
  const std::string value(kLarge, 'v');
  for (const auto& [operation, os_error, code] :
       {std::tuple(Operation::kWrite, ENOSPC, Code::kNoSpace),
        std::tuple(Operation::kWrite, EIO, Code::kIoError),
        std::tuple(Operation::kOpen, EMFILE, Code::kResourceExhausted),
        std::tuple(Operation::kOpen, ENOENT, Code::kIoError)}) {
    auto batch = NewBatch(store);
    ASSERT_TRUE(batch->Put("/BEFORE", value));
    ASSERT_TRUE(batch->Put("/TWICE", value));
    calls_.os_error = os_error;
    calls_.fails = [operation](const Call& call) { return call.operation == operation; };
    EXPECT_EQ(CodeOf(batch->Put("/NEVER", value)), code);
    EXPECT_TRUE(batch->Put("/TWICE", std::string(kLarge, 'w'))) << "must wait in memory";
    EXPECT_EQ(Written(), 1U);
    calls_.fails = nullptr;
    ASSERT_TRUE(batch->Put("/AFTER", value));
    const auto receipt = batch->Commit();
    ASSERT_TRUE(receipt.has_value()) << TextOf(receipt);
    EXPECT_EQ(receipt->applied, 4U);
    EXPECT_THAT(KeysOf(store), ::testing::ElementsAre("/AFTER", "/BEFORE", "/TWICE"));
    EXPECT_EQ(store.Get("/TWICE")->bytes(), std::string(kLarge, 'w'));
    EXPECT_EQ(Written(), 0U);
    for (const std::string& key : KeysOf(store)) ASSERT_TRUE(store.Delete(key));
  }
}

TEST_F(RecordBatchTest, ACommitThatDidNothingMayBeRepeated) {
  Store store = OpenStore();
  auto batch = NewBatch(store);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(batch->Put(Key(i), std::string(kLarge, 'v')));
  ASSERT_TRUE(batch->Put("/SMALL", "1"));
  calls_.fails = [](const Call& call) {
    return call.operation == Operation::kOpen && call.path.contains("SHARDING");
  };
  const auto refused = batch->Commit();
  ASSERT_EQ(CodeOf(refused), Code::kIoError);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  calls_.fails = nullptr;
  ASSERT_TRUE(batch->Put(Key(20), std::string(kLarge, 'v')));
  EXPECT_EQ(batch->Commit()->applied, 22U);
  EXPECT_EQ(KeysOf(store).size(), 22U);
}

TEST_F(RecordBatchTest, LargeValuesTakeOneSyncForTheirBytesAndOneForTheirNames) {
  std::vector<Operation> syncs;
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/FIRST", "1"));
  auto batch = NewBatch(store);
  calls_.fails = [&syncs](const Call& call) {
    if (filesystem::IsSync(call.operation)) syncs.push_back(call.operation);
    return false;
  };
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(batch->Put("/K" + std::to_string(1000 + i * 7) + "X", std::string(kLarge, 'v')));
  }
  EXPECT_THAT(syncs, IsEmpty());
  EXPECT_LE(watched_.open_handles(), handles_ + 1) << "closed as they are written";
  ASSERT_TRUE(batch->Commit());
  EXPECT_THAT(syncs,
              ::testing::ElementsAre(Operation::kSyncFileSystem, Operation::kSyncFileSystem));
}

TEST_F(RecordBatchTest, LargeValuesHaveTheirChecksumsBeforeTheirNames) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  std::vector<std::string> steps;
  Store store = OpenStore("verify=checksum");
  auto batch = NewBatch(store);
  calls_.fails = [&steps](const Call& call) {
    if (filesystem::IsSync(call.operation)) steps.emplace_back(call.path);
    if (call.operation == Operation::kRename) steps.emplace_back(call.new_path);
    return false;
  };
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(batch->Put(Key(i), std::string(kLarge, static_cast<char>('a' + i))));
  }
  steps.clear();
  ASSERT_TRUE(batch->Commit());
  const auto summed = std::ranges::find_if(
      steps, [](const std::string& step) { return step.contains("checksums"); });
  const auto named =
      std::ranges::find_if(steps, [](const std::string& step) { return step.contains("K0X"); });
  EXPECT_LT(summed - steps.begin(), named - steps.begin());
  ASSERT_NE(named, steps.end());
  calls_.fails = nullptr;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(store.Get(Key(i))) << "verified";
  const std::string sums = BytesOf("blocks/checksums.sha256");
  EXPECT_EQ(std::ranges::count(sums, '\n'), 10);
}

void ExpectToSurvivePower(std::size_t value_bytes) {
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
  const std::string value(value_bytes, 'v');
  const int count = static_cast<int>(20 * kMebibyte / value_bytes);
  for (int i = 0; i < count; ++i) ASSERT_TRUE(batch->Put("/K" + std::to_string(i), value));
  ASSERT_TRUE(batch->Commit());
  for (const Survivors survivors : kAllSurvivors) {
    SCOPED_TRACE(Name(survivors));
    const auto left = disk.Crash(survivors, 1);
    Environment after = environment;
    after.files = left.get();
    Store again(*backend->Open(config, after), "flatfs:blocks", after);
    for (int i = 0; i < count; ++i)
      EXPECT_EQ(*again.GetSize("/K" + std::to_string(i)), value_bytes);
  }
}

TEST(RecordBatch, SurvivesPowerWhenItIsCommitted) {
  ExpectToSurvivePower(kMebibyte);
  ExpectToSurvivePower(kLarge - 1);
}

}  // namespace
}  // namespace anystore

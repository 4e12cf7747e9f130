// What closing a store means for everything that hangs on it, and for calls in progress.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "anystore/store.h"
#include "core/fake_datastore.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;

class StoreCloseTest : public ::testing::Test {
 protected:
  FakeState state_;
  Store store_{std::make_unique<FakeDatastore>(state_), "fake:"};

  void ExpectClosed(const auto& result) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), Code::kClosed) << result.error().ToString();
  }
};

TEST_F(StoreCloseTest, EveryVerbIsClosedAfterwards) {
  ASSERT_TRUE(store_.Close());
  ExpectClosed(store_.Get("/a"));
  ExpectClosed(store_.Has("/a"));
  ExpectClosed(store_.GetSize("/a"));
  ExpectClosed(store_.Stat("/a"));
  ExpectClosed(store_.GetMany({}, {}));
  ExpectClosed(store_.Query({}));
  ExpectClosed(store_.Scan({}));
  ExpectClosed(store_.Put("/a", "1"));
  ExpectClosed(store_.Delete("/a"));
  ExpectClosed(store_.DeleteRange(KeyRange::All()));
  ExpectClosed(store_.SetExpiry("/a", std::nullopt));
  ExpectClosed(store_.Apply({}));
  ExpectClosed(store_.NewBatch());
  ExpectClosed(store_.NewSnapshot());
  ExpectClosed(store_.Sync());
  ExpectClosed(store_.CheckKey("/a"));
  EXPECT_TRUE(store_.Close());
  EXPECT_EQ(store_.name(), "fake:");
  EXPECT_EQ(store_.capabilities(), FakeDatastore::Everything());
  EXPECT_EQ(state_.calls_after_close, 0);
}

TEST_F(StoreCloseTest, NothingOfTheDatastoreIsAliveWhenItCloses) {
  ASSERT_TRUE(store_.Put("/a", "1"));
  ASSERT_TRUE(store_.Put("/b", "1"));
  Result<Results> results = store_.Query({});
  ASSERT_TRUE(results->Next());
  Result<std::unique_ptr<Cursor>> cursor = store_.Scan({});
  std::optional<Snapshot> snapshot = *store_.NewSnapshot();
  Result<Results> on_snapshot = snapshot->Query({});
  Result<std::unique_ptr<Batch>> batch = store_.NewBatch();
  ASSERT_TRUE((*batch)->Put("/c", "1"));
  EXPECT_GT(state_.parts_alive, 0);

  ASSERT_TRUE(store_.Close());
  EXPECT_EQ(state_.parts_alive_at_close, 0);

  std::array<EntryView, 1> out;
  ExpectClosed((*cursor)->Next(out));
  ExpectClosed((*cursor)->Seek("/a"));
  ExpectClosed(snapshot->Get("/a"));
  ExpectClosed(snapshot->Query({}));
  EXPECT_FALSE(on_snapshot->Next());
  ExpectClosed(on_snapshot->status());
  ExpectClosed((*batch)->Put("/c", "1"));
  ExpectClosed((*batch)->Delete("/c"));
  ExpectClosed((*batch)->Commit());
  (*batch)->Discard();
  EXPECT_EQ(state_.calls_after_close, 0);
}

TEST_F(StoreCloseTest, ResultsEndInTheMiddleOfWhatTheyHaveReadAhead) {
  for (const char* const key : {"/a", "/b", "/c"}) ASSERT_TRUE(store_.Put(key, "1"));
  Result<Results> results = store_.Query({});
  Result<Results> ordered = store_.Query({.orders = {Order::Value()}});
  ASSERT_TRUE(results->Next());
  ASSERT_TRUE(ordered->Next());
  Result<Results> finished = store_.Query({});
  ASSERT_TRUE(finished->Rest());
  ASSERT_TRUE(store_.Close());
  EXPECT_FALSE(results->Next());
  ExpectClosed(results->status());
  EXPECT_FALSE(ordered->Next());
  ExpectClosed(ordered->Rest());
  EXPECT_FALSE(finished->Next());
  EXPECT_TRUE(finished->status());
}

TEST_F(StoreCloseTest, HandlesMayOutliveTheStore) {
  std::optional<Store> store(std::move(store_));
  ASSERT_TRUE(store->Put("/a", "1"));
  Result<Results> results = store->Query({});
  Result<Snapshot> snapshot = store->NewSnapshot();
  Result<std::unique_ptr<Batch>> batch = store->NewBatch();
  Result<Value> value = store->Get("/a");
  store.reset();
  EXPECT_TRUE(state_.closed);
  EXPECT_EQ(state_.parts_alive, 0);
  EXPECT_EQ(value->bytes(), "1");
  EXPECT_FALSE(results->Next());
  ExpectClosed(results->status());
}

TEST_F(StoreCloseTest, ReportsWhatWentWrongOnce) {
  state_.next_error = Error(Code::kDataLoss, "lost the last block");
  const Status status = store_.Close();
  EXPECT_EQ(status.error().ToString(), "close fake:: data_loss: lost the last block");
  ExpectClosed(store_.Get("/a"));
  EXPECT_TRUE(store_.Close());
}

TEST_F(StoreCloseTest, WaitsForCallsInProgress) {
  std::atomic<bool> entered = false;
  std::atomic<bool> let_go = false;
  state_.during_get = [&] {
    entered = true;
    while (!let_go) std::this_thread::yield();
  };
  std::jthread reader([&] { EXPECT_EQ(store_.Get("/a").error().code(), Code::kNotFound); });
  while (!entered) std::this_thread::yield();
  std::atomic<bool> closed = false;
  std::jthread closer([&] {
    EXPECT_TRUE(store_.Close());
    closed = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(closed);
  EXPECT_FALSE(state_.closed);
  let_go = true;
  closer.join();
  EXPECT_TRUE(state_.closed);
}

TEST_F(StoreCloseTest, ManyThreadsMayUseItWhileItCloses) {
  for (int round = 0; round < 30; ++round) {
    FakeState state;
    Store store(std::make_unique<FakeDatastore>(state), "fake:");
    ASSERT_TRUE(store.Put("/a", "1"));
    std::atomic<int> ready = 0;
    std::vector<std::jthread> users;
    for (int thread = 0; thread < 4; ++thread) {
      users.emplace_back([&] {
        ++ready;
        for (;;) {
          Result<Results> results = store.Query({});
          Result<Snapshot> snapshot = store.NewSnapshot();
          if (!results.has_value() || !snapshot.has_value()) return;
          while (results->Next()) {
          }
          if (!snapshot->Get("/a").has_value()) return;
        }
      });
    }
    while (ready < 4) std::this_thread::yield();
    ASSERT_TRUE(store.Close());
    users.clear();
    EXPECT_EQ(state.parts_alive_at_close, 0);
    EXPECT_EQ(state.parts_alive, 0);
    EXPECT_EQ(state.calls_after_close, 0);
  }
}

}  // namespace
}  // namespace anystore

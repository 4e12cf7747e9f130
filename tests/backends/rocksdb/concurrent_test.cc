// Several threads at one store, and at its locks; what all engines do is in
// engine_concurrent_test.cc. Apart from the other tests, for the thread sanitizer.
#include <atomic>
#include <set>
#include <thread>

#include "backends/rocksdb/stripes.h"
#include "in_threads.h"
#include "rocksdb_fixture.h"

namespace anystore {
namespace {

using rocksdb::ShareLock;
using rocksdb::StripedLocks;
using testing::InThreads;

constexpr int kThreads = 4;

using RocksdbThreads = RocksdbTest;

TEST_F(RocksdbThreads, CountingByVersionLosesNothing) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("count", "0").has_value());
  constexpr int kTimes = 200;
  InThreads(kThreads, [&](int) {
    for (int done = 0; done < kTimes;) {
      EntryInfo info;
      const Result<Value> seen = store.Get("count", {.info = &info});
      ASSERT_TRUE(seen.has_value());
      const int next = std::stoi(std::string(seen->bytes())) + 1;
      PutOptions same;
      same.condition = Condition::IfVersion(info.version.value());
      if (store.Put("count", std::to_string(next), same).has_value()) ++done;
    }
  });
  EXPECT_EQ(store.Get("count").value().bytes(), std::to_string(kThreads * kTimes));
}

TEST_F(RocksdbThreads, PlainWritesNeverComeBetweenCheckAndWrite) {
  Store store = OpenStore();
  // The remover removes only values that it has seen. If a value is gone that it never claims to
  // have removed, a plain write came between its check and its delete.
  std::atomic<bool> stop{false};
  std::set<std::string> removed;
  std::set<std::string> gone;
  {
    std::jthread remover([&] {
      while (!stop) {
        EntryInfo info;
        const Result<Value> seen = store.Get("k", {.info = &info});
        if (!seen.has_value()) continue;
        DeleteOptions same;
        same.condition = Condition::IfVersion(info.version.value());
        if (store.Delete("k", same).has_value()) removed.emplace(seen->bytes());
      }
    });
    for (int i = 0; i < 8000; ++i) {
      const std::string value = std::to_string(i);
      if (i % 2 == 0) {
        EXPECT_TRUE(store.Put("k", value).has_value());
      } else {
        const std::unique_ptr<Batch> batch = store.NewBatch().value();
        EXPECT_TRUE(batch->Put("k", value).has_value());
        EXPECT_TRUE(batch->Commit().has_value());
      }
      if (!store.Has("k").value()) gone.insert(value);
    }
    stop = true;
  }
  for (const std::string& value : gone) EXPECT_TRUE(removed.contains(value)) << value;
}

TEST_F(RocksdbThreads, BatchesOverManyStripesDoNotWaitInACircle) {
  Store store = OpenStore();
  InThreads(kThreads, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      std::vector<std::string> keys;
      std::vector<Mutation> mutations;
      for (int k = 0; k < 40; ++k) keys.push_back("k" + std::to_string((k * 7 + thread * 13) % 40));
      for (const std::string& key : keys) {
        mutations.push_back({.kind = Mutation::Kind::kPut, .key = key, .value = "v"});
      }
      mutations.front().condition = i % 2 == 0 ? Condition{} : Condition::IfPresent();
      const Result<Receipt> receipt = store.Apply(mutations);
      EXPECT_TRUE(receipt.has_value() || receipt.error().code() == Code::kPreconditionFailed);
      if (i % 10 != 0) continue;
      EXPECT_TRUE(store.DeleteRange(KeyRange::From("k3")).has_value());
    }
  });
  EXPECT_TRUE(store.Has("k1").value());
}

TEST_F(RocksdbThreads, ReadersAndWritersClose) {
  Store store = OpenStore();
  std::atomic<int> ready{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      for (;;) {
        const std::string key = std::to_string(i);
        const auto put = store.Put(key, key);
        const auto get = store.Get(key);
        if (put.has_value() && get.has_value()) continue;
        EXPECT_EQ(put.has_value() ? get.error().code() : put.error().code(), Code::kClosed);
        return;
      }
    });
  }
  while (ready < kThreads) std::this_thread::yield();
  EXPECT_TRUE(store.Close().has_value());
}

TEST(ShareLock, HasItAloneOrShared) {
  ShareLock lock;
  int plain = 0;
  std::atomic<int> sharers{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 2000; ++n) {
          if ((n + i) % 4 == 0) {
            lock.LockAlone();
            EXPECT_EQ(sharers, 0);
            ++plain;
            lock.UnlockAlone();
          } else {
            lock.LockShared();
            ++sharers;
            const int seen = plain;
            std::this_thread::yield();
            EXPECT_EQ(seen, plain);
            --sharers;
            lock.UnlockShared();
          }
        }
      });
    }
  }
  EXPECT_EQ(plain, 2000);
}

TEST(StripedLocks, EqualKeysShareAStripeAndOthersSpread) {
  std::vector<int> hits(StripedLocks::kCount);
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = "/users/" + std::to_string(i);
    const std::string same = key;
    ASSERT_EQ(StripedLocks::StripeOf(key), StripedLocks::StripeOf(same));
    ++hits[StripedLocks::StripeOf(key)];
  }
  for (const int count : hits) {
    EXPECT_GT(count, 0);
    EXPECT_LT(count, 200);
  }
}

}  // namespace
}  // namespace anystore

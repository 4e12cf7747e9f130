// Several threads at one store. Apart from the other tests, for the thread sanitizer.
#include <atomic>
#include <thread>

#include "backends/engine_cases.h"
#include "in_threads.h"

namespace anystore {
namespace {

using testing::InThreads;

constexpr int kThreads = 4;

class EngineThreads : public OverEachEngine<EngineTest> {};

TEST_P(EngineThreads, OneOfManyWinsAKeyThatIsAbsent) {
  Store store = OpenStore();
  constexpr int kKeys = 200;
  std::atomic<int> wins{0};
  InThreads(kThreads, [&](int thread) {
    for (int i = 0; i < kKeys; ++i) {
      const PutOptions once{.condition = Condition::IfAbsent()};
      const std::string key = "k" + std::to_string(i);
      const auto receipt = store.Put(key, std::to_string(thread), once);
      if (receipt.has_value()) {
        ++wins;
      } else {
        EXPECT_EQ(receipt.error().code(), Code::kPreconditionFailed);
      }
    }
  });
  EXPECT_EQ(wins, kKeys);
}

TEST_P(EngineThreads, BatchesNeverComeBetweenCheckAndWrite) {
  Store store = OpenStore();
  constexpr int kKeys = 2000;
  std::atomic<int> turn{0};
  InThreads(2, [&](int thread) {
    const std::unique_ptr<Batch> batch = store.NewBatch().value();
    for (int i = 0; i < kKeys; ++i) {
      const std::string key = "k" + std::to_string(i);
      // Both at each key at the same time.
      for (++turn; turn < 2 * (i + 1);) std::this_thread::yield();
      if (thread == 0) {
        ASSERT_TRUE(batch->Put(key, "batch").has_value());
        ASSERT_TRUE(batch->Commit().has_value());
      } else {
        static_cast<void>(store.Put(key, "absent", {.condition = Condition::IfAbsent()}));
      }
    }
  });
  // Whoever found the key absent wrote before the batch.
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_EQ(store.Get("k" + std::to_string(i)).value().bytes(), "batch") << i;
  }
}

TEST_P(EngineThreads, EveryVerbAtOnce) {
  // Small, so that background work goes on; without the compressors, which the sanitizer knows
  // nothing of.
  Store store = OpenStore("write_buffer_size=64KiB&compression=none");
  InThreads(kThreads, [&](int thread) {
    for (int i = 0; i < 300; ++i) {
      const std::string key = "k" + std::to_string((i * 7 + thread) % 50);
      ASSERT_TRUE(store.Put(key, std::string(1000, static_cast<char>('a' + thread))).has_value());
      if (const Result<Value> got = store.Get(key); got.has_value()) {
        EXPECT_EQ(got->bytes().find_first_not_of(got->bytes().front()), std::string_view::npos);
      }
      if (i % 50 == 0) {
        ASSERT_TRUE(store.Sync().has_value());
        Drain(*store.Scan(KeyRange::All()).value());
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineThreads, EachEngine(), EngineName);

}  // namespace
}  // namespace anystore

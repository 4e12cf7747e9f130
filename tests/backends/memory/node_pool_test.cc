#include "backends/memory/node_pool.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "backends/memory/beside.h"
#include "base/sanitizer.h"

namespace anystore::memory {
namespace {

using testing::OnCore;

TEST(NodePool, MakesEmptyNodes) {
  NodePool pool;
  Leaf* const leaf = pool.NewLeaf(3);
  Inner* const inner = pool.NewInner(4);
  EXPECT_TRUE(leaf->is_leaf);
  EXPECT_EQ(leaf->birth, 3U);
  EXPECT_EQ(leaf->count, 0U);
  EXPECT_FALSE(inner->is_leaf);
  EXPECT_EQ(inner->birth, 4U);
  pool.Delete(leaf);
  pool.Delete(inner);
}

TEST(NodePool, ClonesWhatIsInUse) {
  NodePool pool;
  std::vector<Record*> records;
  for (int i = 0; i < 10; ++i) {
    const std::string key = "key" + std::to_string(i);
    records.push_back(Record::New(key, "value", kNever));
  }
  Leaf* const leaf = pool.NewLeaf(1);
  FillLeaf(leaf, records);
  Leaf* const clone = AsLeaf(pool.Clone(leaf, 2));
  EXPECT_EQ(clone->birth, 2U);
  ASSERT_EQ(clone->count, leaf->count);
  for (Record* const record : records) {
    EXPECT_EQ(FindInLeaf(clone, record->key()), record);
    record->Release();
  }
  pool.Delete(leaf);
  pool.Delete(clone);
}

TEST(NodePool, TakesLittleForAFewNodes) {
  NodePool pool;
  Leaf* const leaf = pool.NewLeaf(1);
  EXPECT_LE(pool.slab_bytes(), 16U * 1024);
  pool.Delete(leaf);
}

TEST(NodePool, UsesMemoryAgainThatAnotherCoreFreed) {
  NodePool pool;
  constexpr std::size_t kNodes = 500;
  std::vector<Node*> nodes;
  std::size_t after_first = 0;
  for (int round = 0; round < 50; ++round) {
    OnCore(0, [&] {
      for (std::size_t i = 0; i < kNodes; ++i) {
        nodes.push_back(i % 4 == 0 ? static_cast<Node*>(pool.NewInner(1)) : pool.NewLeaf(1));
      }
    });
    OnCore(1, [&] {
      for (Node* const node : nodes) pool.Delete(node);
    });
    nodes.clear();
    if (round == 0) after_first = pool.slab_bytes();
  }
  EXPECT_LE(pool.slab_bytes(), 3 * after_first);
  if (!base::kFreedMemoryIsWatched) {
    EXPECT_GE(after_first, kNodes * sizeof(Leaf));
  }
}

TEST(NodePool, GivesEveryThreadItsOwn) {
  NodePool pool;
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      std::vector<Leaf*> mine;
      for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 200; ++i) {
          mine.push_back(pool.NewLeaf(t));
          for (std::uint64_t& word : mine.back()->words) word = t;
        }
        for (Leaf* const leaf : mine) {
          EXPECT_EQ(leaf->birth, t);
          EXPECT_EQ(leaf->words[kLeafKeysMax - 1], t);
          pool.Delete(leaf);
        }
        mine.clear();
      }
    });
  }
}

}  // namespace
}  // namespace anystore::memory

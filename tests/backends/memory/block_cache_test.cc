#include "backends/memory/block_cache.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "backends/memory/beside.h"
#include "base/stripe.h"

namespace anystore::memory {
namespace {

// Where nothing is cached, as under the address sanitizer, these hold as well.

TEST(BlockCache, GivesMemoryOfAnySize) {
  for (std::size_t size = 1; size < 5000; size += 13) {
    void* const block = AllocateBlock(size);
    ASSERT_NE(block, nullptr);
    std::memset(block, 0xab, size);
    FreeBlock(block, size);
    void* const again = AllocateBlock(size);
    std::memset(again, 0xcd, size);
    FreeBlock(again, size);
  }
}

TEST(BlockCache, KeepsNoMoreThanItMay) {
  constexpr std::size_t kSize = 1000;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < 4 * base::kStripes * kCachedBytesMax / kSize; ++i) {
    blocks.push_back(AllocateBlock(kSize));
  }
  for (void* const block : blocks) FreeBlock(block, kSize);
  EXPECT_LE(CachedBlockBytes(), base::kStripes * kCachedBytesMax);
}

TEST(BlockCache, LetsGoOfSizesThatAreNoLongerAskedFor) {
  testing::OnCore(0, [] {
    std::vector<void*> blocks;
    for (std::size_t i = 0; i < 2 * kCachedBytesMax / 500; ++i)
      blocks.push_back(AllocateBlock(500));
    for (void* const block : blocks) FreeBlock(block, 500);
    const std::size_t full = CachedBlockBytes();
    // More than other tests may have left, and of another size when the test is repeated.
    static std::size_t size = 700;
    size = 700 + (size + 16) % 1000;
    std::array<void*, 20> others;
    for (void*& other : others) other = AllocateBlock(size);
    for (void* const other : others) FreeBlock(other, size);
    EXPECT_TRUE(full == 0 || CachedBlockBytes() <= full - kCachedBytesMax / 2);
  });
}

TEST(BlockCache, PassesBlocksBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr std::size_t kSize = 200;
  std::vector<std::vector<void*>> blocks(kThreads);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        // Frees what another thread allocated in the round before.
        auto& mine = blocks[static_cast<std::size_t>((t + round) % kThreads)];
        for (void* const block : mine) FreeBlock(block, kSize);
        mine.clear();
        for (int i = 0; i < 300; ++i) {
          void* const block = AllocateBlock(kSize);
          std::memset(block, t, kSize);
          mine.push_back(block);
        }
      });
    }
  }
  for (const auto& mine : blocks) {
    for (void* const block : mine) FreeBlock(block, kSize);
  }
}

}  // namespace
}  // namespace anystore::memory

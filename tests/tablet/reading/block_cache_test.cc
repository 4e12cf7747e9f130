#include "tablet/reading/block_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace anystore::tablet {
namespace {

CachedBlock BlockOf(char letter, std::size_t size = 100) {
  return {.payload = Value::Copy(std::string(size, letter)), .entries_bytes = size};
}

TEST(BlockCache, KeepsNoMoreThanItMay) {
  const auto cache = std::make_shared<BlockCache>(1000);
  BlockCache::Places places(cache, 100);
  for (std::size_t block = 0; block < 100; ++block) {
    places.Keep(block, BlockOf('x'));
    EXPECT_LE(cache->bytes(), 1000U);
  }
  EXPECT_EQ(cache->bytes(), 1000U);
  std::size_t kept = 0;
  for (std::size_t block = 0; block < 100; ++block) {
    CachedBlock found;
    kept += places.Find(block, found) ? 1 : 0;
  }
  EXPECT_EQ(kept, 10U);
}

TEST(BlockCache, WhatIsAskedForStaysLonger) {
  const auto cache = std::make_shared<BlockCache>(1000);
  BlockCache::Places places(cache, 100);
  places.Keep(0, BlockOf('a'));
  CachedBlock found;
  for (std::size_t block = 1; block < 60; ++block) {
    places.Keep(block, BlockOf('x'));
    ASSERT_TRUE(places.Find(0, found)) << block;
  }
  EXPECT_EQ(found.payload.bytes(), std::string(100, 'a'));
}

TEST(BlockCache, OneBlockDoesNotThrowOutAllOthers) {
  const auto cache = std::make_shared<BlockCache>(1000);
  BlockCache::Places places(cache, 3);
  places.Keep(0, BlockOf('a'));
  places.Keep(1, BlockOf('b', 900));
  CachedBlock found;
  EXPECT_TRUE(places.Find(0, found));
  EXPECT_FALSE(places.Find(1, found));
}

TEST(BlockCache, TabletsShareItAndLeaveWithWhatIsTheirs) {
  const auto cache = std::make_shared<BlockCache>(1000);
  BlockCache::Places stays(cache, 2);
  stays.Keep(1, BlockOf('s'));
  CachedBlock held;
  {
    BlockCache::Places goes(cache, 5);
    for (std::size_t block = 0; block < 5; ++block) goes.Keep(block, BlockOf('g'));
    EXPECT_EQ(cache->bytes(), 600U);
    ASSERT_TRUE(goes.Find(3, held));
  }
  EXPECT_EQ(cache->bytes(), 100U);
  EXPECT_EQ(held.payload.bytes(), std::string(100, 'g')) << "whoever holds it keeps it";
  CachedBlock found;
  EXPECT_TRUE(stays.Find(1, found));
}

TEST(BlockCache, ManyMayAskAtOnce) {
  const auto cache = std::make_shared<BlockCache>(2000);
  BlockCache::Places places(cache, 50);
  const auto work = [&](unsigned seed) {
    for (unsigned i = 0; i < 5000; ++i) {
      seed = seed * 1664525U + 1013904223U;
      const std::size_t block = (seed >> 8U) % 50;
      CachedBlock found;
      if (places.Find(block, found)) {
        ASSERT_EQ(found.payload.bytes()[99], static_cast<char>('A' + block % 26));
      } else {
        places.Keep(block, BlockOf(static_cast<char>('A' + block % 26)));
      }
    }
  };
  std::thread other(work, 1U);
  work(2U);
  other.join();
  EXPECT_LE(cache->bytes(), 2000U);
}

}  // namespace
}  // namespace anystore::tablet

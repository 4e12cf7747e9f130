#include "tablet/block/batch_decoder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "tablet/block/block.h"
#include "tablet/block/block_payload.h"

namespace anystore::tablet {
namespace {

constexpr std::size_t kKeys = 300;

// Keys that have much in common, some more than others.
std::set<std::string> SomeKeys() {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < kKeys; ++i) {
    char key[32];
    std::snprintf(key, sizeof(key), "common/prefix/%04zu", i);
    keys.insert(key + std::string(i % 3, 'x'));
  }
  return keys;
}

// What a decoder gives of a whole block.
struct Decoded {
  std::vector<std::size_t> sizes;
  std::vector<std::string> keys;
  std::vector<std::string> values;
};

Decoded Decode(BatchDecoder& decoder, const std::string& payload) {
  Decoded decoded;
  decoder.Enter(Block::Divide(payload)->entries());
  for (;;) {
    const auto batch = decoder.Next();
    EXPECT_TRUE(batch.has_value());
    if (!batch.has_value() || batch->empty()) return decoded;
    decoded.sizes.push_back(batch->size());
    for (const TabletEntry& entry : *batch) {
      decoded.keys.emplace_back(entry.key);
      decoded.values.emplace_back(entry.value);
    }
  }
}

TEST(BatchDecoder, KeysAreWholeWhereverABatchEnds) {
  const std::set<std::string> keys = SomeKeys();
  const std::vector<std::string> wanted(keys.begin(), keys.end());
  for (const std::uint32_t interval : {1U, 3U, 16U, 128U, 1000U}) {
    for (const std::uint32_t shared_bytes_min : {0U, 18U}) {
      const std::string payload = BlockPayload(keys, interval, shared_bytes_min);
      for (const std::uint64_t hint : {1U, 2U, 17U, 63U, 64U, 65U, 1000U}) {
        BatchDecoder decoder(/*java_tombstones=*/false, hint);
        const Decoded decoded = Decode(decoder, payload);
        EXPECT_EQ(decoded.keys, wanted) << interval << " " << shared_bytes_min << " " << hint;
        ASSERT_EQ(decoded.values.size(), wanted.size());
        EXPECT_EQ(decoded.values.back(), "=" + wanted.back());
      }
    }
  }
}

TEST(BatchDecoder, BatchesGrowWhereNobodySaysHowManyEntriesAreWanted) {
  const std::string payload = BlockPayload(SomeKeys(), 16);
  BatchDecoder decoder(/*java_tombstones=*/false);
  EXPECT_EQ(Decode(decoder, payload).sizes, (std::vector<std::size_t>{16, 32, 64, 64, 64, 60}));
}

TEST(BatchDecoder, NoMoreEntriesAreReadThanWereWanted) {
  const std::string payload = BlockPayload(SomeKeys(), 16);
  BatchDecoder decoder(/*java_tombstones=*/false, 100);
  // Behind them it is not known any more.
  EXPECT_EQ(Decode(decoder, payload).sizes, (std::vector<std::size_t>{64, 36, 16, 32, 64, 64, 24}));
  BatchDecoder one(/*java_tombstones=*/false, 1);
  EXPECT_EQ(Decode(one, payload).sizes.front(), 1U);
}

TEST(BatchDecoder, WhatWasWantedIsCountedOverBlocks) {
  const std::string payload = BlockPayload({"a", "b", "c"}, 16);
  BatchDecoder decoder(/*java_tombstones=*/false, 5);
  EXPECT_EQ(Decode(decoder, payload).sizes, (std::vector<std::size_t>{3}));
  EXPECT_EQ(Decode(decoder, payload).sizes, (std::vector<std::size_t>{2, 1}));
}

}  // namespace
}  // namespace anystore::tablet

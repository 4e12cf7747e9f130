#include "tablet/block/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tablet/block/block_payload.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;

Block BlockOf(const std::string& payload) { return *Block::Divide(payload); }

std::set<std::string> DrawKeys(std::mt19937_64& random, std::size_t count) {
  std::set<std::string> keys;
  while (keys.size() < count) {
    std::string key = random() % 2 == 0 ? "common/prefix/" : "";
    for (auto left = random() % 6; left > 0; --left)
      key.push_back(static_cast<char>("\0az\xff"[random() % 4]));
    keys.insert(key);
  }
  return keys;
}

TEST(Block, AnExampleHasTheBytesThatTheFormatSays) {
  const std::string payload = BlockPayload({"alpha", "alphabet", "beta"}, 16);
  EXPECT_EQ(payload, "\x00\xa5"s + "alpha\xa6=alpha" + "\x05\xa3" + "bet\xa9=alphabet" +
                         "\x00\xa4"s + "beta\xa5=beta" + "\0\0\0\0\0\0\0\x01"s);
}

TEST(Block, EveryPlaceIsFoundWhateverTheFormOfTheBlock) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    const std::set<std::string> keys = DrawKeys(random, 1 + random() % 60);
    const auto interval = static_cast<std::uint32_t>(1 + random() % 20);
    const std::string payload = BlockPayload(keys, interval, static_cast<std::uint32_t>(round % 5));
    const Block block = BlockOf(payload);
    std::set<std::string> places = DrawKeys(random, 30);
    for (const std::string& key : keys) {
      places.insert(key);
      places.insert(key + '\0');
    }
    for (const std::string& place : places) {
      const auto wanted = keys.lower_bound(place);
      for (const EntryPlace& found : {FindIn(block, place), FindFrom(block.entries(), 0, place)}) {
        EXPECT_FALSE(found.damaged);
        EXPECT_EQ(found.equal, wanted != keys.end() && *wanted == place);
        if (wanted == keys.end()) {
          EXPECT_EQ(found.offset, block.entries().size());
        } else {
          EXPECT_EQ(found.entry.value, "=" + *wanted);
          EXPECT_EQ(place.substr(0, found.entry.common) + std::string(found.entry.suffix), *wanted);
        }
      }
    }
  }
}

TEST(Block, ARunIsSearchedToItsEndAndNoFurther) {
  const std::string payload = BlockPayload({"a1", "a2", "a3", "b"}, 16);
  const std::string_view entries = BlockOf(payload).entries();
  EXPECT_TRUE(FindInRun(entries, 0, "a1").equal);
  EXPECT_TRUE(FindInRun(entries, 0, "a3").equal);
  EXPECT_EQ(FindInRun(entries, 0, "a3").entry.value, "=a3");
  EXPECT_FALSE(FindInRun(entries, 0, "b").equal) << "that entry is whole: a run of its own";
  EXPECT_FALSE(FindInRun(entries, 0, "a").equal);
  EXPECT_FALSE(FindInRun(entries, 0, "a22").equal);
  EXPECT_FALSE(FindInRun(entries, entries.size() + 5, "b").equal);
  EXPECT_TRUE(FindInRun(entries, entries.find("\0\xa1"s + "b"), "b").equal);
}

TEST(Block, ARestartPointBeforeEachOffsetIsFound) {
  const std::string payload = BlockPayload({"a", "b", "c", "d", "e"}, 2);
  const Block block = BlockOf(payload);
  ASSERT_EQ(block.restart_count(), 3U);
  for (std::size_t offset = 0; offset < block.entries().size(); ++offset) {
    std::uint32_t wanted = 0;
    while (wanted + 1 < 3 && block.restart(wanted + 1) <= offset) ++wanted;
    EXPECT_EQ(block.RestartBefore(offset), wanted) << offset;
  }
}

TEST(Block, AnEntryIsReadInEveryFormAndNeverBeyondItsEnd) {
  // Short and long ones of each part, at the end of the bytes and before many others.
  for (const std::size_t key : {0U, 31U, 32U, 300U}) {
    for (const std::size_t value : {0U, 31U, 32U, 65535U, 65536U}) {
      for (const bool deleted : {false, true}) {
        OutBuffer out;
        BlockBuilder builder(16, 0);
        builder.Begin(out);
        const std::string key_bytes(key, 'k');
        const std::string value_bytes(value, 'v');
        builder.Add(out, {.key = key_bytes, .value = value_bytes, .deleted = deleted}, 0);
        const std::string payload(builder.Finish(out));
        const std::string entries(BlockOf(payload).entries());
        for (const std::size_t behind : {0U, 100U}) {
          const std::string bytes = entries + std::string(behind, '\xc1');
          std::string_view rest = bytes;
          WrittenEntry entry;
          ASSERT_TRUE(TakeEntry(rest, entry));
          EXPECT_EQ(entry.suffix, key_bytes);
          EXPECT_EQ(entry.value, deleted ? "" : value_bytes);
          EXPECT_EQ(entry.deleted, deleted);
          EXPECT_EQ(rest.size(), behind);
        }
        for (std::size_t cut = 0; cut < std::min<std::size_t>(entries.size(), 400); ++cut) {
          // In memory of its own, so that reading on is seen.
          const std::vector<char> front(entries.begin(),
                                        entries.begin() + static_cast<std::ptrdiff_t>(cut));
          std::string_view rest(front.data(), front.size());
          WrittenEntry entry;
          EXPECT_FALSE(TakeEntry(rest, entry)) << cut;
        }
      }
    }
  }
}

TEST(Block, ACheckedBlockTellsWhatIsInIt) {
  const std::string payload = BlockPayload({"", "a", "ab"}, 2);
  const auto checked = CheckBlock(payload, {.key_bytes_max = 100});
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->entries, 3U);
  EXPECT_EQ(checked->key_bytes, 3U);
  EXPECT_EQ(checked->value_bytes, 6U);
  EXPECT_EQ(checked->first_key, "");
  EXPECT_EQ(checked->last_key, "ab");
  EXPECT_EQ(CheckBlock(payload, {.key_bytes_max = 1}).error().kind, FaultKind::kLimit);
}

TEST(Block, NoChangeOfAByteIsReadBeyondTheBlock) {
  // What is found then may be anything; memory is not left, and nothing loops.
  const std::string payload = BlockPayload({"alpha", "alphabet", "beta", "gamma"}, 2);
  for (std::size_t at = 0; at < payload.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      std::vector<char> changed(payload.begin(), payload.end());
      changed[at] = static_cast<char>(changed[at] ^ change);
      const std::string_view bytes(changed.data(), changed.size());
      static_cast<void>(CheckBlock(bytes, {.key_bytes_max = 1000}));
      const auto block = Block::Divide(bytes);
      if (!block.has_value()) continue;
      for (const char* const key : {"", "alpha", "alphabets", "beta", "zzz"}) {
        EXPECT_LE(FindIn(*block, key).offset, bytes.size());
        EXPECT_LE(FindInRun(block->entries(), 3, key).offset, bytes.size());
      }
    }
  }
}

}  // namespace
}  // namespace anystore::tablet

#include "tablet/stack/memory_run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

constexpr std::uint64_t kMax = 1U << 20U;

class MemoryRunTest : public TabletTest {
 protected:
  void WriteLog(const std::vector<std::string>& batches) {
    auto writer = LogWriter::Open(*directory_, "log");
    ASSERT_TRUE(writer.has_value()) << writer.error().ToString();
    for (const std::string& batch : batches) ASSERT_TRUE(writer->Append(batch).has_value());
  }
  static std::string Put(std::string_view key, std::string_view value) {
    std::string batch;
    EXPECT_TRUE(AppendPut(batch, key, value).has_value());
    return batch;
  }
  static std::string Delete(std::string_view key) {
    std::string batch;
    EXPECT_TRUE(AppendDelete(batch, key).has_value());
    return batch;
  }
  static std::string Keys(EntrySource& source) {
    std::string keys;
    for (;;) {
      const auto batch = source.Next();
      if (batch->empty()) return keys;
      for (const TabletEntry& entry : *batch) {
        keys += entry.key;
        if (entry.deleted) keys += '-';
      }
    }
  }
};

TEST_F(MemoryRunTest, LaterChangesReplaceEarlierOnes) {
  WriteLog({Put("a", "1") + Put("b", "2"), "", Delete("a") + Put("b", "3"), Put("c", "")});
  const auto run = MemoryRun::Replay(*directory_, "log", kMax);
  ASSERT_TRUE(run.has_value()) << run.error().ToString();
  EXPECT_EQ((*run)->Look("a")->state, Lookup::State::kDeleted);
  EXPECT_EQ((*run)->Look("b")->value.bytes(), "3");
  EXPECT_EQ((*run)->Look("c")->state, Lookup::State::kFound);
  EXPECT_EQ((*run)->Look("d")->state, Lookup::State::kMissing);
}

TEST_F(MemoryRunTest, RangesAreWalkedInBothDirections) {
  std::string batch;
  for (const char key : std::string("hgfedcba")) batch += Put(std::string(1, key), "v");
  WriteLog({batch, Delete("d")});
  const auto run = *MemoryRun::Replay(*directory_, "log", kMax);
  EXPECT_EQ(Keys(*run->NewSource(KeyRange::All(), {})), "abcd-efgh");
  EXPECT_EQ(Keys(*run->NewSource(KeyRange::All(), {.reverse = true})), "hgfed-cba");
  EXPECT_EQ(Keys(*run->NewSource(KeyRange::Between("b", "e"), {})), "bcd-");
  EXPECT_EQ(Keys(*run->NewSource(KeyRange::Between("b", "e"), {.reverse = true})), "d-cb");
  const auto forward = run->NewSource(KeyRange::Between("b", "f"), {});
  const auto backward = run->NewSource(KeyRange::Between("b", "f"), {.reverse = true});
  for (const auto& [place, up, down] :
       {std::tuple{"a", "bcd-e", ""}, std::tuple{"c", "cd-e", "cb"}, std::tuple{"cc", "d-e", "cb"},
        std::tuple{"z", "", "ed-cb"}}) {
    ASSERT_TRUE(forward->Seek(place).has_value());
    EXPECT_EQ(Keys(*forward), up) << place;
    ASSERT_TRUE(backward->Seek(place).has_value());
    EXPECT_EQ(Keys(*backward), down) << place;
  }
}

TEST_F(MemoryRunTest, ManyEntriesComeBackwardsInSeveralBatches) {
  std::vector<std::string> batches;
  for (int i = 0; i < 200; ++i) batches.push_back(Put(std::to_string(1000 + i), "v"));
  WriteLog(batches);
  const auto run = *MemoryRun::Replay(*directory_, "log", kMax);
  const auto source = run->NewSource(KeyRange::All(), {.reverse = true});
  EXPECT_EQ(Keys(*source).size(), 800U);
}

TEST_F(MemoryRunTest, ATornTailIsPassedOverAndDamageIsNot) {
  WriteLog({Put("a", "1"), Put("b", "2"), Put("c", "3")});
  const std::string whole = Bytes("log");
  WriteBytes("log", whole.substr(0, whole.size() - 1));
  EXPECT_EQ((*MemoryRun::Replay(*directory_, "log", kMax))->Look("c")->state,
            Lookup::State::kMissing);
  std::string damaged = whole;
  damaged[8] = static_cast<char>(damaged[8] ^ 1);
  WriteBytes("log", damaged);
  const auto refused = MemoryRun::Replay(*directory_, "log", kMax);
  EXPECT_EQ(refused.error().code(), Code::kCorruption);
  EXPECT_NE(refused.error().message().find("log \"log\" at offset 0"), std::string_view::npos)
      << refused.error().message();
}

TEST_F(MemoryRunTest, WhatIsNoBatchOrTooLargeIsRefused) {
  WriteLog({Put("a", "1"), "no batch"});
  const auto refused = MemoryRun::Replay(*directory_, "log", kMax);
  EXPECT_EQ(refused.error().code(), Code::kCorruption);
  EXPECT_EQ(MemoryRun::Replay(*directory_, "log", 10).error().code(), Code::kTooLarge);
  EXPECT_EQ(MemoryRun::Replay(*directory_, "none", kMax).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace anystore::tablet

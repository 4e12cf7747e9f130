#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/key_range.h"
#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "tablet/reading/tablet.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

class TabletReaderTest : public TabletTest {
 protected:
  static Said Numbers(int count) {
    Said said;
    for (int i = 0; i < count; ++i)
      said["key" + std::to_string(100'000 + i)] = "value of " + std::to_string(i);
    return said;
  }
  std::shared_ptr<TabletReader> OpenReader(const ReaderOptions& options = {}) {
    auto opened = TabletReader::Open(*directory_, "t", options);
    EXPECT_TRUE(opened.has_value()) << opened.error().ToString();
    return opened.has_value() ? *opened : nullptr;
  }
  Error ErrorOfOpening(const ReaderOptions& options = {}) {
    auto opened = TabletReader::Open(*directory_, "t", options);
    EXPECT_FALSE(opened.has_value());
    return opened.has_value() ? Error(Code::kInternal) : std::move(opened).error();
  }
};

TEST_F(TabletReaderTest, KnowsWhatItIs) {
  Write("t", Numbers(1000), {.block_bytes = 500});
  const TabletInfo info = OpenReader()->info();
  EXPECT_EQ(info.file_bytes, Bytes("t").size());
  EXPECT_GT(info.blocks, 30U);
  EXPECT_GT(info.index_bytes, 8U);
  EXPECT_TRUE(info.meta_blocks.empty());
  EXPECT_TRUE(info.mapped) << "files in memory can be mapped";
  EXPECT_FALSE(OpenReader({.access = Access::kRead})->info().mapped);
}

TEST_F(TabletReaderTest, FindsEveryKeyAndNoOtherInEveryWay) {
  const Said said = Numbers(1000);
  for (const Compression compression : {Compression::kNone, Compression::kSnappy}) {
    ASSERT_TRUE(directory_->RemoveTree("t").has_value());
    Write("t", said, {.block_bytes = 300, .compression = compression});
    for (const Access access : {Access::kMap, Access::kRead}) {
      // A cache for all blocks, for some, and for none.
      for (const std::uint64_t cache_bytes :
           {std::uint64_t{1} << 20U, std::uint64_t{4000}, std::uint64_t{0}}) {
        const auto reader = OpenReader({.access = access, .cache_bytes = cache_bytes});
        for (int round = 0; round < 2; ++round) {
          for (const auto& [key, value] : said) {
            EXPECT_EQ(reader->Get(key)->value.bytes(), *value);
            EXPECT_EQ(reader->Get(key + "x")->state, Lookup::State::kMissing);
          }
        }
        EXPECT_EQ(reader->Get("")->state, Lookup::State::kMissing);
        EXPECT_EQ(reader->Get("z")->state, Lookup::State::kMissing);
        EXPECT_EQ(Rest(reader->Find("")), std::vector<SaidEntry>(said.begin(), said.end()));
      }
    }
  }
}

TEST_F(TabletReaderTest, ValuesAndIteratorsOutliveTheReader) {
  Write("t", Numbers(100), {.block_bytes = 200, .compression = Compression::kSnappy});
  for (const Access access : {Access::kMap, Access::kRead}) {
    auto reader = OpenReader({.access = access, .cache_bytes = 300});
    const Value value = reader->Get("key100007")->value;
    Iterator at = reader->Find("key100050");
    reader.reset();
    EXPECT_EQ(value.bytes(), "value of 7");
    EXPECT_EQ(Rest(std::move(at)).size(), 50U);
  }
}

TEST_F(TabletReaderTest, AnIteratorStandsBeforeItsFirstEntryAndEndsForGood) {
  Write("t", {{"a", "1"}, {"b", std::nullopt}});
  Iterator at = OpenReader()->Find("a");
  ASSERT_TRUE(at.Next());
  EXPECT_EQ(at.Key(), "a");
  EXPECT_EQ(at.Value(), "1");
  EXPECT_FALSE(at.Deleted());
  ASSERT_TRUE(at.Next());
  EXPECT_TRUE(at.Deleted());
  EXPECT_EQ(at.Value(), "");
  EXPECT_FALSE(at.Next());
  EXPECT_FALSE(at.Next());
  EXPECT_TRUE(at.status().has_value());
  Iterator closed = OpenReader()->Find("a");
  ASSERT_TRUE(closed.Next());
  EXPECT_TRUE(closed.Close().has_value());
  EXPECT_FALSE(closed.Next());
  EXPECT_TRUE(closed.Close().has_value());
}

TEST_F(TabletReaderTest, ADeletionOfJavaIsOneOnlyOnRequest) {
  Write("t", {{"a", "\xc0"}, {"b", "\xc0\xc0"}, {"c", std::nullopt}});
  EXPECT_EQ(OpenReader()->Get("a")->value.bytes(), "\xc0");
  for (const LocatorUse locator : {LocatorUse::kIgnore, LocatorUse::kInMemory}) {
    const auto reader = OpenReader({.java_tombstones = true, .locator = locator});
    EXPECT_EQ(reader->Get("a")->state, Lookup::State::kDeleted);
    EXPECT_EQ(reader->Get("b")->value.bytes(), "\xc0\xc0");
    EXPECT_EQ(reader->Get("c")->state, Lookup::State::kDeleted);
    const auto entries = Rest(reader->Find(""));
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].second, std::nullopt);
  }
  const auto counts = [&](const ReaderOptions& options) {
    const CheckReport report = CheckTablet(*directory_, "t", {.reader = options}).value();
    return std::pair(report.deletions, report.value_bytes);
  };
  EXPECT_EQ(counts({}), std::pair(std::uint64_t{1}, std::uint64_t{3}));
  EXPECT_EQ(counts({.java_tombstones = true}), std::pair(std::uint64_t{2}, std::uint64_t{2}));
}

// A merge or a comparison must not see what it is deleted with.
TEST_F(TabletReaderTest, ADeletionOfJavaHasNoValue) {
  Write("t", {{"a", "\xc0"}, {"b", "\xc0"}, {"c", "1"}});
  const auto tablet =
      Tablet::Open(*directory_, "t", {.java_tombstones = true}, std::make_shared<BlockCache>(0));
  ASSERT_TRUE(tablet.has_value());
  for (const bool reverse : {false, true}) {
    const auto source = (*tablet)->NewSource(KeyRange(), {.reverse = reverse});
    const auto batch = source->Next();
    ASSERT_TRUE(batch.has_value());
    std::vector<TabletEntry> entries(batch->begin(), batch->end());
    if (reverse) std::ranges::reverse(entries);
    EXPECT_EQ(entries, (std::vector<TabletEntry>{{.key = "a", .deleted = true},
                                                 {.key = "b", .deleted = true},
                                                 {.key = "c", .value = "1"}}));
  }
}

TEST_F(TabletReaderTest, WhatIsLargerThanAllowedIsRefused) {
  Write("t", {{std::string(300, 'k'), std::string(5000, 'v')}});
  const auto too_large = [](const Error& error, std::string_view part) {
    EXPECT_EQ(error.code(), Code::kTooLarge);
    EXPECT_NE(error.message().find(part), std::string_view::npos) << error.message();
  };
  too_large(ErrorOfOpening({.key_bytes_max = 299}), "a key of 300 bytes");
  too_large(ErrorOfOpening({.index_bytes_max = 300}), "an index of");
  const auto reader = OpenReader({.block_bytes_max = 5000});
  too_large(reader->Get(std::string(300, 'k')).error(), "a block of more than 5000 bytes");
  EXPECT_TRUE(OpenReader({.block_bytes_max = 6000})->Get("k").has_value());
}

TEST_F(TabletReaderTest, DamageIsFoundWhereItIsReadAndNowhereElse) {
  const Said said = Numbers(300);
  Write("t", said, {.block_bytes = 300});
  std::string bytes = Bytes("t");
  const std::size_t at = bytes.find("value of 150");
  bytes[at] = 'V';
  WriteBytes("t", bytes);
  for (const Access access : {Access::kMap, Access::kRead}) {
    const auto reader = OpenReader({.access = access});
    EXPECT_EQ(reader->Get("key100000")->value.bytes(), "value of 0");
    EXPECT_EQ(reader->Get("key100299")->value.bytes(), "value of 299");
    const auto damaged = reader->Get("key100150");
    ASSERT_FALSE(damaged.has_value());
    EXPECT_EQ(damaged.error().code(), Code::kCorruption);
    EXPECT_NE(damaged.error().message().find("tablet \"t\", block "), std::string_view::npos);
    EXPECT_NE(damaged.error().message().find(": checksum: stored "), std::string_view::npos);
    Iterator walk = reader->Find("");
    std::size_t entries = 0;
    while (walk.Next()) ++entries;
    EXPECT_EQ(walk.status().error().code(), Code::kCorruption);
    EXPECT_GT(entries, 100U);
    EXPECT_LE(entries, 150U);
    // Whoever does not ask for checksums reads it.
    const auto trusting = OpenReader({.access = access, .verify_checksums = false});
    EXPECT_EQ(trusting->Get("key100150")->value.bytes(), "Value of 150");
  }
  const auto report = CheckTablet(*directory_, "t");
  ASSERT_EQ(report->faults.size(), 1U);
  EXPECT_EQ(report->faults[0].kind, FaultKind::kChecksum);
  EXPECT_LE(report->faults[0].offset, at);
  EXPECT_GT(report->faults[0].offset + 400, at);
  EXPECT_GT(report->entries, 280U) << "the sound blocks are counted";
}

TEST_F(TabletReaderTest, NoChangeOfAByteShowsWrongRecords) {
  const Said said = Numbers(30);
  Write("t", said, {.block_bytes = 100, .compression = Compression::kSnappy});
  const std::string whole = Bytes("t");
  const std::vector<SaidEntry> wanted(said.begin(), said.end());
  constexpr std::size_t kReserved = 5;  // three bytes of the header, of which nothing is asked
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + at % 255));
    WriteBytes("t", damaged);
    const auto report = CheckTablet(*directory_, "t");
    ASSERT_TRUE(report.has_value());
    const bool ignored = at >= kReserved && at < kReserved + 3;
    EXPECT_EQ(report->faults.empty(), ignored) << at;
    auto reader = TabletReader::Open(*directory_, "t");
    if (!reader.has_value()) continue;
    Iterator walk = (*reader)->Find("");
    for (std::size_t entries = 0; walk.Next(); ++entries) {
      ASSERT_LT(entries, wanted.size());
      EXPECT_EQ(walk.Key(), wanted[entries].first) << at;
      EXPECT_EQ(walk.Value(), *wanted[entries].second) << at;
    }
  }
}

TEST_F(TabletReaderTest, ATabletCutAnywhereIsNone) {
  Write("t", Numbers(20));
  const std::string whole = Bytes("t");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    WriteBytes("t", whole.substr(0, size));
    EXPECT_EQ(ErrorOfOpening().code(), Code::kCorruption) << size;
  }
}

TEST_F(TabletReaderTest, AFileThatBecomesShorterWhileItIsReadIsAnError) {
  Write("t", Numbers(300), {.block_bytes = 300});
  const auto reader = OpenReader({.access = Access::kRead});
  WriteBytes("t", Bytes("t").substr(0, 1000));
  const auto gone = reader->Get("key100299");
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code(), Code::kCorruption);
  EXPECT_NE(gone.error().message().find("shorter"), std::string_view::npos);
}

TEST_F(TabletReaderTest, ThereMustBeAFile) {
  EXPECT_EQ(ErrorOfOpening().code(), Code::kNotFound);
  EXPECT_EQ(CheckTablet(*directory_, "t").error().code(), Code::kNotFound);
}

TEST_F(TabletReaderTest, ACheckEndsWhenItIsAskedTo) {
  Write("t", Numbers(10));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CheckTablet(*directory_, "t", {.stop = stop.get_token()}).error().code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace anystore::tablet

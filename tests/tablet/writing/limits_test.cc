// What a writer makes a reader with the same limits reads.
#include <gtest/gtest.h>

#include <string>

#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/stream.h"
#include "anystore/tablet/writer.h"
#include "tablet/sorting/tablet_sorter.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

using TabletLimitsTest = TabletTest;

static_assert(WriterOptions().block_bytes_max == ReaderOptions().block_bytes_max);
static_assert(WriterOptions().index_bytes_max == ReaderOptions().index_bytes_max);
static_assert(WriterOptions().key_bytes_max == ReaderOptions().key_bytes_max);
static_assert(StreamOptions().block_bytes_max == ReaderOptions().block_bytes_max);
static_assert(StreamOptions().index_bytes_max == ReaderOptions().index_bytes_max);
static_assert(StreamOptions().key_bytes_max == ReaderOptions().key_bytes_max);

// Of every length of a value: refused, or read with no higher limit, however the bytes are got at.
TEST_F(TabletLimitsTest, WhatIsWrittenIsRead) {
  constexpr std::uint32_t kMost = 300;
  std::size_t longest = 0;
  for (std::size_t length = 0; length < kMost + 10; ++length) {
    for (const Compression compression : {Compression::kNone, Compression::kSnappy}) {
      const WriterOptions options{
          .block_bytes = 200, .compression = compression, .block_bytes_max = kMost};
      auto writer = TabletWriter::Create(*directory_, "t", options, Replace::kYes).value();
      Said said;
      for (const char* const key : {"a", "b", "c", "d"}) {
        const std::string value(key[0] % 2 == 0 ? length : 30, 'v');
        const Status added = writer.Add(key, value);
        if (!added.has_value()) {
          EXPECT_EQ(added.error().code(), Code::kTooLarge);
          continue;
        }
        longest = std::max(longest, value.size());
        said[key] = value;
      }
      ASSERT_TRUE(writer.Finish().has_value());
      for (const Access access : {Access::kMap, Access::kRead}) {
        const ReaderOptions reader{.access = access, .block_bytes_max = kMost};
        EXPECT_EQ(CheckTablet(*directory_, "t", {.reader = reader})->fault_count, 0U) << length;
        EXPECT_EQ(Rest(TabletReader::Open(*directory_, "t", reader).value()->Find("")),
                  std::vector<SaidEntry>(said.begin(), said.end()));
      }
    }
  }
  EXPECT_EQ(longest, kMost - 23 - 1);
}

TEST_F(TabletLimitsTest, AnEntryThatIsTooLargeIsNamedWithBothSizes) {
  auto writer = TabletWriter::Create(*directory_, "t", {.block_bytes = 10, .block_bytes_max = 100});
  ASSERT_TRUE(writer.has_value());
  const Status added = writer->Add("large", std::string(80, 'v'));
  EXPECT_EQ(
      added.error().ToString(),
      "\"large\": too_large: a value of 80 bytes, with which a block would have more than the "
      "100 allowed");
  auto sorter = TabletSorter::Create(*directory_, "t",
                                     {.writer = {.block_bytes = 10, .block_bytes_max = 100}});
  EXPECT_EQ(sorter->Add("large", std::string(80, 'v')).error().ToString(),
            added.error().ToString());
  EXPECT_TRUE(writer->Add("small", std::string(70, 'v')).has_value()) << "nothing was added";
  EXPECT_TRUE(writer->Finish().has_value());
}

// The blocks of its files are larger than those of the tablet.
TEST_F(TabletLimitsTest, ASorterKeepsThemToo) {
  auto sorter = TabletSorter::Create(*directory_, "t",
                                     {.writer = {.block_bytes = 100, .block_bytes_max = 200},
                                      .memory_bytes = 1000,
                                      .open_runs_max = 2});
  ASSERT_TRUE(sorter.has_value());
  for (int i = 0; i < 200; ++i) {
    const std::string key = std::to_string(1000 + i * 77 % 200);
    ASSERT_TRUE(sorter->Add(key, std::string(static_cast<std::size_t>(i % 170), 'v')).has_value());
  }
  ASSERT_TRUE(sorter->Finish().has_value());
  const auto report = CheckTablet(*directory_, "t", {.reader = {.block_bytes_max = 200}});
  EXPECT_EQ(report->fault_count, 0U);
  EXPECT_EQ(report->entries, 200U);
}

TEST_F(TabletLimitsTest, OfTheIndexAreKept) {
  for (std::uint32_t most = 50; most < 90; ++most) {
    auto writer = TabletWriter::Create(*directory_, "t",
                                       {.block_bytes = 1, .index_bytes_max = most}, Replace::kYes);
    ASSERT_TRUE(writer.has_value());
    for (const char* const key : {"aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee"})
      ASSERT_TRUE(writer->Add(key, "v").has_value());
    const Status finished = writer->Finish();
    const bool fits = finished.has_value();
    EXPECT_EQ(fits, most >= 4 + 5 * 11) << most;
    if (!fits) {
      EXPECT_EQ(finished.error().code(), Code::kTooLarge);
      EXPECT_TRUE(Names().empty());
      continue;
    }
    EXPECT_TRUE(TabletReader::Open(*directory_, "t", {.index_bytes_max = most}).has_value());
  }
}

TEST_F(TabletLimitsTest, ThatMakeNoSenseAreRefused) {
  const auto code = [&](const WriterOptions& options) {
    return TabletWriter::Create(*directory_, "t", options).error().code();
  };
  EXPECT_EQ(code({.block_bytes_max = (1U << 30U) + 1}), Code::kInvalidArgument);
  EXPECT_EQ(code({.block_bytes = 101, .block_bytes_max = 100}), Code::kInvalidArgument);
  EXPECT_TRUE(TabletWriter::Create(*directory_, "t", {.block_bytes_max = 1U << 30U}).has_value());
}

}  // namespace
}  // namespace anystore::tablet

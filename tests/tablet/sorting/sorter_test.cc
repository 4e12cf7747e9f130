#include "tablet/sorting/tablet_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "anystore/tablet/reader.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

class TabletSorterTest : public TabletTest {
 protected:
  // Adds entries in this order, and returns what the tablet says then.
  std::vector<SaidEntry> Sort(const std::vector<SaidEntry>& entries,
                              const SorterOptions& options = {}) {
    auto sorter = TabletSorter::Create(*directory_, "t", options);
    EXPECT_TRUE(sorter.has_value()) << sorter.error().ToString();
    for (const auto& [key, value] : entries) {
      const Status added = value.has_value() ? sorter->Add(key, *value) : sorter->AddDeletion(key);
      EXPECT_TRUE(added.has_value()) << added.error().ToString();
      most_files_ = std::max(most_files_, Names().size());
    }
    const Status finished = sorter->Finish();
    EXPECT_TRUE(finished.has_value()) << finished.error().ToString();
    summary_ = sorter->summary();
    EXPECT_EQ(Names(), std::vector<std::string>{"t"});
    return Read("t");
  }

  std::vector<SaidEntry> Read(const std::string& name) {
    const auto tablet = TabletReader::Open(*directory_, name);
    EXPECT_TRUE(tablet.has_value()) << tablet.error().ToString();
    return Rest((*tablet)->Find(""));
  }

  std::size_t most_files_ = 0;
  TabletSummary summary_ = {};
};

std::vector<SaidEntry> DrawEntries(std::size_t count, std::uint64_t keys) {
  std::mt19937_64 random(7);
  std::vector<SaidEntry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    std::string key = "user:" + std::to_string(random() % keys);
    if (random() % 5 == 0) {
      entries.emplace_back(key, std::nullopt);
    } else {
      entries.emplace_back(key, std::string(random() % 100, 'v') + std::to_string(i));
    }
  }
  return entries;
}

std::vector<SaidEntry> InOrder(const std::vector<SaidEntry>& entries) {
  Said said;
  for (const auto& [key, value] : entries) said[key] = value;
  return {said.begin(), said.end()};
}

TEST_F(TabletSorterTest, PutsEntriesInOrderAndKeepsTheLastOfEachKey) {
  const std::vector<SaidEntry> entries = DrawEntries(3000, 1000);
  EXPECT_EQ(Sort(entries), InOrder(entries));
  EXPECT_EQ(most_files_, 0U);
  EXPECT_EQ(summary_.entries, InOrder(entries).size());
}

TEST_F(TabletSorterTest, MergesRunsThatDidNotFitIntoMemory) {
  const std::vector<SaidEntry> entries = DrawEntries(3000, 1000);
  // Less than the buffer takes for one entry: each is a run of its own, if it is not in order.
  for (const std::size_t open_runs_max : {0UL, 2UL, 3UL, 64UL}) {
    most_files_ = 0;
    EXPECT_EQ(Sort(entries,
                   {.replace = Replace::kYes, .memory_bytes = 1, .open_runs_max = open_runs_max}),
              InOrder(entries));
    EXPECT_GT(most_files_, 1000U);
  }
}

TEST_F(TabletSorterTest, WritesTheTabletAsTheWriterWould) {
  const std::vector<SaidEntry> entries = DrawEntries(3000, 1000);
  const std::vector<SaidEntry> in_order = InOrder(entries);
  const WriterOptions options = WriterOptions::Csharp();
  Write("direct", {in_order.begin(), in_order.end()}, options);
  const std::string direct = Bytes("direct");
  ASSERT_TRUE(directory_->Remove("direct").has_value());
  for (const std::uint64_t memory_bytes : {1ULL, 64ULL << 20U}) {
    for (const auto& given : {entries, in_order}) {
      Sort(given, {.writer = options, .replace = Replace::kYes, .memory_bytes = memory_bytes});
      EXPECT_EQ(Bytes("t"), direct);
    }
  }
}

// One file is written from the first entry on, and becomes the tablet.
TEST_F(TabletSorterTest, EntriesInOrderAreWrittenOnce) {
  const std::vector<SaidEntry> entries = InOrder(DrawEntries(3000, 2000));
  EXPECT_EQ(Sort(entries, {.memory_bytes = 1}), entries);
  EXPECT_EQ(most_files_, 0U) << "the one run has no name before it ends";
  EXPECT_EQ(summary_.entries, entries.size());
  EXPECT_EQ(summary_.file_bytes, Bytes("t").size());
}

TEST_F(TabletSorterTest, StretchesInOrderAreOneRunEach) {
  std::vector<SaidEntry> entries = InOrder(DrawEntries(3000, 2000));
  std::ranges::rotate(entries, entries.begin() + 500);
  EXPECT_EQ(Sort(entries, {.memory_bytes = 1}), InOrder(entries));
  EXPECT_EQ(most_files_, 1U) << "the second run is still open";
}

TEST_F(TabletSorterTest, TakesNoEntriesAndAnyBytes) {
  EXPECT_EQ(Sort({}), std::vector<SaidEntry>{});
  const std::vector<SaidEntry> entries = {{std::string("b\0", 2), ""},
                                          {"b", std::string(2'000'000, 'x')},
                                          {"", "empty"},
                                          {"\xff\xff", std::nullopt},
                                          {"b", "again"}};
  EXPECT_EQ(Sort(entries, {.replace = Replace::kYes}), InOrder(entries));
}

TEST_F(TabletSorterTest, TakesEmptyViewsThatLieNowhere) {
  auto sorter = TabletSorter::Create(*directory_, "t");
  ASSERT_TRUE(sorter.has_value());
  ASSERT_TRUE(sorter->Add({}, {}).has_value());
  ASSERT_TRUE(sorter->Finish().has_value());
  EXPECT_EQ(Read("t"), (std::vector<SaidEntry>{{"", ""}}));
}

TEST_F(TabletSorterTest, RefusesWhatTheWriterRefuses) {
  auto sorter = TabletSorter::Create(*directory_, "t", {.writer = WriterOptions::Go()});
  ASSERT_TRUE(sorter.has_value());
  EXPECT_EQ(sorter->AddDeletion("a").error().code(), Code::kUnsupported);
  EXPECT_EQ(sorter->Add(std::string((1U << 20U) + 1, 'k'), "").error().code(), Code::kTooLarge);
  EXPECT_EQ(sorter->Finish().error().code(), Code::kUnsupported) << "Go reads no empty tablet";
  EXPECT_EQ(
      TabletSorter::Create(*directory_, "t", {.writer = {.restart_interval = 0}}).error().code(),
      Code::kInvalidArgument);
  EXPECT_TRUE(Names().empty());
}

TEST_F(TabletSorterTest, TellsOfADirectoryOfTheNameBeforeAllTheWork) {
  ASSERT_TRUE(directory_->MakeDirectory("t").has_value());
  EXPECT_EQ(TabletSorter::Create(*directory_, "t").error().code(), Code::kAlreadyExists);
  EXPECT_EQ(TabletSorter::Create(*directory_, "t", {.replace = Replace::kYes}).error().code(),
            Code::kInvalidArgument);
}

TEST_F(TabletSorterTest, ReplacesAFileOnlyWhereThatIsAskedFor) {
  WriteBytes("t", "precious");
  EXPECT_EQ(TabletSorter::Create(*directory_, "t").error().code(), Code::kAlreadyExists);
  for (const std::uint64_t memory_bytes : {1ULL, 64ULL << 20U}) {
    auto sorter = TabletSorter::Create(*directory_, "new", {.memory_bytes = memory_bytes});
    ASSERT_TRUE(sorter->Add("b", "1").has_value());
    WriteBytes("new", "came meanwhile");
    EXPECT_EQ(sorter->Finish().error().code(), Code::kAlreadyExists);
    EXPECT_EQ(Bytes("new"), "came meanwhile");
    ASSERT_TRUE(directory_->Remove("new").has_value());
  }
  EXPECT_EQ(Bytes("t"), "precious");
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
}

}  // namespace
}  // namespace anystore::tablet

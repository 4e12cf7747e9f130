// Whatever fails, no file is left, and what was there before is untouched.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "tablet/sorting/tablet_sorter.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;

class TabletSorterFailureTest : public TabletTest {
 protected:
  // Sorts entries in the worst order, through many runs.
  static Status Sort(Directory& directory, const SorterOptions& options) {
    ANYSTORE_ASSIGN_OR_RETURN(TabletSorter sorter, TabletSorter::Create(directory, "t", options));
    for (char c = 'z'; c > 'k'; --c) ANYSTORE_TRY(sorter.Add(std::string(1, c), "value"));
    return sorter.Finish();
  }
};

TEST_F(TabletSorterFailureTest, LeavesNoFilesWhereverACallFails) {
  WriteBytes("t", "precious");
  std::uint64_t call = 1;
  for (;; ++call) {
    const auto rules = FaultRules::Parse(
        "open*|write|link*|sync*|rename|read|map call=" + std::to_string(call) + " fail=EIO");
    ASSERT_TRUE(rules.has_value()) << rules.error().ToString();
    InterceptedFileSystem files(*files_, **rules);
    const auto directory = files.OpenDirectory("/");
    if (!directory.has_value()) continue;
    const Status sorted =
        Sort(**directory, {.replace = Replace::kYes, .memory_bytes = 1, .open_runs_max = 4});
    if ((*rules)->fired() == 0) {
      EXPECT_TRUE(sorted.has_value()) << sorted.error().ToString();
      break;
    }
    EXPECT_EQ(Names(), std::vector<std::string>{"t"}) << call;
    // What cannot be mapped is read.
    if (sorted.has_value()) continue;
    EXPECT_EQ(sorted.error().code(), Code::kIoError) << sorted.error().ToString();
  }
  EXPECT_GT(call, 100U);
  EXPECT_NE(Bytes("t"), "precious");
}

TEST_F(TabletSorterFailureTest, EndsWhenItMayNotGoOn) {
  for (int steps = 0;; ++steps) {
    int left = steps;
    const SorterOptions options{
        .memory_bytes = 1, .open_runs_max = 4, .may_go_on = [&]() -> Status {
          if (left-- > 0) return Ok();
          return Error(Code::kCancelled, "enough");
        }};
    const Status sorted = Sort(*directory_, options);
    if (sorted.has_value()) break;
    EXPECT_EQ(sorted.error().code(), Code::kCancelled);
    EXPECT_TRUE(Names().empty()) << steps;
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
}

TEST_F(TabletSorterFailureTest, LeavesNoFilesWhenItIsGivenUp) {
  {
    auto sorter = TabletSorter::Create(*directory_, "t", {.memory_bytes = 1});
    for (const char* const key : {"c", "b", "a"}) ASSERT_TRUE(sorter->Add(key, "1").has_value());
    EXPECT_EQ(Names().size(), 2U);
  }
  EXPECT_TRUE(Names().empty());
}

}  // namespace
}  // namespace anystore::tablet

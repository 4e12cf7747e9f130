// Every call of a writer fails once: that is told, and its name leads to what was there or to the
// whole tablet.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tablet/failing_calls.h"

namespace anystore::tablet {
namespace {

constexpr std::string_view kName = "t";

class TabletWriterFailure : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  const DiskKind kind_{.unnamed_files = std::get<0>(GetParam())};
  const bool there_ = std::get<1>(GetParam());  // a tablet of this name, with a locator
  const Said old_ = SaidBy("old", 2);
  const Said new_ = SaidBy("new");

  void Prepare(FailingDisk& failing) {
    if (!there_) return;
    const auto root = failing.Undisturbed();
    EXPECT_TRUE(WriteTablet(*root, kName, old_, Replace::kNo));
    EXPECT_TRUE(TabletReader::Open(*root, kName, {.locator = LocatorUse::kBuild}).has_value());
  }
  // The old tablet, or none, or the new one.
  void ExpectWhole(Directory& root, bool is_new) {
    std::string wrong;
    const std::optional<Said> found = SaidIn(root, kName, wrong);
    EXPECT_EQ(wrong, "");
    if (found == new_) return;
    EXPECT_FALSE(is_new);
    EXPECT_EQ(found, there_ ? std::optional(old_) : std::nullopt);
  }
};

TEST_P(TabletWriterFailure, IsToldAndLeavesNothingHalfDone) {
  std::uint64_t failures = 0;
  for (std::uint64_t number = 1;; ++number) {
    SCOPED_TRACE(number);
    FailingDisk failing(kind_);
    Prepare(failing);
    failing.FailAt(number);
    const bool written = WriteTablet(failing.root(), kName, new_, Replace::kYes);
    const bool failed = failing.failed();
    failing.FailNone();
    EXPECT_EQ(failing.open_handles(), 1U) << "the root";
    ASSERT_NE(written, failed);
    ExpectWhole(*failing.Undisturbed(), written);
    for (const Survivors survivors : kAllSurvivors)
      ExpectWhole(*failing.disk().Crash(survivors, number)->OpenDirectory("/").value(), written);
    if (written) break;
    ++failures;
    EXPECT_TRUE(WriteTablet(failing.root(), kName, new_, Replace::kYes)) << "it can be tried again";
    ExpectWhole(*failing.Undisturbed(), /*is_new=*/true);
    EXPECT_EQ(FilesIn(*failing.Undisturbed()), std::vector<std::string>{"t"});
  }
  EXPECT_GE(failures, 5U) << "make, write, sync, name and sync";
}

INSTANTIATE_TEST_SUITE_P(Disks, TabletWriterFailure,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

}  // namespace
}  // namespace anystore::tablet

// The power is cut at every call of a writer: its name leads to what was there or to the whole
// tablet.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tablet/power_cuts.h"

namespace anystore::tablet {
namespace {

constexpr std::string_view kName = "t";

std::string TextOf(const std::optional<Said>& said) {
  if (!said.has_value()) return "nothing";
  return std::to_string(said->size()) + " entries";
}

// What is left is `before` or, at least once it was acknowledged, `after`; and a tablet can be
// written again, whatever lies around.
std::string WrongLeft(SimulatedDisk& left, const std::optional<Said>& before, const Said& after,
                      bool acknowledged) {
  std::string wrong;
  const auto root = left.OpenDirectory("/").value();
  const std::optional<Said> found = SaidIn(*root, kName, wrong);
  if (!wrong.empty()) return wrong;
  if (found != after && (acknowledged || found != before)) return TextOf(found) + " is left";
  const Said again = SaidBy("again", 2);
  const Replace replace = found.has_value() ? Replace::kYes : Replace::kNo;
  if (!WriteTablet(*root, kName, again, replace)) return "it cannot be written again";
  const auto later = left.Crash(Survivors::kNone, 1);
  if (SaidIn(*later->OpenDirectory("/").value(), kName, wrong) != again)
    return "what was written again is lost";
  return wrong;
}

PowerCutTest Writing(const std::optional<Said>& before, Replace replace) {
  const Said after = SaidBy("new");
  return {.prepare =
              [before](Directory& root) {
                if (before.has_value()) {
                  EXPECT_TRUE(WriteTablet(root, kName, *before, Replace::kNo));
                }
              },
          .steps = {[after, replace](Directory& root) {
            return WriteTablet(root, kName, after, replace);
          }},
          .wrong =
              [before, after](SimulatedDisk& left, std::size_t acknowledged) {
                return WrongLeft(left, before, after, acknowledged > 0);
              }};
}

TEST(TabletWriterCrash, LeavesNothingOrTheWholeTablet) {
  ExpectSurvives(Writing(std::nullopt, Replace::kNo));
  ExpectSurvives(Writing(std::nullopt, Replace::kYes));
}

TEST(TabletWriterCrash, LeavesTheOldOrTheWholeTablet) {
  ExpectSurvives(Writing(SaidBy("old", 3), Replace::kYes));
}

TEST(TabletWriterCrash, WithoutFinishLeavesNothing) {
  for (const DiskKind& kind : DiskKinds()) {
    const PowerCutTest test{.steps = {[](Directory& root) {
                              auto writer = TabletWriter::Create(root, kName);
                              return writer.has_value() && writer->Add("a", "1").has_value();
                            }},
                            .wrong = [](SimulatedDisk& left, std::size_t) {
                              return WrongLeft(left, std::nullopt, SaidBy("never"),
                                               /*acknowledged=*/false);
                            }};
    EXPECT_EQ(CutEverywhere(test, kind).wrong, "");
  }
}

}  // namespace
}  // namespace anystore::tablet

#include "crash/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crash/campaign.h"

namespace anystore::crash {
namespace {

using testing::HasSubstr;

Shrunk FindAndShrink(const CrashSubject& subject) {
  const CampaignReport report =
      RunCampaign(subject, {.rounds = 4, .operations = 60, .run = {.write_one_in = 0}});
  if (!report.failure.has_value()) return {};
  return Shrink(subject, *report.failure, {.write_one_in = 0});
}

// The script without the first line, which names the disk, and the cut.
std::string Steps(const Script& script) {
  std::string text;
  for (const Operation& operation : script.operations) text += ToText(operation) + '\n';
  return text;
}

TEST(Shrink, LeavesWhatItTakes) {
  const struct {
    std::string flaw;
    std::string steps;
  } cases[] = {
      {"no_directory_sync", "put /A 1\n"}, {"no_data_sync", "put /A 1\n"},
      {"no_parent_sync", "put /A 1\n"},    {"no_remove_sync", "put /A 1\ndelete /A\n"},
      {"early_acknowledge", "put /A 1\n"}, {"removes_first", "put /A 1\nput /A 1\n"},
  };
  for (const auto& [flaw, steps] : cases) {
    const CrashSubject subject = FindSubjects("broken-" + flaw).at(0);
    const Shrunk shrunk = FindAndShrink(subject);
    EXPECT_EQ(Steps(shrunk.failure.script), steps) << flaw;
    const RunReport again = RunScript(subject, shrunk.failure.script, {});
    ASSERT_TRUE(again.failure.has_value()) << flaw;
    EXPECT_EQ(again.failure->violation.what, shrunk.failure.violation.what);
  }
}

TEST(Shrink, PrintsAScriptATraceAndACommand) {
  const CrashSubject subject = FindSubjects("broken-no_remove_sync").at(0);
  const Shrunk shrunk = FindAndShrink(subject);
  const std::string text = ToText(subject, shrunk, {.pretended = "a.cc:1 F"});
  EXPECT_THAT(text, testing::StartsWith("resurrected: \"/A\" is put 1 (1 bytes), but must be "));
  EXPECT_THAT(text, HasSubstr("\n    put /A 1\n    delete /A\n    cut "));
  EXPECT_THAT(text, HasSubstr(" rename store/t-A -> store/A/A @"));
  EXPECT_THAT(text, HasSubstr(" remove store/A/A @"));
  EXPECT_THAT(text, HasSubstr("./dev crash broken-no_remove_sync --pretend 'a.cc:1 F' --replay "
                              "'disk strict 1; put /A 1; delete /A; cut "));
}

TEST(Shrink, StopsWhenItHasTriedEnough) {
  const CrashSubject subject = FindSubjects("broken-no_remove_sync").at(0);
  const CampaignReport report = RunCampaign(subject, {.rounds = 1, .operations = 60});
  ASSERT_TRUE(report.failure.has_value());
  const Shrunk shrunk = Shrink(subject, *report.failure, {}, 3);
  EXPECT_EQ(shrunk.tried, 3U);
  EXPECT_TRUE(RunScript(subject, shrunk.failure.script, {}).failure.has_value());
}

}  // namespace
}  // namespace anystore::crash

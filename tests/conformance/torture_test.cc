// Torture finds no fault with stores that are as they claim, and a short script for those that are
// not.
#include "anystore/torture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/liars.h"
#include "torture/generate.h"
#include "torture/operation.h"
#include "torture/race.h"

namespace anystore::conformance {
namespace {

using testing::Liar;
using torture::Operation;

Target Honest() {
  return testing::MakeTarget("honest", [](const auto& medium, const Environment& environment) {
    return std::make_unique<testing::MapStore>(medium, environment);
  });
}

Target Modest() {
  return testing::MakeTarget("modest", [](const auto& medium, const Environment& environment) {
    return std::make_unique<testing::MapStore>(medium, environment, testing::LittleClaimed());
  });
}

Target Memory() { return *TargetFromUrl("memory:"); }

torture::Rules RulesOf(const std::vector<Target>& targets) {
  return *torture::MakeRules(targets, "", 1);
}

TEST(TortureScript, IsReadAsItWasWritten) {
  const torture::Rules rules = RulesOf({Honest()});
  torture::Generator generator(rules, 7);
  std::vector<Operation> operations;
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    operations.push_back(generator.Next());
    text += ToText(operations.back()) + (i % 2 == 0 ? "; " : "\n");
  }
  const auto read = torture::ParseScript(text);
  ASSERT_TRUE(read.has_value()) << read.error().ToString();
  ASSERT_EQ(read->size(), operations.size());
  for (std::size_t i = 0; i < read->size(); ++i) {
    ASSERT_EQ((*read)[i], operations[i]) << ToText(operations[i]);
  }
}

TEST(TortureScript, LeavesOutCommentsAndWhatIsPrinted) {
  const auto read = torture::ParseScript(R"(
# A comment; with "marks".
put "/A;" "x"
----
ok

get "/A;"  ;  sync
----
"put"
get "/B"
)");
  ASSERT_TRUE(read.has_value()) << read.error().ToString();
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ(ToText((*read)[1]), R"(get "/A;")");
  EXPECT_EQ(ToText((*read)[2]), "sync");
}

TEST(TortureScript, SaysWhichStepMakesNoSense) {
  constexpr std::array<std::string_view, 14> kBad = {"jump",
                                                     "put /A \"x\"",
                                                     "put \"/A\"",
                                                     "put \"/A\" bytes:1",
                                                     "put \"/A\" bytes:0:1",
                                                     "put \"/A\" bytes:99999999999:1",
                                                     "put \"/A\" \"x",
                                                     "put \"/A\" \"x\" if_wished",
                                                     "put \"/A\" \"x\" in=soon",
                                                     "batch expire \"/A\"",
                                                     "get",
                                                     "pass 1h",
                                                     "query filter=\"key\"",
                                                     "query order=\"size\""};
  for (const std::string_view step : kBad) {
    const auto read = torture::ParseScript("sync; " + std::string(step));
    ASSERT_FALSE(read.has_value()) << step;
    EXPECT_EQ(read.error().code(), Code::kInvalidArgument);
    EXPECT_TRUE(read.error().message().contains(Quoted(step))) << read.error().ToString();
  }
}

TEST(Torture, FindsNothingWrongWithHonestStores) {
  const std::vector<Target> targets = {Honest(), Memory(), Modest()};
  for (std::size_t count = 1; count <= targets.size(); ++count) {
    const auto report =
        Torture(std::span(targets).first(count), {.operations = 10'000, .seed = count});
    ASSERT_TRUE(report.has_value()) << report.error().ToString();
    EXPECT_TRUE(report->passed()) << report->ToText();
    EXPECT_GT(report->operations, 10'000U);
    // What the last one lacks is asked of nobody.
    EXPECT_EQ(report->verbs.contains("expire"), count < 3) << report->ToText();
    EXPECT_EQ(report->verbs.contains("seek"), count < 3) << report->ToText();
    EXPECT_EQ(report->verbs.size(), count < 3 ? 20U : 13U) << report->ToText();
  }
}

TEST(Torture, IsRepeatedByItsSeed) {
  const Target target = Memory();
  const auto verbs = [&](std::uint64_t seed) {
    return Torture({&target, 1}, {.operations = 500, .seed = seed})->verbs;
  };
  EXPECT_EQ(verbs(3), verbs(3));
  EXPECT_NE(verbs(3), verbs(4));
}

TEST(Torture, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Torture({}).error().code(), Code::kInvalidArgument);
  const std::vector<Target> differ = {Memory(),
                                      *TargetFromUrl(R"({"type":"read-only","child":"memory:"})")};
  EXPECT_EQ(Torture(differ).error().code(), Code::kUnsupported);
  const Target modest = Modest();
  EXPECT_EQ(Torture({&modest, 1}, {.prefix = "lower"}).error().code(), Code::kUnsupported);
  EXPECT_EQ(ReplayTorture({&modest, 1}, "jump").error().code(), Code::kInvalidArgument);
}

// Their lies are about what nobody sees who asks one thing after the other: bytes that are handed
// in or out, other threads and handles, cursors that are written beside, versions, large values.
constexpr std::array<std::string_view, 14> kNotSeen = {"caller's buffer kept",
                                                       "value dies at close",
                                                       "put if absent races",
                                                       "keeps what it refuses",
                                                       "version comes back",
                                                       "receipt of another version",
                                                       "late for other threads",
                                                       "claimed feature is not there",
                                                       "long value cut",
                                                       "cursor skips untouched",
                                                       "torn batch",
                                                       "batch holds less than claimed",
                                                       "second handle let in",
                                                       "disk usage empties the store"};

std::vector<Liar> SeenLiars() {
  std::vector<Liar> liars = testing::RecordLiars();
  std::ranges::move(testing::CollectionLiars(), std::back_inserter(liars));
  std::erase_if(liars, [](const Liar& liar) {
    return std::ranges::find(kNotSeen, liar.name) != kNotSeen.end();
  });
  return liars;
}

// Every lie takes few steps to show, and the script shows it again.
TEST(Torture, FindsAShortScriptForEveryLiar) {
  for (const Liar& liar : SeenLiars()) {
    const std::vector<Target> targets = {Honest(),
                                         testing::MakeTarget(std::string(liar.name), liar.make)};
    const auto report = Torture(targets, {.operations = 20'000});
    ASSERT_TRUE(report.has_value()) << liar.name << ": " << report.error().ToString();
    ASSERT_FALSE(report->passed()) << liar.name;
    const Divergence& found = *report->divergence;
    EXPECT_EQ(found.store, liar.name);
    EXPECT_LE(torture::ParseScript(found.script)->size(), 16U) << report->ToText();
    const auto again = ReplayTorture(targets, found.steps);
    ASSERT_TRUE(again.has_value()) << again.error().ToString() << report->ToText();
    ASSERT_FALSE(again->passed()) << report->ToText();
    EXPECT_EQ(again->divergence->store, liar.name);
    const auto by_others = ReplayTorture(std::span(targets).first(1), found.script);
    ASSERT_TRUE(by_others.has_value()) << by_others.error().ToString() << report->ToText();
    EXPECT_TRUE(by_others->passed()) << by_others->ToText();
  }
}

}  // namespace
}  // namespace anystore::conformance

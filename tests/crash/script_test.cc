#include "crash/script.h"

#include <gtest/gtest.h>

#include "crash/workload.h"

namespace anystore::crash {
namespace {

TEST(Script, IsTheSameAfterItsText) {
  Script script = MakeWorkload({.seed = 3, .profile = DiskProfile::kJournaled});
  script.copied = true;
  script.cut = Cut{.moment = Moment::kBefore, .call = 17, .survivors = Survivors::kTorn, .seed = 4};
  script.cut->again = SecondCut{.call = 2, .survivors = Survivors::kNone, .seed = 9};
  for (const std::string_view separator : {"\n", "; "}) {
    const Result<Script> again = ParseScript(ToText(script, separator));
    ASSERT_TRUE(again.has_value()) << again.error().ToString();
    EXPECT_EQ(*again, script);
  }
}

TEST(Script, ReadsWhatPeopleWrite) {
  const Result<Script> script = ParseScript(
      "disk no_journal 5;  put /A 10 durable dies 3\n\nbatch put /A 1 delete /B;cut end none 0");
  ASSERT_TRUE(script.has_value()) << script.error().ToString();
  EXPECT_EQ(script->profile, DiskProfile::kNoJournal);
  ASSERT_EQ(script->operations.size(), 2U);
  EXPECT_EQ(script->operations[0].dies_at, 3U);
  EXPECT_EQ(script->operations[0].durability, Durability::kSurvivesPower);
  EXPECT_EQ(script->operations[1].changes.size(), 2U);
  EXPECT_EQ(ToText(*script->cut), "cut end none 0");
}

TEST(Script, NamesTheStepItDoesNotUnderstand) {
  for (const std::string_view wrong :
       {"fly", "put A 1", "put /A", "put /A x", "put /A 1 2", "disk soft 1", "disk strict", "cut",
        "cut between 3 none 0", "cut before none 0", "cut before 3 some 0", "cut before 3 none",
        "cut before 3 none 0 again", "sync dies"}) {
    const Result<Script> script = ParseScript("sync; " + std::string(wrong));
    ASSERT_FALSE(script.has_value()) << wrong;
    EXPECT_EQ(script.error().code(), Code::kInvalidArgument);
    EXPECT_NE(script.error().message().find(wrong), std::string_view::npos) << wrong;
  }
}

TEST(Workload, FollowsFromItsOptions) {
  EXPECT_EQ(MakeWorkload({.seed = 8}), MakeWorkload({.seed = 8}));
  EXPECT_NE(MakeWorkload({.seed = 8}), MakeWorkload({.seed = 9}));
}

TEST(Workload, HasEveryKindOfStep) {
  std::array<int, kKindCount> kinds = {};
  std::array<int, 4> durabilities = {};
  int dies = 0, empty = 0, large = 0, very_large = 0, large_batches = 0;
  for (const Operation& operation : MakeWorkload({.operations = 1000, .moves = true}).operations) {
    ++kinds.at(static_cast<std::size_t>(operation.kind));
    ++durabilities.at(static_cast<std::size_t>(operation.durability));
    dies += operation.dies_at != 0 ? 1 : 0;
    large_batches += operation.changes.size() > 8 ? 1 : 0;
    for (const Change& change : operation.changes) {
      const bool is_batched = operation.kind == Operation::Kind::kBatch;
      EXPECT_LE(change.bytes.value_or(0), (is_batched ? 68U : 20U) * 1024);
      very_large += change.bytes.value_or(0) >= 64U * 1024 ? 1 : 0;
      empty += change.bytes == 0U ? 1 : 0;
      large += change.bytes.value_or(0) > 4096 ? 1 : 0;
    }
  }
  for (const int count : kinds) EXPECT_GT(count, 10);
  for (const int count : durabilities) EXPECT_GT(count, 10);
  for (const int count : {dies, empty, large, very_large, large_batches}) EXPECT_GT(count, 10);
}

TEST(Workload, ValuesAreUnlikeEachOtherAndTheirParts) {
  const std::string value = ValueBytes("/A", 1, 5000);
  EXPECT_EQ(value.size(), 5000U);
  EXPECT_EQ(ValueBytes("/A", 1, 5000), value);
  EXPECT_NE(ValueBytes("/A", 2, 5000).substr(0, 16), value.substr(0, 16));
  EXPECT_NE(ValueBytes("/B", 1, 5000).substr(0, 16), value.substr(0, 16));
  EXPECT_EQ(value.find(value.substr(512, 16)), 512U);
  EXPECT_EQ(value.find(value.substr(4096, 16)), 4096U);
}

}  // namespace
}  // namespace anystore::crash

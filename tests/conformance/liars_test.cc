// Every liar fails the chapter about what it lies about, and no other.
#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

#include "anystore/conformance.h"
#include "conformance/liars.h"

namespace anystore::conformance {
namespace {

using testing::Liar;

std::vector<Liar> AllLiars() {
  std::vector<Liar> liars = testing::RecordLiars();
  std::ranges::move(testing::CollectionLiars(), std::back_inserter(liars));
  std::ranges::move(testing::CrashLiars(), std::back_inserter(liars));
  std::ranges::move(testing::LifeLiars(), std::back_inserter(liars));
  return liars;
}

class Liars : public ::testing::TestWithParam<Liar> {};

TEST_P(Liars, FailExactlyTheirChapter) {
  const Liar& liar = GetParam();
  const Report report = conformance::Run(
      testing::MakeTarget(std::string(liar.name), liar.make, liar.lie), {.quick = true});
  std::vector<std::string> failed;
  for (const ChapterReport& chapter : report.chapters) {
    if (chapter.outcome == Outcome::kFailed) failed.push_back(chapter.name);
  }
  EXPECT_EQ(failed, std::vector<std::string>{std::string(liar.chapter)}) << report.ToText();
}

// What the liars about it are made from.
TEST(Liars, AreNotThoseWhoseBatchesAreWholeWhereThatIsAskedFor) {
  const Report report = conformance::Run(
      testing::MakeTarget("honest", testing::MakesHalvesUnlessAsked()), {.quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.find("crash_while_committing")->outcome, Outcome::kPassed) << report.ToText();
}

std::string TestName(const ::testing::TestParamInfo<Liar>& liar) {
  std::string name;
  bool upper = true;
  for (const char c : liar.param.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      upper = true;
    } else {
      name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kit, Liars, ::testing::ValuesIn(AllLiars()), TestName);

}  // namespace

namespace testing {
void PrintTo(const Liar& liar, std::ostream* out) { *out << liar.name; }
}  // namespace testing

}  // namespace anystore::conformance

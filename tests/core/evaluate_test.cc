#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/query.h"
#include "core/entries.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeEntries;
using testing::Texts;

const std::vector<Entry>& Sample() {
  static const std::vector<Entry> entries = MakeEntries(
      {{"/b/2", "x"}, {"/a", "z"}, {"/b", "x"}, {"/bc", "y"}, {"raw", ""}, {"/b/1", "y"}});
  return entries;
}

std::vector<std::string> Answer(const Query& query) {
  return Texts(Evaluate(query, Sample()).value());
}

TEST(Evaluate, KeepsTheOrderOfTheEntriesWithoutOrders) {
  EXPECT_THAT(Answer({}), ElementsAre("/b/2=x", "/a=z", "/b=x", "/bc=y", "raw=", "/b/1=y"));
}

TEST(Evaluate, SelectsByPrefixAndRangeTogether) {
  EXPECT_THAT(Answer({.prefix = "b/"}), ElementsAre("/b/2=x", "/b/1=y"));
  EXPECT_THAT(Answer({.prefix = "/b", .range = KeyRange::From("/b/2")}), ElementsAre("/b/2=x"));
  EXPECT_THAT(Answer({.range = KeyRange::Between("/b", "/b/2")}), ElementsAre("/b=x", "/b/1=y"));
  EXPECT_THAT(Answer({.prefix = "/raw"}), IsEmpty());
}

TEST(Evaluate, FiltersThenOrdersThenSkipsThenLimits) {
  EXPECT_THAT(Answer({.filters = {Filter::Value(Op::kNotEqual, "z"), Filter::KeyPrefix("/")},
                      .orders = {Order::ValueDescending()},
                      .offset = 1,
                      .limit = 2}),
              ElementsAre("/bc=y", "/b=x"));
}

TEST(Evaluate, ReverseIsByDescendingKey) {
  EXPECT_THAT(Answer({.reverse = true, .limit = 3}), ElementsAre("raw=", "/bc=y", "/b/2=x"));
}

TEST(Evaluate, TakesNegativeNumbersForNone) {
  EXPECT_EQ(Answer({.offset = -3, .limit = -1}), Answer({}));
  EXPECT_THAT(Answer({.offset = 6}), IsEmpty());
  EXPECT_THAT(Answer({.offset = std::numeric_limits<std::int64_t>::max(),
                      .limit = std::numeric_limits<std::int64_t>::max()}),
              IsEmpty());
}

TEST(Evaluate, ShowsValuesToFiltersAndOrdersAlsoWithKeysOnly) {
  EXPECT_THAT(Answer({.filters = {Filter::Value(Op::kEqual, "x")},
                      .orders = {Order::KeyDescending()},
                      .keys_only = true}),
              ElementsAre("/b/2=", "/b="));
}

TEST(Evaluate, FillsInSizes) {
  std::vector<Entry> entries = {{.key = "/a", .value = Value::Copy("123")}};
  EXPECT_EQ(Evaluate({.keys_only = true, .return_sizes = true}, entries).value()[0].info.size, 3U);
  entries = {{.key = "/a", .info = {.size = 7}}};  // a listing without values
  EXPECT_EQ(Evaluate({.return_sizes = true}, entries).value()[0].info.size, 7U);
}

TEST(Evaluate, RefusesMalformedQueries) {
  const auto result = Evaluate({.orders = {Order::Key()}, .reverse = true}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::kInvalidArgument);
}

TEST(Evaluate, SurvivesAFunctionThatIsNoOrder) {
  SeededRandom random(5);
  const Order nonsense =
      Order::Function([&](const EntryView&, const EntryView&) { return random.Below(2) ? -1 : 1; });
  const std::vector<Entry> entries = testing::RandomEntries(random, 300);
  EXPECT_EQ(Evaluate({.orders = {nonsense}}, entries).value().size(), entries.size());
}

}  // namespace
}  // namespace anystore

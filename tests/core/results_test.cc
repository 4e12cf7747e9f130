#include "anystore/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/entries.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LoggedSource;
using testing::MakeEntries;
using testing::MakeEntry;
using ::testing::SizeIs;
using testing::SourceLog;
using testing::Texts;

// /000=0, /001=1, …
std::vector<Entry> Numbered(std::size_t count) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    entries.push_back(MakeEntry("/" + std::string(3 - number.size(), '0') + number, number));
  }
  return entries;
}

Results Over(SourceLog& log, Query query, std::vector<Entry> entries, bool sorted = true) {
  return {std::move(query), std::make_unique<LoggedSource>(log, std::move(entries)), sorted};
}

std::string Text(const EntryView& entry) {
  return std::string(entry.key) + "=" + std::string(entry.value);
}

TEST(Results, YieldsEveryEntryOfTheSource) {
  SourceLog log;
  const std::vector<Entry> entries = Numbered(200);  // several pulls
  Results results = Over(log, {}, entries);
  for (const Entry& entry : entries) {
    ASSERT_TRUE(results.Next());
    ASSERT_EQ(Text(results.entry()), entry.key + "=" + std::string(entry.value.bytes()));
    ASSERT_EQ(results.entry().info.size, entry.info.size);
  }
  EXPECT_FALSE(results.Next());
  EXPECT_FALSE(results.Next());
  EXPECT_TRUE(results.status().has_value());
  EXPECT_TRUE(log.destroyed);
}

TEST(Results, AreWalkedByARangeFor) {
  SourceLog log;
  log.per_call_max = 1;
  Results results = Over(log, {}, Numbered(3));
  std::vector<std::string> texts;
  for (const EntryView& entry : results) texts.push_back(Text(entry));
  EXPECT_THAT(texts, ElementsAre("/000=0", "/001=1", "/002=2"));
  EXPECT_TRUE(results.begin() == results.end());
}

TEST(Results, IteratorGivesMembersAndMovesOnBothWays) {
  SourceLog log;
  Results results = Over(log, {}, Numbered(3));
  auto it = results.begin();
  EXPECT_EQ(it->key, "/000");
  ++it;
  EXPECT_EQ((*it).key, "/001");
  it++;
  EXPECT_EQ(it->key, "/002");
  ++it;
  EXPECT_TRUE(it == results.end());
}

TEST(Results, BreakingOffALoopLeavesTheRest) {
  SourceLog log;
  Results results = Over(log, {}, Numbered(100));
  for (const EntryView& entry : results) {
    if (entry.key == "/097") break;
  }
  EXPECT_THAT(Texts(results.Rest().value()), ElementsAre("/098=98", "/099=99"));
  EXPECT_THAT(results.Rest().value(), IsEmpty());
}

TEST(Results, RestOwnsItsBytes) {
  SourceLog log;
  log.per_call_max = 1;  // every pull overwrites what the last one showed
  std::vector<Entry> rest;
  {
    Results results = Over(log, {}, Numbered(3));
    rest = results.Rest().value();
  }
  EXPECT_THAT(Texts(rest), ElementsAre("/000=0", "/001=1", "/002=2"));
}

TEST(Results, SkipsTheOffsetAndStopsAtTheLimit) {
  SourceLog log;
  Results results = Over(log, {.offset = 100, .limit = 3}, Numbered(500));
  EXPECT_THAT(Texts(results.Rest().value()), ElementsAre("/100=100", "/101=101", "/102=102"));
  EXPECT_EQ(log.yielded, 103U);
  EXPECT_TRUE(log.destroyed);
}

TEST(Results, PullsNoEntryThatIsNotNeeded) {
  SourceLog log;
  Results results = Over(log, {.limit = 2}, Numbered(500));
  EXPECT_EQ(log.calls, 0U) << "the query runs when entries are pulled";
  EXPECT_TRUE(results.Next());
  EXPECT_TRUE(results.Next());
  EXPECT_EQ(log.yielded, 2U);
  const std::size_t calls = log.calls;
  EXPECT_FALSE(results.Next());
  EXPECT_EQ(log.calls, calls);
  EXPECT_TRUE(log.destroyed);
}

TEST(Results, LimitThatCannotBeReachedIsNoTrouble) {
  SourceLog log;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(Over(log, {.offset = 2, .limit = kMost}, Numbered(3)).Rest().value(), SizeIs(1));
  SourceLog second;
  EXPECT_THAT(Over(second, {.offset = kMost, .limit = kMost}, Numbered(3)).Rest().value(),
              IsEmpty());
  SourceLog third;
  EXPECT_THAT(Over(third, {.offset = -5, .limit = -5}, Numbered(3)).Rest().value(), SizeIs(3));
  SourceLog fourth;
  EXPECT_THAT(Over(fourth, {.reverse = true, .offset = 1, .limit = kMost}, Numbered(3), false)
                  .Rest()
                  .value(),
              SizeIs(2));
}

TEST(Results, FiltersAndStopsWhenEnoughHavePassed) {
  SourceLog log;
  std::size_t asked = 0;
  const Filter even = Filter::Function([&asked](const EntryView& entry) {
    ++asked;
    return (entry.value.back() - '0') % 2 == 0;
  });
  Results results = Over(log, {.filters = {even}, .offset = 1, .limit = 2}, Numbered(500));
  EXPECT_THAT(Texts(results.Rest().value()), ElementsAre("/002=2", "/004=4"));
  EXPECT_EQ(asked, 5U);
}

TEST(Results, ShowValuesToFiltersAndDropThemFromKeysOnly) {
  SourceLog log;
  Results results =
      Over(log, {.filters = {Filter::Value(Op::kEqual, "7")}, .keys_only = true}, Numbered(10));
  const std::vector<Entry> rest = results.Rest().value();
  EXPECT_THAT(Texts(rest), ElementsAre("/007="));
  EXPECT_EQ(rest[0].info.size, 1U);
}

TEST(Results, PutUnsortedSourcesInOrder) {
  const auto entries = MakeEntries({{"b", "1"}, {"c", "2"}, {"a", "2"}, {"d", "1"}});
  SourceLog log;
  log.per_call_max = 3;
  EXPECT_THAT(
      Texts(Over(log, {.orders = {Order::ValueDescending()}}, entries, false).Rest().value()),
      ElementsAre("a=2", "c=2", "b=1", "d=1"));
  SourceLog second;
  EXPECT_THAT(Texts(Over(second, {.reverse = true, .limit = 2}, entries, false).Rest().value()),
              ElementsAre("d=1", "c=2"));
  SourceLog third;
  EXPECT_THAT(
      Texts(Over(third, {.orders = {Order::Value()}, .offset = 1, .limit = 2, .keys_only = true},
                 entries, false)
                .Rest()
                .value()),
      ElementsAre("d=", "a="));
}

TEST(Results, LetGoOfTheSourceOnceItIsDrainedForTheOrder) {
  SourceLog log;
  Results results = Over(log, {.orders = {Order::KeyDescending()}}, Numbered(100), false);
  EXPECT_TRUE(results.Next());
  EXPECT_TRUE(log.destroyed);
  EXPECT_EQ(results.entry().key, "/099");
}

TEST(Results, EndAtAnErrorAndKeepIt) {
  SourceLog log;
  log.fails_after = 70;
  Results results = Over(log, {}, Numbered(100));
  std::size_t count = 0;
  while (results.Next()) ++count;
  EXPECT_EQ(count, 70U);
  for (int i = 0; i < 2; ++i) {
    const Status status = results.status();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), Code::kIoError);
    EXPECT_EQ(status.error().message(), "the source broke");
    EXPECT_FALSE(results.Next());
  }
  EXPECT_TRUE(log.destroyed);
  results.Close();
  EXPECT_FALSE(results.status().has_value());
}

TEST(Results, RestFailsWithTheError) {
  SourceLog log;
  log.fails_after = 3;
  const auto rest = Over(log, {}, Numbered(100)).Rest();
  ASSERT_FALSE(rest.has_value());
  EXPECT_EQ(rest.error().code(), Code::kIoError);
}

TEST(Results, AnErrorWhileOrderingYieldsNothing) {
  SourceLog log;
  log.fails_after = 70;
  Results results = Over(log, {.orders = {Order::Key()}}, Numbered(100), false);
  EXPECT_FALSE(results.Next());
  ASSERT_FALSE(results.status().has_value());
  EXPECT_EQ(results.status().error().code(), Code::kIoError);
}

TEST(Results, CloseStopsTheSourceAndMayBeRepeated) {
  SourceLog log;
  Results results = Over(log, {.prefix = "/x"}, Numbered(500));
  EXPECT_TRUE(results.Next());
  const std::size_t yielded = log.yielded;
  results.Close();
  EXPECT_TRUE(log.destroyed);
  results.Close();
  EXPECT_FALSE(results.Next());
  EXPECT_TRUE(results.begin() == results.end());
  EXPECT_THAT(results.Rest().value(), IsEmpty());
  EXPECT_TRUE(results.status().has_value());
  EXPECT_EQ(results.query().prefix, "/x");
  EXPECT_EQ(log.yielded, yielded);
}

TEST(Results, CloseBeforeTheFirstPullRunsNothing) {
  SourceLog log;
  Results results = Over(log, {.orders = {Order::Value()}}, Numbered(10), false);
  results.Close();
  EXPECT_FALSE(results.Next());
  EXPECT_EQ(log.calls, 0U);
  EXPECT_TRUE(results.status().has_value());
}

TEST(Results, DestructorClosesEarly) {
  SourceLog log;
  {
    Results results = Over(log, {}, Numbered(500));
    EXPECT_TRUE(results.Next());
  }
  EXPECT_TRUE(log.destroyed);
  EXPECT_LT(log.yielded, 100U);
}

TEST(Results, MoveAndLeaveAClosedOneBehind) {
  SourceLog log;
  Results first = Over(log, {.prefix = "/p"}, Numbered(3));
  ASSERT_TRUE(first.Next());
  Results second = std::move(first);
  EXPECT_EQ(second.entry().key, "/000");
  EXPECT_FALSE(first.Next());  // NOLINT(bugprone-use-after-move): what this test is about
  EXPECT_TRUE(first.status().has_value());
  EXPECT_THAT(first.Rest().value(), IsEmpty());
  EXPECT_EQ(first.query().prefix, "");
  first.Close();
  SourceLog other;
  Results third = Over(other, {}, Numbered(5));
  third = std::move(second);
  EXPECT_TRUE(other.destroyed);
  EXPECT_THAT(third.Rest().value(), SizeIs(2));
  EXPECT_EQ(third.query().prefix, "/p");
}

TEST(Results, ReportTheQueryAsItWasGiven) {
  SourceLog log;
  const Query query{.prefix = "a//b", .orders = {Order::Value()}, .offset = -3, .limit = 4};
  Results results = Over(log, query, Numbered(3), false);
  EXPECT_THAT(results.Rest().value(), SizeIs(3));
  EXPECT_EQ(results.query().prefix, "a//b");
  EXPECT_EQ(results.query().ToString(), query.ToString());
  EXPECT_EQ(results.query().offset, -3);
}

TEST(Results, StopWhenAskedToWhileDraining) {
  std::stop_source stop;
  for (const bool sorted : {true, false}) {
    SourceLog log;
    log.before_next = [&] {
      if (log.calls == 3) stop.request_stop();
    };
    Results results = Over(log, {.orders = {Order::Key()}, .call = {.stop = stop.get_token()}},
                           Numbered(500), sorted);
    while (results.Next()) {
    }
    ASSERT_FALSE(results.status().has_value());
    EXPECT_EQ(results.status().error().code(), Code::kCancelled);
    EXPECT_EQ(log.calls, sorted ? 3U : 1U) << "the second one starts with the stop requested";
  }
}

TEST(Results, GiveOutAnAnswerThatIsAlreadyThere) {
  Results results({.filters = {Filter::KeyPrefix("/nothing")}, .offset = 1, .limit = 1},
                  MakeEntries({{"b", "1"}, {"a", "2"}, {"c", "3"}}));
  EXPECT_EQ(results.query().limit, 1);
  EXPECT_THAT(Texts(results.Rest().value()), ElementsAre("b=1", "a=2", "c=3"));
}

TEST(Results, AreEmptyWithoutASource) {
  Results results({.reverse = true}, nullptr, false);
  EXPECT_FALSE(results.Next());
  EXPECT_TRUE(results.status().has_value());
}

// What the store tells Results of a scan: whether it is in the query's order.
bool IsInOrder(const Query& query, const std::vector<Entry>& entries) {
  return std::ranges::is_sorted(entries, [&](const Entry& a, const Entry& b) {
    const EntryView left{.key = a.key, .value = a.value.bytes()};
    const EntryView right{.key = b.key, .value = b.value.bytes()};
    if (query.orders.empty()) return query.reverse && left.key > right.key;
    return Compare(query.orders, left, right) < 0;
  });
}

TEST(Results, EqualTheReferenceForRandomQueries) {
  SeededRandom random(42);
  std::size_t in_order = 0;
  std::size_t not_empty = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::vector<Entry> entries = testing::RandomEntries(random, round % 10 == 0 ? 300 : 40);
    const Query query = testing::RandomQuery(random);
    SCOPED_TRACE(query.ToString());
    if (random.Below(3) == 0) {
      std::ranges::sort(entries, [&](const Entry& a, const Entry& b) {
        const EntryView left{.key = a.key, .value = a.value.bytes()};
        const EntryView right{.key = b.key, .value = b.value.bytes()};
        return query.reverse ? a.key > b.key : Compare(query.orders, left, right) < 0;
      });
    }
    const bool sorted = IsInOrder(query, entries);
    in_order += sorted ? 1 : 0;
    const std::vector<Entry> expected = Evaluate(query, entries).value();
    not_empty += expected.empty() ? 0 : 1;

    SourceLog log;
    log.per_call_max = 1 + random.Below(90);
    std::vector<Entry> in_scope = entries;
    std::erase_if(in_scope, [scope = query.Scope()](auto& e) { return !scope.Contains(e.key); });
    const std::vector<Entry> rest = Over(log, query, std::move(in_scope), sorted).Rest().value();
    ASSERT_EQ(Texts(rest), Texts(expected));
    for (std::size_t i = 0; i < rest.size(); ++i) {
      ASSERT_EQ(rest[i].info.size, expected[i].info.size);
    }
    ASSERT_TRUE(log.destroyed);
  }
  EXPECT_GT(in_order, 500U);
  EXPECT_GT(not_empty, 1000U);
}

}  // namespace
}  // namespace anystore

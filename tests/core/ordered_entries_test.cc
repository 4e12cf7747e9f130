#include "core/ordered_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "core/entries.h"

namespace anystore::internal {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::vector<std::string> Drain(OrderedEntries& ordered) {
  std::vector<std::string> texts;
  std::array<EntryView, 3> room;
  for (;;) {
    const std::size_t count = ordered.Next(room).value();
    if (count == 0) return texts;
    for (const EntryView& entry : std::span(room).first(count)) {
      texts.push_back(std::string(entry.key) + "=" + std::string(entry.value) + "/" +
                      std::to_string(entry.info.size));
    }
  }
}

void Add(OrderedEntries& ordered, std::string key, std::string value) {
  ordered.Add({.key = key, .value = value, .info = {.size = value.size()}});
  // The copy must not look at these any more.
  key.assign(key.size(), '#');
  value.assign(value.size(), '#');
}

TEST(OrderedEntries, YieldsAllInOrder) {
  const std::vector<Order> orders = {Order::Value()};
  OrderedEntries ordered(orders, kAll, true);
  for (const std::string key : {"d", "b", "a", "c", "e"}) Add(ordered, key, key == "a" ? "2" : "1");
  EXPECT_THAT(Drain(ordered), ElementsAre("b=1/1", "c=1/1", "d=1/1", "e=1/1", "a=2/1"));
  EXPECT_TRUE(Drain(ordered).empty());
}

TEST(OrderedEntries, WithoutOrdersIsByDescendingKey) {
  OrderedEntries ordered({}, 2, true);
  for (const std::string key : {"d", "b", "a", "e", "c"}) Add(ordered, key, "");
  EXPECT_THAT(Drain(ordered), ElementsAre("e=/0", "d=/0"));
}

TEST(OrderedEntries, DropsValuesThatNobodyWants) {
  const std::vector<Order> orders = {Order::Key()};
  OrderedEntries ordered(orders, kAll, false);
  Add(ordered, "a", "long");
  EXPECT_THAT(Drain(ordered), ElementsAre("a=/4"));
}

TEST(OrderedEntries, NeverHoldsMoreThanItKeeps) {
  SeededRandom random(2);
  const std::vector<Order> orders = {Order::Value(), Order::KeyDescending()};
  OrderedEntries ordered(orders, 10, true);
  std::vector<std::string> all;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string value = std::to_string(random.Below(1000));
    Add(ordered, key, value);
    ASSERT_LE(ordered.size(), 10U);
    all.push_back(value);
  }
  const std::vector<std::string> kept = Drain(ordered);
  ASSERT_EQ(kept.size(), 10U);
  std::ranges::sort(all);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_TRUE(kept[i].contains("=" + all[i] + "/")) << kept[i];
  }
}

TEST(OrderedEntries, KeepsNoneWhenNoneAreWanted) {
  OrderedEntries ordered({}, 0, true);
  Add(ordered, "a", "");
  EXPECT_EQ(ordered.size(), 0U);
  EXPECT_TRUE(Drain(ordered).empty());
}

TEST(OrderedEntries, SurvivesAFunctionThatIsNoOrder) {
  SeededRandom random(5);
  const std::vector<Order> orders = {Order::Function(
      [&](const EntryView&, const EntryView&) { return random.Below(2) ? -1 : 1; })};
  for (const std::size_t keep : {std::size_t{50}, kAll}) {
    OrderedEntries ordered(orders, keep, true);
    for (int i = 0; i < 500; ++i) Add(ordered, std::to_string(i), "");
    EXPECT_EQ(Drain(ordered).size(), std::min<std::size_t>(keep, 500));
  }
}

TEST(OrderedEntries, DoesNotSeek) {
  OrderedEntries ordered({}, kAll, true);
  const Status status = ordered.Seek("a");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), Code::kUnsupported);
}

}  // namespace
}  // namespace anystore::internal

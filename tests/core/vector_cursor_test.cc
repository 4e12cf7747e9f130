#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stop_token>
#include <string>
#include <vector>

#include "anystore/results.h"
#include "core/entries.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeEntries;

std::vector<std::string> Drain(Cursor& cursor) {
  std::vector<std::string> texts;
  std::array<EntryView, 2> room;
  for (;;) {
    const std::size_t count = cursor.Next(room).value();
    if (count == 0) return texts;
    for (const EntryView& entry : std::span(room).first(count)) {
      texts.push_back(std::string(entry.key) + "=" + std::string(entry.value) + "/" +
                      std::to_string(entry.info.size));
    }
  }
}

std::vector<Entry> Sorted() {
  return MakeEntries({{"a", "1"}, {"b", "22"}, {"c", ""}, {"d", "4"}, {"e", "5"}});
}

TEST(MakeCursor, YieldsTheEntriesInTheRange) {
  const auto cursor = MakeCursor(Sorted(), KeyRange::Between("b", "e"), {});
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=22/2", "c=/0", "d=4/1"));
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  EXPECT_THAT(Drain(*MakeCursor(Sorted(), KeyRange::None(), {})), IsEmpty());
}

TEST(MakeCursor, LeavesOutValuesNobodyAskedForButTellsTheirSize) {
  std::vector<Entry> entries = {{.key = "a", .value = Value::Copy("123")},
                                {.key = "b", .info = {.size = 9}}};
  const auto cursor = MakeCursor(std::move(entries), {}, {.values = false});
  EXPECT_THAT(Drain(*cursor), ElementsAre("a=/3", "b=/9"));
}

TEST(MakeCursor, RunsInReverseAlsoOverUnsortedEntries) {
  const auto entries = MakeEntries({{"b", ""}, {"c", ""}, {"a", ""}});
  EXPECT_THAT(Drain(*MakeCursor(entries, {}, {.reverse = true})),
              ElementsAre("c=/0", "b=/0", "a=/0"));
  EXPECT_THAT(Drain(*MakeCursor(entries, {}, {})), ElementsAre("b=/0", "c=/0", "a=/0"));
}

TEST(MakeCursor, SeeksBothWaysWithinTheRange) {
  const auto cursor = MakeCursor(Sorted(), KeyRange::Between("b", "e"), {.values = false});
  ASSERT_TRUE(cursor->Seek("bb").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("c=/0", "d=/1"));
  ASSERT_TRUE(cursor->Seek("a").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=/2", "c=/0", "d=/1"));
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
}

TEST(MakeCursor, SeeksInReverseToTheFirstKeyNotAfter) {
  const auto cursor = MakeCursor(Sorted(), {}, {.reverse = true, .values = false});
  ASSERT_TRUE(cursor->Seek("bb").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=/2", "a=/1"));
  ASSERT_TRUE(cursor->Seek("b").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=/2", "a=/1"));
  ASSERT_TRUE(cursor->Seek("").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
}

TEST(MakeCursor, RefusesToSeekWhereThereIsNoOrder) {
  const auto cursor = MakeCursor(MakeEntries({{"b", ""}, {"a", ""}}), {}, {});
  const Status status = cursor->Seek("a");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), Code::kUnsupported);
}

TEST(MakeCursor, EndsWhenAskedToStop) {
  std::stop_source stop;
  const auto cursor = MakeCursor(Sorted(), {}, {.call = {.stop = stop.get_token()}});
  std::array<EntryView, 1> room;
  EXPECT_EQ(cursor->Next(room).value(), 1U);
  stop.request_stop();
  const auto count = cursor->Next(room);
  ASSERT_FALSE(count.has_value());
  EXPECT_EQ(count.error().code(), Code::kCancelled);
}

}  // namespace
}  // namespace anystore

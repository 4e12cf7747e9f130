// What scans of the backends over storage engines show.
#include <gmock/gmock.h>

#include "backends/engine_cases.h"

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EngineCursor : public OverEachEngine<FourRecordsTest> {};

TEST_P(EngineCursor, YieldsTheRangeWhateverTheBatch) {
  for (const std::size_t at_once : {1U, 2U, 3U, 4U, 64U}) {
    EXPECT_THAT(Drain(*Scan(KeyRange::All()), at_once),
                ElementsAre("b=bb", "d=dd", "f=ff", "h=hh"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h")), at_once), ElementsAre("d=dd", "f=ff"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "h"), {.reverse = true}), at_once),
                ElementsAre("f=ff", "d=dd"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("c", "zz"), {.reverse = true}), at_once),
                ElementsAre("h=hh", "f=ff", "d=dd"));
    EXPECT_THAT(Drain(*Scan(KeyRange::From("f")), at_once), ElementsAre("f=ff", "h=hh"));
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("i", "z")), at_once), IsEmpty());
    EXPECT_THAT(Drain(*Scan(KeyRange::Between("", "b"), {.reverse = true}), at_once), IsEmpty());
  }
}

TEST_P(EngineCursor, EmptyRangeYieldsNothing) {
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("d", "b"))), IsEmpty());
  EXPECT_THAT(Drain(*Scan(KeyRange::None())), IsEmpty());
  EXPECT_THAT(Drain(*Scan(KeyRange::None(), {.reverse = true})), IsEmpty());
}

TEST_P(EngineCursor, SeeksInsideAndOutsideTheRange) {
  const auto cursor = Scan(KeyRange::Between("c", "h"));
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff"));
  ASSERT_TRUE(cursor->Seek("").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff"));
  ASSERT_TRUE(cursor->Seek("a").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff"));
  ASSERT_TRUE(cursor->Seek("h").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  ASSERT_TRUE(cursor->Seek("zz").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
  ASSERT_TRUE(cursor->Seek("d").has_value());
  EXPECT_THAT(Drain(*cursor, 1), ElementsAre("d=dd", "f=ff"));
}

TEST_P(EngineCursor, SeeksBackwardsInsideAndOutsideTheRange) {
  const auto cursor = Scan(KeyRange::Between("c", "h"), {.reverse = true});
  for (const char* const behind : {"zz", "h", "g", "f"}) {
    ASSERT_TRUE(cursor->Seek(behind).has_value());
    EXPECT_THAT(Drain(*cursor), ElementsAre("f=ff", "d=dd")) << behind;
  }
  ASSERT_TRUE(cursor->Seek("e").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd"));
  for (const char* const before : {"c", "b", ""}) {
    ASSERT_TRUE(cursor->Seek(before).has_value());
    EXPECT_THAT(Drain(*cursor), IsEmpty()) << before;
  }
}

TEST_P(EngineCursor, StaysAtTheEnd) {
  const auto cursor = Scan(KeyRange::All());
  EXPECT_EQ(Drain(*cursor).size(), 4U);
  ASSERT_TRUE(store_.Put("z", "later").has_value());
  EXPECT_THAT(Drain(*cursor), IsEmpty());
}

TEST_P(EngineCursor, ShowsTheMomentOfItsStart) {
  const auto cursor = Scan(KeyRange::All());
  ASSERT_TRUE(store_.Delete("d").has_value());
  ASSERT_TRUE(store_.Put("e", "new").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("b=bb", "d=dd", "f=ff", "h=hh"));
  ASSERT_TRUE(cursor->Seek("c").has_value());
  EXPECT_THAT(Drain(*cursor), ElementsAre("d=dd", "f=ff", "h=hh"));
}

TEST_P(EngineCursor, EmptyAndBinaryKeysAreInOrder) {
  const std::string zero(1, '\0');
  const std::string high("\xff\xff");
  ASSERT_TRUE(store_.Put("", "empty").has_value());
  ASSERT_TRUE(store_.Put(zero, "").has_value());
  ASSERT_TRUE(store_.Put(high, "high").has_value());
  EXPECT_THAT(Drain(*Scan(KeyRange::All())),
              ElementsAre("=empty", zero + "=", "b=bb", "d=dd", "f=ff", "h=hh", high + "=high"));
  EXPECT_THAT(Drain(*Scan(KeyRange::Between("", zero), {.reverse = true})), ElementsAre("=empty"));
  EXPECT_THAT(Drain(*Scan(KeyRange::From(high), {.reverse = true})), ElementsAre(high + "=high"));
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineCursor, EachEngine(), EngineName);

}  // namespace
}  // namespace anystore

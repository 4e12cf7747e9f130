#include "backends/tablets/places.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace anystore::tablets {
namespace {

using Paths = std::vector<std::string>;

TEST(SplitPaths, DividesAtCommas) {
  EXPECT_EQ(*SplitPaths("a.tab"), Paths{"a.tab"});
  EXPECT_EQ(*SplitPaths("a.tab,/b/c.tab,d"), (Paths{"a.tab", "/b/c.tab", "d"}));
}

TEST(SplitPaths, TakesCommasAndBackslashesBehindABackslash) {
  EXPECT_EQ(*SplitPaths(R"(a\,b,c\\d,\,)"), (Paths{"a,b", R"(c\d)", ","}));
  EXPECT_EQ(*SplitPaths(R"(a\\,b)"), (Paths{R"(a\)", "b"}));
}

TEST(SplitPaths, RefusesWhatNamesNoFile) {
  for (const char* const list : {"", ",", "a,", ",a", "a,,b", "a/", "a/,b", R"(a\b)", R"(a\)"}) {
    const auto paths = SplitPaths(list);
    ASSERT_FALSE(paths.has_value()) << list;
    EXPECT_EQ(paths.error().code(), Code::kInvalidConfig);
  }
}

}  // namespace
}  // namespace anystore::tablets

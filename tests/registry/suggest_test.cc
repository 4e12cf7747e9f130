#include "registry/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace anystore::registry {
namespace {

TEST(EditDistance, CountsInsertionsRemovalsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("sync", "sycn"), 1U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("ab", "ba"), 1U);
}

TEST(Nearest, FindsAMisspeltNameAndNothingFarAway) {
  const std::vector<std::string> names = {"memory", "rocksdb", "sync"};
  EXPECT_EQ(Nearest("rockdb", names), "rocksdb");
  EXPECT_EQ(Nearest("Memory", names), "memory");
  EXPECT_EQ(Nearest("sycn", names), "sync");
  EXPECT_EQ(Nearest("redis", names), "");
  EXPECT_EQ(Nearest("", names), "");
  EXPECT_EQ(Nearest(std::string(1'000'000, 'a'), names), "");
}

}  // namespace
}  // namespace anystore::registry

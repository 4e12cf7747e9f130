#include "anystore/key_range.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "anystore/environment.h"
#include "anystore/key.h"

namespace anystore {
namespace {

TEST(KeyRange, HoldsTheKeysFromOneUpToAnother) {
  const KeyRange range = KeyRange::Between("b", "d");
  EXPECT_FALSE(range.Contains("a"));
  EXPECT_TRUE(range.Contains("b"));
  EXPECT_TRUE(range.Contains("c\xff"));
  EXPECT_FALSE(range.Contains("d"));
  EXPECT_FALSE(range.empty());
}

TEST(KeyRange, ComparesUnsignedBytes) {
  EXPECT_TRUE(KeyRange::From("\x7f").Contains("\x80"));
  EXPECT_FALSE(KeyRange::Between("", "\x80").Contains("\xff"));
}

TEST(KeyRange, AllHoldsTheEmptyKeyToo) {
  EXPECT_TRUE(KeyRange::All().is_all());
  EXPECT_TRUE(KeyRange::All().Contains(""));
  EXPECT_TRUE(KeyRange::From("").is_all());
  EXPECT_FALSE(KeyRange::From("a").is_all());
}

TEST(KeyRange, IsEmptyWhenItEndsNotAfterItBegins) {
  EXPECT_TRUE(KeyRange::None().empty());
  EXPECT_TRUE(KeyRange::Between("b", "b").empty());
  EXPECT_TRUE(KeyRange::Between("b", "a").empty());
  EXPECT_FALSE(KeyRange::Between("b", "a").Contains("b"));
  EXPECT_FALSE(KeyRange::None().Contains(""));
}

TEST(KeyRange, OnlyHoldsOneKey) {
  const KeyRange range = KeyRange::Only("a");
  EXPECT_TRUE(range.Contains("a"));
  EXPECT_FALSE(range.Contains(std::string("a\0", 2)));
  EXPECT_TRUE(KeyRange::Only("").Contains(""));
  EXPECT_FALSE(KeyRange::Only("").Contains(std::string(1, '\0')));
}

TEST(KeyRange, StartingWithEndsBehindTheLastSuchKey) {
  EXPECT_EQ(KeyRange::StartingWith("ab"), KeyRange::Between("ab", "ac"));
  EXPECT_EQ(KeyRange::StartingWith("a\xff\xff"), KeyRange::Between("a\xff\xff", "b"));
  EXPECT_EQ(KeyRange::StartingWith("\xff\xff"), KeyRange::From("\xff\xff"));
  EXPECT_EQ(KeyRange::StartingWith("\x7f"), KeyRange::Between("\x7f", "\x80"));
  EXPECT_TRUE(KeyRange::StartingWith("").is_all());
}

TEST(KeyRange, UnderHoldsStrictDescendants) {
  const KeyRange range = KeyRange::Under(Key("/a"));
  EXPECT_EQ(range, KeyRange::Between("/a/", "/a0"));
  EXPECT_FALSE(range.Contains("/a"));
  EXPECT_FALSE(range.Contains("/ab"));
  EXPECT_TRUE(range.Contains("/a/b/c"));
  EXPECT_TRUE(KeyRange::Under(Key()).is_all());
}

TEST(KeyRange, AtOrUnderHoldsTheKeyToo) {
  const KeyRange range = KeyRange::AtOrUnder(Key("/a"));
  EXPECT_EQ(range, KeyRange::Between("/a", "/a0"));
  EXPECT_TRUE(range.Contains("/a"));
  EXPECT_TRUE(range.Contains("/a/b"));
  EXPECT_TRUE(KeyRange::AtOrUnder(Key()).is_all());
}

TEST(KeyRange, IntersectsToTheKeysInBoth) {
  const KeyRange range = KeyRange::Between("b", "d");
  EXPECT_EQ(range.Intersect(KeyRange::All()), range);
  EXPECT_EQ(KeyRange::All().Intersect(range), range);
  EXPECT_EQ(range.Intersect(KeyRange::From("c")), KeyRange::Between("c", "d"));
  EXPECT_EQ(range.Intersect(KeyRange::Between("a", "c")), KeyRange::Between("b", "c"));
  EXPECT_EQ(range.Intersect(KeyRange::From("d")), KeyRange::None());
  EXPECT_EQ(range.Intersect(KeyRange::None()), KeyRange::None());
}

// A short string over bytes at the edges of comparison.
std::string RandomKey(SeededRandom& random) {
  constexpr std::string_view kBytes("\0a/0\x7f\x80\xff", 7);
  std::string key(random.Below(4), '\0');
  for (char& c : key) c = kBytes[random.Below(kBytes.size())];
  return key;
}

TEST(KeyRange, HoldsWhatItsNameSaysForRandomKeys) {
  SeededRandom random(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::string a = RandomKey(random);
    const std::string b = RandomKey(random);
    const std::string key = RandomKey(random);
    ASSERT_EQ(KeyRange::Only(a).Contains(key), key == a);
    ASSERT_EQ(KeyRange::StartingWith(a).Contains(key), key.starts_with(a));
    ASSERT_EQ(KeyRange::Under(Key(a)).Contains(Key(key)),
              Key(a).IsAncestorOf(Key(key)) || (Key(a) == Key() && Key(key) == Key()));
    const KeyRange left(a, random.Below(4) == 0 ? std::nullopt : std::optional(RandomKey(random)));
    const KeyRange right(b, random.Below(4) == 0 ? std::nullopt : std::optional(RandomKey(random)));
    ASSERT_EQ(left.Intersect(right).Contains(key), left.Contains(key) && right.Contains(key));
    ASSERT_FALSE(left.empty() && left.Contains(key));
  }
}

}  // namespace
}  // namespace anystore

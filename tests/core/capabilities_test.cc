#include "anystore/capabilities.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace anystore {
namespace {

/// The last enumerator of an axis, or a large number.
template <class T>
T Strongest(T) {
  if constexpr (std::is_same_v<T, std::uint64_t>) return 1'000'000;
  if constexpr (std::is_same_v<T, Durability> || std::is_same_v<T, ConditionScope> ||
                std::is_same_v<T, Sharing>) {
    return static_cast<T>(3);
  }
  if constexpr (std::is_same_v<T, Access> || std::is_same_v<T, Consistency> ||
                std::is_same_v<T, Persistence>) {
    return static_cast<T>(1);
  }
  return static_cast<T>(2);
}

TEST(Capabilities, MeetTakesTheWeakerOfEveryAxis) {
  int axes = 0;
  Capabilities::VisitAxes([&](std::string_view name, auto axis) {
    Capabilities strong;
    strong.*axis = Strongest(strong.*axis);
    Capabilities weak = strong;
    weak.*axis = static_cast<std::remove_reference_t<decltype(weak.*axis)>>(0);
    EXPECT_EQ(Meet(strong, weak), weak) << name;
    EXPECT_EQ(Meet(weak, strong), weak) << name;
    EXPECT_EQ(Meet(strong, strong), strong) << name;
    ++axes;
  });
  EXPECT_EQ(axes, 21);
}

TEST(Capabilities, VisitsEveryMember) {
  // Setting every visited axis and the keys must change every byte that a default one has: a
  // member that VisitAxes forgets would keep two different values equal in Meet.
  Capabilities all;
  all.keys = {.bytes_min = 1, .bytes_max = 2, .alphabet = KeyAlphabet::kNoNul};
  std::size_t bytes = sizeof(KeyLimits);
  Capabilities::VisitAxes([&](std::string_view, auto axis) { bytes += sizeof(all.*axis); });
  EXPECT_EQ((bytes + 7) / 8 * 8, (sizeof(Capabilities) + 7) / 8 * 8);
}

TEST(Capabilities, MeetNarrowsKeys) {
  Capabilities a;
  a.keys = {.bytes_min = 1, .bytes_max = 100, .alphabet = KeyAlphabet::kNoNul};
  Capabilities b;
  b.keys = {.bytes_min = 0, .bytes_max = 50, .alphabet = KeyAlphabet::kUtf8};
  const KeyLimits met = Meet(a, b).keys;
  EXPECT_EQ(met.bytes_min, 1U);
  EXPECT_EQ(met.bytes_max, 50U);
  EXPECT_TRUE(Restricts(met.alphabet, KeyAlphabet::kNoNul));
  EXPECT_TRUE(Restricts(met.alphabet, KeyAlphabet::kUtf8));
  EXPECT_FALSE(Restricts(met.alphabet, KeyAlphabet::kFlatfs));
}

Code CodeOf(const Status& status) { return status.has_value() ? Code::kOk : status.error().code(); }

TEST(CheckKey, LooksAtLengthAndAlphabet) {
  EXPECT_EQ(CodeOf(CheckKey({}, "")), Code::kOk);
  EXPECT_EQ(CodeOf(CheckKey({.bytes_min = 1}, "")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckKey({.bytes_max = 3}, "abcd")), Code::kTooLarge);
  const std::string_view nul("a\0b", 3);
  EXPECT_EQ(CodeOf(CheckKey({}, nul)), Code::kOk);
  EXPECT_EQ(CodeOf(CheckKey({.alphabet = KeyAlphabet::kNoNul}, nul)), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckKey({.alphabet = KeyAlphabet::kUtf8}, "a\xff")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckKey({.alphabet = KeyAlphabet::kUtf8}, "é")), Code::kOk);
}

TEST(CheckKey, KnowsTheKeysOfFlatfs) {
  const KeyLimits flatfs{.alphabet = KeyAlphabet::kFlatfs};
  for (const std::string_view good : {"/A", "/0", "/+_=-", "/CIQA"}) {
    EXPECT_EQ(CodeOf(CheckKey(flatfs, good)), Code::kOk) << good;
  }
  for (const std::string_view bad : {"", "/", "A", "/a", "/A/B", "/A.B", "//A", "/A "}) {
    EXPECT_EQ(CodeOf(CheckKey(flatfs, bad)), Code::kInvalidArgument) << bad;
  }
}

TEST(CheckKey, LooksAtEveryByteOfAKeyOfFlatfs) {
  const KeyLimits flatfs{.alphabet = KeyAlphabet::kFlatfs};
  const std::string_view known = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+_=-";
  for (std::size_t size = 2; size < 70; ++size) {
    std::string key(size, 'A');
    key.front() = '/';
    for (std::size_t at = 1; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        key[at] = static_cast<char>(byte);
        ASSERT_EQ(CheckKey(flatfs, key).has_value(), known.contains(key[at])) << key;
      }
      key[at] = 'A';
    }
  }
}

TEST(Names, AreDistinctAndNeverRunOut) {
  std::set<std::string_view> names;
  for (int i = 0; i < 4; ++i) names.insert(Name(static_cast<Durability>(i)));
  EXPECT_EQ(names.size(), 4U);
  EXPECT_EQ(Name(Support::kEmulated), "emulated");
  EXPECT_EQ(Name(Sharing::kManyProcesses), "many_processes");
  EXPECT_EQ(Name(static_cast<Support>(17)), "unknown");
}

}  // namespace
}  // namespace anystore

#include "filesystem/names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "filesystem/posix_fixture.h"

namespace anystore::filesystem {
namespace {

using namespace std::string_view_literals;

TEST(CheckName, TakesComponents) {
  for (const std::string_view name :
       {"a"sv, "a/b"sv, ".a"sv, "a."sv, "..."sv, "a/..b/c.."sv, " "sv, "\x01\xff"sv, "a\\b"sv}) {
    EXPECT_EQ(Outcome(CheckName(name, 255)), "ok") << name;
  }
}

TEST(CheckName, RefusesWhatIsNoName) {
  for (const std::string_view name : {"/"sv, "/a"sv, "a/"sv, "a//b"sv, "."sv, ".."sv, "./a"sv,
                                      "a/."sv, "a/../b"sv, "\0"sv, "a\0"sv, "a/b\0/c"sv}) {
    const Status checked = CheckName(name, 255);
    EXPECT_EQ(Outcome(checked), "invalid_argument") << Quoted(name);
    EXPECT_TRUE(Message(checked).starts_with("name " + Quoted(name) + ": it has a"))
        << Message(checked);
  }
}

TEST(CheckName, EmptyNameIsOneWhereItIsAllowed) {
  EXPECT_EQ(Outcome(CheckName("", 255)), "invalid_argument");
  EXPECT_EQ(Outcome(CheckName("", 255, EmptyName::kAllowed)), "ok");
  EXPECT_EQ(Outcome(CheckName("/", 255, EmptyName::kAllowed)), "invalid_argument");
}

TEST(CheckName, CountsEachComponentAndTheWhole) {
  EXPECT_EQ(Outcome(CheckName("abc/abc", 3)), "ok");
  EXPECT_EQ(Outcome(CheckName("abcd/abc", 3)), "too_large");
  EXPECT_EQ(Message(CheckName("abc/abcd", 3)),
            "name \"abc/abcd\": a component of 4 bytes, at most 3");
  std::string whole;
  while (whole.size() < kNameBytesMax) whole += "a/";
  whole.resize(kNameBytesMax);
  EXPECT_EQ(Outcome(CheckName(whole, 255)), "ok");
  EXPECT_EQ(Outcome(CheckName(whole + "a", 255)), "too_large");
}

TEST(ParentOf, IsAllButTheLastComponent) {
  static_assert(ParentOf("a/b/c") == "a/b");
  static_assert(ParentOf("c").empty());
  static_assert(LastOf("a/b/c") == "c");
  static_assert(LastOf("c") == "c");
}

TEST(PlaceOfPath, IsADirectoryAndANameInIt) {
  const auto place = [](std::string directory, std::string name) {
    return PathPlace{.directory = std::move(directory), .name = std::move(name)};
  };
  EXPECT_EQ(PlaceOfPath("a/b/c"), place("a/b", "c"));
  EXPECT_EQ(PlaceOfPath("c"), place(".", "c"));
  EXPECT_EQ(PlaceOfPath("/c"), place("/", "c"));
  EXPECT_EQ(PlaceOfPath("/a/c"), place("/a", "c"));
  EXPECT_EQ(PlaceOfPath("a/"), place("a", ""));
}

}  // namespace
}  // namespace anystore::filesystem

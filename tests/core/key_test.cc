#include "anystore/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace anystore {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Key, IsCleanedWhateverItIsMadeFrom) {
  EXPECT_EQ(Key("").bytes(), "/");
  EXPECT_EQ(Key("a//b/./c/../d/").bytes(), "/a/b/d");
  EXPECT_EQ(Key("../../a").bytes(), "/a");
  EXPECT_EQ(Key("/.../..a/.b").bytes(), "/.../..a/.b");
  EXPECT_EQ(Key(std::string_view("/\0\xff", 3)).bytes(), std::string("/\0\xff", 3));
  EXPECT_EQ(Key().bytes(), "/");
}

TEST(Key, IsMadeOfComponents) {
  const std::array<std::string_view, 3> components = {"a", "b/c", ""};
  EXPECT_EQ(Key::FromComponents(components).bytes(), "/a/b/c");
  EXPECT_EQ(Key::FromComponents({}), Key());
}

TEST(Key, GoesWhereverBytesGo) {
  const Key key("/a");
  const std::string_view bytes = key;
  EXPECT_EQ(bytes, "/a");
}

TEST(Key, RawTakesCleanBytesAsTheyAre) {
  for (const std::string_view clean : {"/", "/a", "/a/b:c", "/...", "/..a", "/a/ "}) {
    const Result<Key> key = Key::Raw(clean);
    ASSERT_TRUE(key.has_value()) << clean;
    EXPECT_EQ(key->bytes(), clean);
  }
  EXPECT_EQ(Key::Raw("").value(), Key());
}

TEST(Key, RawSaysWhyItRefusesBytes) {
  const auto why = [](std::string_view bytes) {
    const Result<Key> key = Key::Raw(bytes);
    if (key.has_value()) return std::string("taken");
    EXPECT_EQ(key.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(key.error().key(), Quoted(bytes));
    return std::string(key.error().message());
  };
  EXPECT_THAT(why("a"), HasSubstr("starts with"));
  EXPECT_THAT(why("/a/"), HasSubstr("end with"));
  EXPECT_THAT(why("//a"), HasSubstr("empty component"));
  EXPECT_THAT(why("/a/./b"), HasSubstr("component \".\""));
  EXPECT_THAT(why("/a/.."), HasSubstr("component \"..\""));
}

TEST(Key, HasTheParts) {
  const Key key("/Comedy/Monty/Actor:John:Cleese");
  EXPECT_THAT(key.List(), ElementsAre("Comedy", "Monty", "Actor:John:Cleese"));
  EXPECT_EQ(key.BaseNamespace(), "Actor:John:Cleese");
  EXPECT_EQ(key.RootNamespace(), "Comedy");
  EXPECT_EQ(key.Type(), "Actor:John");
  EXPECT_EQ(key.Name(), "Cleese");
  EXPECT_EQ(key.Path().bytes(), "/Comedy/Monty/Actor:John");
  EXPECT_EQ(key.Parent().bytes(), "/Comedy/Monty");
  EXPECT_EQ(key.Reverse().bytes(), "/Actor:John:Cleese/Monty/Comedy");
  EXPECT_FALSE(key.IsTopLevel());
}

TEST(Key, RootHasOneEmptyComponent) {
  const Key root;
  EXPECT_THAT(root.List(), ElementsAre(""));
  EXPECT_EQ(root.BaseNamespace(), "");
  EXPECT_EQ(root.RootNamespace(), "");
  EXPECT_EQ(root.Type(), "");
  EXPECT_EQ(root.Name(), "");
  EXPECT_EQ(root.Parent(), root);
  EXPECT_EQ(root.Path(), root);
  EXPECT_EQ(root.Reverse(), root);
  EXPECT_EQ(root.Instance("s").bytes(), "/:s");
  EXPECT_TRUE(root.IsTopLevel());
}

TEST(Key, WithoutTypeIsAllNameAndItsPathIsTheParent) {
  const Key key("/a/b");
  EXPECT_EQ(key.Type(), "");
  EXPECT_EQ(key.Name(), "b");
  EXPECT_EQ(key.Path(), key.Parent());
}

TEST(Key, MakesKeysBelowItself) {
  const Key key("/a");
  EXPECT_EQ(key.Child(Key("/b/c")).bytes(), "/a/b/c");
  EXPECT_EQ(key.Child(Key()), key);
  EXPECT_EQ(Key().Child(key), key);
  EXPECT_EQ(key.ChildString("b//c").bytes(), "/a/b/c");
  EXPECT_EQ(key.ChildString("../b").bytes(), "/b");
  EXPECT_EQ(key.ChildString(""), key);
  EXPECT_EQ(key.Instance("b/c").bytes(), "/a:b/c");
}

TEST(Key, AncestryIsStrictAndByComponents) {
  EXPECT_TRUE(Key("/a").IsAncestorOf(Key("/a/b")));
  EXPECT_TRUE(Key("/a/b").IsDescendantOf(Key("/a")));
  EXPECT_FALSE(Key("/a").IsAncestorOf(Key("/ab")));
  EXPECT_FALSE(Key("/a").IsAncestorOf(Key("/a")));
  EXPECT_FALSE(Key("/a/b").IsAncestorOf(Key("/a")));
  EXPECT_TRUE(Key().IsAncestorOf(Key("/a")));
  EXPECT_FALSE(Key().IsAncestorOf(Key()));
}

TEST(Key, HasTwoOrders) {
  EXPECT_GT(Key("/a/b"), Key("/a-b"));  // bytes: '/' comes after '-'
  EXPECT_EQ(Key::CompareComponents(Key("/a/b"), Key("/a-b")), std::strong_ordering::less);
  EXPECT_EQ(Key::CompareComponents(Key("/a-b"), Key("/a/b")), std::strong_ordering::greater);
  EXPECT_EQ(Key::CompareComponents(Key("/a"), Key("/a/b")), std::strong_ordering::less);
  EXPECT_EQ(Key::CompareComponents(Key("/a"), Key("/a")), std::strong_ordering::equal);
  EXPECT_LT(Key("/a"), Key("/\xff"));  // unsigned
  EXPECT_EQ(Key::CompareComponents(Key("/a"), Key("/\xff")), std::strong_ordering::less);
}

TEST(Key, RandomOnesAreUuidsOfVersion4) {
  SeededRandom random(1);
  const Key first = Key::RandomKey(random);
  const Key second = Key::RandomKey(random);
  EXPECT_NE(first, second);
  for (const Key& key : {first, second}) {
    ASSERT_EQ(key.bytes().size(), 33U);
    EXPECT_EQ(key.bytes().find_first_not_of("0123456789abcdef", 1), std::string::npos);
    EXPECT_EQ(key.bytes()[13], '4');
    EXPECT_NE(std::string_view("89ab").find(key.bytes()[17]), std::string_view::npos);
    EXPECT_TRUE(Key::Raw(key).has_value());
  }
}

TEST(KeyJson, EscapesAsGoDoes) {
  EXPECT_EQ(Key("/a\"\\\n\r\t\b\x01<>&\x7f").ToJson().value(),
            "\"/a\\\"\\\\\\n\\r\\t\\u0008\\u0001\\u003c\\u003e\\u0026\x7f\"");
  EXPECT_EQ(Key("/é\u2028\u2029😀").ToJson().value(), "\"/é\\u2028\\u2029😀\"");
}

TEST(KeyJson, RefusesToWriteWhatIsNotUtf8) {
  const Result<std::string> json = Key("/a\xff").ToJson();
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(json.error().key(), "\"/a\\xff\"");
}

TEST(KeyJson, ReadsEveryStringAndCleansIt) {
  EXPECT_EQ(Key::FromJson(" \t\r\n\"a//b\" ").value().bytes(), "/a/b");
  EXPECT_EQ(Key::FromJson(R"("\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00")").value().bytes(),
            "/\"\\/\b\f\n\r\té€😀");
  EXPECT_EQ(Key::FromJson("\"\\u0000\"").value().bytes(), std::string("/\0", 2));
  EXPECT_EQ(Key::FromJson("null").value(), Key());
}

TEST(KeyJson, RefusesEveryOtherDocument) {
  for (const std::string_view json : {"",
                                      " ",
                                      "\"",
                                      "\"a",
                                      "\"a\\",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\x41\"",
                                      "\"\\",
                                      "\"\\u",
                                      "\"a\" \"b\"",
                                      "\"a\"x",
                                      "nul",
                                      "nullx",
                                      "NULL",
                                      "1",
                                      "true",
                                      "{}",
                                      "[\"a\"]",
                                      "\"a\nb\"",
                                      "\"\xff\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800x\"",
                                      "\"\\ud800\\n\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc00\"",
                                      "'a'"}) {
    const Result<Key> key = Key::FromJson(json);
    ASSERT_FALSE(key.has_value()) << json;
    EXPECT_EQ(key.error().code(), Code::kInvalidArgument) << json;
    EXPECT_THAT(key.error().message(), HasSubstr("at byte")) << json;
  }
}

// Bytes that meet in keys more often than chance would have it.
std::string RandomBytes(SeededRandom& random) {
  constexpr std::string_view kBytes("//..ab:-\"\\\x80\xc3\xa9\x01\0", 15);
  std::string bytes(random.Below(12), '\0');
  for (char& c : bytes) c = kBytes[random.Below(kBytes.size())];
  return bytes;
}

// Whether climbing from `key` leads past `ancestor`.
bool IsBelow(const Key& key, const Key& ancestor) {
  for (Key at = key; at != Key();) {
    at = at.Parent();
    if (at == ancestor) return true;
  }
  return false;
}

TEST(Key, KeepsItsRulesForRandomBytes) {
  SeededRandom random(20260101);
  for (int i = 0; i < 20'000; ++i) {
    const Key a(RandomBytes(random));
    const Key b(RandomBytes(random));
    ASSERT_EQ(Key(a.bytes()), a);
    ASSERT_EQ(Key::Raw(a).value(), a);
    const std::vector<std::string_view> list = a.List();
    ASSERT_EQ(Key::FromComponents(list), a);
    ASSERT_EQ(a.Reverse().Reverse(), a);
    ASSERT_EQ(a.Parent().ChildString(a.BaseNamespace()), a);
    ASSERT_EQ(a.IsAncestorOf(b), IsBelow(b, a));
    const std::vector<std::string_view> other = b.List();
    ASSERT_EQ(Key::CompareComponents(a, b), list <=> other);
    if (const Result<std::string> json = a.ToJson(); json.has_value()) {
      ASSERT_EQ(Key::FromJson(*json).value(), a);
    }
  }
}

}  // namespace
}  // namespace anystore

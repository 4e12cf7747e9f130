#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/query.h"

namespace anystore {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Op kOps[] = {Op::kEqual,       Op::kNotEqual, Op::kLess,
                       Op::kLessOrEqual, Op::kGreater,  Op::kGreaterOrEqual};
constexpr Op kUnknownOp = static_cast<Op>(6);

EntryView View(std::string_view key, std::string_view value = {}) {
  return {.key = key, .value = value};
}

// Which of "a", "b", "c" pass when compared with "b".
std::string Passing(Op op) {
  std::string passing;
  for (const std::string_view key : {"a", "b", "c"}) {
    const bool by_key = Filter::Key(op, "b").Passes(View(key, "b"));
    EXPECT_EQ(by_key, Filter::Value(op, "b").Passes(View("b", key)));
    if (by_key) passing += key;
  }
  return passing;
}

TEST(Filter, ComparesKeysAndValues) {
  EXPECT_EQ(Passing(Op::kEqual), "b");
  EXPECT_EQ(Passing(Op::kNotEqual), "ac");
  EXPECT_EQ(Passing(Op::kLess), "a");
  EXPECT_EQ(Passing(Op::kLessOrEqual), "ab");
  EXPECT_EQ(Passing(Op::kGreater), "c");
  EXPECT_EQ(Passing(Op::kGreaterOrEqual), "bc");
}

TEST(Filter, ComparesUnsignedBytes) {
  EXPECT_TRUE(Filter::Key(Op::kGreater, "\x7f").Passes(View("\x80")));
}

TEST(Filter, KeyPrefixIsByBytesNotByComponents) {
  const Filter filter = Filter::KeyPrefix("/ab");
  EXPECT_TRUE(filter.Passes(View("/ab")));
  EXPECT_TRUE(filter.Passes(View("/abc")));
  EXPECT_FALSE(filter.Passes(View("/a/b")));
}

TEST(Filter, AsksTheFunction) {
  const Filter filter =
      Filter::Function([](const EntryView& entry) { return entry.info.size > 3; }, false);
  EXPECT_TRUE(filter.Passes({.key = "k", .info = {.size = 4}}));
  EXPECT_FALSE(filter.Passes({.key = "k", .info = {.size = 3}}));
  EXPECT_FALSE(filter.needs_value());
  EXPECT_TRUE(Filter::Function([](const EntryView&) { return true; }).needs_value());
}

TEST(Filter, KnowsWhetherItNeedsTheValue) {
  EXPECT_FALSE(Filter::Key(Op::kEqual, "").needs_value());
  EXPECT_FALSE(Filter::KeyPrefix("").needs_value());
  EXPECT_TRUE(Filter::Value(Op::kEqual, "").needs_value());
}

TEST(Filter, PassesNothingWhenItCannotBeAsked) {
  for (const Filter& filter :
       {Filter::Key(kUnknownOp, "a"), Filter::Value(kUnknownOp, "a"), Filter::Function(nullptr)}) {
    EXPECT_FALSE(filter.valid());
    EXPECT_FALSE(filter.Passes(View("a", "a")));
    EXPECT_TRUE(filter.Bounds().is_all());
    EXPECT_FALSE(filter.ToString().empty());
  }
  EXPECT_TRUE(Filter::Key(Op::kGreaterOrEqual, "").valid());
}

TEST(Filter, BoundsHoldEveryKeyThatPassesAndNoMoreWhereARangeCanSayIt) {
  SeededRandom random(3);
  constexpr std::string_view kBytes("\0a\xff", 3);
  const auto random_key = [&] {
    std::string key(random.Below(4), '\0');
    for (char& c : key) c = kBytes[random.Below(kBytes.size())];
    return key;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string operand = random_key();
    const std::string key = random_key();
    for (const Op op : kOps) {
      const Filter filter = Filter::Key(op, operand);
      if (op == Op::kNotEqual) {
        ASSERT_TRUE(filter.Bounds().is_all());
      } else {
        ASSERT_EQ(filter.Bounds().Contains(key), filter.Passes(View(key)));
      }
    }
    const Filter prefix = Filter::KeyPrefix(operand);
    ASSERT_EQ(prefix.Bounds().Contains(key), prefix.Passes(View(key)));
  }
  EXPECT_TRUE(Filter::Value(Op::kEqual, "a").Bounds().is_all());
}

TEST(FilterText, PrintsAsGoDatastoreDoes) {
  EXPECT_EQ(Filter::Key(Op::kGreaterOrEqual, "/x").ToString(), R"(KEY >= "/x")");
  EXPECT_EQ(Filter::Value(Op::kEqual, "a\"b\\\n").ToString(), R"(VALUE == "a\"b\\\n")");
  EXPECT_EQ(Filter::KeyPrefix("/ab").ToString(), R"(PREFIX("/ab"))");
  EXPECT_EQ(Filter::Function([](const EntryView&) { return true; }).ToString(), "FN");
}

TEST(FilterText, EscapesWhatCannotBeSeen) {
  EXPECT_EQ(Filter::KeyPrefix(std::string("\0\a\b\f\n\r\t\v\x1b\x7f", 10)).ToString(),
            R"(PREFIX("\x00\a\b\f\n\r\t\v\x1b\x7f"))");
  EXPECT_EQ(Filter::KeyPrefix("é語😀\xff\xc3").ToString(), R"(PREFIX("é語😀\xff\xc3"))");
  EXPECT_EQ(Filter::KeyPrefix("\u0085\u00a0\u2028\ufeff\U000e0001").ToString(),
            R"(PREFIX("\u0085\u00a0\u2028\ufeff\U000e0001"))");
}

TEST(FilterText, ReadsWhatPeopleWrite) {
  const auto read = [](std::string_view text) {
    const Result<Filter> filter = Filter::Parse(text);
    return filter.has_value() ? filter->ToString() : filter.error().ToString();
  };
  EXPECT_EQ(read("key>=/x"), R"(KEY >= "/x")");
  EXPECT_EQ(read("key>/x"), R"(KEY > "/x")");
  EXPECT_EQ(read("key<=/x"), R"(KEY <= "/x")");
  EXPECT_EQ(read("key</x"), R"(KEY < "/x")");
  EXPECT_EQ(read("key!=/x"), R"(KEY != "/x")");
  EXPECT_EQ(read("value==abc"), R"(VALUE == "abc")");
  EXPECT_EQ(read("value=="), R"(VALUE == "")");
  EXPECT_EQ(read("value=== a \\x"), R"(VALUE == "= a \\x")");
  EXPECT_EQ(read("prefix:/ab"), R"(PREFIX("/ab"))");
  EXPECT_EQ(read(R"(key=="\x00\xfF\u00e9\U0001f600\"\\\a")"), R"(KEY == "\x00\xffé😀\"\\\a")");
  EXPECT_EQ(read(R"(prefix:"/a b")"), R"(PREFIX("/a b"))");
}

TEST(FilterText, SaysWhereAndWhatWasExpected) {
  const auto why = [](std::string_view text) {
    const Result<Filter> filter = Filter::Parse(text);
    if (filter.has_value()) return "read as " + filter->ToString();
    EXPECT_EQ(filter.error().code(), Code::kInvalidArgument);
    EXPECT_THAT(filter.error().message(), StartsWith("not a filter: at byte "));
    return std::string(filter.error().message());
  };
  EXPECT_THAT(why(""), HasSubstr("at byte 0: expected key, value or prefix:"));
  EXPECT_THAT(why("size>3"), HasSubstr("at byte 0: expected key, value or prefix:"));
  EXPECT_THAT(why("key=x"), HasSubstr("at byte 3: expected one of == != < <= > >="));
  EXPECT_THAT(why("key ==x"), HasSubstr("at byte 3: expected one of"));
  EXPECT_THAT(why(R"(key=="a)"), HasSubstr("at byte 7: expected the closing quote"));
  EXPECT_THAT(why(R"(key=="a"b)"), HasSubstr("at byte 8: expected nothing after"));
  EXPECT_THAT(why(R"(key=="\q")"), HasSubstr("at byte 7: expected one of abfnrtvxuU"));
  EXPECT_THAT(why(R"(key=="\x1")"), HasSubstr("at byte 9: expected 2 hexadecimal digits"));
  EXPECT_THAT(why(R"(key=="\ud800")"), HasSubstr("expected a code point"));
  EXPECT_THAT(why(R"(key=="\)"), HasSubstr("after a backslash"));
  EXPECT_THAT(why("KEY == x"), HasSubstr("at byte 7: expected a quote"));
  EXPECT_THAT(why(R"(KEY =="x")"), HasSubstr("at byte 6: expected a space"));
  EXPECT_THAT(why(R"(PREFIX("x")"), HasSubstr("at byte 10: expected \")\""));
  EXPECT_THAT(why("PREFIX()"), HasSubstr("at byte 7: expected a quote"));
  EXPECT_THAT(why("FN"), HasSubstr("at byte 0"));
}

TEST(FilterText, ReadsBackWhatItPrints) {
  SeededRandom random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string operand(random.Below(10), '\0');
    for (char& c : operand) c = static_cast<char>(random.Next());
    const Op op = kOps[random.Below(std::size(kOps))];
    for (const Filter& filter :
         {Filter::Key(op, operand), Filter::Value(op, operand), Filter::KeyPrefix(operand)}) {
      const Result<Filter> again = Filter::Parse(filter.ToString());
      ASSERT_TRUE(again.has_value()) << again.error().ToString();
      ASSERT_EQ(again->kind(), filter.kind());
      ASSERT_EQ(again->operand(), operand);
      ASSERT_EQ(again->op(), filter.op());
      ASSERT_EQ(again->ToString(), filter.ToString());
    }
  }
}

}  // namespace
}  // namespace anystore

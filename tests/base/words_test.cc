#include "base/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace anystore::base {
namespace {

using ::testing::ElementsAre;

// "key=text@column" of each word.
std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> texts;
  const std::vector<Word> words = SplitWords(line).value();
  for (const Word& word : words) {
    texts.push_back((word.key.empty() ? "" : word.key + "=") + word.text + "@" +
                    std::to_string(word.column));
  }
  return texts;
}

TEST(Words, StandBetweenBlanks) {
  EXPECT_THAT(Words(""), ElementsAre());
  EXPECT_THAT(Words(" \t\r"), ElementsAre());
  EXPECT_THAT(Words("a  bc\td"), ElementsAre("a@1", "bc@4", "d@7"));
}

TEST(Words, MayHaveAKeyAndQuotes) {
  EXPECT_THAT(Words("k=v= a=b"), ElementsAre("k=v=@1", "a=b@6"));
  EXPECT_THAT(Words("= =x k="), ElementsAre("=@1", "=x@3", "k=@6"));
  EXPECT_THAT(Words(R"(p="a b"/c "" "x=y;#\n")"), ElementsAre("p=a b/c@1", "@11", "x=y;#\n@14"));
}

TEST(Words, EndAtAComment) {
  EXPECT_THAT(Words("a # b"), ElementsAre("a@1"));
  EXPECT_THAT(Words("a#b"), ElementsAre("a#b@1"));
  EXPECT_THAT(Words("# a"), ElementsAre());
}

TEST(Words, ErrorsNameTheColumn) {
  EXPECT_EQ(SplitWords("a \"b").error().message(),
            "column 3: a string that is not closed or not one");
  EXPECT_EQ(SplitWords("\"\\q\"", 10).error().message(),
            "column 11: a string that is not closed or not one");
}

TEST(Words, ASeparatorCountsOutsideOfQuotesAndComments) {
  EXPECT_EQ(UpToSeparator("a;b", ';'), "a");
  EXPECT_EQ(UpToSeparator("a \";\\\";\" c;d", ';'), "a \";\\\";\" c");
  EXPECT_EQ(UpToSeparator("a # b;c", ';'), "a # b;c");
  EXPECT_EQ(UpToSeparator("a \"b;c", ';'), "a \"b;c");
  EXPECT_EQ(UpToSeparator("", ';'), "");
}

TEST(Words, ACommentGoesWithTheBlanksBeforeIt) {
  EXPECT_EQ(WithoutComment("a b  # c"), "a b");
  EXPECT_EQ(WithoutComment("a \" # b\"  "), "a \" # b\"");
  EXPECT_EQ(WithoutComment("a#b"), "a#b");
  EXPECT_EQ(WithoutComment("# a"), "");
  EXPECT_EQ(WithoutComment(""), "");
}

TEST(Words, AnyBytesAreOneWord) {
  for (const std::string_view text :
       {"plain/K.data", "", " ", "a=b", "#", ";", "\"", "\\", "\n", "\xff\xfe", "\xc3\xa4"}) {
    const auto words = SplitWords(AsWord(text)).value();
    ASSERT_EQ(words.size(), 1U) << Quoted(text);
    EXPECT_EQ(words[0].key, "");
    EXPECT_EQ(words[0].text, text);
  }
  EXPECT_EQ(AsWord("AB/*.data"), "AB/*.data");
}

TEST(Words, NumbersAreDecimalAndFit) {
  EXPECT_EQ(ParseNumber("0"), 0U);
  EXPECT_EQ(ParseNumber("18446744073709551615"), 18446744073709551615U);
  for (const std::string_view bad : {"", "-1", "+1", "1x", " 1", "18446744073709551616", "0x1"}) {
    EXPECT_EQ(ParseNumber(bad), std::nullopt) << bad;
  }
}

TEST(Words, ModesAreOctalAndBeginWithAZero) {
  EXPECT_EQ(OctalMode(0), "0000");
  EXPECT_EQ(OctalMode(0644), "0644");
  EXPECT_EQ(OctalMode(04755), "4755");
  EXPECT_EQ(OctalMode(0100644), "100644");
}

}  // namespace
}  // namespace anystore::base

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/hex.h"
#include "base/utf8.h"

namespace anystore::base {
namespace {

TEST(Hex, ReadsTheDigitsItNames) {
  for (unsigned digit = 0; digit < 16; ++digit) EXPECT_EQ(HexDigit(kHexDigits[digit]), digit);
  EXPECT_EQ(HexDigit('A'), 10U);
  EXPECT_EQ(HexDigit('F'), 15U);
  for (const char c : {'g', 'G', '/', ':', '@', '`', '\0', '\xff'}) {
    EXPECT_EQ(HexDigit(c), std::nullopt);
  }
}

TEST(Utf8, WritesAndReadsBackEveryCodePoint) {
  std::string text;
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    text.clear();
    const bool surrogate = c >= 0xd800 && c <= 0xdfff;
    ASSERT_EQ(AppendUtf8(c, text), !surrogate) << static_cast<unsigned>(c);
    if (surrogate) {
      ASSERT_TRUE(text.empty());
      continue;
    }
    ASSERT_EQ(Utf8SequenceLength(text, 0), text.size());
    ASSERT_EQ(DecodeUtf8(text, 0, text.size()), c);
  }
  EXPECT_FALSE(AppendUtf8(0x110000, text));
  EXPECT_FALSE(AppendUtf8(0xffffffff, text));
}

TEST(Utf8, WritesTheKnownForms) {
  std::string text;
  for (const char32_t c : {U'a', U'é', U'€', U'😀'}) EXPECT_TRUE(AppendUtf8(c, text));
  EXPECT_EQ(text, "aé€😀");
}

}  // namespace
}  // namespace anystore::base

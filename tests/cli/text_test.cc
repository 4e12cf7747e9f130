#include "cli/text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace anystore::cli {
namespace {

TEST(Text, EncodingsMatchTheVectorsOfTheirStandard) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base32("f"), "MY");
  EXPECT_EQ(Base32("foob"), "MZXW6YQ");
  EXPECT_EQ(Base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(Hex(std::string("\x00\xff\x1a", 3)), "00ff1a");
}

TEST(Text, Base64ComesBackAndNothingElseIsTaken) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 37);
  }
  for (const char* const wrong :
       {"Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9v Yg==", "Zg==Zg==", "-_=="}) {
    EXPECT_EQ(FromBase64(wrong), std::nullopt) << wrong;
  }
}

TEST(Text, PrintableKeysAreLeftAloneAndOthersQuoted) {
  EXPECT_EQ(Printable("/a b\xC3\xA4"), "/a b\xC3\xA4");
  EXPECT_EQ(Printable(""), "\"\"");
  EXPECT_EQ(Printable("\"a"), "\"\\\"a\"");
  EXPECT_EQ(Printable("a\n"), "\"a\\x0a\"");
  EXPECT_EQ(Printable("\x7f"), "\"\\x7f\"");
  EXPECT_EQ(Printable("\xff"), "\"\\xff\"");
  EXPECT_TRUE(Printable("\xC2\x85").starts_with('"'));
  EXPECT_EQ(Printable(std::string(1000, 'x') + "\n").size(), 1000 + 2 + 4U);
}

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1'234'567), "1,234,567");
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanBytes(5e15), "4547.5 TiB");
}

TEST(JsonObject, IsValidJsonWhateverTheBytes) {
  std::string bytes;
  for (int i = 0; i < 128; ++i) bytes += static_cast<char>(i);
  bytes += "\xC3\xA4\xF0\x9F\x98\x80";
  const std::string text = JsonObject()
                               .Bytes("text", bytes)
                               .Bytes("binary", "\xff\x00")
                               .Number("minus", -5)
                               .Seconds("seconds", 1.5)
                               .Bool("yes", true)
                               .Null("none")
                               .Raw("list", JsonArray({"1", JsonString("a\"")}))
                               .Finish();
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["text"], bytes);
  EXPECT_EQ(json["binary_base64"], "/w==");
  EXPECT_FALSE(json.contains("binary"));
  EXPECT_EQ(json["minus"], -5);
  EXPECT_EQ(json["seconds"], 1.5);
  EXPECT_EQ(json["yes"], true);
  EXPECT_TRUE(json["none"].is_null());
  EXPECT_EQ(json["list"], nlohmann::json::array({1, "a\""}));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace anystore::cli

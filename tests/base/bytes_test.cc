// Byte order, varints, UTF-8 and checksums.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "base/byte_order.h"
#include "base/crc.h"
#include "base/utf8.h"
#include "base/varint.h"

namespace anystore::base {
namespace {

TEST(ByteOrder, LittleAndBig) {
  std::string bytes;
  AppendLittle<std::uint32_t>(bytes, 0x01020304);
  AppendBig<std::uint32_t>(bytes, 0x01020304);
  AppendBig<std::uint16_t>(bytes, 0x0a0b);
  EXPECT_EQ(bytes, std::string_view("\4\3\2\1\1\2\3\4\x0a\x0b"));
  EXPECT_EQ(LoadLittle<std::uint32_t>(bytes.data()), 0x01020304U);
  EXPECT_EQ(LoadBig<std::uint32_t>(bytes.data() + 4), 0x01020304U);
  EXPECT_EQ(LoadBig<std::uint16_t>(bytes.data() + 8), 0x0a0b);
  EXPECT_EQ(LoadLittle<std::uint64_t>(bytes.data() + 1), 0x0a04030201010203ULL);
}

std::string Varint(std::uint64_t value) {
  std::string bytes;
  AppendVarint(bytes, value);
  return bytes;
}

TEST(Varint, RoundTripsAtEveryLength) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {1ULL << bit, (1ULL << bit) - 1, ~0ULL >> bit}) {
      const std::string bytes = Varint(value) + "rest";
      std::string_view at = bytes;
      EXPECT_EQ(TakeVarint(at), value);
      EXPECT_EQ(at, "rest");
    }
  }
}

TEST(Varint, HasOneFormForEachNumber) {
  EXPECT_EQ(Varint(0), std::string(1, '\0'));
  EXPECT_EQ(Varint(300), "\xac\x02");
  EXPECT_EQ(Varint(~0ULL).size(), kVarintBytesMax);
}

TEST(Varint, RefusesWhatIsNoVarint) {
  for (const std::string_view bad : {
           std::string_view(""),
           std::string_view("\x80"),
           std::string_view("\x80\x00", 2),                               // 0, too long
           std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),  // 65 bits
           std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
       }) {
    std::string_view at = bad;
    EXPECT_EQ(TakeVarint(at), std::nullopt);
    EXPECT_EQ(at.size(), bad.size());
  }
}

TEST(ZigZag, KeepsSmallNumbersSmall) {
  EXPECT_EQ(ZigZag(0), 0U);
  EXPECT_EQ(ZigZag(-1), 1U);
  EXPECT_EQ(ZigZag(1), 2U);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-5}, std::int64_t{5},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(UnZigZag(ZigZag(value)), value);
  }
}

TEST(Utf8, FollowsTheTableOfTheStandard) {
  EXPECT_TRUE(IsUtf8("plain /é/日本/🙂"));
  EXPECT_TRUE(IsUtf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));  // around the surrogates, last
  for (const std::string_view bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe6\x97", "a\xff"}) {
    EXPECT_FALSE(IsUtf8(bad)) << testing::PrintToString(bad);
  }
}

// The check values of the CRC catalogue: the check of the nine digits.
TEST(Crc, CheckValues) {
  EXPECT_EQ(Crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32(""), 0U);
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32("foo"), 0x8c736521U);
  EXPECT_EQ(Crc32("bar"), 0x76ff8caaU);
  EXPECT_EQ(Crc32("baz"), 0x78240498U);
}

// RFC 3720, B.4.
TEST(Crc, Castagnoli32BytesOfRfc3720) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

std::string RandomBytes(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.Next());
  return bytes;
}

TEST(Crc, InstructionAndTablesAgreeAtEveryLengthAndAlignment) {
  const std::string bytes = RandomBytes(7, 10000);
  for (std::size_t length = 0; length < bytes.size() - 8;
       length = length < 70 ? length + 1 : length * 5 / 4) {
    for (std::size_t start = 0; start < 8; ++start) {
      const auto part = std::string_view(bytes).substr(start, length);
      ASSERT_EQ(Crc32c(part), ExtendCrc32cPortable(0, part)) << start << " " << length;
    }
  }
}

TEST(Crc, ProductsAndTablesAgreeAtEveryLengthAlignmentAndStart) {
  const std::string bytes = RandomBytes(9, 40000);
  SeededRandom random(10);
  for (std::size_t length = 0; length <= 32768; length = length < 600 ? length + 1 : length * 2) {
    for (std::size_t at = 0; at < 16; ++at) {
      const auto part = std::string_view(bytes).substr(at, length);
      const auto start = static_cast<std::uint32_t>(random.Next());
      ASSERT_EQ(ExtendCrc32(start, part), ExtendCrc32Portable(start, part)) << at << " " << length;
      ASSERT_EQ(Crc32(part), ExtendCrc32Portable(0, part)) << at << " " << length;
    }
  }
}

TEST(Crc, CutsOfTheInputDoNotShow) {
  const std::string bytes = RandomBytes(11, 400);
  const std::uint32_t whole = ExtendCrc32Portable(0, bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::uint32_t front = Crc32(std::string_view(bytes).substr(0, cut));
    ASSERT_EQ(ExtendCrc32(front, std::string_view(bytes).substr(cut)), whole) << cut;
  }
}

TEST(Crc, ExtendsInPieces) {
  const std::string bytes = RandomBytes(8, 7000);
  for (const std::size_t cut : {0UL, 1UL, 7UL, 3072UL, 3073UL, 6999UL, 7000UL}) {
    const auto front = std::string_view(bytes).substr(0, cut);
    const auto back = std::string_view(bytes).substr(cut);
    EXPECT_EQ(ExtendCrc32c(Crc32c(front), back), Crc32c(bytes));
    EXPECT_EQ(ExtendCrc32(Crc32(front), back), Crc32(bytes));
  }
}

}  // namespace
}  // namespace anystore::base

#include "tablet/format/snappy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "tablet/format/snappy_inputs.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;

constexpr std::uint64_t kSizeMax = 64U << 20U;

std::string Packed(std::string_view raw) {
  std::string out;
  AppendSnappy(out, raw);
  return out;
}

Unsnapped Judge(std::string_view packed) {
  std::string raw;
  return Decompress(packed, raw);
}

TEST(Snappy, WhatWasWrittenIsReadAgain) {
  for (const std::string& input : Inputs()) {
    std::string again;
    ASSERT_EQ(Decompress(Packed(input), again), Unsnapped::kOk) << input.size();
    ASSERT_EQ(again, input);
  }
}

TEST(Snappy, AppendsBehindWhatIsThere) {
  std::string out = "before";
  AppendSnappy(out, "raw");
  EXPECT_EQ(out, "before" + Packed("raw"));
}

TEST(Snappy, EverySizeThatBytesCanYieldIsAllowed) {
  // One letter, then as many copies of 64 as fit: the greatest gain there is.
  std::string packed = "\x81\x80\x10\x00x"s;  // 1 + 64 * 4096
  for (int i = 0; i < 4096; ++i) packed += "\xfe\x01\x00"s;
  std::string raw;
  EXPECT_EQ(Decompress(packed, raw), Unsnapped::kOk);
  EXPECT_EQ(raw, std::string(1 + 64 * 4096, 'x'));
}

TEST(Snappy, TheLimitIsTheGreatestSizeAllowed) {
  const std::string packed = Packed(std::string(1000, 'x'));
  std::string raw;
  EXPECT_EQ(Decompress(packed, raw, 1000), Unsnapped::kOk);
  EXPECT_EQ(Decompress(packed, raw, 999), Unsnapped::kTooLarge);
}

TEST(Snappy, SizesThatTheBytesCannotYieldAreRefusedBeforeAllocation) {
  EXPECT_EQ(Judge("\xff\xff\xff\xff\x0f\x00x"s), Unsnapped::kTooLarge);  // 4 GiB
  std::size_t size = 0;
  EXPECT_EQ(SnappySize("\xff\xff\xff\xff\x0f\x00x"s, ~std::uint64_t{0}, size),
            Unsnapped::kTooLarge);
  EXPECT_EQ(SnappySize("\xc0\x01" + std::string(7, 'x'), kSizeMax, size), Unsnapped::kOk);
  EXPECT_EQ(SnappySize("\xc1\x01" + std::string(7, 'x'), kSizeMax, size), Unsnapped::kTooLarge);
}

TEST(Snappy, DamagedIsWhatIsNoRawSnappy) {
  EXPECT_EQ(Judge(""), Unsnapped::kDamaged);
  EXPECT_EQ(Judge("\x80"s), Unsnapped::kDamaged);                           // size is cut
  EXPECT_EQ(Judge("\x81\x80\x80\x80\x80\x00\x00x"s), Unsnapped::kDamaged);  // of six bytes
  EXPECT_EQ(Judge("\x81\x80\x80\x80\x10\x00x"s), Unsnapped::kDamaged);      // of 33 bits
  EXPECT_EQ(Judge("\x01"s), Unsnapped::kDamaged);                           // no elements
  EXPECT_EQ(Judge("\x00\x00x"s), Unsnapped::kDamaged);                      // more than declared
  EXPECT_EQ(Judge("\x01\x04xy"s), Unsnapped::kDamaged);
  EXPECT_EQ(Judge("\x03\x04xy"s), Unsnapped::kDamaged);             // less than declared
  EXPECT_EQ(Judge("\x05\x00x\x01\x00"s), Unsnapped::kDamaged);      // a copy from itself
  EXPECT_EQ(Judge("\x05\x00x\x01\x02"s), Unsnapped::kDamaged);      // from before the start
  EXPECT_EQ(Judge("\x05\x00x\x0e\x00\x80"s), Unsnapped::kDamaged);  // far before the start
  EXPECT_EQ(Judge("\x05\xf0\xffx"s), Unsnapped::kDamaged);          // a literal past the end
  EXPECT_EQ(Judge("\x05\xfc\xff\xff\xff\xffx"s), Unsnapped::kDamaged);
  EXPECT_EQ(Judge("\xff\x06\x00\x00sNaPpY"s + std::string(60, 'x')), Unsnapped::kDamaged);
}

TEST(Snappy, AnotherSizeThanDeclaredIsDamaged) {
  const std::string packed = Packed("abc");
  char out[8];
  EXPECT_EQ(Unsnap(packed, out, 3), Unsnapped::kOk);
  EXPECT_EQ(Unsnap(packed, out, 2), Unsnapped::kDamaged);
  EXPECT_EQ(Unsnap(packed, out, 4), Unsnapped::kDamaged);
}

TEST(Snappy, NothingIsLostUnseenAtTheEnd) {
  const std::string packed = Packed(Text(2000, 3));
  ASSERT_EQ(Judge(packed), Unsnapped::kOk);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    // Not a part of the whole: a reader that goes on would be seen by the address sanitizer.
    const std::string cut = packed.substr(0, size);
    EXPECT_NE(Judge(cut), Unsnapped::kOk) << size;
  }
  EXPECT_EQ(Judge(packed + "\x00x"s), Unsnapped::kDamaged);
}

TEST(Snappy, AnyByteMayBeWrong) {
  const std::string packed = Packed(Text(300, 3));
  for (std::size_t at = 0; at < packed.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string wrong = packed;
      wrong[at] = static_cast<char>(value);
      std::string raw;
      // Another literal is no damage to the form: the block's checksum is what tells.
      static_cast<void>(Decompress(wrong, raw, 1U << 20U));
    }
  }
}

}  // namespace
}  // namespace anystore::tablet

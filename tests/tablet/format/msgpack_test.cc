#include "tablet/format/msgpack.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace anystore::tablet {
namespace {

using std::literals::operator""s;

std::string Packed(std::uint64_t value) {
  std::string out;
  AppendUint(out, value);
  return out;
}

TEST(Msgpack, NumbersTakeTheirShortestForm) {
  EXPECT_EQ(Packed(0), "\x00"s);
  EXPECT_EQ(Packed(127), "\x7f"s);
  EXPECT_EQ(Packed(128), "\xcc\x80"s);
  EXPECT_EQ(Packed(255), "\xcc\xff"s);
  EXPECT_EQ(Packed(256), "\xcd\x01\x00"s);
  EXPECT_EQ(Packed(65535), "\xcd\xff\xff"s);
  EXPECT_EQ(Packed(65536), "\xce\x00\x01\x00\x00"s);
  EXPECT_EQ(Packed(0xffffffff), "\xce\xff\xff\xff\xff"s);
  EXPECT_EQ(Packed(0x100000000), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s);
  std::string wide;
  AppendWideUint(wide, 8);
  EXPECT_EQ(wide, "\xcf\x00\x00\x00\x00\x00\x00\x00\x08"s);
}

TEST(Msgpack, NumbersAreReadInEveryForm) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{65535},
        std::uint64_t{65536}, std::uint64_t{0xffffffff}, std::uint64_t{0x100000000},
        std::numeric_limits<std::uint64_t>::max()}) {
    const std::string packed = Packed(value);
    EXPECT_EQ(packed.size(), PackedUintBytes(value));
    std::string_view bytes = packed;
    std::uint64_t found = 0;
    EXPECT_EQ(TakeUint64(bytes, found), Unpacked::kOk);
    EXPECT_EQ(found, value);
    EXPECT_TRUE(bytes.empty());
  }
  // Longer forms than a small number needs.
  for (const std::string& form : {"\x05"s, "\xcc\x05"s, "\xcd\x00\x05"s, "\xce\x00\x00\x00\x05"s}) {
    std::string_view bytes = form;
    std::uint32_t found = 0;
    EXPECT_EQ(TakeUint32(bytes, found), Unpacked::kOk);
    EXPECT_EQ(found, 5U);
  }
}

TEST(Msgpack, ANumberOver32BitsIsForeignWhereThatIsTheLimit) {
  const std::string packed = "\xcf\x00\x00\x00\x00\x00\x00\x00\x05"s;
  std::string_view bytes = packed;
  std::uint32_t found = 0;
  EXPECT_EQ(TakeUint32(bytes, found), Unpacked::kForeign);
  EXPECT_EQ(bytes.size(), packed.size()) << "nothing was taken";
}

TEST(Msgpack, EveryFirstByteOfANumberIsKnownOrForeign) {
  for (unsigned first = 0; first < 256; ++first) {
    const std::string packed = std::string(1, static_cast<char>(first)) + std::string(8, '\x01');
    std::string_view bytes = packed;
    std::uint64_t found = 0;
    const bool known = first < 0x80 || (first >= 0xcc && first <= 0xcf);
    EXPECT_EQ(TakeUint64(bytes, found), known ? Unpacked::kOk : Unpacked::kForeign) << first;
  }
}

TEST(Msgpack, EveryFirstByteOfAByteStringIsKnownOrForeign) {
  for (unsigned first = 0; first < 256; ++first) {
    const std::string packed =
        std::string(1, static_cast<char>(first)) + std::string(4, '\0') + std::string(40, 'x');
    std::string_view bytes = packed;
    std::string_view found;
    const bool known = (first >= 0xa0 && first <= 0xbf) || first == 0xda || first == 0xdb;
    EXPECT_EQ(TakeRaw(bytes, found), known ? Unpacked::kOk : Unpacked::kForeign) << first;
  }
}

TEST(Msgpack, ByteStringsOfEveryWidthAreReadAgain) {
  for (const std::size_t size : {0U, 1U, 31U, 32U, 255U, 256U, 65535U, 65536U, 70000U}) {
    const std::string raw(size, 'r');
    std::string packed;
    AppendRaw(packed, raw);
    const std::size_t size_bytes = size <= 31 ? 1 : size <= 65535 ? 3 : 5;
    EXPECT_EQ(packed.size(), size_bytes + size);
    std::string_view bytes = packed;
    std::string_view found;
    EXPECT_EQ(TakeRaw(bytes, found), Unpacked::kOk);
    EXPECT_EQ(found, raw);
    EXPECT_TRUE(bytes.empty());
    // There is no form with one byte of size.
    if (size == 32) {
      EXPECT_EQ(packed.substr(0, 3), "\xda\x00\x20"s);
    }
  }
}

TEST(Msgpack, WhatIsCutAnywhereTakesNothing) {
  std::string packed;
  AppendUint(packed, 70000);
  AppendRaw(packed, std::string(40, 'x'));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    std::string_view bytes = std::string_view(packed).substr(0, size);
    std::uint32_t number = 0;
    std::string_view raw;
    const Unpacked first = TakeUint32(bytes, number);
    if (size < 5) {
      EXPECT_EQ(first, Unpacked::kCut);
      EXPECT_EQ(bytes.size(), size);
      continue;
    }
    EXPECT_EQ(first, Unpacked::kOk);
    EXPECT_EQ(TakeRaw(bytes, raw), Unpacked::kCut);
    EXPECT_EQ(bytes.size(), size - 5);
  }
}

}  // namespace
}  // namespace anystore::tablet

#include "tablet/format/snappy_2013.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tablet/format/snappy_inputs.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;

std::string Packed2013(std::string_view raw) {
  std::string out;
  AppendSnappy2013(out, raw);
  return out;
}

TEST(Snappy2013, WhatWasWrittenIsReadAgain) {
  for (const std::string& input : Inputs()) {
    std::string again;
    ASSERT_EQ(Decompress(Packed2013(input), again), Unsnapped::kOk) << input.size();
    ASSERT_EQ(again, input);
  }
}

TEST(Snappy2013, AppendsBehindWhatIsThere) {
  std::string out = "before";
  AppendSnappy2013(out, "raw");
  EXPECT_EQ(out, "before" + Packed2013("raw"));
}

// The elements as bytes, where the rules could be read in two ways.

TEST(Snappy2013, EmptyIsItsSizeAlone) { EXPECT_EQ(Packed2013(""), "\x00"s); }

TEST(Snappy2013, LiteralsHaveAsManyBytesOfSizeAsTheyNeed) {
  // Without four bytes that stand there twice.
  std::string raw;
  for (std::uint32_t i = 0; raw.size() < 70000; ++i) {
    for (const unsigned shift : {14U, 7U, 0U}) raw += static_cast<char>((i >> shift) & 0x7fU);
    raw += '\xff';
  }
  const auto begin = [&](std::size_t size) { return Packed2013(raw.substr(0, size)).substr(0, 6); };
  EXPECT_EQ(begin(60).substr(0, 2), "\x3c\xec"s);
  EXPECT_EQ(begin(61).substr(0, 3), "\x3d\xf0\x3c"s);
  EXPECT_EQ(begin(256).substr(0, 4), "\x80\x02\xf0\xff"s);
  EXPECT_EQ(begin(257).substr(0, 5), "\x81\x02\xf4\x00\x01"s);
  EXPECT_EQ(begin(65536), "\x80\x80\x04\xf4\xff\xff"s);
  EXPECT_EQ(Packed2013(raw.substr(0, 65537)).substr(0, 7), "\x81\x80\x04\xf8\x00\x00\x01"s);
}

/// What follows size and literal of `size` times the same letter.
std::string CopiesOfOneLetter(std::size_t size) {
  const std::string packed = Packed2013(std::string(size, 'x'));
  return packed.substr(size < 128 ? 3 : 4);
}

TEST(Snappy2013, CopiesComeInPiecesOf64AndAShortRest) {
  EXPECT_EQ(CopiesOfOneLetter(1 + 4), "\x01\x01"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 11), "\x1d\x01"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 12), "\x2e\x01\x00"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 64), "\xfe\x01\x00"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 65), "\xfe\x01\x00\x02\x01\x00"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 67), "\xfe\x01\x00\x0a\x01\x00"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 68), "\xfe\x01\x00\x01\x01"s);
  EXPECT_EQ(CopiesOfOneLetter(1 + 128), "\xfe\x01\x00\xfe\x01\x00"s);
}

/// The last three bytes, where "need" comes again `offset` bytes behind its start. Between them is
/// one long copy, which leaves the table of positions alone.
std::string CopyOver(std::size_t offset) {
  const std::string packed = Packed2013("need" + std::string(offset - 4, 'x') + "need");
  return packed.substr(packed.size() - 3);
}

TEST(Snappy2013, CopiesReachAsFarAsTheirFormDoes) {
  EXPECT_EQ(CopyOver(255).substr(1), "\x01\xff"s);
  EXPECT_EQ(CopyOver(256).substr(1), "\x21\x00"s);
  EXPECT_EQ(CopyOver(2047).substr(1), "\xe1\xff"s);
  EXPECT_EQ(CopyOver(2048), "\x0e\x00\x08"s);
  EXPECT_EQ(CopyOver(32767), "\x0e\xff\x7f"s);
  EXPECT_EQ(CopyOver(32768), "eed");
}

}  // namespace
}  // namespace anystore::tablet

#include "layers/checksum/sealed_value.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "anystore/environment.h"
#include "base/hex.h"

namespace anystore::layers {
namespace {

constexpr std::array<ChecksumKind, 3> kKinds = {ChecksumKind::kXxh3Of64, ChecksumKind::kXxh3Of128,
                                                ChecksumKind::kCrc32c};

std::string Sealed(ChecksumKind kind, std::string_view key, std::string_view value) {
  std::string sealed(SealBytes(kind) + value.size(), '\0');
  Seal(kind, key, value, sealed.data());
  return sealed;
}

Code CodeOf(ChecksumKind kind, std::string_view key, std::string_view sealed) {
  const auto value = Unseal(kind, key, sealed);
  return value.has_value() ? Code::kOk : value.error().code();
}

std::string RandomBytes(SeededRandom& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Next());
  return bytes;
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += base::kHexDigits[static_cast<unsigned char>(byte) >> 4U];
    text += base::kHexDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

class SealedValue : public ::testing::TestWithParam<ChecksumKind> {};

TEST_P(SealedValue, ComesBack) {
  SeededRandom random(1);
  for (const std::size_t size :
       {0U, 1U, 3U, 4U, 8U, 9U, 16U, 17U, 128U, 129U, 240U, 241U, 1024U, 100000U}) {
    for (const std::size_t key_size : {0U, 1U, 7U, 300U}) {
      const std::string key = RandomBytes(random, key_size);
      const std::string value = RandomBytes(random, size);
      const std::string sealed = Sealed(GetParam(), key, value);
      EXPECT_EQ(Unseal(GetParam(), key, sealed).value(), value);
      EXPECT_EQ(UnsealedSize(GetParam(), key, sealed.size()).value(), size);
    }
  }
}

TEST_P(SealedValue, EverySingleBitOfASmallRecordCounts) {
  SeededRandom random(2);
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string value = RandomBytes(random, size);
    std::string sealed = Sealed(GetParam(), "/key", value);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      const auto flip = static_cast<char>(1U << (bit % 8));
      sealed[bit / 8] = static_cast<char>(sealed[bit / 8] ^ flip);
      EXPECT_EQ(CodeOf(GetParam(), "/key", sealed), Code::kCorruption) << size << " " << bit;
      sealed[bit / 8] = static_cast<char>(sealed[bit / 8] ^ flip);
    }
    EXPECT_EQ(CodeOf(GetParam(), "/key", sealed), Code::kOk);
  }
}

TEST_P(SealedValue, RandomFlipsOfALargeRecordCount) {
  SeededRandom random(3);
  const std::string value = RandomBytes(random, 50'000);
  const std::string sealed = Sealed(GetParam(), "/key", value);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = sealed;
    const std::uint64_t flips = 1 + random.Below(4);
    for (std::uint64_t i = 0; i < flips; ++i) {
      const std::uint64_t bit = random.Below(damaged.size() * 8);
      const auto flip = static_cast<char>(1U << (bit % 8));
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ flip);
    }
    if (damaged == sealed) continue;
    EXPECT_EQ(CodeOf(GetParam(), "/key", damaged), Code::kCorruption);
  }
}

TEST_P(SealedValue, EveryCutAndEveryAdditionCounts) {
  SeededRandom random(4);
  // Zeros at the end are what a filesystem leaves where a size grew before its data.
  for (const std::string& value :
       {std::string(), std::string(300, '\0'), RandomBytes(random, 300)}) {
    const std::string sealed = Sealed(GetParam(), "/key", value);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      EXPECT_EQ(CodeOf(GetParam(), "/key", sealed.substr(0, size)), Code::kCorruption) << size;
    }
    for (std::size_t more = 1; more < 40; ++more) {
      EXPECT_EQ(CodeOf(GetParam(), "/key", sealed + std::string(more, '\0')), Code::kCorruption);
    }
    EXPECT_EQ(CodeOf(GetParam(), "/key", sealed + sealed), Code::kCorruption);
    EXPECT_EQ(CodeOf(GetParam(), "/key", std::string(sealed.size(), '\0')), Code::kCorruption);
  }
}

TEST_P(SealedValue, BelongsToItsKey) {
  SeededRandom random(5);
  for (int round = 0; round < 200; ++round) {
    const std::string value = RandomBytes(random, random.Below(300));
    const std::string key = RandomBytes(random, random.Below(20));
    const std::string sealed = Sealed(GetParam(), key, value);
    EXPECT_EQ(CodeOf(GetParam(), key + '\0', sealed), Code::kCorruption);
    EXPECT_EQ(CodeOf(GetParam(), RandomBytes(random, 12), sealed), Code::kCorruption);
  }
  // Where key ends and value begins counts, too.
  const std::string sealed = Sealed(GetParam(), "/a", "bc");
  const std::string header = sealed.substr(0, SealBytes(GetParam()));
  EXPECT_EQ(CodeOf(GetParam(), "/ab", header + "c"), Code::kCorruption);
}

TEST_P(SealedValue, SaysWhatIsWrong) {
  const ChecksumKind other =
      GetParam() == ChecksumKind::kCrc32c ? ChecksumKind::kXxh3Of64 : ChecksumKind::kCrc32c;
  const std::string value = "a value of some length";
  const auto message = [](const Result<std::string_view>& result) {
    EXPECT_EQ(result.error().key(), "\"/key\"");
    return std::string(result.error().message());
  };
  EXPECT_NE(message(Unseal(GetParam(), "/key", value)).find("written without this layer"),
            std::string::npos);
  EXPECT_NE(message(Unseal(GetParam(), "/key", "")).find("it was cut"), std::string::npos);
  EXPECT_EQ(UnsealedSize(GetParam(), "/key", 3).error().code(), Code::kCorruption);
  EXPECT_NE(message(Unseal(GetParam(), "/key", Sealed(other, "/key", value)))
                .find("is of kind " + std::string(Name(other))),
            std::string::npos);
  EXPECT_NE(
      message(Unseal(GetParam(), "/key", Sealed(GetParam(), "/other", value))).find("do not match"),
      std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SealedValue, ::testing::ValuesIn(kKinds), [](const auto& of) {
  return of.param == ChecksumKind::kCrc32c      ? "Crc32c"
         : of.param == ChecksumKind::kXxh3Of128 ? "Xxh3Of128"
                                                : "Xxh3Of64";
});

// The bytes are a format: whoever changes them gives them another version.
TEST(SealedValueFormat, IsAsItWas) {
  EXPECT_EQ(Hex(Sealed(ChecksumKind::kXxh3Of64, "/key", "value")),
            "a1010245c6798c7f27d276616c7565");
  EXPECT_EQ(Hex(Sealed(ChecksumKind::kXxh3Of128, "/key", "value")),
            "a1026ad38d17b461c3102b13f7a63957be7076616c7565");
  EXPECT_EQ(Hex(Sealed(ChecksumKind::kCrc32c, "/key", "value")), "a1039984be5176616c7565");
}

TEST(ChecksumKinds, HaveNames) {
  for (const ChecksumKind kind : kKinds) EXPECT_EQ(ChecksumKindOf(Name(kind)), kind);
  EXPECT_EQ(ChecksumKindOf("md5"), std::nullopt);
}

}  // namespace
}  // namespace anystore::layers

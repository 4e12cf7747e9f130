#include "base/crc.h"

#include <array>
#include <cstddef>

#include "base/byte_order.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define ANYSTORE_CRC32C_SSE42 1
#endif

namespace anystore::base {
namespace {

constexpr std::uint32_t kIeee = 0xedb88320;  // reflected polynomials
constexpr std::uint32_t kCastagnoli = 0x82f63b78;

using Table = std::array<std::uint32_t, 256>;

/// Eight tables for eight bytes a step ("slicing by 8", Kounavis and Berry 2005).
constexpr std::array<Table, 8> MakeTables(std::uint32_t polynomial) {
  std::array<Table, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < tables.size(); ++t) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t crc = tables[t - 1][i];
      tables[t][i] = (crc >> 8U) ^ tables[0][crc & 0xffU];
    }
  }
  return tables;
}

constexpr auto kIeeeTables = MakeTables(kIeee);
constexpr auto kCastagnoliTables = MakeTables(kCastagnoli);

std::uint32_t ExtendByTables(const std::array<Table, 8>& tables, std::uint32_t crc,
                             std::string_view bytes) noexcept {
  crc = ~crc;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t word = LoadLittle<std::uint64_t>(at) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= tables[7 - i][(word >> (8 * i)) & 0xffU];
  }
  for (; left > 0; --left, ++at) {
    crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xffU];
  }
  return ~crc;
}

#if ANYSTORE_CRC32C_SSE42

// The instruction takes three cycles and starts one a cycle, so long input runs as three streams
// over neighbouring stretches, joined by advancing the first two checks over the bytes that
// follow them. Advancing is linear, so four table look-ups do it.
constexpr std::size_t kStretch = 1024;

/// The check `crc` advanced over one bit of zero.
constexpr std::uint32_t AdvanceBit(std::uint32_t crc) {
  return (crc >> 1U) ^ ((crc & 1U) != 0 ? kCastagnoli : 0);
}

/// For each byte of a check in each place, that check advanced over `kStretch` zero bytes.
constexpr std::array<Table, 4> MakeAdvanceTables() {
  std::array<std::uint32_t, 32> column{};  // the advance of each single bit
  for (std::size_t bit = 0; bit < 32; ++bit) column[bit] = AdvanceBit(1U << bit);
  // Squaring the matrix doubles the distance: 1 bit to 8 * kStretch bits.
  for (std::size_t distance = 1; distance < 8 * kStretch; distance *= 2) {
    std::array<std::uint32_t, 32> squared{};
    for (std::size_t bit = 0; bit < 32; ++bit) {
      for (std::size_t i = 0; i < 32; ++i) {
        if ((column[bit] >> i & 1U) != 0) squared[bit] ^= column[i];
      }
    }
    column = squared;
  }
  std::array<Table, 4> tables{};
  for (std::size_t place = 0; place < 4; ++place) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        if ((byte >> bit & 1U) != 0) tables[place][byte] ^= column[8 * place + bit];
      }
    }
  }
  return tables;
}

constexpr auto kAdvanceTables = MakeAdvanceTables();

std::uint64_t AdvanceStretch(std::uint64_t crc) noexcept {
  return kAdvanceTables[0][crc & 0xffU] ^ kAdvanceTables[1][crc >> 8U & 0xffU] ^
         kAdvanceTables[2][crc >> 16U & 0xffU] ^ kAdvanceTables[3][crc >> 24U & 0xffU];
}

__attribute__((target("sse4.2"))) std::uint32_t ExtendCrc32cSse42(std::uint32_t start,
                                                                  std::string_view bytes) noexcept {
  std::uint64_t crc = static_cast<std::uint32_t>(~start);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * kStretch; left -= 3 * kStretch, at += 3 * kStretch) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kStretch; i += 8) {
      crc = _mm_crc32_u64(crc, LoadLittle<std::uint64_t>(at + i));
      second = _mm_crc32_u64(second, LoadLittle<std::uint64_t>(at + kStretch + i));
      third = _mm_crc32_u64(third, LoadLittle<std::uint64_t>(at + 2 * kStretch + i));
    }
    crc = AdvanceStretch(crc) ^ second;
    crc = AdvanceStretch(crc) ^ third;
  }
  for (; left >= 8; left -= 8, at += 8) crc = _mm_crc32_u64(crc, LoadLittle<std::uint64_t>(at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}

#endif  // ANYSTORE_CRC32C_SSE42

}  // namespace

std::uint32_t ExtendCrc32(std::uint32_t crc, std::string_view bytes) noexcept {
  return ExtendByTables(kIeeeTables, crc, bytes);
}

std::uint32_t ExtendCrc32cPortable(std::uint32_t crc, std::string_view bytes) noexcept {
  return ExtendByTables(kCastagnoliTables, crc, bytes);
}

std::uint32_t ExtendCrc32c(std::uint32_t crc, std::string_view bytes) noexcept {
#if ANYSTORE_CRC32C_SSE42
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ExtendCrc32cSse42(crc, bytes);
#endif
  return ExtendCrc32cPortable(crc, bytes);
}

}  // namespace anystore::base

#include "base/crc.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "base/byte_order.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#define ANYSTORE_CRC_X86 1
#endif

namespace anystore::base {
namespace {

constexpr std::uint32_t kIeee = 0xedb88320;  // reflected polynomials
constexpr std::uint32_t kCastagnoli = 0x82f63b78;

using Table = std::array<std::uint32_t, 256>;

/// The check `crc` advanced over one bit of zero. A check is a polynomial over bits whose highest
/// power is the lowest bit, so this multiplies it by x.
constexpr std::uint32_t AdvanceBit(std::uint32_t polynomial, std::uint32_t crc) {
  return (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
}

/// Eight tables for eight bytes a step ("slicing by 8", Kounavis and Berry 2005).
constexpr std::array<Table, 8> MakeTables(std::uint32_t polynomial) {
  std::array<Table, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = AdvanceBit(polynomial, crc);
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

#if ANYSTORE_CRC_X86

// The instruction takes three cycles and starts one a cycle, so long input runs as three streams
// over neighbouring stretches, joined by advancing the first two checks over the bytes that
// follow them. Advancing is linear, so four table look-ups do it.
constexpr std::size_t kStretch = 1024;

/// For each byte of a check in each place, that check advanced over `kStretch` zero bytes.
constexpr std::array<Table, 4> MakeAdvanceTables() {
  std::array<std::uint32_t, 32> column{};  // the advance of each single bit
  for (std::size_t bit = 0; bit < 32; ++bit) column[bit] = AdvanceBit(kCastagnoli, 1U << bit);
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

// CRC-32 has no instruction, but a product without carries is one of polynomials (Gopal, Ozturk,
// Guilford and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction",
// Intel 2009). Message bits that stand D bits in front of others may be multiplied by x^D modulo
// the polynomial and added to those: that folds a message of any length into its last 16 bytes,
// whose check is the same.

/// What 16 bytes are multiplied by to be added to those that stand `distance` bits behind them:
/// their first eight bytes by the low half, the others, 64 bits nearer, by the high one.
struct Fold {
  std::uint64_t first;
  std::uint64_t second;
};

/// x^`power` modulo the polynomial, as a factor: 64 bits, the highest power the lowest bit.
constexpr std::uint64_t PowerOfX(unsigned power) {
  std::uint32_t check = 0x80000000;  // x^0
  for (; power > 0; --power) check = AdvanceBit(kIeee, check);
  return std::uint64_t{check} << 32U;
}

/// The bits of two factors count their powers from 63 down, those of the product from 126, but 16
/// bytes count from 127: a product taken for 16 bytes is one power too high, so factors are one
/// too low.
constexpr Fold FoldOver(unsigned distance) {
  return {.first = PowerOfX(distance + 64 - 1), .second = PowerOfX(distance - 1)};
}

constexpr Fold kFold16 = FoldOver(8 * 16);
constexpr Fold kFold64 = FoldOver(8 * 64);
constexpr std::size_t kFoldBytesMin = 64;

__attribute__((target("pclmul"))) inline __m128i Load16(const char* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

__attribute__((target("pclmul"))) inline __m128i Factors(Fold fold) noexcept {
  return _mm_set_epi64x(static_cast<long long>(fold.second), static_cast<long long>(fold.first));
}

/// `front`, moved by what `factors` move it, added to `behind`.
__attribute__((target("pclmul"))) inline __m128i FoldInto(__m128i front, __m128i factors,
                                                          __m128i behind) noexcept {
  const __m128i first = _mm_clmulepi64_si128(front, factors, 0x00);
  const __m128i second = _mm_clmulepi64_si128(front, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), behind);
}

/// Requires: at least `kFoldBytesMin` bytes.
__attribute__((target("pclmul"))) std::uint32_t ExtendCrc32Folding(
    std::uint32_t start, std::string_view bytes) noexcept {
  const char* at = bytes.data();
  std::size_t left = bytes.size() - 64;
  // Four sums side by side, as a product takes longer than the next one waits to begin.
  __m128i sums[4] = {Load16(at), Load16(at + 16), Load16(at + 32), Load16(at + 48)};
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128(static_cast<int>(~start)));
  at += 64;
  const __m128i over64 = Factors(kFold64);
  for (; left >= 64; left -= 64, at += 64) {
    sums[0] = FoldInto(sums[0], over64, Load16(at));
    sums[1] = FoldInto(sums[1], over64, Load16(at + 16));
    sums[2] = FoldInto(sums[2], over64, Load16(at + 32));
    sums[3] = FoldInto(sums[3], over64, Load16(at + 48));
  }
  const __m128i over16 = Factors(kFold16);
  __m128i sum = FoldInto(sums[0], over16, sums[1]);
  sum = FoldInto(sum, over16, sums[2]);
  sum = FoldInto(sum, over16, sums[3]);
  for (; left >= 16; left -= 16, at += 16) sum = FoldInto(sum, over16, Load16(at));
  // Zeros in front of the sum do not change it, so what is left can be made 16 bytes behind 16.
  char last[48] = {};
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last + 16), sum);
  if (left > 0) {
    std::memcpy(last + 32, at, left);
    sum = FoldInto(Load16(last + left), over16, Load16(last + left + 16));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(last + 16), sum);
  }
  // The start is in the sum already: its bytes begin at a state of zero.
  return ExtendByTables(kIeeeTables, ~0U, {last + 16, 16});
}

#endif  // ANYSTORE_CRC_X86

}  // namespace

std::uint32_t ExtendCrc32Portable(std::uint32_t crc, std::string_view bytes) noexcept {
  return ExtendByTables(kIeeeTables, crc, bytes);
}

std::uint32_t ExtendCrc32(std::uint32_t crc, std::string_view bytes) noexcept {
#if ANYSTORE_CRC_X86
  static const bool has_products = __builtin_cpu_supports("pclmul") != 0;
  if (has_products && bytes.size() >= kFoldBytesMin) return ExtendCrc32Folding(crc, bytes);
#endif
  return ExtendCrc32Portable(crc, bytes);
}

std::uint32_t ExtendCrc32cPortable(std::uint32_t crc, std::string_view bytes) noexcept {
  return ExtendByTables(kCastagnoliTables, crc, bytes);
}

std::uint32_t ExtendCrc32c(std::uint32_t crc, std::string_view bytes) noexcept {
#if ANYSTORE_CRC_X86
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ExtendCrc32cSse42(crc, bytes);
#endif
  return ExtendCrc32cPortable(crc, bytes);
}

}  // namespace anystore::base

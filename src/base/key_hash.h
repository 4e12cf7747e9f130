/// Fast hashing and comparing of keys, for tables in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_order.h"

namespace anystore::base {

/// Both halves of the product, one over the other.
[[nodiscard]] inline std::uint64_t FoldedProduct(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// 64 bits of `key`, all of them good. Another `seed` gives other bits, so that whoever does not
/// know it cannot make keys collide. Never kept on a medium: it may change.
[[nodiscard]] inline std::uint64_t HashKey(std::string_view key, std::uint64_t seed) noexcept {
  constexpr std::uint64_t kOdd1 = 0xa0761d6478bd642fULL;
  constexpr std::uint64_t kOdd2 = 0xe7037ed1a0b428dbULL;
  const char* at = key.data();
  std::size_t size = key.size();
  std::uint64_t hash = seed ^ (size * kOdd2);
  for (; size > 16; at += 16, size -= 16) {
    hash = FoldedProduct(LoadLittle<std::uint64_t>(at) ^ kOdd1,
                         LoadLittle<std::uint64_t>(at + 8) ^ hash);
  }
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (size >= 8) {  // the two may overlap
    first = LoadLittle<std::uint64_t>(at);
    last = LoadLittle<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    first = LoadLittle<std::uint32_t>(at);
    last = LoadLittle<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    first = static_cast<unsigned char>(at[0]);
    last = (std::uint64_t{static_cast<unsigned char>(at[size / 2])} << 8U) |
           static_cast<unsigned char>(at[size - 1]);
  }
  return FoldedProduct(FoldedProduct(first ^ kOdd1, last ^ hash) ^ kOdd2, hash ^ kOdd1);
}

/// Whether both are the same; in few instructions where they have 8 to 16 bytes.
[[nodiscard]] inline bool SameKey(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size - 8 > 8) [[unlikely]]
    return a == b;
  const std::uint64_t unlike =
      (LoadLittle<std::uint64_t>(a.data()) ^ LoadLittle<std::uint64_t>(b.data())) |
      (LoadLittle<std::uint64_t>(a.data() + size - 8) ^
       LoadLittle<std::uint64_t>(b.data() + size - 8));
  return unlike == 0;
}

}  // namespace anystore::base

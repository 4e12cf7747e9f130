/// Hexadecimal digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anystore::base {

/// The digits by their value.
inline constexpr std::string_view kHexDigits = "0123456789abcdef";

/// The value of a digit of either case; none for any other byte.
[[nodiscard]] constexpr std::optional<unsigned> HexDigit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// All eight digits of a number: "0004cafe".
[[nodiscard]] inline std::string Hex32(std::uint32_t number) {
  std::string digits(8, '0');
  for (std::size_t i = 0; i < 8; ++i) digits[i] = kHexDigits[number >> (28 - 4 * i) & 0xfU];
  return digits;
}

}  // namespace anystore::base

/// Hexadecimal digits.
#pragma once

#include <optional>
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

}  // namespace anystore::base

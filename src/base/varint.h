/// Variable-length integers: seven bits a byte, lowest first, the top bit set on all but the last
/// (LEB128, as in Protocol Buffers and LevelDB).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anystore::base {

/// The most bytes a 64-bit varint takes.
inline constexpr std::size_t kVarintBytesMax = 10;

/// Appends `value`.
void AppendVarint(std::string& out, std::uint64_t value);

/// Takes a varint from the front of `bytes`. Nothing, and `bytes` unchanged, when it is cut off,
/// longer than it need be, or over 64 bits: one number has one form.
[[nodiscard]] std::optional<std::uint64_t> TakeVarint(std::string_view& bytes);

/// Maps small numbers of either sign to small unsigned ones.
[[nodiscard]] constexpr std::uint64_t ZigZag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

/// The inverse of `ZigZag`.
[[nodiscard]] constexpr std::int64_t UnZigZag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

}  // namespace anystore::base

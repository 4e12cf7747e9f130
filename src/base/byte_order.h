/// Fixed-width integers as bytes, little-endian and big-endian, at any alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>

namespace anystore::base {

/// `value` with its bytes in the other order.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T SwapBytes(T value) noexcept {
  return std::byteswap(value);
}

/// The integer whose little-endian bytes stand at `from`.
template <std::unsigned_integral T>
[[nodiscard]] T LoadLittle(const void* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return std::endian::native == std::endian::little ? value : SwapBytes(value);
}

/// The integer whose big-endian bytes stand at `from`.
template <std::unsigned_integral T>
[[nodiscard]] T LoadBig(const void* from) noexcept {
  return SwapBytes(LoadLittle<T>(from));
}

/// Writes the little-endian bytes of `value` to `to`.
template <std::unsigned_integral T>
void StoreLittle(void* to, T value) noexcept {
  if constexpr (std::endian::native != std::endian::little) value = SwapBytes(value);
  std::memcpy(to, &value, sizeof(T));
}

/// Writes the big-endian bytes of `value` to `to`.
template <std::unsigned_integral T>
void StoreBig(void* to, T value) noexcept {
  StoreLittle(to, SwapBytes(value));
}

/// Appends the little-endian bytes of `value`.
template <std::unsigned_integral T>
void AppendLittle(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreLittle(bytes, value);
  out.append(bytes, sizeof(T));
}

/// Appends the big-endian bytes of `value`.
template <std::unsigned_integral T>
void AppendBig(std::string& out, T value) {
  AppendLittle(out, SwapBytes(value));
}

}  // namespace anystore::base

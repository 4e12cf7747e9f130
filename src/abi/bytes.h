/// Bytes and values of the C interface.
#pragma once

#include <cstdint>
#include <string_view>

#include "anystore/anystore.h"
#include "anystore/error.h"
#include "anystore/value.h"

namespace anystore::abi {

/// Whether there can be such bytes.
[[nodiscard]] inline bool IsSane(const anystore_bytes& bytes) noexcept {
  return bytes.size <= PTRDIFF_MAX && (bytes.data != nullptr || bytes.size == 0);
}

/// The bytes. Requires: IsSane.
[[nodiscard]] inline std::string_view ViewOf(const anystore_bytes& bytes) noexcept {
  if (bytes.data == nullptr) return "";
  return {static_cast<const char*>(bytes.data), bytes.size};
}

/// The bytes for C; never at null.
[[nodiscard]] inline anystore_bytes BytesOf(std::string_view bytes) noexcept {
  return {.data = bytes.data() == nullptr ? "" : bytes.data(), .size = bytes.size()};
}

/// The bytes that a caller handed in.
///
/// Errors: invalid_argument (there cannot be such bytes; says what is).
[[nodiscard]] Result<std::string_view> Given(const anystore_bytes& bytes, const char* what);

/// A value for C, which takes it over.
[[nodiscard]] anystore_value GiveValue(Value value) noexcept;

/// Takes over a value of C's. Without a copy; of a value that GiveValue made, also without an
/// allocation.
///
/// Errors: internal (there cannot be such bytes) · resource_exhausted.
[[nodiscard]] Result<Value> TakeValue(const anystore_value& value);

}  // namespace anystore::abi

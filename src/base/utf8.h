/// Well-formed UTF-8, as the Unicode standard defines it (table 3-7): no overlong forms, no
/// surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace anystore::base {

/// The length in bytes of the well-formed sequence at `at`, 0 when there is none.
///
/// Requires: at < bytes.size().
[[nodiscard]] std::size_t Utf8SequenceLength(std::string_view bytes, std::size_t at) noexcept;

/// The code point of the sequence of `length` bytes at `at`.
///
/// Requires: length == Utf8SequenceLength(bytes, at), and not 0.
[[nodiscard]] char32_t DecodeUtf8(std::string_view bytes, std::size_t at,
                                  std::size_t length) noexcept;

/// Appends the sequence of a code point. False, and nothing is appended, for a surrogate and for
/// anything past U+10FFFF.
[[nodiscard]] bool AppendUtf8(char32_t code_point, std::string& text);

/// Whether all of `bytes` is well-formed.
[[nodiscard]] bool IsUtf8(std::string_view bytes) noexcept;

}  // namespace anystore::base

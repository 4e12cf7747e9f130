/// Well-formed UTF-8, as the Unicode standard defines it (table 3-7): no overlong forms, no
/// surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace anystore::base {

/// The length in bytes of the well-formed sequence at `at`, 0 when there is none.
///
/// Requires: at < bytes.size().
[[nodiscard]] std::size_t Utf8SequenceLength(std::string_view bytes, std::size_t at) noexcept;

/// Whether all of `bytes` is well-formed.
[[nodiscard]] bool IsUtf8(std::string_view bytes) noexcept;

}  // namespace anystore::base

/// The last line of our own small files, which tells that all before it is whole:
/// "crc32c 0fafc4b5".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace anystore::flatfs {

/// How long the line is, with its end.
inline constexpr std::size_t kCrcLineBytes = 16;

/// Ends a text with the line.
[[nodiscard]] std::string WithCrcLine(std::string text);
/// The text before the line; none where that is missing or wrong.
[[nodiscard]] std::optional<std::string_view> WithoutCrcLine(std::string_view text);

}  // namespace anystore::flatfs

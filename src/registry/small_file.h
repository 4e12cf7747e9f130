/// Files that belong to a configuration: itself, and what it names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::registry {

/// More is in no file that somebody wrote by hand.
inline constexpr std::size_t kSmallFileBytesMax = 1 << 20;

/// A file that somebody wrote by hand, whole.
///
/// Errors: not_found · too_large (not what it should be) · invalid_argument (a directory, a pipe,
/// ...) · permission_denied, io_error.
[[nodiscard]] Result<std::string> ReadSmallFile(std::string_view path,
                                                const Environment& environment,
                                                std::size_t bytes_max = kSmallFileBytesMax);

/// The directory in which the path's last component lies: "a" of "a/b", "." of "b".
[[nodiscard]] std::string DirectoryOf(std::string_view path);

/// `path`, which starts from `directory` unless it is absolute.
[[nodiscard]] std::string PathIn(std::string_view directory, std::string_view path);

}  // namespace anystore::registry

/// Files that belong to a configuration: itself, and what it names.
#pragma once

#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::registry {

/// A file that somebody wrote by hand, whole.
///
/// Errors: not_found · too_large (over 1 MiB: not what it should be) · permission_denied, io_error.
[[nodiscard]] Result<std::string> ReadSmallFile(std::string_view path,
                                                const Environment& environment);

/// The directory in which the path's last component lies: "a" of "a/b", "." of "b".
[[nodiscard]] std::string DirectoryOf(std::string_view path);

/// `path`, which starts from `directory` unless it is absolute.
[[nodiscard]] std::string PathIn(std::string_view directory, std::string_view path);

}  // namespace anystore::registry

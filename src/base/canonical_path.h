/// One name for one place, whatever it was called.
#pragma once

#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::base {

/// The path on the host without symbolic links, from the root; as far as it exists.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<std::string> CanonicalPath(std::string_view path);

/// The path without ".", "..", and what else can be seen to be superfluous without looking at
/// files.
[[nodiscard]] std::string LexicalPath(std::string_view path);

}  // namespace anystore::base

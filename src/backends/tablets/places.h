/// The files of a `tablets` store, as its URL names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"

namespace anystore::tablets {

/// Splits "FILE,FILE", the oldest first. "\," stands for a comma in a name, "\\" for a backslash.
///
/// Errors: invalid_config (an empty name, or a backslash before anything else).
[[nodiscard]] Result<std::vector<std::string>> SplitPaths(std::string_view list);

}  // namespace anystore::tablets

/// Where the files of a `tablets` store are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"

namespace anystore::tablets {

/// A file, as the directory to open and a name in it.
struct TabletPlace {
  std::string directory = {};
  std::string name = {};

  friend bool operator==(const TabletPlace&, const TabletPlace&) = default;
};

/// The place that a path means.
[[nodiscard]] TabletPlace PlaceOf(std::string_view path);

/// Splits "FILE,FILE", the oldest first. "\," stands for a comma in a name, "\\" for a backslash.
///
/// Errors: invalid_config (an empty name, or a backslash before anything else).
[[nodiscard]] Result<std::vector<std::string>> SplitPaths(std::string_view list);

}  // namespace anystore::tablets

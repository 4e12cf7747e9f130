/// Export of the records of a store into a tablet.
#pragma once

#include <string_view>

#include "anystore/store.h"
#include "cli/arguments.h"
#include "cli/io.h"

namespace anystore::cli {

/// Whether the target of an export means a tablet.
[[nodiscard]] inline bool IsTabletPath(std::string_view path) { return path.ends_with(".tab"); }

/// Writes the records of a store into the tablet that the arguments name.
Exit ExportTablet(Store& store, const ExportArguments& arguments);

}  // namespace anystore::cli

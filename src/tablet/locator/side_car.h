/// The file beside a tablet that holds its locator.
#pragma once

#include <optional>
#include <string_view>

#include "anystore/filesystem.h"
#include "anystore/tablet/reader.h"
#include "tablet/locator/locator.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {

/// The locator of a tablet, as far as `tablet.options().locator` wants one: from the file, or
/// built. One that cannot be had is no error: the index finds every key, too.
[[nodiscard]] std::optional<Locator> FindLocator(Directory& directory, const Tablet& tablet);

}  // namespace anystore::tablet

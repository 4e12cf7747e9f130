/// Builds the locator of a tablet.
#pragma once

#include "anystore/error.h"
#include "anystore/value.h"
#include "tablet/locator/locator.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {

/// The bytes of a locator: reads the tablet twice, first to know how large it will be.
///
/// Errors: corruption and the other errors of reading · unsupported (more than 2^40 places) ·
/// resource_exhausted.
[[nodiscard]] Result<Value> BuildLocator(const Tablet& tablet);

}  // namespace anystore::tablet

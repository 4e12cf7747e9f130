/// What makes a query malformed.
#pragma once

#include "anystore/error.h"
#include "anystore/query.h"

namespace anystore::internal {

/// Whether `query` can be answered at all.
///
/// Errors: invalid_argument (orders together with reverse, a filter or order that is not valid).
[[nodiscard]] Status Validate(const Query& query);

}  // namespace anystore::internal

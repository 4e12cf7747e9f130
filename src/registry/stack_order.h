/// Which layers may stand on which.
#pragma once

#include "anystore/error.h"

namespace anystore::registry {

struct Stack;

/// Refuses compositions that cannot be right, with the reason.
///
/// Errors: invalid_config.
[[nodiscard]] Status CheckOrder(const Stack& stack);

}  // namespace anystore::registry

/// The backends that every anystore program has.
#pragma once

#include <memory>
#include <vector>

#include "anystore/backend.h"

namespace anystore::registry {

/// One of each built-in backend. A new backend adds its line here and nowhere else.
[[nodiscard]] std::vector<std::unique_ptr<Backend>> BuiltinBackends();

}  // namespace anystore::registry

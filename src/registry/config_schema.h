/// The grammar of configurations for programs: editors, checkers.
#pragma once

#include <string>

#include "anystore/backend.h"

namespace anystore::registry {

/// A JSON Schema (draft 2020-12) of trees in JSON made of what `registry` knows. It takes every
/// tree that opens, but for those that leave a required field to the environment; what of a value
/// stands in a URL, or behind a reference, it cannot judge.
[[nodiscard]] std::string ConfigSchema(const Registry& registry);

}  // namespace anystore::registry

/// The backends and layers that every anystore program has.
#pragma once

#include <memory>
#include <vector>

#include "anystore/backend.h"
#include "anystore/layer.h"

namespace anystore::registry {

/// One of each built-in backend. A new backend adds its line here and nowhere else.
[[nodiscard]] std::vector<std::unique_ptr<Backend>> BuiltinBackends();

/// One of each built-in layer. A new layer adds its line here and nowhere else.
[[nodiscard]] std::vector<std::unique_ptr<LayerType>> BuiltinLayers();

}  // namespace anystore::registry

/// What a transform of keys leaves of a store's capabilities.
#pragma once

#include "anystore/capabilities.h"
#include "anystore/layer.h"

namespace anystore::layers {

/// What a store can do under `transform` that can do `below` itself.
[[nodiscard]] Capabilities NarrowedBy(const KeyTransform& transform, Capabilities below);

}  // namespace anystore::layers

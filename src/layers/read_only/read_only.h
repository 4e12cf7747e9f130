/// The layer `read-only`: a store that takes no writes (docs/layers/read_only.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewReadOnlyLayer();

}  // namespace anystore::layers

/// The layer `sharded`: one store spread over several (docs/layers/sharded.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewShardedLayer();

}  // namespace anystore::layers

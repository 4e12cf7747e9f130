/// The layer `cache`: keeps what was read and written lately in memory (docs/layers/cache.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewCacheLayer();

}  // namespace anystore::layers

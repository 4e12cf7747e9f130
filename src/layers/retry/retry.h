/// The layer `retry`: makes calls again that failed for a while (docs/layers/retry.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewRetryLayer();

}  // namespace anystore::layers

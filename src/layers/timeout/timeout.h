/// The layer `timeout`: gives every call a deadline (docs/layers/timeout.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewTimeoutLayer();

}  // namespace anystore::layers

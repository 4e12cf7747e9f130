/// The layer `metrics`: counts and times what passes (docs/layers/metrics.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewMetricsLayer();

}  // namespace anystore::layers

/// The layer `log`: a line a call (docs/layers/log.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewLogLayer();

}  // namespace anystore::layers

/// The layer `fault`: fails, waits and damages by rule (docs/layers/fault.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewFaultLayer();

}  // namespace anystore::layers

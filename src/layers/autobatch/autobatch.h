/// The layer `autobatch`: gathers writes and hands them on in batches (docs/layers/autobatch.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewAutobatchLayer();

}  // namespace anystore::layers

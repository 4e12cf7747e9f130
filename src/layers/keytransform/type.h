/// The layer `keytransform`: keys in another form (docs/layers/keytransform.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewKeyTransformLayer();

}  // namespace anystore::layers

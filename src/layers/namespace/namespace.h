/// The layer `namespace`: a part of a store, behind a prefix (docs/layers/namespace.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewNamespaceLayer();

}  // namespace anystore::layers

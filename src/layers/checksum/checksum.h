/// The layer `checksum`: finds out what was damaged below (docs/layers/checksum.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewChecksumLayer();

}  // namespace anystore::layers

/// The layer `mount`: stores in one tree of keys (docs/layers/mount.md).
#pragma once

#include <memory>

#include "anystore/layer.h"

namespace anystore::layers {

[[nodiscard]] std::unique_ptr<LayerType> NewMountLayer();

}  // namespace anystore::layers

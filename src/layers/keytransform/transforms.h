/// The transforms that configurations can name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/layer.h"

namespace anystore::layers {

/// Their names.
[[nodiscard]] std::vector<std::string> TransformNames();

/// The transform of a name.
///
/// Requires: the name is among TransformNames.
[[nodiscard]] std::shared_ptr<const KeyTransform> NamedTransform(std::string_view name);

}  // namespace anystore::layers

// A store with a file a record, small enough to be seen through, and broken on request.
#pragma once

#include <span>
#include <string_view>

#include "anystore/backend.h"

namespace anystore::crash {

// A registry with the backend "onefile" alone: "onefile:/store?flaw=none".
[[nodiscard]] const Registry& OneFileRegistry();

// What may be wrong with it: the choices of its field. The first one is "none".
[[nodiscard]] std::span<const std::string_view> OneFileFlaws();

}  // namespace anystore::crash

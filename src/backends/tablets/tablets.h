/// The backend `tablets`: immutable sorted tables on top of each other, for reading.
#pragma once

#include <memory>

#include "anystore/backend.h"

namespace anystore::tablets {

[[nodiscard]] std::unique_ptr<Backend> NewTabletsBackend();

}  // namespace anystore::tablets

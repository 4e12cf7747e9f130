/// The `flatfs` backend: one file a record, in the layout of go-ds-flatfs.
#pragma once

#include <memory>

#include "anystore/backend.h"

namespace anystore::flatfs {

/// The backend of `flatfs:PATH`.
[[nodiscard]] std::unique_ptr<Backend> NewFlatfsBackend();

}  // namespace anystore::flatfs

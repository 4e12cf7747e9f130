/// A `Backend` as `anystore_backend_v1`: what plugins in C++ are made with.
#pragma once

#include <memory>

#include "anystore/anystore.h"
#include "anystore/backend.h"

namespace anystore::abi {

/// `backend` for C. It and its table live until the program ends.
///
/// Errors: invalid_argument (no backend).
[[nodiscard]] Result<const anystore_backend_v1*> ExportBackend(std::unique_ptr<Backend> backend);

}  // namespace anystore::abi

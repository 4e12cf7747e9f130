/// A backend of C's, `anystore_backend_v1`, as a `Backend`.
#pragma once

#include <memory>
#include <string>

#include "anystore/anystore.h"
#include "anystore/backend.h"

namespace anystore::abi {

/// `table` as a backend. `who` is what errors call it: the file of the plugin.
///
/// Errors: internal (no table, or one without a function or text; says which) · invalid_config
/// (its spec is malformed; says where).
[[nodiscard]] Result<std::unique_ptr<Backend>> ImportBackend(std::string who,
                                                             const anystore_backend_v1* table);

}  // namespace anystore::abi

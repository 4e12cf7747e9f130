/// Whether a store is the one that a configuration means.
#pragma once

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "registry/stack.h"

namespace anystore::registry {

/// Holds the identity of an open store against the configuration of its backend: the id, and the
/// fields that were fixed when it was made, as far as both say something. Nothing else is looked
/// at.
///
/// Errors: identity_mismatch (names the field and both values).
[[nodiscard]] Status CheckIdentity(const Stack& leaf, Datastore& store);

}  // namespace anystore::registry

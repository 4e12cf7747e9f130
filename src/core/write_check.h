/// What a store refuses before a write reaches the datastore.
#pragma once

#include <span>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "core/store_core.h"

namespace anystore::internal {

/// Ok if the store has every option of the write, and takes `mutation_count` at once.
///
/// Errors: unsupported · timeout, cancelled.
Status CheckWriteOptions(const StoreCore& core, const WriteOptions& options,
                         std::size_t mutation_count);

/// Ok if the mutation may reach the datastore. Deletes of keys that the store does not take are
/// not errors and not for the datastore: see `IsVoid`.
///
/// Errors: invalid_argument, too_large · unsupported · not_found, precondition_failed (of a key
/// that the store does not take).
Status CheckMutation(const StoreCore& core, const Mutation& mutation);

/// Whether the mutation changes nothing whatever the store holds: a delete of a key that the
/// store does not take, or of an empty range. Nothing is void for a store that takes no writes.
bool IsVoid(const StoreCore& core, const Mutation& mutation);

/// Ok if keys and values of the mutations fit into one batch.
///
/// Errors: too_large.
Status CheckBatchSize(const StoreCore& core, std::uint64_t bytes);

}  // namespace anystore::internal

/// Whether the conditions of a list of mutations hold.
#pragma once

#include <span>

#include "anystore/datastore.h"
#include "backends/rocksdb/reads.h"

namespace anystore::rocksdb {

/// Whether any mutation has a condition.
[[nodiscard]] bool AnyConditions(std::span<const Mutation> mutations) noexcept;

/// Ok if every condition holds, each looked at after the mutations before it. The caller holds
/// the locks of the keys, so that it stays so.
///
/// Errors: precondition_failed (says which mutation of several) · as Get.
Status CheckConditions(const View& view, std::span<const Mutation> mutations);

}  // namespace anystore::rocksdb

/// How checksums get from one repository into another, ahead of their records.
#pragma once

#include "anystore/environment.h"
#include "anystore/error.h"
#include "backends/flatfs/layout.h"

namespace anystore::flatfs {

/// Adds to the checksums of `to` those of `from`, if it has some, under the names that their
/// records will have; not again what is there already. The lines are stable when it returns; the
/// file's name is so with the next sync of the root of `to`.
///
/// Errors: data_loss (a sync failed) · those of the filesystem.
Status CarryChecksums(const OpenedRepository& from, const OpenedRepository& to);

}  // namespace anystore::flatfs

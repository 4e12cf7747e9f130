/// How checksums get from one repository into another, ahead of their records.
#pragma once

#include <functional>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "backends/flatfs/layout.h"

namespace anystore::flatfs {

/// Drops those checksums of `to` that would speak for a record of `from` once that has come: of a
/// value that was removed, or was never there, when the last writer was cut off. `sync` makes
/// stable what was done to the records of `to`. The file has its name for good with the next sync
/// of the root of `to`.
///
/// Errors: those of the filesystem, and of `sync`.
Status DropStaleChecksums(const OpenedRepository& from, const OpenedRepository& to,
                          const std::function<Status()>& sync, Random& random);

/// Adds to the checksums of `to` those of `from`, if it has some, under the names that their
/// records will have; not again what is there already, and none of a record that is. The lines are
/// stable when it returns; the file's name is so with the next sync of the root of `to`.
///
/// Errors: data_loss (a sync failed) · those of the filesystem.
Status CarryChecksums(const OpenedRepository& from, const OpenedRepository& to);

}  // namespace anystore::flatfs

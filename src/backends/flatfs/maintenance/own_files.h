/// Looking at the files that a repository itself needs.
#pragma once

#include "anystore/error.h"
#include "backends/flatfs/maintenance/examination.h"

namespace anystore::flatfs {

/// Says what is wrong with SHARDING and _README, and whether the owner may read them and
/// the note of sizes.
///
/// Errors: as Check.
Status ExamineOwnFiles(Examination& examination);

}  // namespace anystore::flatfs

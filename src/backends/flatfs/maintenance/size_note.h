/// The note of sizes, `diskUsage.cache`, in a check and after repairs.
#pragma once

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"
#include "backends/flatfs/maintenance/examination.h"

namespace anystore::flatfs {

/// Says what is wrong with the note of a repository that is not open, when its records were looked
/// at: one that nobody can read, or whose number cannot be right. Sizes of directories differ
/// from one filesystem to the next, and are not held against it.
///
/// Errors: as Check.
Status ExamineSizeNote(Examination& examination);

/// Before the first repair: a note that may be believed is marked as out of date, and that is made
/// stable.
///
/// Errors: data_loss · those of the filesystem.
Status DistrustSizeNote(Directory& root, Clock& clock, Random* random);

/// After the last one: where there is a note, a right one takes its place.
///
/// Errors: timeout, cancelled · data_loss · those of the filesystem.
Status RenewSizeNote(Directory& root, Clock& clock, Random* random, const CallOptions& call);

}  // namespace anystore::flatfs

/// What becomes of values that were not synced when the power was cut.
#pragma once

#include <optional>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/unsynced/unsynced_note.h"

namespace anystore::flatfs {

/// Before anything else is done with a repository that was locked: if the power was cut since there
/// was a note, removes the values that it left torn, durably, and then the note. Looks at each
/// record for that. Returns the note where it still holds, since the power was not cut.
///
/// Errors: corruption (the note) · unsupported (of a later version) · data_loss · those of the
/// filesystem. Can be repeated.
[[nodiscard]] Result<std::optional<UnsyncedNote>> RecoverUnsynced(Directory& root,
                                                                  const Shard& shard,
                                                                  const Environment& environment);
/// The same, and makes all values stable and removes the note where it still holds: for those who
/// write in other ways.
///
/// Errors: as RecoverUnsynced.
Status SettleUnsynced(Directory& root, const Shard& shard, const Environment& environment);

}  // namespace anystore::flatfs

/// The journal of a commit that is all or nothing: one file, from which such a commit is finished
/// where it was cut off. docs/formats/flatfs.md has its form.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"

namespace anystore::flatfs {

/// A change of a record, as changes of files.
///
/// Threads: thread-compatible.
struct CommitChange {
  /// The file of the record, from the root.
  std::string target = {};
  /// The file with the new bytes, in the directory of temporary files; empty: the record is
  /// removed.
  std::string temporary = {};
  /// How many they are.
  std::uint64_t bytes = 0;

  friend bool operator==(const CommitChange&, const CommitChange&) = default;
};

/// The text of a journal.
[[nodiscard]] std::string ToJournal(std::span<const CommitChange> changes);
/// The reverse. Every target is the file of a record by `shard`, every temporary a name in one
/// directory.
///
/// Errors: corruption (tells the byte) · unsupported (of a later version).
[[nodiscard]] Result<std::vector<CommitChange>> ParseJournal(std::string_view text,
                                                             const Shard& shard);

/// Makes the names of temporary files stable, and that of the journal or its absence.
///
/// Errors: data_loss · resource_exhausted (no descriptor; nothing was tried) · not_found. All with
/// `applied`.
Status SyncTemporaries(Directory& root, Clock* clock, Applied applied);
/// Writes the journal, which is where the changes are committed: when this returns it survives a
/// power cut. The temporary files and their names are stable by then.
///
/// Errors: already_exists (there is one) · data_loss · those of writing files. With `Applied::kNo`
/// there is no journal; with kUnknown there may be one.
Status PlaceJournal(Directory& root, std::span<const CommitChange> changes,
                    const Environment& environment);
/// Removes the journal, durably. The directories of its targets are stable by then.
///
/// Errors: data_loss · those of the filesystem.
Status RemoveJournal(Directory& root, Clock* clock);
/// Reads the journal; none where there is none.
///
/// Errors: as ParseJournal · those of reading files.
[[nodiscard]] Result<std::optional<std::vector<CommitChange>>> ReadJournal(Directory& root,
                                                                           const Shard& shard,
                                                                           Clock* clock);

}  // namespace anystore::flatfs

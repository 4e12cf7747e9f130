/// Repairing a repository without losing anything, wherever the power is cut.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/maintenance/finding.h"

namespace anystore::flatfs {

/// Applies the remedies of findings. What is no longer as it was found is left alone.
///
/// A name is removed only when what it led to has another name, or is a copy of a file that has, or
/// is a temporary file; and the other name and the bytes are stable by then.
///
/// Threads: single-thread.
class Repairs {
 public:
  /// `root` must outlive it. `random`: null, the host's.
  Repairs(Directory& root, Clock& clock, Random* random)
      : root_(root), clock_(clock), random_(random) {}

  /// Applies the remedies of findings that all have the same one, and notes in each whether it was.
  ///
  /// Errors: data_loss (a sync failed) · those of the filesystem.
  Status Apply(std::span<RepositoryFinding*> findings);
  /// Makes what was done survive power.
  ///
  /// Errors: as Apply.
  Status Sync();

 private:
  /// Makes sure that what a finding is about may be removed once its `place` is stable, which it
  /// sets for kQuarantine. False when it must stay.
  Result<bool> Prepare(RepositoryFinding& finding);
  Result<bool> PrepareMove(const std::string& from, const std::string& to);
  Result<bool> PrepareQuarantine(RepositoryFinding& finding);
  /// True when `to` is a name of the bytes of `from` now; false when it is taken, or `from` gone.
  Result<bool> GiveName(const std::string& from, const std::string& to);
  Result<bool> IsFile(const std::string& path);
  Result<bool> HoldsSame(const std::string& from, const std::string& place);
  Status CopyFile(const std::string& from, const std::string& to);
  Status Write(const NewFile& file);
  Status MakeDirectory(std::string_view directory);
  /// Makes files and their names stable.
  Status Stabilize(std::span<RepositoryFinding*> prepared);
  Status SyncFile(std::string_view path);
  Status SyncDirectory(std::string_view directory);
  Status WriteAnew(RepositoryFinding& finding);
  Status Remove(RepositoryFinding& finding);

  Directory& root_;
  Clock& clock_;
  Random* const random_;
  /// Directories that lost a name which was not made stable.
  std::set<std::string, std::less<>> touched_;
};

}  // namespace anystore::flatfs

/// Commits that are all or nothing once the repository is open again.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/commit/commit_journal.h"
#include "backends/flatfs/keys/shard.h"

namespace anystore::flatfs {

/// Whether a filesystem can do what such a commit needs.
[[nodiscard]] bool CanCommitWhole(const FileSystemTraits& traits);

/// The changes of a commit, carried out so that they can be carried out again, from the beginning
/// and by another process, wherever that ends: temporary names stay.
///
/// Threads: single-thread.
class WholeCommit {
 public:
  /// `stable`: directories that need no sync of the root; null: none. `sizes` is told of what is
  /// gained and lost; null: nobody counts. Everything must outlive this.
  WholeCommit(Directory& root, std::span<const CommitChange> changes,
              const Environment& environment, StableDirectories* stable = nullptr,
              FileSizes* sizes = nullptr)
      : root_(root), changes_(changes), environment_(environment), stable_(stable), sizes_(sizes) {}

  /// Makes directories, and refuses what could not be carried out: nothing may keep a commit from
  /// being finished.
  ///
  /// Errors: corruption (a directory is in the place of a record) · unsupported (records lie behind
  /// a link) · those of the filesystem.
  Status Prepare();
  /// Writes the changes down, carries them out, and forgets them. When it returns they survive
  /// power.
  ///
  /// Errors: those of the filesystem; with `Applied::kUnknown`, a later `FinishCommit` carries them
  /// out, or nothing was done.
  Status Commit();
  /// Carries out what is written down, and forgets it.
  ///
  /// Errors: those of the filesystem, all with `Applied::kUnknown`.
  Status Finish();

 private:
  Status PrepareDirectory(const std::string& directory);
  Status ApplyAll();
  Status Apply(const CommitChange& change);
  Status Put(const CommitChange& change);
  Status Replace(const CommitChange& change, const std::string& from);
  Status Remove(const CommitChange& change);
  Status MakeDirectory(const std::string& directory);
  Status SyncTouched();
  void CountLost(const Result<FileInfo>& old);
  void Count(std::int64_t bytes);

  Directory& root_;
  const std::span<const CommitChange> changes_;
  const Environment& environment_;
  StableDirectories* const stable_;
  FileSizes* const sizes_;
  /// Directories that gained or lost a name, and those whose own names become stable with them.
  std::set<std::string> touched_;
  std::set<std::string> becoming_stable_;
};

/// Finishes a commit that was cut off, if there is one, before temporary files are removed. Can be
/// cut off itself, and repeated. Whoever calls holds the repository's lock.
///
/// Errors: corruption (the journal is damaged, or a file of it is missing; nothing is touched) ·
/// unsupported (of a later version) · data_loss · those of the filesystem.
Status FinishCommit(Directory& root, const Shard& shard, const Environment& environment);

}  // namespace anystore::flatfs

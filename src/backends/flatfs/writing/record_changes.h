/// Changes to records as changes to files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/commit/commit_journal.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "filesystem/file_slices.h"

namespace anystore::flatfs {

/// Whether a change is one that flatfs knows.
///
/// Errors: unsupported.
[[nodiscard]] Status CheckKind(const Mutation& mutation);

/// The files of a batch: the last change of each record decides.
///
/// Threads: thread-compatible.
class RecordChanges {
 public:
  /// `mode` has the permission bits of new files. Everything else must outlive this.
  RecordChanges(const Shard& shard, const Stems& stems, std::uint32_t mode)
      : shard_(shard), stems_(stems), mode_(mode) {}

  /// Takes all changes, once. What they view must outlive the use of this.
  ///
  /// Errors: unsupported.
  Status Take(std::span<const Mutation> mutations);
  [[nodiscard]] std::span<const NewFile> written() const noexcept { return written_; }
  [[nodiscard]] std::span<const std::string_view> removed() const noexcept { return removed_; }

 private:
  void Add(const Mutation& mutation);

  const Shard& shard_;
  const Stems& stems_;
  const std::uint32_t mode_;
  std::vector<std::string> names_;  // reserved: what points into them stays
  std::vector<NewFile> written_;
  std::vector<std::string_view> removed_;
};

/// Changes whose bytes are written, under names that are no keys; before they are finished, they
/// must be stable. Unless they are finished, the destructor removes these names.
///
/// Threads: thread-compatible.
class PreparedRecords {
 public:
  /// Writes the bytes and makes them stable. `mutations` are not needed afterwards, everything else
  /// must outlive this.
  ///
  /// Errors: unsupported · those of writing files.
  [[nodiscard]] static Result<std::unique_ptr<PreparedRecords>> Make(
      Directory& root, const Shard& shard, const Stems& stems, std::uint32_t mode,
      std::span<const Mutation> mutations, const FileBatchOptions& options);

  /// None yet: they come by Put.
  PreparedRecords(Directory& root, const Shard& shard, const Stems& stems, std::uint32_t mode,
                  const FileBatchOptions& options)
      : shard_(shard), stems_(stems), mode_(mode), slices_(root, {}, options) {}

  /// Writes the value of one more record at once, of which this has no other change. Its bytes are
  /// not stable before MakeStable.
  ///
  /// Errors: those of writing files; this is as it was.
  Status Put(std::string_view key, std::string_view value);
  /// Makes what Put wrote stable. May be called again.
  ///
  /// Errors: data_loss.
  Status MakeStable() { return slices_.MakeStable(); }

  /// Forgets the change of a key.
  void Drop(std::string_view key);
  /// Gives all of them their names, once, and syncs nothing.
  ///
  /// Errors: those of naming and removing files.
  Status Finish() { return slices_.Finish(); }
  /// Syncs the directories that several have changed.
  ///
  /// Errors: those of `filesystem::FileSlices::SyncTouched`.
  static Status SyncTouched(std::span<PreparedRecords* const> finished);
  /// The changes, as they are to be written down, added to `changes`.
  void WriteDown(std::vector<CommitChange>& changes);
  /// Forgets the changes, and leaves the temporary names.
  void Abandon() { slices_.Abandon(); }
  /// The directories that were changed then.
  [[nodiscard]] std::vector<std::string> unsynced() { return slices_.unsynced(); }

 private:
  PreparedRecords(Directory& root, const Shard& shard, const Stems& stems, std::uint32_t mode,
                  const RecordChanges& changes, const FileBatchOptions& options);

  const Shard& shard_;
  const Stems& stems_;
  const std::uint32_t mode_;
  filesystem::FileSlices slices_;
};

}  // namespace anystore::flatfs

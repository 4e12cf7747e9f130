/// Writing, replacing and removing records.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/stability.h"
#include "backends/flatfs/unsynced/unsynced_values.h"
#include "backends/flatfs/usage/usage.h"
#include "backends/flatfs/writing/record_changes.h"
#include "base/chores.h"

namespace anystore::flatfs {

/// Makes changes to the records of a repository.
///
/// Threads: thread-safe.
class RecordWriter {
 public:
  /// `mode` has the permission bits of new files, `plain` is what a write survives that does not
  /// say; `checksums` may be null. Everything else must outlive this.
  RecordWriter(Directory& root, const Shard& shard, const Stems& stems, Checksums* checksums,
               std::uint32_t mode, Durability plain, Stability& stability, UnsyncedValues& unsynced,
               Usage& usage, base::Chores& chores, const Environment& environment);

  /// Makes changes: of several to one record the last. What is all or nothing survives power,
  /// whatever was asked for.
  ///
  /// Errors: as `anystore::Writer::Apply`.
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options);

  /// Prepares changes, of several to one record the last. `mutations` are not needed afterwards.
  ///
  /// Errors: as `anystore::Writer::Apply`; nothing was applied.
  Result<std::unique_ptr<PreparedRecords>> Prepare(std::span<const Mutation> mutations);
  /// Changes to be prepared one by one, without any yet.
  [[nodiscard]] std::unique_ptr<PreparedRecords> Begin();
  /// Writes the value of one more record, of which `records` has no other change. MakeStable must
  /// follow before Commit.
  ///
  /// Errors: as `anystore::Writer::Apply`; `records` are as they were.
  Status Put(PreparedRecords& records, std::string_view key, std::string_view value);
  /// Makes what Put wrote stable. May be called again.
  ///
  /// Errors: data_loss; nothing was applied.
  Status MakeStable(PreparedRecords& records);
  /// Makes prepared changes, in their order; once, unless it fails with `Applied::kNo`.
  ///
  /// Errors: as `anystore::Writer::Apply`.
  Result<Receipt> Commit(std::span<PreparedRecords* const> prepared, const WriteOptions& options);

  /// Does something while no batch that is all or nothing is being committed: until its journal is
  /// gone, what others do to its records could be undone.
  ///
  /// Errors: data_loss (writing has ended) · those of `work`.
  Status BetweenWholeCommits(const std::function<Status()>& work);

 private:
  /// `marker`: who marks values whose names may go ahead of their bytes; null: none do.
  [[nodiscard]] FileBatchOptions OptionsFor(std::size_t changes, bool durable,
                                            FileMarker* marker = nullptr);
  /// As for OptionsFor, for a change that writes values.
  [[nodiscard]] Result<FileMarker*> MarkerFor(bool durable);
  template <class Change>
  Status Make(const WriteOptions& options, const Change& change);
  Status BeginChange(bool durable);
  Status ApplyOne(const Mutation& mutation, bool durable);
  Status ApplyMany(std::span<const Mutation> mutations, bool durable);
  Status Finish(std::span<PreparedRecords* const> prepared, bool durable);
  Status FinishWhole(std::span<PreparedRecords* const> prepared);
  /// Writes down the checksums, if they are kept, of values that are about to get their names.
  Status NoteChecksums(std::span<const Mutation> mutations, bool durable);
  Error Failed(Error error);

  Directory& root_;
  const Shard& shard_;
  const Stems& stems_;
  Checksums* const checksums_;
  const std::uint32_t mode_;
  const Durability plain_;
  Stability& stability_;
  UnsyncedValues& unsynced_;
  Usage& usage_;
  base::Chores& chores_;
  const Environment& environment_;
  FileSizes sizes_;
  std::mutex whole_mutex_;  // held while there is a journal
};

}  // namespace anystore::flatfs

/// `Repository`: an open flatfs repository as a `Datastore`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/reading/readable_repository.h"
#include "backends/flatfs/stability.h"
#include "backends/flatfs/unsynced/unsynced_note.h"
#include "backends/flatfs/unsynced/unsynced_values.h"
#include "backends/flatfs/usage/usage.h"
#include "backends/flatfs/writing/record_writer.h"
#include "base/chores.h"

namespace anystore::flatfs {

/// How a repository is written to.
struct RepositoryOptions {
  /// The form of keys.
  KeyForm keys = KeyForm::kStrict;
  /// Plain writes survive power.
  bool sync = true;
  /// The permission bits of the files of records, less the process' umask.
  std::uint32_t mode = 0600;
  /// Who does what is due from time to time. Inline: each write, at its end.
  base::ChoresMode chores = base::ChoresMode::kThread;
  /// What values are held against when they are written and read; null: nothing.
  std::shared_ptr<const Verifier> verifier = {};
  /// The checksums that are kept of values; null: none are.
  std::shared_ptr<Checksums> checksums = {};
  /// The note of values that a process that was killed has not synced; none where there is none.
  std::optional<UnsyncedNote> unsynced = {};
};

/// Threads: thread-safe, but for Close.
class Repository final
    : public Provides<ReadableRepository, PersistentDatastore, ScrubbedDatastore> {
 public:
  /// `parent` is the directory above, null when it may not be opened.
  Repository(OpenedRepository opened, std::unique_ptr<Directory> parent,
             const RepositoryOptions& options, StoreIdentity identity,
             const Environment& environment);
  ~Repository() override { chores_.Stop(); }

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options) override;
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override { return usage_.Total(call); }
  Result<std::vector<Finding>> Scrub(const CallOptions& call) override;

  /// Drops checksums that are no longer needed. Before the first use, and by Close.
  ///
  /// Errors: those of Sync · those of the filesystem. Nothing is lost.
  Status SettleChecksums();

 private:
  std::unique_ptr<Directory> parent_;
  std::unique_ptr<FileLock> lock_;
  const std::shared_ptr<Checksums> checksums_;
  Stability stability_;
  UnsyncedValues unsynced_;
  base::Chores chores_;
  Usage usage_;
  RecordWriter writer_;
};

}  // namespace anystore::flatfs

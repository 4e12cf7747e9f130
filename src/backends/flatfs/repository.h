/// `Repository`: an open flatfs repository as a `Datastore`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/record_writer.h"
#include "backends/flatfs/shard.h"
#include "backends/flatfs/stability.h"
#include "backends/flatfs/stems.h"
#include "backends/flatfs/usage/usage.h"
#include "backends/flatfs/verifier.h"
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
};

/// What a repository can do.
[[nodiscard]] Capabilities RepositoryCapabilities(bool sync, const Shard& shard,
                                                  const FileSystemTraits& traits,
                                                  KeyForm keys = KeyForm::kStrict);

/// Threads: thread-safe, but for Close.
class Repository final : public Provides<Datastore, IdentifiedDatastore, PersistentDatastore,
                                         CheckedDatastore, ScrubbedDatastore> {
 public:
  /// `parent` is the directory above, null when it may not be opened.
  Repository(OpenedRepository opened, std::unique_ptr<Directory> parent,
             const RepositoryOptions& options, StoreIdentity identity,
             const Environment& environment);
  ~Repository() override { chores_.Stop(); }

  const Capabilities& capabilities() const override { return capabilities_; }
  Status CheckKey(std::string_view key) const override;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options) override;
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override { return usage_.Total(call); }
  const StoreIdentity& identity() const override { return identity_; }
  Result<std::vector<Finding>> Check(const CallOptions& call) override;
  Result<std::vector<Finding>> Scrub(const CallOptions& call) override;

 private:
  [[nodiscard]] RecordName NameOf(std::string_view key) const noexcept;

  const Shard shard_;
  const StoreIdentity identity_;
  const Environment& environment_;
  std::unique_ptr<Directory> root_;
  std::unique_ptr<Directory> parent_;
  std::unique_ptr<FileLock> lock_;
  const std::shared_ptr<const Verifier> verifier_;
  const Stems stems_;
  const Capabilities capabilities_;
  Stability stability_;
  base::Chores chores_;
  Usage usage_;
  RecordWriter writer_;
};

}  // namespace anystore::flatfs

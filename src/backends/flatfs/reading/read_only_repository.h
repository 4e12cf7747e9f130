/// `ReadOnlyRepository`: a flatfs repository beside whoever writes to it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/reading/readable_repository.h"

namespace anystore::flatfs {

/// A repository as it was when it was opened without a lock.
struct FoundRepository {
  OpenedRepository opened;
  FileInfo sharding;  // the file
  StoreIdentity identity;
  KeyForm keys;
};

/// Opens a repository for reading it beside whoever writes to it.
///
/// Errors: not_found, identity_mismatch (no repository) · those of `IdentityOf` and `KeyFormOf`.
[[nodiscard]] Result<FoundRepository> FindForReading(FileSystem& files, std::string_view path);

/// Holds no lock and makes no call that changes anything, not even to ask what the filesystem can
/// do: it works where this process may not write.
///
/// Another process may change everything, so nothing that it can change is remembered but the shard
/// function and the form of keys. Who finds no record looks whether those are still the ones: a
/// repository that was removed, and perhaps made anew, under this ends reading with io_error, never
/// with records that seem not to be there.
///
/// Threads: thread-safe, but for Close.
class ReadOnlyRepository final : public Provides<ReadableRepository, PersistentDatastore> {
 public:
  /// Values are held against `verifier`, unless it is null.
  ReadOnlyRepository(FoundRepository found, std::shared_ptr<const Verifier> verifier,
                     const Environment& environment);

  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  /// Errors: read_only, always.
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  /// Does nothing: there are no writes.
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;
  /// What the note on the medium says if it can be believed now, else a new count.
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  Result<std::vector<Finding>> Check(const CallOptions& call) override;

  /// Whether the repository that was opened is still there.
  ///
  /// Errors: io_error (it is gone, or another is in its place) · those of the filesystem.
  [[nodiscard]] Status CheckStillThere() const;

 private:
  [[nodiscard]] Result<bool> IsStillThere() const;

  /// What was found. What is not there is only that while the repository is.
  template <class T>
  [[nodiscard]] Result<T> Confirmed(Result<T> found) const {
    if (found.has_value() || found.error().code() != Code::kNotFound) return found;
    ANYSTORE_TRY(CheckStillThere());
    return found;
  }

  const FileInfo sharding_;  // the file, when it was opened
};

}  // namespace anystore::flatfs

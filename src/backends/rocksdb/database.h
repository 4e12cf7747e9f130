/// `Database`: an open RocksDB database as a `Datastore`.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/features.h"
#include "backends/rocksdb/reads.h"
#include "backends/rocksdb/stripes.h"
#include "core/health.h"

namespace anystore::rocksdb {

/// What a database opened with or without `sync` can do.
[[nodiscard]] Capabilities DatabaseCapabilities(bool sync);

/// Threads: thread-safe, but for Close.
class Database final : public Provides<Datastore, SnapshotSource, PersistentDatastore, GcDatastore,
                                       CheckedDatastore, IdentifiedDatastore> {
 public:
  /// Opens the database in `directory`, an absolute path. `sync`: whether plain writes survive
  /// power. `health` is what the listener of `options` reports to.
  ///
  /// Errors: as `Backend::Open`.
  static Result<std::unique_ptr<Database>> Open(const ::rocksdb::Options& options,
                                                const std::filesystem::path& directory, bool sync,
                                                std::shared_ptr<internal::Health> health,
                                                StoreIdentity identity = {});

  const Capabilities& capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options) override;
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;

  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  Status CollectGarbage(const CallOptions& call) override;
  Result<std::vector<Finding>> Check(const CallOptions& call) override;
  const StoreIdentity& identity() const override { return identity_; }

  /// The database itself, for measurements beside ours.
  [[nodiscard]] ::rocksdb::DB& engine() const noexcept { return *db_; }
  /// Writes a batch whose keys' stripes are in `stripes`.
  Status Commit(::rocksdb::WriteBatch& batch, const StripedLocks::Set& stripes,
                const WriteOptions& options);

 private:
  Database(std::unique_ptr<::rocksdb::DB> db, std::filesystem::path directory, bool sync,
           std::shared_ptr<internal::Health> health, const ::rocksdb::Options& options,
           StoreIdentity identity);

  [[nodiscard]] const ::rocksdb::WriteOptions& EngineWriteOptions(Durability durability) const;
  Result<Receipt> ApplyOne(const Mutation& mutation, const WriteOptions& options);
  Result<Receipt> ApplyMany(std::span<const Mutation> mutations, const WriteOptions& options);
  Status AddRangeTo(::rocksdb::WriteBatch& batch, std::span<const Mutation> earlier,
                    const Mutation& mutation) const;
  Error Failed(const ::rocksdb::Status& status, bool synced);

  const Capabilities capabilities_;
  const std::filesystem::path directory_;
  const std::shared_ptr<internal::Health> health_;
  const ::rocksdb::Options options_;
  const StoreIdentity identity_;
  std::unique_ptr<::rocksdb::DB> db_;
  View view_;
  ::rocksdb::WriteOptions unsynced_;
  ::rocksdb::WriteOptions synced_;
  StripedLocks locks_;
};

}  // namespace anystore::rocksdb

/// A LevelDB database as a datastore of nine verbs.
#pragma once

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "anystore/features.h"
#include "anystore/simple_datastore.h"
#include "backends/leveldb/engine.h"
#include "core/health.h"

namespace anystore::leveldb {

/// What a database opened with or without `sync` can do.
[[nodiscard]] Capabilities DatabaseCapabilities(bool sync);

/// Threads: thread-safe, but for Close.
class Database final
    : public Provides<SimpleDatastore, PersistentDatastore, GcDatastore, IdentifiedDatastore> {
 public:
  /// Opens the database in `directory`, an absolute path. `sync`: whether plain writes survive
  /// power.
  ///
  /// Errors: as `Backend::Open`.
  static Result<std::unique_ptr<Database>> Open(std::unique_ptr<Engine> engine,
                                                const std::filesystem::path& directory, bool sync,
                                                StoreIdentity identity = {});
  ~Database() override;

  Capabilities capabilities() const override { return DatabaseCapabilities(sync_); }
  Result<Value> Get(std::string_view key) override;
  Status Put(std::string_view key, std::string_view value) override;
  Status Delete(std::string_view key) override;
  Result<Results> Query(const anystore::Query& query) override;
  Status Sync(const KeyRange& range) override;
  Status Close() override;
  Result<std::unique_ptr<Batch>> NewBatch() override;

  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  Status CollectGarbage(const CallOptions& call) override;
  const StoreIdentity& identity() const override { return identity_; }

  /// Writes a batch.
  Status Write(::leveldb::WriteBatch& batch, Durability durability);

 private:
  Database(std::unique_ptr<Engine> engine, std::unique_ptr<::leveldb::DB> db,
           std::filesystem::path directory, bool sync, StoreIdentity identity);

  Status Written(const ::leveldb::Status& status);

  const std::unique_ptr<Engine> engine_;
  const std::filesystem::path directory_;
  const bool sync_;
  const StoreIdentity identity_;
  internal::Health health_;
  std::unique_ptr<::leveldb::DB> db_;
};

}  // namespace anystore::leveldb

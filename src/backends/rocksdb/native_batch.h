/// A batch that is RocksDB's own from the first Put on, so that nothing is copied twice.
#pragma once

#include <rocksdb/write_batch.h>

#include <string_view>

#include "anystore/datastore.h"
#include "backends/rocksdb/stripes.h"

namespace anystore::rocksdb {

class Database;

/// Threads: single-thread.
class NativeBatch final : public Batch {
 public:
  /// Commits to `database`, which outlives the batch.
  NativeBatch(Database& database, const BatchOptions& options);

  Status Put(std::string_view key, std::string_view value) override;
  Status Delete(std::string_view key) override;
  Result<Receipt> Commit(const WriteOptions& options) override;
  void Discard() override;

 private:
  Database& database_;
  ::rocksdb::WriteBatch batch_;
  StripedLocks::Set stripes_;
};

}  // namespace anystore::rocksdb

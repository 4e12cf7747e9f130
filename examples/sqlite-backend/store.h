/// An open store of the kind `sqlite`: the nine verbs.
#pragma once

#include <anystore/simple_datastore.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "database.h"

namespace anystore_sqlite {

/// A row of the table is a record: key and value are blobs, which SQLite compares bytewise.
///
/// Threads: thread-safe, but for Close. One call at a time reaches SQLite.
class SqliteStore final : public anystore::SimpleDatastore {
 public:
  /// What such a store can do; `sync` says that every write survives a power cut.
  static anystore::Capabilities Can(bool sync);
  /// The store in an open database.
  static anystore::Result<std::unique_ptr<SqliteStore>> Make(Connection connection, bool sync);

  anystore::Capabilities capabilities() const override { return Can(sync_); }
  anystore::Result<anystore::Value> Get(std::string_view key) override;
  anystore::Result<std::uint64_t> GetSize(std::string_view key) override;
  anystore::Status Put(std::string_view key, std::string_view value) override;
  anystore::Status Delete(std::string_view key) override;
  anystore::Result<anystore::Results> Query(const anystore::Query& query) override;
  anystore::Status Sync(const anystore::KeyRange& range) override;
  anystore::Status Close() override;

  /// Up to `limit` entries in `range` from its front, or from its back.
  anystore::Result<std::vector<anystore::Entry>> Page(const anystore::KeyRange& range, bool reverse,
                                                      bool values, std::int64_t limit);

 private:
  SqliteStore(Connection connection, bool sync) : sync_(sync), connection_(std::move(connection)) {}

  const bool sync_;
  std::mutex mutex_;
  Connection connection_;  // guarded by mutex_, as are the statements
  std::vector<Statement> statements_;
};

}  // namespace anystore_sqlite

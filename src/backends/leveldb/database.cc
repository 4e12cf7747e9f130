#include "backends/leveldb/database.h"

#include <string>
#include <utility>

#include "backends/engine_directory.h"
#include "backends/engine_spec.h"
#include "backends/leveldb/cursor.h"
#include "backends/leveldb/status.h"

namespace anystore::leveldb {
namespace {

/// LevelDB's own batch.
class NativeBatch final : public Batch {
 public:
  explicit NativeBatch(Database& database) : database_(database) {}

  Status Put(std::string_view key, std::string_view value) override {
    return Guarded([&]() -> Status {
      batch_.Put(ToSlice(key), ToSlice(value));
      ++count_;
      return Ok();
    });
  }
  Status Delete(std::string_view key) override {
    return Guarded([&]() -> Status {
      batch_.Delete(ToSlice(key));
      ++count_;
      return Ok();
    });
  }
  Result<Receipt> Commit(const WriteOptions& options) override {
    if (count_ == 0) return Receipt{};
    ANYSTORE_TRY(database_.Write(batch_, options.durability));
    const Receipt receipt{.applied = count_};
    Discard();
    return receipt;
  }
  void Discard() override {
    batch_.Clear();
    count_ = 0;
  }

 private:
  Database& database_;
  ::leveldb::WriteBatch batch_;
  std::uint64_t count_ = 0;
};

}  // namespace

Capabilities DatabaseCapabilities(bool sync) {
  Capabilities capabilities = backends::EngineCapabilities(sync);
  capabilities.conditional_write = ConditionScope::kHandle;
  return capabilities;
}

Database::Database(std::unique_ptr<Engine> engine, std::unique_ptr<::leveldb::DB> db,
                   std::filesystem::path directory, bool sync, StoreIdentity identity)
    : engine_(std::move(engine)),
      directory_(std::move(directory)),
      sync_(sync),
      identity_(std::move(identity)),
      db_(std::move(db)) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(std::unique_ptr<Engine> engine,
                                                 const std::filesystem::path& directory, bool sync,
                                                 StoreIdentity identity) {
  ::leveldb::DB* raw = nullptr;
  const ::leveldb::Status status = ::leveldb::DB::Open(engine->options, directory.string(), &raw);
  std::unique_ptr<::leveldb::DB> db(raw);
  if (!status.ok()) return FromOpenStatus(status);
  return std::unique_ptr<Database>(
      new Database(std::move(engine), std::move(db), directory, sync, std::move(identity)));
}

Result<Value> Database::Get(std::string_view key) {
  return Guarded([&]() -> Result<Value> {
    ::leveldb::ReadOptions options;
    options.verify_checksums = true;
    std::string value;
    const ::leveldb::Status status = db_->Get(options, ToSlice(key), &value);
    if (!status.ok()) return FromStatus(status);
    return Value::Take(std::move(value));
  });
}

Status Database::Written(const ::leveldb::Status& status) {
  if (status.ok()) return Ok();
  // LevelDB goes on behind what it wrote in part, where recovery does not find it.
  health_.Poison(status.ToString());
  return FromStatus(status).WithApplied(Applied::kUnknown);
}

Status Database::Write(::leveldb::WriteBatch& batch, Durability durability) {
  if (health_.poisoned()) return health_.Refusal();
  return Guarded([&] {
    ::leveldb::WriteOptions options;
    options.sync =
        durability == Durability::kStoreDefault ? sync_ : durability == Durability::kSurvivesPower;
    return Written(db_->Write(options, &batch));
  });
}

Status Database::Put(std::string_view key, std::string_view value) {
  return Guarded([&] {
    ::leveldb::WriteBatch batch;
    batch.Put(ToSlice(key), ToSlice(value));
    return Write(batch, Durability::kStoreDefault);
  });
}

Status Database::Delete(std::string_view key) {
  return Guarded([&] {
    ::leveldb::WriteBatch batch;
    batch.Delete(ToSlice(key));
    return Write(batch, Durability::kStoreDefault);
  });
}

Result<Results> Database::Query(const anystore::Query& query) {
  return Guarded([&]() -> Result<Results> {
    return Results(query, std::make_unique<RangeCursor>(*db_, query), /*sorted=*/true);
  });
}

Status Database::Sync(const KeyRange&) {
  if (health_.poisoned()) return health_.Refusal();
  ANYSTORE_TRY(Guarded([&] { return Written(engine_->files->SyncClosed()); }));
  // A write of nothing syncs the log with all that is before it.
  ::leveldb::WriteBatch nothing;
  return Write(nothing, Durability::kSurvivesPower);
}

Status Database::Close() {
  return Guarded([&]() -> Status {
    db_.reset();
    return Ok();
  });
}

Result<std::unique_ptr<Batch>> Database::NewBatch() {
  return Guarded(
      [&]() -> Result<std::unique_ptr<Batch>> { return std::make_unique<NativeBatch>(*this); });
}

Result<std::uint64_t> Database::DiskUsage(const CallOptions&) {
  return Guarded([&] { return backends::BytesIn(directory_); });
}

Status Database::CollectGarbage(const CallOptions&) {
  return Guarded([&]() -> Status {
    // What it ends with, it tells nobody but later writes.
    db_->CompactRange(nullptr, nullptr);
    return Ok();
  });
}

}  // namespace anystore::leveldb

#include "backends/rocksdb/database.h"

#include <rocksdb/snapshot.h>

#include <algorithm>
#include <string>
#include <utility>

#include "backends/engine_spec.h"
#include "backends/rocksdb/conditions.h"
#include "backends/rocksdb/native_batch.h"
#include "backends/rocksdb/status.h"
#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

/// A moment of the database. Gone before the database closes.
class SnapshotReader final : public Reader {
 public:
  explicit SnapshotReader(const View& view) : view_(view) {
    view_.options.snapshot = view_.db->GetSnapshot();
  }
  ~SnapshotReader() override { view_.db->ReleaseSnapshot(view_.options.snapshot); }

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return rocksdb::Get(view_, key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions&) override {
    return rocksdb::Stat(view_, key, wanted);
  }
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions&) override {
    rocksdb::GetMany(view_, keys, out);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return rocksdb::Scan(view_, range, options);
  }

 private:
  View view_;
};

/// The last key of the database, if it has one.
Result<std::optional<std::string>> LastKey(const View& view) {
  const std::unique_ptr<::rocksdb::Iterator> iterator(view.db->NewIterator(view.options));
  iterator->SeekToLast();
  if (iterator->Valid()) return std::optional<std::string>(ToView(iterator->key()));
  if (!iterator->status().ok()) return FromStatus(iterator->status());
  return std::optional<std::string>();
}

}  // namespace

Capabilities DatabaseCapabilities(bool sync) {
  Capabilities capabilities = backends::EngineCapabilities(sync);
  capabilities.get_many = Support::kNative;
  capabilities.snapshots = Support::kNative;
  // There is only ever one handle.
  capabilities.conditional_write = ConditionScope::kStore;
  capabilities.versions = VersionSupport::kContent;
  capabilities.delete_range = Support::kNative;
  return capabilities;
}

Database::Database(std::unique_ptr<::rocksdb::DB> db, std::filesystem::path directory, bool sync,
                   std::shared_ptr<internal::Health> health, const ::rocksdb::Options& options,
                   StoreIdentity identity)
    : capabilities_(DatabaseCapabilities(sync)),
      directory_(std::move(directory)),
      health_(std::move(health)),
      options_(options),
      identity_(std::move(identity)),
      db_(std::move(db)),
      view_{.db = db_.get()} {
  synced_.sync = true;
}

Result<std::unique_ptr<Database>> Database::Open(const ::rocksdb::Options& options,
                                                 const std::filesystem::path& directory, bool sync,
                                                 std::shared_ptr<internal::Health> health,
                                                 StoreIdentity identity) {
  return Guarded([&]() -> Result<std::unique_ptr<Database>> {
    ::rocksdb::DB* raw = nullptr;
    const ::rocksdb::Status status = ::rocksdb::DB::Open(options, directory.string(), &raw);
    std::unique_ptr<::rocksdb::DB> db(raw);
    if (!status.ok()) return FromOpenStatus(status);
    return std::unique_ptr<Database>(new Database(std::move(db), directory, sync, std::move(health),
                                                  options, std::move(identity)));
  });
}

Result<Value> Database::Get(std::string_view key, const ReadOptions& options) {
  return rocksdb::Get(view_, key, options);
}

Result<EntryInfo> Database::Stat(std::string_view key, Wanted wanted, const CallOptions&) {
  return rocksdb::Stat(view_, key, wanted);
}

void Database::GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                       const ReadOptions&) {
  rocksdb::GetMany(view_, keys, out);
}

Result<std::unique_ptr<Cursor>> Database::Scan(const KeyRange& range, const ScanOptions& options) {
  return rocksdb::Scan(view_, range, options);
}

Result<std::unique_ptr<Reader>> Database::NewSnapshot(const CallOptions&) {
  return Guarded(
      [&]() -> Result<std::unique_ptr<Reader>> { return std::make_unique<SnapshotReader>(view_); });
}

const ::rocksdb::WriteOptions& Database::EngineWriteOptions(Durability durability) const {
  const Durability wanted =
      durability == Durability::kStoreDefault ? capabilities_.put_durability : durability;
  return wanted == Durability::kSurvivesPower ? synced_ : unsynced_;
}

Error Database::Failed(const ::rocksdb::Status& status, bool synced) {
  Error error = FromWriteStatus(status);
  // The kernel may have dropped what it could not write: a later sync would succeed without it.
  if (synced && error.applied() == Applied::kUnknown && error.code() != Code::kNoSpace) {
    health_->Poison(status.ToString());
  }
  return error;
}

Result<Receipt> Database::Apply(std::span<const Mutation> mutations, const WriteOptions& options) {
  if (health_->poisoned()) [[unlikely]]
    return health_->Refusal();
  return Guarded([&]() -> Result<Receipt> {
    const bool one =
        mutations.size() == 1 && mutations.front().kind != Mutation::Kind::kDeleteRange;
    return one ? ApplyOne(mutations.front(), options) : ApplyMany(mutations, options);
  });
}

Result<Receipt> Database::ApplyOne(const Mutation& mutation, const WriteOptions& options) {
  const bool conditional = mutation.condition.kind != Condition::Kind::kNone;
  const ::rocksdb::WriteOptions& engine_options = EngineWriteOptions(options.durability);
  Receipt receipt{.applied = 1};
  ::rocksdb::Status status;
  {
    const StripedLocks::One lock(locks_, mutation.key, conditional);
    if (conditional) [[unlikely]]
      ANYSTORE_TRY(CheckConditions(view_, {&mutation, 1}));
    if (mutation.kind == Mutation::Kind::kPut) [[likely]] {
      status = db_->Put(engine_options, ToSlice(mutation.key), ToSlice(mutation.value));
    } else if (mutation.kind == Mutation::Kind::kDelete) {
      status = db_->Delete(engine_options, ToSlice(mutation.key));
    } else {
      return Error(Code::kUnsupported, "RocksDB has no expiry");
    }
  }
  if (!status.ok()) [[unlikely]]
    return Failed(status, engine_options.sync);
  if (options.want_version && mutation.kind == Mutation::Kind::kPut) {
    receipt.version = VersionOf(mutation.value);
  }
  return receipt;
}

Status Database::AddRangeTo(::rocksdb::WriteBatch& batch, std::span<const Mutation> earlier,
                            const Mutation& mutation) const {
  if (mutation.range_to.has_value()) {
    if (*mutation.range_to <= mutation.key) return Ok();
    const auto status = batch.DeleteRange(ToSlice(mutation.key), ToSlice(*mutation.range_to));
    return status.ok() ? Ok() : Status(FromStatus(status));
  }
  // RocksDB knows no range without an end: the end is behind the last key, which nobody can add
  // to while the caller holds every stripe alone.
  ANYSTORE_ASSIGN_OR_RETURN(std::optional<std::string> last, LastKey(view_));
  for (const Mutation& before : earlier) {
    if (before.kind == Mutation::Kind::kPut && (!last.has_value() || *last < before.key)) {
      last = before.key;
    }
  }
  if (!last.has_value() || *last < mutation.key) return Ok();
  last->push_back('\0');
  const auto status = batch.DeleteRange(ToSlice(mutation.key), *last);
  return status.ok() ? Ok() : Status(FromStatus(status));
}

Result<Receipt> Database::ApplyMany(std::span<const Mutation> mutations,
                                    const WriteOptions& options) {
  const bool conditional = AnyConditions(mutations);
  StripedLocks::Set stripes;
  std::size_t bytes = 0;
  for (const Mutation& mutation : mutations) {
    bytes += mutation.key.size() + mutation.value.size() + 16;
    if (mutation.kind == Mutation::Kind::kDeleteRange) {
      stripes.AddAll(conditional || !mutation.range_to.has_value());
    } else {
      stripes.Add(mutation.key, mutation.condition.kind != Condition::Kind::kNone);
    }
  }
  const ::rocksdb::WriteOptions& engine_options = EngineWriteOptions(options.durability);
  Receipt receipt{.applied = mutations.size()};
  ::rocksdb::WriteBatch batch(bytes);
  const StripedLocks::Many locks(locks_, stripes);
  if (conditional) ANYSTORE_TRY(CheckConditions(view_, mutations));
  const Mutation* last_put = nullptr;
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    const Mutation& mutation = mutations[i];
    ::rocksdb::Status added;
    switch (mutation.kind) {
      case Mutation::Kind::kPut:
        added = batch.Put(ToSlice(mutation.key), ToSlice(mutation.value));
        last_put = &mutation;
        break;
      case Mutation::Kind::kDelete:
        added = batch.Delete(ToSlice(mutation.key));
        break;
      case Mutation::Kind::kDeleteRange:
        ANYSTORE_TRY(AddRangeTo(batch, mutations.first(i), mutation));
        break;
      case Mutation::Kind::kSetExpiry:
        return Error(Code::kUnsupported, "RocksDB has no expiry");
    }
    if (!added.ok()) return FromStatus(added);
  }
  const ::rocksdb::Status status = db_->Write(engine_options, &batch);
  if (!status.ok()) return Failed(status, engine_options.sync);
  if (options.want_version && last_put != nullptr) receipt.version = VersionOf(last_put->value);
  return receipt;
}

Status Database::Commit(::rocksdb::WriteBatch& batch, const StripedLocks::Set& stripes,
                        const WriteOptions& options) {
  if (health_->poisoned()) return health_->Refusal();
  const ::rocksdb::WriteOptions& engine_options = EngineWriteOptions(options.durability);
  const StripedLocks::Many locks(locks_, stripes);
  const ::rocksdb::Status status = db_->Write(engine_options, &batch);
  return status.ok() ? Ok() : Status(Failed(status, engine_options.sync));
}

Result<std::unique_ptr<Batch>> Database::NewBatch(const BatchOptions& options) {
  return Guarded([&]() -> Result<std::unique_ptr<Batch>> {
    return std::make_unique<NativeBatch>(*this, options);
  });
}

Status Database::Sync(const KeyRange&, const CallOptions&) {
  if (health_->poisoned()) return health_->Refusal();
  return Guarded([&]() -> Status {
    const ::rocksdb::Status status = db_->FlushWAL(/*sync=*/true);
    return status.ok() ? Ok() : Status(Failed(status, /*synced=*/true));
  });
}

Status Database::Close() {
  return Guarded([&]() -> Status {
    const ::rocksdb::Status status = db_->Close();
    db_.reset();
    return status.ok() ? Ok() : Status(FromStatus(status));
  });
}

}  // namespace anystore::rocksdb

#include <rocksdb/db.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "backends/rocksdb/database.h"
#include "backends/rocksdb/directory.h"
#include "backends/rocksdb/engine_options.h"
#include "backends/rocksdb/rocksdb.h"
#include "backends/rocksdb/status.h"
#include "core/health.h"

namespace anystore::rocksdb {
namespace {

namespace fs = std::filesystem;

class RocksdbBackend final : public Backend {
 public:
  std::string_view scheme() const override { return "rocksdb"; }
  std::string_view description() const override {
    return "A RocksDB database in a directory of this machine";
  }
  const ConfigSpec* config_spec() const override { return &Spec(); }
  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, *config_spec());
  }
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }
  Capabilities capabilities() const override { return DatabaseCapabilities(/*sync=*/false); }

  Status Create(const CheckedConfig& config, const Environment& environment) override;
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override;
  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override;
  Status Destroy(const CheckedConfig& config, const Environment& environment) override;
};

/// Makes the files of a database in a directory that has none, and closes it.
Status MakeDatabase(const CheckedConfig& config, const Environment& environment,
                    const fs::path& directory) {
  auto health = std::make_shared<internal::Health>();
  ::rocksdb::Options options = EngineOptions(config, environment, health);
  options.create_if_missing = true;
  options.error_if_exists = true;
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                            Database::Open(options, directory, /*sync=*/false, std::move(health)));
  return database->Close();
}

/// Undoes a creation that failed, so that the path is as it was.
void RemoveBeginnings(const CheckedConfig& config, const Environment& environment,
                      const fs::path& directory) {
  ::rocksdb::DestroyDB(directory.string(),
                       EngineOptions(config, environment, std::make_shared<internal::Health>()))
      .PermitUncheckedError();
  std::error_code ignored;
  fs::remove(directory, ignored);
}

Status RocksdbBackend::Create(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory));
    switch (found.place) {
      case Place::kDatabase:
        return Error(Code::kAlreadyExists, "there is a RocksDB database");
      case Place::kRemains:
        return Error(Code::kAlreadyExists,
                     "there are remains of a RocksDB database; destroy it first");
      case Place::kOther:
        return Error(Code::kAlreadyExists, "something else is in its place: " + found.foreign);
      case Place::kEmpty:
      case Place::kUnfinished:
        return MakeDatabase(config, environment, directory);
      case Place::kNothing:
        break;
    }
    ANYSTORE_TRY(MakeDirectory(directory));
    Status made = MakeDatabase(config, environment, directory);
    if (!made.has_value()) RemoveBeginnings(config, environment, directory);
    return made;
  });
}

/// The error of opening or destroying what is no database.
Error NotThere(const Inspection& found) {
  switch (found.place) {
    case Place::kNothing:
      return Error(Code::kNotFound, "there is no such directory");
    case Place::kEmpty:
    case Place::kUnfinished:
      return Error(Code::kNotFound, "there is no database in the directory");
    case Place::kRemains:
      return Error(Code::kNotFound,
                   "there are only remains of a database whose removal was cut off");
    case Place::kDatabase:
    case Place::kOther:
      break;
  }
  return Error(Code::kIdentityMismatch, "not a RocksDB database: " + found.foreign);
}

Result<std::unique_ptr<Datastore>> RocksdbBackend::Open(const CheckedConfig& config,
                                                        const Environment& environment) {
  return Guarded([&]() -> Result<std::unique_ptr<Datastore>> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory));
    if (found.place != Place::kDatabase) return NotThere(found);
    auto health = std::make_shared<internal::Health>();
    const ::rocksdb::Options options = EngineOptions(config, environment, health);
    return Database::Open(options, directory, config.Bool("sync"), std::move(health));
  });
}

Result<bool> RocksdbBackend::Exists(const CheckedConfig& config, const Environment&) {
  return Guarded([&]() -> Result<bool> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory));
    return found.place == Place::kDatabase;
  });
}

Status RocksdbBackend::Destroy(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory));
    if (found.place != Place::kDatabase && found.place != Place::kRemains) return NotThere(found);
    if (!found.foreign.empty()) {
      return Error(Code::kIdentityMismatch,
                   "the directory holds something beside the database: " + found.foreign);
    }
    const ::rocksdb::Status status = ::rocksdb::DestroyDB(
        directory.string(),
        EngineOptions(config, environment, std::make_shared<internal::Health>()));
    if (!status.ok()) return FromOpenStatus(status);
    // RocksDB tries to, but does not tell.
    std::error_code error;
    fs::remove(directory, error);
    if (error) return Error::FromErrno(error.value(), "remove " + directory.string());
    return Ok();
  });
}

}  // namespace

std::unique_ptr<Backend> NewRocksdbBackend() { return std::make_unique<RocksdbBackend>(); }

}  // namespace anystore::rocksdb

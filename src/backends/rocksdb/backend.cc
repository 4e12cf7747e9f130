#include <rocksdb/db.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "backends/engine_directory.h"
#include "backends/rocksdb/database.h"
#include "backends/rocksdb/engine_options.h"
#include "backends/rocksdb/rocksdb.h"
#include "backends/rocksdb/status.h"
#include "core/health.h"
#include "core/identity.h"

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

/// Which part of a RocksDB database has this name.
backends::Part PartOf(std::string_view name) {
  using backends::Part;
  if (name == "CURRENT") return Part::kCurrent;
  if (name == "IDENTITY") return Part::kMark;
  if (name == "LOCK" || name == "LOG" || name.starts_with("LOG.old.")) return Part::kBookkeeping;
  for (const std::string_view prefix : {"MANIFEST-", "OPTIONS-"}) {
    if (!name.starts_with(prefix)) continue;
    std::string_view number = name.substr(prefix.size());
    if (number.ends_with(".dbtmp")) number.remove_suffix(6);
    return backends::IsNumber(number) ? Part::kBookkeeping : Part::kNone;
  }
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !backends::IsNumber(name.substr(0, dot))) {
    return Part::kNone;
  }
  const std::string_view ending = name.substr(dot);
  if (ending == ".dbtmp") return Part::kBookkeeping;
  const bool data = ending == ".sst" || ending == ".ldb" || ending == ".log" || ending == ".blob";
  return data ? Part::kData : Part::kNone;
}

constexpr backends::EngineFiles kFiles{
    .engine = "RocksDB", .part_of = PartOf, .mark = "IDENTITY", .always_marked = true};

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

/// Undoes a creation that failed.
void RemoveBeginnings(const CheckedConfig& config, const Environment& environment,
                      const fs::path& directory) {
  ::rocksdb::DestroyDB(directory.string(),
                       EngineOptions(config, environment, std::make_shared<internal::Health>()))
      .PermitUncheckedError();
}

Status RocksdbBackend::Create(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    return backends::CreateIn(
        directory, kFiles, internal::NewIdentity(config, Spec(), environment), environment.random,
        [&] { return MakeDatabase(config, environment, directory); },
        [&] { RemoveBeginnings(config, environment, directory); });
  });
}

Result<std::unique_ptr<Datastore>> RocksdbBackend::Open(const CheckedConfig& config,
                                                        const Environment& environment) {
  return Guarded([&]() -> Result<std::unique_ptr<Datastore>> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const backends::Inspection found,
                              backends::Inspect(directory, kFiles));
    if (found.place != backends::Place::kDatabase) return backends::NotThere(found, kFiles);
    ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, backends::IdentityIn(directory));
    auto health = std::make_shared<internal::Health>();
    const ::rocksdb::Options options = EngineOptions(config, environment, health);
    return Database::Open(options, directory, config.Bool("sync"), std::move(health),
                          std::move(identity));
  });
}

Result<bool> RocksdbBackend::Exists(const CheckedConfig& config, const Environment&) {
  return Guarded([&]() -> Result<bool> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const backends::Inspection found,
                              backends::Inspect(directory, kFiles));
    return found.place == backends::Place::kDatabase;
  });
}

Status RocksdbBackend::Destroy(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_TRY(backends::CheckRemovable(directory, kFiles));
    const ::rocksdb::Status status = ::rocksdb::DestroyDB(
        directory.string(),
        EngineOptions(config, environment, std::make_shared<internal::Health>()));
    if (!status.ok()) return FromOpenStatus(status);
    // RocksDB tries to, but does not tell.
    return backends::RemoveDirectory(directory);
  });
}

}  // namespace

std::unique_ptr<Backend> NewRocksdbBackend() { return std::make_unique<RocksdbBackend>(); }

}  // namespace anystore::rocksdb

#include <leveldb/db.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "anystore/simple_datastore.h"
#include "backends/engine_directory.h"
#include "backends/leveldb/database.h"
#include "backends/leveldb/engine.h"
#include "backends/leveldb/leveldb.h"
#include "backends/leveldb/status.h"
#include "core/identity.h"

namespace anystore::leveldb {
namespace {

namespace fs = std::filesystem;

class LeveldbBackend final : public Backend {
 public:
  std::string_view scheme() const override { return "leveldb"; }
  std::string_view description() const override {
    return "A LevelDB database in a directory of this machine";
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

/// Which part of a LevelDB database has this name.
backends::Part PartOf(std::string_view name) {
  using backends::Part;
  if (name == "CURRENT") return Part::kCurrent;
  if (name == "LOCK") return Part::kMark;
  if (name == "LOG" || name == "LOG.old") return Part::kBookkeeping;
  if (name.starts_with("MANIFEST-")) {
    return backends::IsNumber(name.substr(9)) ? Part::kBookkeeping : Part::kNone;
  }
  // Those of RocksDB, whose tables LevelDB would damage.
  if (name == "IDENTITY" || name.starts_with("OPTIONS-")) return Part::kRelative;
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !backends::IsNumber(name.substr(0, dot))) {
    return Part::kNone;
  }
  const std::string_view ending = name.substr(dot);
  if (ending == ".dbtmp") return Part::kBookkeeping;
  const bool data = ending == ".ldb" || ending == ".sst" || ending == ".log";
  return data ? Part::kData : Part::kNone;
}

constexpr backends::EngineFiles kFiles{.engine = "LevelDB", .part_of = PartOf, .mark = "LOCK"};

/// Makes the files of a database in a directory that has none, and closes it.
Status MakeDatabase(const CheckedConfig& config, const Environment& environment,
                    const fs::path& directory) {
  auto engine = std::make_unique<Engine>(config, environment);
  engine->options.create_if_missing = true;
  engine->options.error_if_exists = true;
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                            Database::Open(std::move(engine), directory, /*sync=*/false));
  ANYSTORE_TRY(database->Close());
  // LevelDB leaves the names of its first files to the system.
  return backends::SyncDirectory(directory);
}

Status LeveldbBackend::Create(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    return backends::CreateIn(
        directory, kFiles, internal::NewIdentity(config, Spec(), environment), environment.random,
        [&] { return MakeDatabase(config, environment, directory); },
        [&] {
          static_cast<void>(
              ::leveldb::DestroyDB(directory.string(), Engine(config, environment).options));
        });
  });
}

Result<std::unique_ptr<Datastore>> LeveldbBackend::Open(const CheckedConfig& config,
                                                        const Environment& environment) {
  return Guarded([&]() -> Result<std::unique_ptr<Datastore>> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const backends::Inspection found,
                              backends::Inspect(directory, kFiles));
    if (found.place != backends::Place::kDatabase) return backends::NotThere(found, kFiles);
    ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, backends::IdentityIn(directory));
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                              Database::Open(std::make_unique<Engine>(config, environment),
                                             directory, config.Bool("sync"), std::move(identity)));
    return Adapt(std::move(database));
  });
}

Result<bool> LeveldbBackend::Exists(const CheckedConfig& config, const Environment&) {
  return Guarded([&]() -> Result<bool> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const backends::Inspection found,
                              backends::Inspect(directory, kFiles));
    return found.place == backends::Place::kDatabase;
  });
}

Status LeveldbBackend::Destroy(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, backends::Canonical(config.path()));
    ANYSTORE_TRY(backends::CheckRemovable(directory, kFiles));
    const ::leveldb::Status status =
        ::leveldb::DestroyDB(directory.string(), Engine(config, environment).options);
    if (!status.ok()) return FromOpenStatus(status);
    // LevelDB tries to, but does not tell.
    return backends::RemoveDirectory(directory);
  });
}

}  // namespace

std::unique_ptr<Backend> NewLeveldbBackend() { return std::make_unique<LeveldbBackend>(); }

}  // namespace anystore::leveldb

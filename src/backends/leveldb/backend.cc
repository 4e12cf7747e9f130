#include <leveldb/db.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "anystore/simple_datastore.h"
#include "backends/engine_backend.h"
#include "backends/leveldb/database.h"
#include "backends/leveldb/engine.h"
#include "backends/leveldb/leveldb.h"
#include "backends/leveldb/status.h"

namespace anystore::leveldb {
namespace {

namespace fs = std::filesystem;

/// Which part of a LevelDB database has this name, when it is not CURRENT or the mark.
backends::Part PartOf(std::string_view name) {
  using backends::Part;
  if (name == "LOG" || name == "LOG.old") return Part::kBookkeeping;
  if (name.starts_with("MANIFEST-")) {
    return backends::IsNumber(name.substr(9)) ? Part::kBookkeeping : Part::kNone;
  }
  // Those of RocksDB, whose tables LevelDB would damage.
  if (name == "IDENTITY" || name.starts_with("OPTIONS-")) return Part::kRelative;
  const std::string_view ending = backends::EndingOfNumbered(name);
  if (ending == ".dbtmp") return Part::kBookkeeping;
  const bool data = ending == ".ldb" || ending == ".sst" || ending == ".log";
  return data ? Part::kData : Part::kNone;
}

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

Result<std::unique_ptr<Datastore>> OpenDatabase(const CheckedConfig& config,
                                                const Environment& environment,
                                                const fs::path& directory, StoreIdentity identity) {
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                            Database::Open(std::make_unique<Engine>(config, environment), directory,
                                           config.Bool("sync"), std::move(identity)));
  return Adapt(std::move(database));
}

Status RemoveDatabase(const CheckedConfig& config, const Environment& environment,
                      const fs::path& directory) {
  const ::leveldb::Status status =
      ::leveldb::DestroyDB(directory.string(), Engine(config, environment).options);
  return status.ok() ? Ok() : Status(FromOpenStatus(status));
}

constexpr backends::EngineDescription kEngine{
    .scheme = "leveldb",
    .description = "A LevelDB database in a directory of this machine",
    .spec = Spec,
    .capabilities = DatabaseCapabilities,
    .files = {.engine = "LevelDB", .part_of = PartOf, .mark = "LOCK"},
    .make = MakeDatabase,
    .open = OpenDatabase,
    .remove = RemoveDatabase};

}  // namespace

std::unique_ptr<Backend> NewLeveldbBackend() { return backends::NewEngineBackend(kEngine); }

}  // namespace anystore::leveldb

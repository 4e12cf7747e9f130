#include <rocksdb/db.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "backends/engine_backend.h"
#include "backends/rocksdb/database.h"
#include "backends/rocksdb/engine_options.h"
#include "backends/rocksdb/rocksdb.h"
#include "backends/rocksdb/status.h"
#include "core/health.h"

namespace anystore::rocksdb {
namespace {

namespace fs = std::filesystem;

/// Which part of a RocksDB database has this name, when it is not CURRENT or the mark.
backends::Part PartOf(std::string_view name) {
  using backends::Part;
  if (name == "LOCK" || name == "LOG" || name.starts_with("LOG.old.")) return Part::kBookkeeping;
  for (const std::string_view prefix : {"MANIFEST-", "OPTIONS-"}) {
    if (!name.starts_with(prefix)) continue;
    std::string_view number = name.substr(prefix.size());
    if (number.ends_with(".dbtmp")) number.remove_suffix(6);
    return backends::IsNumber(number) ? Part::kBookkeeping : Part::kNone;
  }
  const std::string_view ending = backends::EndingOfNumbered(name);
  if (ending == ".dbtmp") return Part::kBookkeeping;
  const bool data = ending == ".sst" || ending == ".ldb" || ending == ".log" || ending == ".blob";
  return data ? Part::kData : Part::kNone;
}

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

Result<std::unique_ptr<Datastore>> OpenDatabase(const CheckedConfig& config,
                                                const Environment& environment,
                                                const fs::path& directory, StoreIdentity identity) {
  auto health = std::make_shared<internal::Health>();
  const ::rocksdb::Options options = EngineOptions(config, environment, health);
  return Database::Open(options, directory, config.Bool("sync"), std::move(health),
                        std::move(identity));
}

Status RemoveDatabase(const CheckedConfig& config, const Environment& environment,
                      const fs::path& directory) {
  const ::rocksdb::Status status = ::rocksdb::DestroyDB(
      directory.string(), EngineOptions(config, environment, std::make_shared<internal::Health>()));
  return status.ok() ? Ok() : Status(FromOpenStatus(status));
}

constexpr backends::EngineDescription kEngine{
    .scheme = "rocksdb",
    .description = "A RocksDB database in a directory of this machine",
    .spec = Spec,
    .capabilities = DatabaseCapabilities,
    .files = {.engine = "RocksDB", .part_of = PartOf, .mark = "IDENTITY", .always_marked = true},
    .make = MakeDatabase,
    .open = OpenDatabase,
    .remove = RemoveDatabase};

}  // namespace

std::unique_ptr<Backend> NewRocksdbBackend() { return backends::NewEngineBackend(kEngine); }

}  // namespace anystore::rocksdb

// How stores of the kind come and go. What each function owes is told in <anystore/backend.h>.
#include "backend.h"

#include <anystore/config.h>
#include <anystore/simple_datastore.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "database.h"
#include "store.h"

namespace anystore_sqlite {
namespace {

using anystore::Capabilities;
using anystore::CheckedConfig;
using anystore::Code;
using anystore::Config;
using anystore::Environment;
using anystore::Error;
using anystore::FieldType;
using anystore::Ok;
using anystore::Result;
using anystore::Status;

// "anst": says in the file's header whose it is.
constexpr std::int64_t kApplicationId = 0x616e7374;

// Opens a database that is one of our stores.
Result<Connection> OpenStore(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path));
  ANYSTORE_ASSIGN_OR_RETURN(const std::int64_t id, connection.Number("PRAGMA application_id"));
  if (id != kApplicationId) {
    return Error(Code::kIdentityMismatch, "a SQLite database of some other program");
  }
  return connection;
}

// One transaction: whoever finds the mark finds the table, whenever the power was cut.
Status MakeStore(Connection connection) {
  ANYSTORE_TRY(connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
  ANYSTORE_TRY(
      connection.Execute("BEGIN IMMEDIATE;"
                         "CREATE TABLE records (key BLOB PRIMARY KEY, value BLOB NOT NULL)"
                         " WITHOUT ROWID;"
                         "PRAGMA application_id = 0x616e7374;"
                         "COMMIT"));
  return connection.Close();
}

void RemoveFiles(const std::string& path) {
  std::error_code ignored;
  for (const char* const suffix : {"-wal", "-shm", ""}) {
    std::filesystem::remove(path + suffix, ignored);
  }
}

class SqliteBackend final : public anystore::Backend {
 public:
  std::string_view scheme() const override { return "sqlite"; }
  std::string_view description() const override { return "A table of a SQLite database file"; }

  const anystore::ConfigSpec* config_spec() const override {
    static const anystore::ConfigSpec spec{.fields = {{.name = "sync",
                                                       .type = FieldType::kBool,
                                                       .default_value = "true",
                                                       .help = "writes survive a power cut"}},
                                           .path_help = "the database file",
                                           .path_required = true};
    return &spec;
  }
  Result<Config> DefaultConfig(const Config& given) const override {
    return anystore::FillDefaults(given, *config_spec());
  }
  Capabilities capabilities() const override { return SqliteStore::Can(/*sync=*/true); }
  anystore::IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return anystore::IndexKind::kSortedSet;
  }

  Status Create(const CheckedConfig& config, const Environment& /*environment*/) override {
    ANYSTORE_ASSIGN_OR_RETURN(Connection connection, Connection::Create(config.path()));
    Status made = MakeStore(std::move(connection));
    if (!made.has_value()) RemoveFiles(config.path());
    return made;
  }

  Result<std::unique_ptr<anystore::Datastore>> Open(const CheckedConfig& config,
                                                    const Environment& /*environment*/) override {
    ANYSTORE_ASSIGN_OR_RETURN(Connection connection, OpenStore(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(auto store,
                              SqliteStore::Make(std::move(connection), config.Bool("sync")));
    return anystore::Adapt(std::move(store));
  }

  Result<bool> Exists(const CheckedConfig& config, const Environment& /*environment*/) override {
    const Result<Connection> connection = OpenStore(config.path());
    if (connection.has_value()) return true;
    const Code code = connection.error().code();
    if (code == Code::kNotFound || code == Code::kIdentityMismatch) return false;
    return connection.error().Clone();
  }

  Status Destroy(const CheckedConfig& config, const Environment& /*environment*/) override {
    ANYSTORE_ASSIGN_OR_RETURN(Connection connection, OpenStore(config.path()));
    // Leaving write-ahead mode takes the file for oneself: busy while anybody has it open.
    ANYSTORE_TRY(connection.Execute("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE"));
    ANYSTORE_TRY(connection.Close());
    RemoveFiles(config.path());
    return Ok();
  }

  Status Ready(anystore::Datastore& /*store*/, const anystore::CallOptions& /*call*/) override {
    return Ok();  // Open has read the file
  }
};

}  // namespace

std::unique_ptr<anystore::Backend> NewBackend() { return std::make_unique<SqliteBackend>(); }

}  // namespace anystore_sqlite

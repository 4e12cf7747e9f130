#include "backends/engine_backend.h"

#include <utility>

#include "backends/engine_errors.h"
#include "core/identity.h"

namespace anystore::backends {
namespace {

namespace fs = std::filesystem;

class EngineBackend final : public Backend {
 public:
  explicit EngineBackend(const EngineDescription& engine) : engine_(engine) {}

  std::string_view scheme() const override { return engine_.scheme; }
  std::string_view description() const override { return engine_.description; }
  const ConfigSpec* config_spec() const override { return &engine_.spec(); }
  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, engine_.spec());
  }
  Capabilities capabilities() const override { return engine_.capabilities(/*sync=*/false); }
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Create(const CheckedConfig& config, const Environment& environment) override;
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override;
  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override;
  Status Destroy(const CheckedConfig& config, const Environment& environment) override;
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }

 private:
  const EngineDescription engine_;
};

Status EngineBackend::Create(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    return CreateIn(
        directory, engine_.files, internal::NewIdentity(config, engine_.spec(), environment),
        environment.random, [&] { return engine_.make(config, environment, directory); },
        [&] { static_cast<void>(engine_.remove(config, environment, directory)); });
  });
}

Result<std::unique_ptr<Datastore>> EngineBackend::Open(const CheckedConfig& config,
                                                       const Environment& environment) {
  return Guarded([&]() -> Result<std::unique_ptr<Datastore>> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory, engine_.files));
    if (found.place != Place::kDatabase) return NotThere(found, engine_.files);
    ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, IdentityIn(directory));
    return engine_.open(config, environment, directory, std::move(identity));
  });
}

Result<bool> EngineBackend::Exists(const CheckedConfig& config, const Environment&) {
  return Guarded([&]() -> Result<bool> {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(directory, engine_.files));
    return found.place == Place::kDatabase;
  });
}

Status EngineBackend::Destroy(const CheckedConfig& config, const Environment& environment) {
  return Guarded([&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const fs::path directory, Canonical(config.path()));
    ANYSTORE_TRY(CheckRemovable(directory, engine_.files));
    ANYSTORE_TRY(engine_.remove(config, environment, directory));
    // Engines try to, but do not tell.
    return RemoveDirectory(directory);
  });
}

}  // namespace

std::unique_ptr<Backend> NewEngineBackend(const EngineDescription& engine) {
  return std::make_unique<EngineBackend>(engine);
}

}  // namespace anystore::backends

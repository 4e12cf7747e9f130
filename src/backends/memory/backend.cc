#include "backends/memory/memory.h"
#include "core/identity.h"

namespace anystore::memory {
namespace {

/// `memory:` names no place: every Open makes a store of its own, which goes when it is closed.
/// So there always is one to open, and nothing to create or to destroy.
class MemoryBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view scheme() const override { return "memory"; }

  [[nodiscard]] std::string_view description() const override {
    return "An ordered store in the memory of this process, empty when it is opened and gone when "
           "it is closed";
  }

  [[nodiscard]] const ConfigSpec* config_spec() const override {
    static const ConfigSpec spec;
    return &spec;
  }

  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, *config_spec());
  }
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }
  [[nodiscard]] Capabilities capabilities() const override { return MemoryCapabilities(); }

  Status Create(const CheckedConfig&, const Environment&) override { return Ok(); }

  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override {
    return NewMemoryStore(environment, internal::NewIdentity(config, *config_spec(), environment));
  }

  Result<bool> Exists(const CheckedConfig&, const Environment&) override { return true; }

  Status Destroy(const CheckedConfig&, const Environment&) override { return Ok(); }
};

}  // namespace

std::unique_ptr<Backend> NewMemoryBackend() { return std::make_unique<MemoryBackend>(); }

}  // namespace anystore::memory

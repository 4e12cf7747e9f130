#include "abi/export_backend.h"

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/bytes.h"
#include "abi/config_text.h"
#include "abi/errors.h"
#include "abi/export_features.h"
#include "abi/export_reader.h"
#include "abi/export_store.h"
#include "abi/host.h"
#include "abi/options.h"
#include "abi/spec_text.h"
#include "abi/tables.h"
#include "anystore/plugin.h"

namespace anystore::abi {
namespace {

/// A backend with the table by which C calls it.
class ExportedBackend {
 public:
  explicit ExportedBackend(std::unique_ptr<Backend> backend);

  [[nodiscard]] const anystore_backend_v1* table() const noexcept { return &table_; }

 private:
  /// Calls `body(backend, configuration, environment)` with what C gave.
  template <class Body>
  static anystore_error* WithConfig(void* self, const anystore_host_v1* host, anystore_bytes config,
                                    Body&& body) noexcept;
  /// Calls `body(backend)` with what C gave.
  template <class Body>
  static anystore_error* With(void* self, const anystore_host_v1* host, Body&& body) noexcept;

  static anystore_error* DefaultConfig(void* self, const anystore_host_v1* host,
                                       anystore_bytes config, anystore_value* full);
  static anystore_error* GetCapabilities(void* self, const anystore_host_v1* host,
                                         anystore_capabilities* capabilities);
  static std::uint32_t PreferredIndex(void* self, anystore_bytes config);
  static anystore_error* Create(void* self, const anystore_host_v1* host, anystore_bytes config);
  static anystore_error* Open(void* self, const anystore_host_v1* host, anystore_bytes config,
                              const anystore_store_v1** store);
  static anystore_error* Exists(void* self, const anystore_host_v1* host, anystore_bytes config,
                                std::int32_t* exists);
  static anystore_error* Destroy(void* self, const anystore_host_v1* host, anystore_bytes config);

  [[nodiscard]] Result<CheckedConfig> Check(anystore_bytes config) const;

  const std::unique_ptr<Backend> backend_;
  const std::string scheme_;
  const std::string description_;
  const std::string spec_;
  anystore_backend_v1 table_ = {};
};

ExportedBackend::ExportedBackend(std::unique_ptr<Backend> backend)
    : backend_(std::move(backend)),
      scheme_(backend_->scheme()),
      description_(backend_->description()),
      spec_(backend_->config_spec() == nullptr ? "" : SpecToJson(*backend_->config_spec())) {
  table_ = {.size = sizeof(table_),
            .self = this,
            .scheme = scheme_.c_str(),
            .description = description_.c_str(),
            .config_spec_json = backend_->config_spec() == nullptr ? nullptr : spec_.c_str(),
            .default_config = &DefaultConfig,
            .capabilities = &GetCapabilities,
            .preferred_index = &PreferredIndex,
            .create = &Create,
            .open = &Open,
            .exists = &Exists,
            .destroy = &Destroy,
            .ready = nullptr};
}

template <class Body>
anystore_error* ExportedBackend::With(void* self, const anystore_host_v1* host,
                                      Body&& body) noexcept {
  // Without a host there is nobody who could make an error; anystore always hands one in.
  if (self == nullptr || host == nullptr) return Give(Error(Code::kInvalidArgument, "null"));
  return Guarded(*host, [&]() -> Status {
    return std::forward<Body>(body)(*static_cast<ExportedBackend*>(self));
  });
}

template <class Body>
anystore_error* ExportedBackend::WithConfig(void* self, const anystore_host_v1* host,
                                            anystore_bytes config, Body&& body) noexcept {
  return With(self, host, [&](ExportedBackend& exported) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const CheckedConfig checked, exported.Check(config));
    const HostEnvironment world(*host);
    return std::forward<Body>(body)(*exported.backend_, checked, world.environment());
  });
}

Result<CheckedConfig> ExportedBackend::Check(anystore_bytes config) const {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view json, Given(config, "the configuration"));
  ANYSTORE_ASSIGN_OR_RETURN(const Config parsed, ConfigFromJson(json, backend_->config_spec()));
  return CheckedConfig::Make(parsed, backend_->config_spec());
}

anystore_error* ExportedBackend::DefaultConfig(void* self, const anystore_host_v1* host,
                                               anystore_bytes config, anystore_value* full) {
  return With(self, host, [&](ExportedBackend& exported) -> Status {
    ANYSTORE_TRY(NotNull(full));
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view json, Given(config, "the configuration"));
    ANYSTORE_ASSIGN_OR_RETURN(const Config given, ConfigFromJson(json, nullptr));
    ANYSTORE_ASSIGN_OR_RETURN(const Config filled, exported.backend_->DefaultConfig(given));
    ANYSTORE_ASSIGN_OR_RETURN(std::string text, ConfigToJson(filled));
    *full = GiveValue(Value::Take(std::move(text)));
    return Ok();
  });
}

anystore_error* ExportedBackend::GetCapabilities(void* self, const anystore_host_v1* host,
                                                 anystore_capabilities* capabilities) {
  return With(self, host, [&](ExportedBackend& exported) -> Status {
    return FillStruct(capabilities,
                      CapabilitiesForC(CarriedCapabilities(exported.backend_->capabilities())));
  });
}

std::uint32_t ExportedBackend::PreferredIndex(void* self, anystore_bytes config) {
  std::uint32_t kind = ANYSTORE_SORTED_SET;
  anystore_error_free(With(self, &OwnHost(), [&](ExportedBackend& exported) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const CheckedConfig checked, exported.Check(config));
    kind = static_cast<std::uint32_t>(exported.backend_->PreferredIndex(checked));
    return Ok();
  }));
  return kind;
}

anystore_error* ExportedBackend::Create(void* self, const anystore_host_v1* host,
                                        anystore_bytes config) {
  return WithConfig(self, host, config,
                    [](Backend& backend, const CheckedConfig& checked, const Environment& world) {
                      return backend.Create(checked, world);
                    });
}

anystore_error* ExportedBackend::Open(void* self, const anystore_host_v1* host,
                                      anystore_bytes config, const anystore_store_v1** store) {
  return With(self, host, [&](ExportedBackend& exported) -> Status {
    ANYSTORE_TRY(NotNull(store));
    ANYSTORE_ASSIGN_OR_RETURN(const CheckedConfig checked, exported.Check(config));
    auto world = std::make_shared<const HostEnvironment>(*host);
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Datastore> opened,
                              exported.backend_->Open(checked, world->environment()));
    if (opened == nullptr) return Error(Code::kInternal, "open gave no store");
    // Asked here: what comes back over the table is no longer this datastore.
    if (Status ready = exported.backend_->Ready(*opened, {}); !ready.has_value()) {
      static_cast<void>(opened->Close());
      return ready;
    }
    *store = ExportDatastore(std::move(opened), world->host(), world);
    return Ok();
  });
}

anystore_error* ExportedBackend::Exists(void* self, const anystore_host_v1* host,
                                        anystore_bytes config, std::int32_t* exists) {
  return WithConfig(
      self, host, config,
      [&](Backend& backend, const CheckedConfig& checked, const Environment& world) -> Status {
        ANYSTORE_TRY(NotNull(exists));
        ANYSTORE_ASSIGN_OR_RETURN(const bool there, backend.Exists(checked, world));
        *exists = there ? 1 : 0;
        return Ok();
      });
}

anystore_error* ExportedBackend::Destroy(void* self, const anystore_host_v1* host,
                                         anystore_bytes config) {
  return WithConfig(self, host, config,
                    [](Backend& backend, const CheckedConfig& checked, const Environment& world) {
                      return backend.Destroy(checked, world);
                    });
}

}  // namespace

Result<const anystore_backend_v1*> ExportBackend(std::unique_ptr<Backend> backend) {
  if (backend == nullptr) return Error(Code::kInvalidArgument, "no backend");
  // Never freed, as plugins are never unloaded; in a list, so that no leak is reported.
  static std::mutex mutex;
  static auto* const kAll = new std::vector<std::unique_ptr<ExportedBackend>>();
  auto exported = std::make_unique<ExportedBackend>(std::move(backend));
  const anystore_backend_v1* const table = exported->table();
  const std::lock_guard lock(mutex);
  kAll->push_back(std::move(exported));
  return table;
}

}  // namespace anystore::abi

namespace anystore::internal {

const anystore_backend_v1* ExportPlugin(const anystore_host_v1* host,
                                        std::unique_ptr<Backend> (*make)()) noexcept {
  // All functions of version 1 are needed, and the ones behind are not known here.
  if (host == nullptr || host->size < sizeof(anystore_host_v1) || make == nullptr) return nullptr;
  try {
    return abi::ExportBackend(make()).value_or(nullptr);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace anystore::internal

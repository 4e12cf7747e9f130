#include "abi/import_backend.h"

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "abi/bytes.h"
#include "abi/config_text.h"
#include "abi/errors.h"
#include "abi/export_features.h"
#include "abi/host.h"
#include "abi/import_store.h"
#include "abi/options.h"
#include "abi/spec_text.h"
#include "abi/tables.h"

namespace anystore::abi {
namespace {

constexpr const char* kTable = "the backend";

/// A backend of C's. Nothing that it gives back is believed unseen.
class ImportedBackend final : public Backend {
 public:
  ImportedBackend(std::string who, const anystore_backend_v1& table)
      : who_(std::move(who)), table_(table) {}

  /// Looks at everything that is known from the start.
  Status Start();

  [[nodiscard]] std::string_view scheme() const override { return scheme_; }
  [[nodiscard]] std::string_view description() const override { return description_; }
  [[nodiscard]] const ConfigSpec* config_spec() const override {
    return spec_.has_value() ? &*spec_ : nullptr;
  }
  [[nodiscard]] Result<Config> DefaultConfig(const Config& given) const override;
  [[nodiscard]] Capabilities capabilities() const override { return capabilities_; }
  [[nodiscard]] IndexKind PreferredIndex(const CheckedConfig& config) const override;
  Status Create(const CheckedConfig& config, const Environment& environment) override {
    return WithConfig("create", config, environment, table_.create);
  }
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override;
  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override;
  Status Destroy(const CheckedConfig& config, const Environment& environment) override {
    return WithConfig("destroy", config, environment, table_.destroy);
  }
  Status Ready(Datastore& store, const CallOptions& call) override;

 private:
  using ConfigFunction = anystore_error* (*)(void*, const anystore_host_v1*, anystore_bytes);

  Status CheckFunctions() const;
  Status ReadText(const char* name, const char* text, std::size_t bytes_max, std::string* to) const;
  Status ReadCapabilitiesOf();
  Status WithConfig(const char* what, const CheckedConfig& config, const Environment& environment,
                    ConfigFunction function) const;

  const std::string who_;
  const anystore_backend_v1 table_;
  std::string scheme_ = {};
  std::string description_ = {};
  std::optional<ConfigSpec> spec_ = {};
  Capabilities capabilities_ = {};
};

Status ImportedBackend::CheckFunctions() const {
  ANYSTORE_TRY(Needs(who_, kTable, "capabilities", table_.capabilities));
  ANYSTORE_TRY(Needs(who_, kTable, "create", table_.create));
  ANYSTORE_TRY(Needs(who_, kTable, "open", table_.open));
  ANYSTORE_TRY(Needs(who_, kTable, "exists", table_.exists));
  return Needs(who_, kTable, "destroy", table_.destroy);
}

Status ImportedBackend::ReadText(const char* name, const char* text, std::size_t bytes_max,
                                 std::string* to) const {
  if (text == nullptr) return Error(Code::kInternal, who_ + ": the backend has no " + name);
  const std::size_t size = strnlen(text, bytes_max + 1);
  if (size > bytes_max) {
    return Error(Code::kInternal, who_ + ": the backend's " + name + " does not end within " +
                                      std::to_string(bytes_max) + " bytes");
  }
  to->assign(text, size);
  return Ok();
}

Status ImportedBackend::ReadCapabilitiesOf() {
  const anystore_host_v1 host = HostOf(Environment::Host());
  anystore_capabilities given = {};
  given.size = sizeof(given);
  ANYSTORE_TRY(Foreign(who_, "capabilities",
                       [&] { return table_.capabilities(table_.self, &host, &given); }));
  const Result<Capabilities> can = ReadCapabilities(given);
  if (!can.has_value()) {
    return Error(Code::kInternal, who_ + ": " + std::string(can.error().message()));
  }
  capabilities_ = CarriedCapabilities(*can);
  return Ok();
}

Status ImportedBackend::Start() {
  constexpr std::size_t kNameBytesMax = 255;
  constexpr std::size_t kTextBytesMax = 1 << 20;
  ANYSTORE_TRY(CheckFunctions());
  ANYSTORE_TRY(ReadText("scheme", table_.scheme, kNameBytesMax, &scheme_));
  ANYSTORE_TRY(ReadText("description", table_.description, kTextBytesMax, &description_));
  ANYSTORE_TRY(ReadCapabilitiesOf());
  if (table_.config_spec_json == nullptr) return Ok();
  std::string json;
  ANYSTORE_TRY(ReadText("config_spec_json", table_.config_spec_json, kTextBytesMax, &json));
  Result<ConfigSpec> spec = SpecFromJson(json);
  if (!spec.has_value()) {
    return Error(Code::kInvalidConfig,
                 who_ + ": config_spec_json: " + std::string(spec.error().message()));
  }
  spec_ = *std::move(spec);
  return Ok();
}

Result<Config> ImportedBackend::DefaultConfig(const Config& given) const {
  if (table_.default_config == nullptr) {
    return spec_.has_value() ? FillDefaults(given, *spec_) : Result<Config>(given);
  }
  ANYSTORE_ASSIGN_OR_RETURN(const std::string json, ConfigToJson(given));
  const anystore_host_v1 host = HostOf(Environment::Host());
  anystore_value full = {};
  ANYSTORE_TRY(Foreign(who_, "default_config", [&] {
    return table_.default_config(table_.self, &host, BytesOf(json), &full);
  }));
  ANYSTORE_ASSIGN_OR_RETURN(const Value text, TakeValue(full));
  Result<Config> config = ConfigFromJson(text.bytes(), nullptr);
  if (!config.has_value()) {
    return Error(Code::kInternal, who_ + ": default_config gave no configuration: " +
                                      std::string(config.error().message()));
  }
  if (config->scheme != given.scheme) {
    return Error(Code::kInternal, who_ + ": default_config gave another type");
  }
  return config;
}

IndexKind ImportedBackend::PreferredIndex(const CheckedConfig& config) const {
  const Result<std::string> json = ConfigToJson(config, config_spec());
  if (table_.preferred_index == nullptr || !json.has_value()) return IndexKind::kSortedSet;
  std::uint32_t kind = ANYSTORE_SORTED_SET;
  const Status asked = Foreign(who_, "preferred_index",
                               [&] { kind = table_.preferred_index(table_.self, BytesOf(*json)); });
  return asked.has_value() && kind == ANYSTORE_BUFFERED_TREE ? IndexKind::kBufferedTree
                                                             : IndexKind::kSortedSet;
}

Status ImportedBackend::WithConfig(const char* what, const CheckedConfig& config,
                                   const Environment& environment, ConfigFunction function) const {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string json, ConfigToJson(config, config_spec()));
  const anystore_host_v1 host = HostOf(environment);
  return Foreign(who_, what, [&] { return function(table_.self, &host, BytesOf(json)); });
}

Result<std::unique_ptr<Datastore>> ImportedBackend::Open(const CheckedConfig& config,
                                                         const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string json, ConfigToJson(config, config_spec()));
  auto host = std::make_unique<StoreHost>(who_, environment);
  const anystore_store_v1* store = nullptr;
  ANYSTORE_TRY(Foreign(who_, "open", [&] {
    return table_.open(table_.self, &host->host(), BytesOf(json), &store);
  }));
  return ImportStore(std::move(host), store);
}

Result<bool> ImportedBackend::Exists(const CheckedConfig& config, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string json, ConfigToJson(config, config_spec()));
  const anystore_host_v1 host = HostOf(environment);
  std::int32_t exists = 0;
  ANYSTORE_TRY(Foreign(who_, "exists",
                       [&] { return table_.exists(table_.self, &host, BytesOf(json), &exists); }));
  return exists != 0;
}

Status ImportedBackend::Ready(Datastore& store, const CallOptions& call) {
  const anystore_store_v1* const table = TableOf(store);
  if (table_.ready == nullptr || table == nullptr) return Ok();
  const CallOptionsForC options(call);
  return Foreign(who_, "ready", [&] { return table_.ready(table_.self, table, options.get()); });
}

}  // namespace

Result<std::unique_ptr<Backend>> ImportBackend(std::string who, const anystore_backend_v1* table) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_backend_v1 read, ReadTable(who, kTable, table));
  auto backend = std::make_unique<ImportedBackend>(std::move(who), read);
  ANYSTORE_TRY(backend->Start());
  return backend;
}

}  // namespace anystore::abi

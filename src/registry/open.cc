#include "anystore/open.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore {
namespace {

// What a URL names: the backend, and its configuration held against the backend's spec.
struct Place {
  Backend* backend;
  CheckedConfig config;
  const Environment& environment;
};

Error MissingScheme(std::string_view url, const Registry& registry) {
  std::vector<std::string> known;
  for (const Backend* const backend : registry.backends()) {
    known.push_back(std::string(backend->scheme()) + ":");
  }
  return Error(Code::kInvalidConfig,
               "the scheme is missing; put one of these in front: " + registry::JoinNames(known))
      .In(RedactUrl(url));
}

Result<Place> Resolve(std::string_view url, const OpenOptions& options) {
  const Registry& registry = options.registry != nullptr ? *options.registry : Registry::Global();
  if (registry::SchemeLength(url) == 0) return MissingScheme(url, registry);
  ANYSTORE_ASSIGN_OR_RETURN(const Config config, Config::Parse(url));
  Result<Backend*> backend = registry.Find(config.scheme);
  if (!backend.has_value()) return std::move(backend).error().In(config.Redacted());
  const ConfigSpec& spec = (*backend)->config_spec();
  Result<CheckedConfig> checked = CheckedConfig::Make(config, spec);
  if (!checked.has_value()) return std::move(checked).error().In(config.Redacted(&spec));
  return Place{
      .backend = *backend,
      .config = *std::move(checked),
      .environment = options.environment != nullptr ? *options.environment : Environment::Host()};
}

// `error` with what the user must know to find the place.
Error Explain(Error error, const char* action, const CheckedConfig& config) {
  return std::move(error).During(action).In(config.name());
}

Result<Store> OpenAt(const Place& place) {
  auto datastore = place.backend->Open(place.config, place.environment);
  if (!datastore.has_value()) {
    return Explain(std::move(datastore).error(), "open", place.config);
  }
  return Store(*std::move(datastore), place.config.name(), place.environment);
}

Status CreateAt(const Place& place) {
  Status created = place.backend->Create(place.config, place.environment);
  if (!created.has_value()) return Explain(std::move(created).error(), "create", place.config);
  return created;
}

}  // namespace

Result<Store> Open(std::string_view url, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Place place, Resolve(url, options));
  if (options.mode == OpenMode::kCreate) {
    ANYSTORE_TRY(CreateAt(place));
    return OpenAt(place);
  }
  Result<Store> store = OpenAt(place);
  if (options.mode == OpenMode::kOpen || store.has_value() ||
      store.error().code() != Code::kNotFound) {
    return store;
  }
  const Status created = CreateAt(place);
  // Somebody else may have made it in the meantime, which is as good.
  if (!created.has_value() && created.error().code() != Code::kAlreadyExists) {
    return created.error().Clone();
  }
  return OpenAt(place);
}

Status Create(std::string_view url, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Place place, Resolve(url, options));
  return CreateAt(place);
}

Result<bool> Exists(std::string_view url, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Place place, Resolve(url, options));
  Result<bool> exists = place.backend->Exists(place.config, place.environment);
  if (!exists.has_value()) {
    return Explain(std::move(exists).error(), "look for a store", place.config);
  }
  return exists;
}

Status Destroy(std::string_view url, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Place place, Resolve(url, options));
  Status destroyed = place.backend->Destroy(place.config, place.environment);
  if (!destroyed.has_value()) {
    return Explain(std::move(destroyed).error(), "destroy", place.config);
  }
  return destroyed;
}

}  // namespace anystore

#include "registry/read_config.h"

#include <string>
#include <utility>
#include <vector>

#include "filesystem/names.h"
#include "registry/config_json.h"
#include "registry/kubo.h"
#include "registry/small_file.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

Error MissingScheme(std::string_view name, const Registry& registry) {
  std::vector<std::string> known;
  for (const Backend* const backend : registry.backends()) {
    known.push_back(std::string(backend->scheme()) + ":");
  }
  return Error(Code::kInvalidConfig,
               "the scheme is missing; put one of these in front: " + JoinNames(known))
      .In(RedactUrl(name));
}

Result<NamedConfig> ReadJson(std::string_view text, std::string_view directory,
                             const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(std::optional<KuboConfig> kubo,
                            ReadKubo(text, directory, *environment.logger));
  if (kubo.has_value()) {
    return NamedConfig{.config = std::move(kubo->config),
                       .disk_spec = DiskSpec{.directory = std::string(directory),
                                             .text = std::move(kubo->disk_spec)}};
  }
  ANYSTORE_ASSIGN_OR_RETURN(Config config, ParseJson(text));
  return NamedConfig{.config = std::move(config)};
}

Result<NamedConfig> ReadFile(std::string_view path, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path, environment));
  return ReadJson(text, DirectoryOf(path), environment);
}

/// Kubo calls its own `config`.
bool IsConfigFile(std::string_view name) {
  return name.ends_with(".json") || filesystem::LastOf(name) == "config";
}

}  // namespace

Result<NamedConfig> ReadConfig(std::string_view name, const Environment& environment,
                               const Registry& registry) {
  if (IsJson(name)) return ReadJson(name, ".", environment);
  if (SchemeLength(name) > 0) {
    ANYSTORE_ASSIGN_OR_RETURN(Config config, Config::Parse(name));
    return NamedConfig{.config = std::move(config)};
  }
  if (!IsConfigFile(name)) return MissingScheme(name, registry);
  Result<NamedConfig> config = ReadFile(name, environment);
  if (!config.has_value()) {
    return std::move(config).error().During("read configuration").In(name);
  }
  return config;
}

}  // namespace anystore::registry

#include "anystore/open.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/filesystem.h"
#include "registry/config_json.h"
#include "registry/stack.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore {
namespace {

using registry::Stack;

const Registry& RegistryOf(const OpenOptions& options) {
  return options.registry != nullptr ? *options.registry : Registry::Global();
}

const Environment& EnvironmentOf(const OpenOptions& options) {
  return options.environment != nullptr ? *options.environment : Environment::Host();
}

Error MissingScheme(std::string_view url, const Registry& registry) {
  std::vector<std::string> known;
  for (const Backend* const backend : registry.backends()) {
    known.push_back(std::string(backend->scheme()) + ":");
  }
  return Error(Code::kInvalidConfig,
               "the scheme is missing; put one of these in front: " + registry::JoinNames(known))
      .In(RedactUrl(url));
}

Result<Config> ReadFile(std::string_view path, const Environment& environment) {
  // Nobody writes a larger one, and something else that ends in .json should not be read whole.
  constexpr std::uint64_t kBytesMax = 1 << 20;
  ANYSTORE_ASSIGN_OR_RETURN(const auto root, environment.files->OpenDirectory("."));
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, root->Open(path, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  if (info.size > kBytesMax) return Error(Code::kInvalidConfig, "a file of over 1 MiB");
  ANYSTORE_ASSIGN_OR_RETURN(const Value text, file->ReadAll());
  return registry::ParseJson(text.bytes());
}

Result<Config> ReadConfig(std::string_view name, const OpenOptions& options) {
  if (registry::IsJson(name)) return Config::Parse(name);
  if (registry::SchemeLength(name) > 0) return Config::Parse(name);
  if (!name.ends_with(".json")) return MissingScheme(name, RegistryOf(options));
  Result<Config> config = ReadFile(name, EnvironmentOf(options));
  if (!config.has_value()) {
    return std::move(config).error().During("read configuration").In(name);
  }
  return config;
}

Result<Stack> Resolve(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Config config, ReadConfig(name, options));
  return registry::Resolve(config, RegistryOf(options));
}

}  // namespace

Result<Store> Open(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stack stack, Resolve(name, options));
  const Environment& environment = EnvironmentOf(options);
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Datastore> datastore,
                            registry::OpenStack(stack, options.mode, environment));
  return Store(std::move(datastore), stack.name(), environment);
}

Status Create(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stack stack, Resolve(name, options));
  return registry::CreateStack(stack, EnvironmentOf(options));
}

Result<bool> Exists(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stack stack, Resolve(name, options));
  return registry::StackExists(stack, EnvironmentOf(options));
}

Status Destroy(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stack stack, Resolve(name, options));
  return registry::DestroyStack(stack, EnvironmentOf(options));
}

Result<IndexKind> PreferredIndex(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stack stack, Resolve(name, options));
  const std::vector<const Stack*> leaves = registry::Leaves(stack);
  const bool buffered = std::ranges::any_of(leaves, [](const Stack* leaf) {
    return leaf->backend->PreferredIndex(leaf->config) == IndexKind::kBufferedTree;
  });
  return buffered ? IndexKind::kBufferedTree : IndexKind::kSortedSet;
}

}  // namespace anystore

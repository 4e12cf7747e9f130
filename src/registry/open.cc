#include "anystore/open.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "core/store_core.h"
#include "registry/disk_spec.h"
#include "registry/read_config.h"
#include "registry/stack.h"

namespace anystore {
namespace {

using registry::DiskSpec;
using registry::Stack;

const Registry& RegistryOf(const OpenOptions& options) {
  return options.registry != nullptr ? *options.registry : Registry::Global();
}

const Environment& EnvironmentOf(const OpenOptions& options) {
  return options.environment != nullptr ? *options.environment : Environment::Host();
}

/// What a name stands for, resolved.
struct Composition {
  Stack stack;
  std::optional<DiskSpec> disk_spec = {};
};

Result<Composition> Resolve(std::string_view name, const OpenOptions& options) {
  const Registry& registry = RegistryOf(options);
  ANYSTORE_ASSIGN_OR_RETURN(registry::NamedConfig named,
                            registry::ReadConfig(name, EnvironmentOf(options), registry));
  ANYSTORE_ASSIGN_OR_RETURN(Stack stack,
                            registry::Resolve(named.config, registry, EnvironmentOf(options)));
  return Composition{.stack = std::move(stack), .disk_spec = std::move(named.disk_spec)};
}

/// Holds the composition against what is written down of it.
Status CheckDiskSpec(const Composition& composition, const Environment& environment) {
  if (!composition.disk_spec.has_value()) return Ok();
  return registry::CheckDiskSpec(*composition.disk_spec, environment);
}

/// Makes stores with `make`, of which is written down before what they are.
template <class Make>
auto MakeWritten(const Composition& composition, const Environment& environment, Make&& make)
    -> decltype(make()) {
  if (!composition.disk_spec.has_value()) return make();
  ANYSTORE_ASSIGN_OR_RETURN(const bool placed,
                            registry::PlaceDiskSpec(*composition.disk_spec, environment));
  auto made = make();
  if (!made.has_value() && placed) {
    static_cast<void>(registry::RemoveDiskSpec(*composition.disk_spec, environment));
  }
  return made;
}

Result<std::unique_ptr<Datastore>> OpenComposition(const Composition& composition, OpenMode mode,
                                                   const Environment& environment,
                                                   registry::Leases* leases) {
  ANYSTORE_TRY(CheckDiskSpec(composition, environment));
  const auto open_all = [&] {
    return registry::OpenStack(composition.stack, mode, environment, leases);
  };
  if (mode == OpenMode::kOpen || !composition.disk_spec.has_value()) return open_all();
  if (mode == OpenMode::kOpenOrCreate) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists,
                              registry::StackExists(composition.stack, environment));
    if (exists) return open_all();
  }
  return MakeWritten(composition, environment, open_all);
}

}  // namespace

Result<Store> Open(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Composition composition, Resolve(name, options));
  const Environment& environment = EnvironmentOf(options);
  // Before the datastore, so that it goes after it.
  auto leases = std::make_shared<registry::Leases>();
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Datastore> datastore,
                            OpenComposition(composition, options.mode, environment, leases.get()));
  Store store(std::move(datastore), composition.stack.name(), environment);
  internal::StoreAccess::Hold(store, std::move(leases));
  return store;
}

Status Create(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Composition composition, Resolve(name, options));
  const Environment& environment = EnvironmentOf(options);
  return MakeWritten(composition, environment,
                     [&] { return registry::CreateStack(composition.stack, environment); });
}

Result<bool> Exists(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Composition composition, Resolve(name, options));
  return registry::StackExists(composition.stack, EnvironmentOf(options));
}

Status Destroy(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Composition composition, Resolve(name, options));
  const Environment& environment = EnvironmentOf(options);
  ANYSTORE_TRY(CheckDiskSpec(composition, environment));
  ANYSTORE_TRY(registry::DestroyStack(composition.stack, environment));
  if (!composition.disk_spec.has_value()) return Ok();
  return registry::RemoveDiskSpec(*composition.disk_spec, environment);
}

Result<IndexKind> PreferredIndex(std::string_view name, const OpenOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Composition composition, Resolve(name, options));
  const std::vector<const Stack*> leaves = registry::Leaves(composition.stack);
  const bool buffered = std::ranges::any_of(leaves, [](const Stack* leaf) {
    return leaf->backend->PreferredIndex(leaf->config) == IndexKind::kBufferedTree;
  });
  return buffered ? IndexKind::kBufferedTree : IndexKind::kSortedSet;
}

}  // namespace anystore

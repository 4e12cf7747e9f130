#include "registry/stack.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "registry/config_check.h"
#include "registry/identity_check.h"
#include "registry/json_tree.h"
#include "registry/open_table.h"
#include "registry/references.h"
#include "registry/stack_order.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

/// `error` with what the user must know to find the place.
Error Explain(Error error, const char* action, const Stack& stack) {
  return std::move(error).During(action).In(stack.name());
}

Status CheckChildren(const Config& config, const ConfigSpec* spec) {
  const std::string group = spec != nullptr ? ChildrenName(*spec) : "";
  for (const Config& child : config.children) {
    if (child.group == group) continue;
    if (spec != nullptr) {
      const auto field = std::ranges::find(spec->fields, child.group, &FieldSpec::name);
      if (field != spec->fields.end()) {
        return Error(Code::kInvalidConfig, "field " + Quoted(child.group) +
                                               ": found a store, allowed is " + Allowed(*field));
      }
    }
    return Error(Code::kInvalidConfig,
                 "unknown field " + Quoted(child.group) + "; " + config.scheme +
                     (group.empty() ? " stands on no other store"
                                    : " has the store below it in " + Quoted(group)));
  }
  if (group.empty()) return Ok();
  const bool one = spec->children == ChildCount::kOne;
  if (config.children.empty()) {
    return Error(Code::kInvalidConfig, "field " + Quoted(group) + " is missing: " + config.scheme +
                                           " stands on " + (one ? "a store" : "stores"));
  }
  if (one && config.children.size() > 1) {
    return Error(Code::kInvalidConfig, "field " + Quoted(group) + ": found " +
                                           std::to_string(config.children.size()) +
                                           " stores, allowed is one");
  }
  return Ok();
}

/// Resolves the tree from its root; tells in errors where in it they are.
class Resolver {
 public:
  Resolver(const Registry& registry, const Environment& environment)
      : registry_(registry), environment_(environment) {}

  Result<Stack> Node(const Config& config, const std::string& where) {
    const ConfigSpec* spec = nullptr;
    const auto resolve = [&]() -> Result<Stack> {
      if (LayerType* const layer = registry_.FindLayer(config.scheme); layer != nullptr) {
        spec = &layer->config_spec();
        return Layer(config, *layer, where);
      }
      const Result<Backend*> backend = registry_.Find(config.scheme);
      if (!backend.has_value()) return UnknownType(config.scheme, registry_);
      spec = (*backend)->config_spec();
      return Leaf(config, **backend);
    };
    Result<Stack> stack = resolve();
    if (stack.has_value() || !stack.error().store().empty()) return stack;
    const Error& error = stack.error();
    const std::string place = where.empty() ? "" : where + ": ";
    return Error(error.code(), place + std::string(error.message())).In(PrintUrl(config, spec));
  }

 private:
  /// What `written` means, without its children.
  Result<Config> Expanded(const Config& written, const ConfigSpec& spec) {
    ANYSTORE_TRY(CheckNames(written, spec));
    return ExpandReferences(written, &spec, environment_);
  }

  /// What the store above says of its child at `place`.
  Result<CheckedConfig> ChildFields(const Config& written, const ConfigSpec& above,
                                    const std::string& place) {
    const ConfigSpec spec{.fields = above.child_fields};
    const auto check = [&]() -> Result<CheckedConfig> {
      ANYSTORE_ASSIGN_OR_RETURN(const Config expanded, Expanded(written, spec));
      return CheckedConfig::Make(expanded, &spec, &written);
    };
    Result<CheckedConfig> fields = check();
    if (fields.has_value()) return fields;
    return WrongAt(place, std::string(fields.error().message())).In(written.scheme);
  }

  Result<Stack> Layer(const Config& config, LayerType& layer, const std::string& where) {
    const ConfigSpec& spec = layer.config_spec();
    Config written = config;
    written.children.clear();
    ANYSTORE_ASSIGN_OR_RETURN(Config expanded, Expanded(written, spec));
    ANYSTORE_TRY(CheckedConfig::Make(expanded, &spec, &written));
    ANYSTORE_TRY(CheckChildren(config, &spec));
    std::vector<StackChild> children;
    for (const Config& child : config.children) {
      std::string place = PlaceOf(where, child.group);
      if (spec.children == ChildCount::kMany) place = PlaceOf(place, children.size());
      Config below = child;
      const Config own = TakeChildFields(config.scheme, spec, &below);
      ANYSTORE_ASSIGN_OR_RETURN(CheckedConfig fields, ChildFields(own, spec, place));
      ANYSTORE_ASSIGN_OR_RETURN(Stack resolved, Node(below, place));
      // `LayerType::Narrow` finds there what is said of the children.
      for (const FieldSpec& field : spec.child_fields) {
        below.fields.insert_or_assign(field.name, std::string(fields.String(field.name)));
      }
      expanded.children.push_back(std::move(below));
      children.push_back({.fields = std::move(fields), .stack = std::move(resolved)});
    }
    ANYSTORE_ASSIGN_OR_RETURN(CheckedConfig checked,
                              CheckedConfig::Make(expanded, &spec, &written));
    return Stack{.layer = &layer, .config = std::move(checked), .children = std::move(children)};
  }

  Result<Stack> Leaf(const Config& config, Backend& backend) {
    const ConfigSpec* const spec = backend.config_spec();
    if (spec != nullptr) ANYSTORE_TRY(CheckNames(config, *spec));
    ANYSTORE_TRY(CheckChildren(config, spec));
    ANYSTORE_ASSIGN_OR_RETURN(const Config expanded, ExpandReferences(config, spec, environment_));
    ANYSTORE_ASSIGN_OR_RETURN(const Config full, backend.DefaultConfig(expanded));
    ANYSTORE_ASSIGN_OR_RETURN(CheckedConfig checked, CheckedConfig::Make(full, spec, &config));
    return Stack{.backend = &backend, .config = std::move(checked)};
  }

  const Registry& registry_;
  const Environment& environment_;
};

void CollectLeaves(const Stack& stack, std::vector<const Stack*>* leaves) {
  if (stack.backend != nullptr) leaves->push_back(&stack);
  for (const StackChild& child : stack.children) CollectLeaves(child.stack, leaves);
}

Status CreateLeaf(const Stack& leaf, const Environment& environment) {
  Status created = leaf.backend->Create(leaf.config, environment);
  if (!created.has_value()) return Explain(std::move(created).error(), "create", leaf);
  return created;
}

/// The places of backends, to be had alone: errors tell whose is not to be had.
Result<Lease> LeaseAlone(std::span<const Stack* const> leaves, const char* action,
                         const Environment& environment) {
  std::set<std::string> places;
  for (const Stack* const leaf : leaves) places.insert(PlaceOf(*leaf, environment));
  Result<Lease> lease = OpenTable::Global().Alone(places);
  if (!lease.has_value()) return Explain(std::move(lease).error(), action, *leaves.front());
  return lease;
}

Status CreateAlone(const Stack& leaf, const Environment& environment) {
  const Stack* const leaves[] = {&leaf};
  ANYSTORE_ASSIGN_OR_RETURN(const Lease lease, LeaseAlone(leaves, "create", environment));
  return CreateLeaf(leaf, environment);
}

Result<std::unique_ptr<Datastore>> OpenReady(const Stack& leaf, const Environment& environment,
                                             Leases* leases) {
  Lease lease = OpenTable::Global().Share(PlaceOf(leaf, environment));
  auto store = leaf.backend->Open(leaf.config, environment);
  if (!store.has_value()) return Explain(std::move(store).error(), "open", leaf);
  Status ready = CheckIdentity(leaf, **store);
  if (ready.has_value()) ready = leaf.backend->Ready(**store, {});
  if (!ready.has_value()) {
    static_cast<void>((*store)->Close());
    store->reset();
    return Explain(std::move(ready).error(), "open", leaf);
  }
  leases->push_back(std::move(lease));
  return store;
}

Result<std::unique_ptr<Datastore>> OpenLeaf(const Stack& leaf, OpenMode mode,
                                            const Environment& environment, Leases* leases) {
  if (mode == OpenMode::kCreate) ANYSTORE_TRY(CreateAlone(leaf, environment));
  auto store = OpenReady(leaf, environment, leases);
  if (mode != OpenMode::kOpenOrCreate || store.has_value() ||
      store.error().code() != Code::kNotFound) {
    return store;
  }
  Status created = CreateAlone(leaf, environment);
  // Somebody else may have made it in the meantime, or even opened it, which is as good.
  if (!created.has_value() && created.error().code() != Code::kAlreadyExists &&
      created.error().code() != Code::kBusy) {
    return std::move(created).error();
  }
  return OpenReady(leaf, environment, leases);
}

void CloseAll(std::vector<LayerChild>& children) {
  for (LayerChild& child : children) {
    if (child.store != nullptr) static_cast<void>(child.store->Close());
  }
}

Result<std::unique_ptr<Datastore>> OpenLayer(const Stack& stack, OpenMode mode,
                                             const Environment& environment, Leases* leases) {
  std::vector<LayerChild> children;
  for (const StackChild& child : stack.children) {
    auto store = OpenStack(child.stack, mode, environment, leases);
    if (!store.has_value()) {
      CloseAll(children);
      return std::move(store).error();
    }
    children.push_back(
        {.fields = child.fields, .name = child.stack.name(), .store = *std::move(store)});
  }
  auto wrapped = stack.layer->Wrap(stack.config, children, environment);
  if (!wrapped.has_value()) {
    CloseAll(children);
    return Explain(std::move(wrapped).error(), "open", stack);
  }
  return wrapped;
}

}  // namespace

std::string Stack::name() const {
  return backend != nullptr ? config.name() : std::string(layer->name());
}

Error UnknownType(std::string_view type, const Registry& registry) {
  std::vector<std::string> known;
  for (const Backend* const backend : registry.backends()) known.emplace_back(backend->scheme());
  for (const LayerType* const layer : registry.layers()) known.emplace_back(layer->name());
  return Error(Code::kInvalidConfig, "unknown type " + Quoted(type) + "; known: " +
                                         JoinNames(known) + DidYouMean(Nearest(type, known)));
}

Capabilities Stack::capabilities() const {
  if (backend != nullptr) return backend->capabilities();
  std::vector<Capabilities> below;
  below.reserve(children.size());
  for (const StackChild& child : children) below.push_back(child.stack.capabilities());
  return layer->Narrow(config, below);
}

Result<Stack> Resolve(const Config& config, const Registry& registry,
                      const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(Stack stack, Resolver(registry, environment).Node(config, ""));
  ANYSTORE_TRY(CheckOrder(stack));
  return stack;
}

Config TakeChildFields(const std::string& scheme, const ConfigSpec& parent, Config* child) {
  Config own{.scheme = scheme};
  for (const FieldSpec& field : parent.child_fields) {
    if (auto taken = child->fields.extract(field.name); !taken.empty()) {
      own.fields.insert(std::move(taken));
    }
  }
  return own;
}

std::vector<const Stack*> Leaves(const Stack& stack) {
  std::vector<const Stack*> leaves;
  CollectLeaves(stack, &leaves);
  return leaves;
}

Status CreateStack(const Stack& stack, const Environment& environment) {
  const std::vector<const Stack*> leaves = Leaves(stack);
  ANYSTORE_ASSIGN_OR_RETURN(const Lease lease, LeaseAlone(leaves, "create", environment));
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Status created = CreateLeaf(*leaves[i], environment);
    if (created.has_value()) continue;
    for (std::size_t made = 0; made < i; ++made) {
      static_cast<void>(leaves[made]->backend->Destroy(leaves[made]->config, environment));
    }
    return created;
  }
  return Ok();
}

Result<std::unique_ptr<Datastore>> OpenStack(const Stack& stack, OpenMode mode,
                                             const Environment& environment, Leases* leases) {
  return stack.backend != nullptr ? OpenLeaf(stack, mode, environment, leases)
                                  : OpenLayer(stack, mode, environment, leases);
}

Result<bool> StackExists(const Stack& stack, const Environment& environment) {
  for (const Stack* const leaf : Leaves(stack)) {
    Result<bool> exists = leaf->backend->Exists(leaf->config, environment);
    if (!exists.has_value()) return Explain(std::move(exists).error(), "look for a store", *leaf);
    if (!*exists) return false;
  }
  return true;
}

Status DestroyStack(const Stack& stack, const Environment& environment) {
  const std::vector<const Stack*> leaves = Leaves(stack);
  ANYSTORE_ASSIGN_OR_RETURN(const Lease lease, LeaseAlone(leaves, "destroy", environment));
  std::size_t missing = 0;
  for (const Stack* const leaf : leaves) {
    Status destroyed = leaf->backend->Destroy(leaf->config, environment);
    if (destroyed.has_value()) continue;
    Error error = Explain(std::move(destroyed).error(), "destroy", *leaf);
    if (error.code() != Code::kNotFound || ++missing == leaves.size()) return error;
  }
  return Ok();
}

}  // namespace anystore::registry

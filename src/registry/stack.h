/// A configuration with every name in it resolved: which backends, which layers over them. What
/// Open, Create, Exists and Destroy work on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/layer.h"
#include "anystore/open.h"

namespace anystore::registry {

struct Stack;

/// Entries in the table of open stores (open_table.h).
using Leases = std::vector<std::shared_ptr<const void>>;

/// A store that another stands on: `StackChild`. A template because each of the two types has the
/// other in it.
template <class S>
struct StackChildOf {
  /// What the parent says of it.
  CheckedConfig fields;
  S stack;
};
using StackChild = StackChildOf<Stack>;

/// A backend, or a layer over others. Exactly one of `backend` and `layer` is set.
struct Stack {
  Backend* backend = nullptr;
  LayerType* layer = nullptr;
  CheckedConfig config;
  std::vector<StackChild> children = {};

  /// The name that errors give it: its URL, or the name of the layer; secrets redacted.
  [[nodiscard]] std::string name() const;
  /// What the stack can do when its backends are opened with defaults.
  [[nodiscard]] Capabilities capabilities() const;
};

/// Why there is no such kind of store or layer: invalid_config, with those that there are.
[[nodiscard]] Error UnknownType(std::string_view type, const Registry& registry);

/// Resolves `config` and everything below it, references included, and checks the order of its
/// layers. Opens no store.
///
/// Errors: invalid_config (names the node, the field, what was found, what is allowed).
[[nodiscard]] Result<Stack> Resolve(const Config& config, const Registry& registry,
                                    const Environment& environment);

/// Moves what the spec of a layer lists in `child_fields` out of the configuration of a store below
/// it, into one of its own, of that scheme.
[[nodiscard]] Config TakeChildFields(const std::string& scheme, const ConfigSpec& parent,
                                     Config* child);

/// The backends at the bottom, from left to right.
[[nodiscard]] std::vector<const Stack*> Leaves(const Stack& stack);

/// As `Backend::Create` for all backends at the bottom; what was made goes again where one cannot
/// be. Nothing is made where one is open.
Status CreateStack(const Stack& stack, const Environment& environment);
/// Opens all of it, or nothing. `leases` say that it is open, and want to live as long.
Result<std::unique_ptr<Datastore>> OpenStack(const Stack& stack, OpenMode mode,
                                             const Environment& environment, Leases* leases);
/// Whether all backends at the bottom have their store.
Result<bool> StackExists(const Stack& stack, const Environment& environment);
/// Destroys every store at the bottom that is there, unless one is open.
Status DestroyStack(const Stack& stack, const Environment& environment);

}  // namespace anystore::registry

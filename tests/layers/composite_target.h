/// Layers over several stores, for tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fake_datastore.h"
#include "layers/layer_target.h"

namespace anystore::testing {

/// A store to put a layer over, with what the layer's configuration says of it.
struct GivenChild {
  LayerFields fields = {};
  std::unique_ptr<Datastore> store = {};
};

/// The layer `name` over these, by hand. Errors: as `LayerType::Wrap`.
inline Result<std::unique_ptr<Datastore>> WrapManyIn(std::string_view name,
                                                     std::vector<GivenChild> given,
                                                     const Environment& environment) {
  const LayerType& type = *Registry::Global().FindLayer(name);
  const ConfigSpec child_spec{.fields = type.config_spec().child_fields};
  ANYSTORE_ASSIGN_OR_RETURN(const CheckedConfig none, CheckedConfig::Make({}, nullptr));
  std::vector<LayerChild> children;
  for (GivenChild& child : given) {
    const Config config{.scheme = std::string(name), .fields = child.fields};
    ANYSTORE_ASSIGN_OR_RETURN(CheckedConfig fields, CheckedConfig::Make(config, &child_spec));
    children.push_back({.fields = std::move(fields),
                        .name = "child:" + std::to_string(children.size()),
                        .store = std::move(child.store)});
  }
  return type.Wrap(none, children, environment);
}

/// As `WrapManyIn`, as a store of that name. Ends the test where it cannot be.
inline Store StoreOfManyIn(std::string_view name, std::vector<GivenChild> given,
                           const Environment& environment) {
  return MustOpen(name, WrapManyIn(name, std::move(given), environment), environment);
}

}  // namespace anystore::testing

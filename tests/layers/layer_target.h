/// Layers for tests: over a store that the test made, and over memory for the conformance kit.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/conformance.h"
#include "anystore/layer.h"
#include "anystore/open.h"
#include "anystore/store.h"
#include "conforms.h"

namespace anystore::testing {

/// The world of a test's stores: the test moves its clock, and its chance repeats.
struct LayerWorld {
  LayerWorld() {
    environment.clock = &clock;
    environment.random = &random;
  }
  ManualClock clock = ManualClock(Instant(std::chrono::hours(24)));
  SeededRandom random = SeededRandom(1);
  Environment environment = Environment::Host();
};

/// The fields of a layer: `{{"attempts", "3"}}`.
using LayerFields = std::map<std::string, std::string, std::less<>>;

/// `layer` as a store of that name. Ends the test where there is none.
inline Store MustOpen(std::string_view name, Result<std::unique_ptr<Datastore>> layer,
                      const Environment& environment) {
  if (!layer.has_value()) throw std::runtime_error(layer.error().ToString());
  return Store(*std::move(layer), std::string(name), environment);
}

/// What a read tells: the bytes, or the name of the code.
inline std::string Told(const Result<Value>& value) {
  return std::string(value.has_value() ? value->bytes() : CodeName(value.error().code()));
}

/// The layer `name` over `child`, by hand. Errors: as `LayerType::Wrap`, and of the fields.
inline Result<std::unique_ptr<Datastore>> WrapIn(std::string_view name, const LayerFields& fields,
                                                 std::unique_ptr<Datastore> child,
                                                 const Environment& environment) {
  const LayerType& type = *Registry::Global().FindLayer(name);
  const Config config{.scheme = std::string(name), .fields = fields};
  ANYSTORE_ASSIGN_OR_RETURN(const CheckedConfig checked,
                            CheckedConfig::Make(config, &type.config_spec()));
  ANYSTORE_ASSIGN_OR_RETURN(CheckedConfig none, CheckedConfig::Make({}, nullptr));
  std::vector<LayerChild> children;
  children.push_back({.fields = std::move(none), .name = "child:", .store = std::move(child)});
  return type.Wrap(checked, children, environment);
}

/// As `WrapIn`, as a store of that name. Ends the test where it cannot be.
inline Store StoreIn(std::string_view name, const LayerFields& fields,
                     std::unique_ptr<Datastore> child, const Environment& environment) {
  return MustOpen(name, WrapIn(name, fields, std::move(child), environment), environment);
}

/// What the layer `name` makes of `child`.
inline Capabilities NarrowedBy(std::string_view name, const LayerFields& fields,
                               const Capabilities& child) {
  const LayerType& type = *Registry::Global().FindLayer(name);
  const Config config{.scheme = std::string(name), .fields = fields};
  return type.Narrow(*CheckedConfig::Make(config, &type.config_spec()), {&child, 1});
}

/// Runs the whole kit on a composition in JSON whose stores forget everything when they are closed.
inline void ExpectConforms(const std::string& json) {
  LayerWorld world;
  const conformance::Report report =
      ExpectConforms({.name = json,
                      .open =
                          [&] {
                            return Open(json, {.mode = OpenMode::kOpenOrCreate,
                                               .environment = &world.environment});
                          },
                      .clock = &world.clock});
  EXPECT_GT(report.count(conformance::Outcome::kPassed), 40U) << report.ToText();
}

}  // namespace anystore::testing

/// Layers for tests: over a store that the test made, and over memory for the conformance kit.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/conformance.h"
#include "anystore/layer.h"
#include "anystore/open.h"

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

/// What the layer `name` makes of `child`.
inline Capabilities NarrowedBy(std::string_view name, const LayerFields& fields,
                               const Capabilities& child) {
  const LayerType& type = *Registry::Global().FindLayer(name);
  const Config config{.scheme = std::string(name), .fields = fields};
  return type.Narrow(*CheckedConfig::Make(config, &type.config_spec()), {&child, 1});
}

/// The kit's target for a composition in JSON whose stores forget everything when they are closed.
inline conformance::Target TargetOf(const std::string& json) {
  const auto world = std::make_shared<LayerWorld>();
  return {.name = json,
          .open =
              [json, world] {
                return Open(json,
                            {.mode = OpenMode::kOpenOrCreate, .environment = &world->environment});
              },
          .clock = &world->clock};
}

/// Runs the whole kit: the quick one, unless ANYSTORE_CONFORMANCE_FULL is set.
inline void ExpectConforms(const conformance::Target& target) {
  const bool quick = std::getenv("ANYSTORE_CONFORMANCE_FULL") == nullptr;
  const conformance::Report report = conformance::Run(target, {.quick = quick});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_GT(report.count(conformance::Outcome::kPassed), 40U) << report.ToText();
}

}  // namespace anystore::testing

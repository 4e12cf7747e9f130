// Prints the JSON Schema of configurations on one line; then, one a line, configurations: whether
// each means something, and its text, as a JSON array. Nothing is opened.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "anystore/backend.h"
#include "registry/config_schema.h"
#include "registry/generated_configs.h"
#include "registry/stack.h"

int main() {
  using nlohmann::json;
  constexpr int kSamples = 400;
  const anystore::Registry& registry = anystore::Registry::Global();
  if (setenv("ANYSTORE_TEST_EMPTY", "", 1) != 0) return 1;
  std::puts(json::parse(anystore::registry::ConfigSchema(registry)).dump().c_str());
  anystore::testing::ConfigGenerator generator(registry, "/nowhere", 7);
  for (int i = 0; i < kSamples; ++i) {
    anystore::testing::GeneratedConfig config = generator.Right();
    generator.Mutate(&config, i % 3);
    if (!config.text.empty()) continue;
    const auto parsed = anystore::Config::Parse(config.Text());
    const bool right =
        parsed.has_value() &&
        anystore::registry::Resolve(*parsed, registry, anystore::Environment::Host()).has_value();
    std::puts(json::array({right, config.is_wrong, config.Text()}).dump().c_str());
  }
  return 0;
}

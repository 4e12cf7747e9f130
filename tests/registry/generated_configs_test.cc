#include "registry/generated_configs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>

#include "anystore/error.h"
#include "anystore/open.h"
#include "registry/stack.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

using testing::ConfigGenerator;
using testing::GeneratedConfig;

constexpr int kParts = 4;
constexpr int kConfigsPerPart = 2500;

bool IsLifeCycle(Code code) {
  static constexpr std::array<Code, 5> kCodes = {Code::kNotFound, Code::kAlreadyExists, Code::kBusy,
                                                 Code::kIdentityMismatch, Code::kReadOnly};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

class GeneratedConfigs : public ::testing::TestWithParam<int> {
 protected:
  GeneratedConfigs() {
    EXPECT_EQ(setenv("ANYSTORE_TEST_EMPTY", "", 1), 0);
    EXPECT_EQ(unsetenv("ANYSTORE_TEST_UNSET"), 0);
    // What layers draw and wait for is the same each time, and nobody waits.
    environment_.clock = &clock_;
    environment_.random = &random_;
    environment_.logger = &silent_;
  }

  // A tree of stores that may stand over each other.
  GeneratedConfig Base() {
    for (;;) {
      GeneratedConfig config = generator_.Right();
      const Result<Config> parsed = Config::Parse(config.Text());
      EXPECT_TRUE(parsed.has_value()) << config.Text() << "\n" << parsed.error().ToString();
      const auto stack = registry::Resolve(*parsed, Registry::Global(), environment_);
      if (stack.has_value()) return config;
      EXPECT_EQ(stack.error().code(), Code::kInvalidConfig) << stack.error().ToString();
    }
  }

  // Opens the store, uses it, closes it.
  Status Use(const std::string& text) {
    const OpenOptions options{.mode = OpenMode::kOpenOrCreate, .environment = &environment_};
    ANYSTORE_ASSIGN_OR_RETURN(Store store, Open(text, options));
    // What the stack makes of a key is its own business.
    static_cast<void>(store.Put("/A", "value"));
    static_cast<void>(store.Get("/A"));
    static_cast<void>(store.Close());
    return Ok();
  }

  // Whether the refusal tells what was touched, or has nothing to do with that.
  bool Explains(const Error& error, const GeneratedConfig& config, const std::string& base) {
    if (IsLifeCycle(error.code())) return true;
    if (error.code() != Code::kInvalidConfig) return false;
    const std::string message = error.ToString();
    const bool told = std::ranges::any_of(
        config.touched, [&](const std::string& name) { return message.contains(name); });
    return told || (!config.is_wrong && !Use(base).has_value());
  }

  testing::ScratchDirectory directory_{testing::InMemory()};
  ManualClock clock_{Instant{}};
  SeededRandom random_{1};
  SilentLogger silent_;
  Environment environment_ = Environment::Host();
  ConfigGenerator generator_{Registry::Global(), directory_.path().string(),
                             static_cast<std::uint64_t>(GetParam())};
};

TEST_P(GeneratedConfigs, MutatedOpenOrAreRefusedByName) {
  int opened = 0;
  for (int i = 0; i < kConfigsPerPart && !HasFailure(); ++i) {
    GeneratedConfig config = Base();
    const std::string base = config.Text();
    generator_.Mutate(&config, 1 + i % 3);
    std::string story;
    for (const std::string& step : config.story) story += "\n  " + step;
    const Status used = Use(config.Text());
    if (used.has_value()) {
      ++opened;
      EXPECT_FALSE(config.is_wrong) << config.Text() << story;
    } else {
      EXPECT_TRUE(Explains(used.error(), config, base)) << config.Text() << story << "\n"
                                                        << used.error().ToString();
    }
  }
  EXPECT_GE(opened, kConfigsPerPart * 3 / 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, GeneratedConfigs, ::testing::Range(0, kParts));

// So that what the test above opens is not made of a few kinds of store.
TEST(ConfigGenerator, DrawsEveryKindOfStoreAndOfMutation) {
  ConfigGenerator generator(Registry::Global(), "/x", 1);
  std::set<std::string> types;
  std::set<std::string> mutations;
  for (int i = 0; i < 3000; ++i) {
    GeneratedConfig config = generator.Right();
    const std::string text = config.Text();
    for (const Backend* const backend : Registry::Global().backends()) {
      if (text.contains("\"" + std::string(backend->scheme()) + "\"")) {
        types.emplace(backend->scheme());
      }
    }
    for (const LayerType* const layer : Registry::Global().layers()) {
      if (text.contains("\"" + std::string(layer->name()) + "\"")) types.emplace(layer->name());
    }
    generator.Mutate(&config, 1 + i % 3);
    for (const std::string& step : config.story) mutations.insert(step.substr(0, step.find(" (")));
  }
  EXPECT_EQ(types.size(),
            Registry::Global().backends().size() + Registry::Global().layers().size());
  for (const std::string_view mutation :
       {"wrong type", "wrong unit", "out of range", "unknown name", "missing", "wrong nesting",
        "wrong name of a group", "broken JSON", "broken URL", "truncated text", "an unset variable",
        "a name twice", "another value", "as a URL", "a reference"}) {
    EXPECT_TRUE(mutations.contains(std::string(mutation))) << mutation;
  }
}

}  // namespace
}  // namespace anystore

#include "registry/stack_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "backends/memory/memory.h"
#include "registry/fake_backend.h"
#include "registry/fake_layer.h"
#include "registry/stack.h"

namespace anystore {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StackOrder : public ::testing::Test {
 protected:
  StackOrder() {
    EXPECT_TRUE(registry_.Register(std::make_unique<testing::FakeBackend>("box")).has_value());
    for (const char* const name : {"autobatch", "checksum", "fault", "log", "metrics", "namespace",
                                   "read-only", "retry", "timeout"}) {
      Add(name, {.children = ChildCount::kOne});
    }
    Add("cache",
        {.fields = {{.name = "unchecked", .type = FieldType::kBool, .default_value = "false"}},
         .children = ChildCount::kOne});
    Add("mount", {.children = ChildCount::kMany, .children_name = "mounts"});
    Add("sharded", {.children = ChildCount::kMany, .children_name = "children"});
  }

  void Add(const char* name, const ConfigSpec& spec) {
    EXPECT_TRUE(registry_.Register(std::make_unique<testing::FakeLayer>(name, spec)).has_value());
  }

  // What is wrong with the tree; empty: nothing.
  std::string Check(const Config& config) {
    const Result<registry::Stack> stack = registry::Resolve(config, registry_, Environment::Host());
    return stack.has_value() ? std::string() : stack.error().ToString();
  }
  // The same for layers, from the top, over one store; with fields of the first.
  std::string CheckLayers(const std::vector<std::string>& layers,
                          const std::map<std::string, std::string, std::less<>>& fields = {}) {
    Config config{.scheme = "box", .path = "x"};
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
      config = Over(*layer, {std::move(config)});
    }
    config.fields = fields;
    return Check(config);
  }
  Config Over(const std::string& layer, std::vector<Config> children) {
    const ConfigSpec& spec = registry_.FindLayer(layer)->config_spec();
    Config config{.scheme = layer};
    for (Config& child : children) {
      child.group = spec.children == ChildCount::kMany ? spec.children_name : "child";
      config.children.push_back(std::move(child));
    }
    return config;
  }

  Registry registry_;
};

TEST_F(StackOrder, EveryRuleRefusesWithBothNamesTheReasonAndAWayOut) {
  for (const registry::OrderRule& rule : registry::OrderRules()) {
    const std::string above(rule.above);
    const std::string below(rule.below);
    EXPECT_EQ(CheckLayers({above, below}),
              "invalid_config: " + above + " cannot stand over " + below + " (" + above + " > " +
                  below + "): " + std::string(rule.reason) + "; " + std::string(rule.instead));
    EXPECT_THAT(CheckLayers({"log", above, "metrics", "namespace", below, "fault"}),
                HasSubstr("(log > " + above + " > metrics > namespace > " + below + "): "));
  }
}

TEST_F(StackOrder, ARuleHoldsThroughAMountOrShardsUnlessItIsAboutTheSameKeys) {
  for (const registry::OrderRule& rule : registry::OrderRules()) {
    for (const std::string parting : {"mount", "sharded"}) {
      if (parting == rule.below) continue;
      const std::vector<std::string> layers = {std::string(rule.above), "log", parting, "metrics",
                                               std::string(rule.below)};
      EXPECT_EQ(CheckLayers(layers).empty(), rule.parts_differ) << ::testing::PrintToString(layers);
    }
    // Above or below the two it changes nothing.
    const std::string above(rule.above);
    const std::string below(rule.below);
    EXPECT_NE(CheckLayers({"mount", above, below}), "");
    EXPECT_NE(CheckLayers({above, below, "mount"}), "");
  }
}

TEST_F(StackOrder, AFieldOfTheUpperLayerSaysThatItIsMeant) {
  EXPECT_NE(CheckLayers({"cache", "checksum"}, {{"unchecked", "false"}}), "");
  EXPECT_EQ(CheckLayers({"cache", "checksum"}, {{"unchecked", "true"}}), "");
  EXPECT_NE(CheckLayers({"cache", "cache"}, {{"unchecked", "true"}}), "");
}

TEST_F(StackOrder, TheRulesAreAboutLayersThatThereAre) {
  for (const registry::OrderRule& rule : registry::OrderRules()) {
    const LayerType* const above = Registry::Global().FindLayer(rule.above);
    ASSERT_NE(above, nullptr) << rule.above;
    EXPECT_NE(Registry::Global().FindLayer(rule.below), nullptr) << rule.below;
    if (rule.meant_by.empty()) continue;
    const auto& fields = above->config_spec().fields;
    const auto field = std::ranges::find(fields, rule.meant_by, &FieldSpec::name);
    ASSERT_NE(field, fields.end()) << rule.meant_by;
    EXPECT_EQ(field->type, FieldType::kBool);
  }
}

TEST_F(StackOrder, WhatTheRulesSuggestIsTaken) {
  for (const std::vector<std::string>& layers :
       std::vector<std::vector<std::string>>{{"retry"},
                                             {"retry", "timeout"},
                                             {"autobatch", "retry"},
                                             {"checksum", "cache"},
                                             {"cache"},
                                             {"checksum"},
                                             {"autobatch"},
                                             {"autobatch", "checksum"},
                                             {"checksum", "autobatch"},
                                             {"read-only", "autobatch"},
                                             {"retry", "fault"},
                                             {"fault", "retry"},
                                             {"timeout", "log", "timeout"},
                                             {"fault", "metrics", "log", "read-only", "checksum",
                                              "cache", "retry", "timeout", "namespace"}}) {
    EXPECT_EQ(CheckLayers(layers), "") << ::testing::PrintToString(layers);
  }
}

TEST_F(StackOrder, LayersBesideEachOtherAreInNoOrder) {
  const Config x{.scheme = "box", .path = "x"};
  const Config y{.scheme = "box", .path = "y"};
  EXPECT_EQ(Check(Over("mount", {Over("timeout", {x}), Over("retry", {y})})), "");
  EXPECT_EQ(Check(Over("mount", {Over("retry", {x}), Over("retry", {y})})), "");
  EXPECT_THAT(Check(Over("mount", {Over("retry", {x}), Over("timeout", {Over("retry", {y})})})),
              HasSubstr("(mount > timeout > retry)"));
}

TEST_F(StackOrder, AStoreStandsInACompositionOnce) {
  const auto pair = [&](const std::string& a, const std::string& b) {
    return Check(Over("mount", {*Config::Parse(a), Over("log", {*Config::Parse(b)})}));
  };
  EXPECT_EQ(pair("box:x", "box:y"), "");
  EXPECT_EQ(pair("box:x", "box:x/x"), "");
  EXPECT_EQ(pair("box:x", "box:/x"), "");
  // Nobody knows yet where these lead.
  EXPECT_EQ(pair("box:x", "box:../x"), "");
  EXPECT_EQ(pair("box:x", "box:y/../x"), "");
  EXPECT_THAT(pair("box:x", "box:x?pin=1"),
              AllOf(StartsWith("box:x?pin=***: invalid_config: "), HasSubstr("twice")));
  EXPECT_THAT(pair("box:/a/x", "box:/a/./x/"), HasSubstr("twice"));
  EXPECT_THAT(pair("box:./x", "box:x"), HasSubstr("twice"));
  EXPECT_TRUE(registry_.Register(std::make_unique<testing::FakeBackend>("case")).has_value());
  EXPECT_EQ(pair("box:x", "case:x"), "") << "another kind of store";
}

TEST_F(StackOrder, StoresWithoutAPlaceAreEachTheirOwn) {
  EXPECT_TRUE(registry_.Register(memory::NewMemoryBackend()).has_value());
  const Config memory{.scheme = "memory"};
  EXPECT_EQ(Check(Over("mount", {memory, memory, Over("log", {memory})})), "");
}

TEST_F(StackOrder, TheGuideListsEveryRule) {
  std::ifstream file(ANYSTORE_COMPOSITION_PAGE);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::size_t rows = 0;
  for (const registry::OrderRule& rule : registry::OrderRules()) {
    const std::string row =
        "\n| `" + std::string(rule.above) + "` | `" + std::string(rule.below) + "` |";
    EXPECT_THAT(page, HasSubstr(row));
  }
  for (std::size_t at = page.find("\n| `"); at != std::string::npos;
       at = page.find("\n| `", at + 1)) {
    if (page.compare(page.find("` | ", at), 5, "` | `") == 0) ++rows;
  }
  EXPECT_EQ(rows, registry::OrderRules().size());
}

}  // namespace
}  // namespace anystore

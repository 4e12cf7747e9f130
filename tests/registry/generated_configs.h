// Configurations drawn from the specs of a registry: right ones, and right ones made wrong.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"

namespace anystore::testing {

// A tree in JSON, and what was done to it.
struct GeneratedConfig {
  nlohmann::ordered_json tree = {};
  // How it is written; empty: as `tree` is printed.
  std::string text = {};
  // The names that were touched. A refusal must tell one of them.
  std::vector<std::string> touched = {};
  // What was done, for people.
  std::vector<std::string> story = {};
  // Something was done that no store can be opened with.
  bool is_wrong = false;

  [[nodiscard]] std::string Text() const { return text.empty() ? tree.dump() : text; }
};

// Draws configurations of everything that is registered, so of what is registered later, too.
//
// Threads: thread-compatible.
class ConfigGenerator {
 public:
  // Stores with a path lie below `directory`.
  ConfigGenerator(const Registry& registry, std::string directory, std::uint64_t seed);

  // A tree that the specs allow.
  GeneratedConfig Right();
  // Does so many things to it, of which two thirds leave it right. These come first, for they could
  // put right what is wrong.
  void Mutate(GeneratedConfig* config, int mutations);

 private:
  using Json = nlohmann::ordered_json;
  // A node of a tree: which store, under which name in the node above, and with which fields.
  struct Place {
    Json* node;
    std::string group;
    const ConfigSpec* spec;
    const ConfigSpec* above;
  };

  std::size_t Below(std::size_t bound);
  bool OneOf(std::size_t count) { return Below(count) == 0; }
  const FieldSpec* AnyField(const Place& place);

  Json Node(int depth);
  Json Leaf();
  Json Layered(const LayerType& layer, int depth);
  void AddFields(const std::vector<FieldSpec>& fields, Json* node);
  Json RightValue(const FieldSpec& field);
  Json WrongValue(const FieldSpec& field, std::string* what);

  void Collect(Json* node, const std::string& group, const ConfigSpec* above,
               std::vector<Place>* places);
  void MutateOnce(bool rightly, GeneratedConfig* config);
  void SpoilText(GeneratedConfig* config);
  bool MutateRightly(const Place& place, GeneratedConfig* config);
  bool MutateWrongly(const Place& place, GeneratedConfig* config);
  bool SpoilField(const Place& place, GeneratedConfig* config);
  bool SpoilChildren(const Place& place, GeneratedConfig* config);
  bool SpoilNode(const Place& place, GeneratedConfig* config);

  const Registry& registry_;
  const std::string directory_;
  SeededRandom random_;
  std::uint64_t names_ = 0;
};

}  // namespace anystore::testing

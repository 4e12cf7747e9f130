#include "registry/generated_configs.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "anystore/layer.h"
#include "base/digest.h"

namespace anystore::testing {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDepthMax = 3;
constexpr std::string_view kUnset = "ANYSTORE_TEST_UNSET";

const ConfigSpec* SpecOf(const Registry& registry, const std::string& type) {
  if (const LayerType* const layer = registry.FindLayer(type); layer != nullptr) {
    return &layer->config_spec();
  }
  const Result<Backend*> backend = registry.Find(type);
  return backend.has_value() ? (*backend)->config_spec() : nullptr;
}

std::string ChildrenName(const ConfigSpec& spec) {
  return spec.children == ChildCount::kMany ? spec.children_name : "child";
}

void Tell(GeneratedConfig* config, const std::string& name, const std::string& what) {
  config->touched.push_back(name);
  config->story.push_back(what + " (" + name + ")");
}

void Spoil(GeneratedConfig* config, const std::string& name, const std::string& what) {
  Tell(config, name, what);
  config->is_wrong = true;
}

// As a field of a URL has it.
std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool IsLeaf(const ConfigSpec& spec) { return spec.children == ChildCount::kNone; }

// The node as a URL, which only plain texts fit into unescaped.
std::string UrlOf(const Json& node) {
  std::string url =
      TextOf(node["type"]) + ":" + (node.contains("path") ? TextOf(node["path"]) : "");
  char separator = '?';
  for (const auto& [name, value] : node.items()) {
    if (name == "type" || name == "path") continue;
    url += separator + name + "=" + TextOf(value);
    separator = '&';
  }
  return url;
}

bool FitsUrl(const Json& node) {
  return std::ranges::all_of(node.items(), [](const auto& item) {
    return item.value().is_primitive() && !item.value().is_null() &&
           TextOf(item.value()).find_first_of("%?&@ ") == std::string::npos;
  });
}

}  // namespace

ConfigGenerator::ConfigGenerator(const Registry& registry, std::string directory,
                                 std::uint64_t seed)
    : registry_(registry), directory_(std::move(directory)), random_(seed) {}

std::size_t ConfigGenerator::Below(std::size_t bound) {
  return static_cast<std::size_t>(random_.Below(bound));
}

GeneratedConfig ConfigGenerator::Right() { return {.tree = Node(0)}; }

Json ConfigGenerator::Node(int depth) {
  const std::vector<LayerType*> layers = registry_.layers();
  if (depth == kDepthMax || layers.empty() || OneOf(3)) return Leaf();
  return Layered(*layers[Below(layers.size())], depth);
}

// Stores of files take their time, so they are rare.
Json ConfigGenerator::Leaf() {
  std::vector<Backend*> backends = registry_.backends();
  const bool on_disk = OneOf(30);
  std::erase_if(backends, [&](const Backend* backend) {
    return backend->config_spec() == nullptr || backend->config_spec()->path_required != on_disk;
  });
  if (backends.empty()) return {{"type", "memory"}};
  const Backend& backend = *backends[Below(backends.size())];
  Json node = {{"type", backend.scheme()}};
  if (on_disk) node["path"] = directory_ + "/" + std::to_string(names_++);
  AddFields(backend.config_spec()->fields, &node);
  return node;
}

Json ConfigGenerator::Layered(const LayerType& layer, int depth) {
  const ConfigSpec& spec = layer.config_spec();
  Json node = {{"type", layer.name()}};
  AddFields(spec.fields, &node);
  const auto child = [&] {
    Json below = Node(depth + 1);
    AddFields(spec.child_fields, &below);
    return below;
  };
  if (spec.children == ChildCount::kOne) {
    node["child"] = child();
  } else {
    const std::size_t count = 1 + Below(3);
    for (std::size_t i = 0; i < count; ++i) node[spec.children_name].push_back(child());
  }
  return node;
}

void ConfigGenerator::AddFields(const std::vector<FieldSpec>& fields, Json* node) {
  for (const FieldSpec& field : fields) {
    if (field.default_value.has_value() && !OneOf(3)) continue;
    (*node)[field.name] = RightValue(field);
  }
}

Json ConfigGenerator::RightValue(const FieldSpec& field) {
  // Not much larger than need be: some are taken at once, as memory or threads.
  const std::int64_t smallest = std::max<std::int64_t>(field.min.value_or(1), 1);
  const std::int64_t largest = field.max.value_or(std::numeric_limits<std::int64_t>::max());
  const std::int64_t number = std::min(smallest + static_cast<std::int64_t>(Below(8)), largest);
  switch (field.type) {
    case FieldType::kBool:
      return std::array<Json, 6>{true, false, "yes", "off", 1, "0"}[Below(6)];
    case FieldType::kInteger:
    case FieldType::kBytes:
      return OneOf(2) ? Json(number) : Json(std::to_string(number));
    case FieldType::kDuration:
      return std::to_string(number) + "ns";
    case FieldType::kChoice:
      // What this build refuses to open is right nevertheless, but shows nothing.
      if (field.name == "verify" && !base::HasDigests()) return *field.default_value;
      return field.choices[Below(field.choices.size())];
    case FieldType::kString:
      break;
  }
  // What else a text may be only its layer knows; a key is what most of them take.
  if (field.default_value.has_value()) return *field.default_value;
  return "/k" + std::to_string(names_++);
}

Json ConfigGenerator::WrongValue(const FieldSpec& field, std::string* what) {
  *what = "wrong type";
  if (OneOf(4) || field.type == FieldType::kString) {
    return std::array<Json, 3>{nullptr, Json{{"a", 1}}, Json::array({1, 2})}[Below(3)];
  }
  if (field.type == FieldType::kChoice) return "no such choice";
  if (OneOf(3)) {
    *what = "wrong unit";
    return field.type == FieldType::kBytes ? "5parsecs" : "5KiBs";
  }
  if (OneOf(2)) return "many";
  *what = "out of range";
  if (field.type == FieldType::kBool) return 2;
  const std::string unit = field.type == FieldType::kDuration ? "ns" : "";
  if (field.max.has_value() && *field.max < std::numeric_limits<std::int64_t>::max()) {
    return std::to_string(*field.max + 1) + unit;
  }
  if (field.min.has_value() && *field.min > std::numeric_limits<std::int64_t>::min()) {
    return std::to_string(*field.min - 1) + unit;
  }
  return "9223372036854775808" + unit;
}

void ConfigGenerator::Collect(Json* node, const std::string& group, const ConfigSpec* above,
                              std::vector<Place>* places) {
  if (!node->is_object() || !node->contains("type")) return;
  const Json& type = (*node)["type"];
  const ConfigSpec* const spec = type.is_string() ? SpecOf(registry_, type) : nullptr;
  if (spec == nullptr) return;
  places->push_back({.node = node, .group = group, .spec = spec, .above = above});
  if (IsLeaf(*spec)) return;
  const std::string below = ChildrenName(*spec);
  const auto children = node->find(below);
  if (children == node->end()) return;
  if (children->is_object()) return Collect(&*children, below, spec, places);
  if (!children->is_array()) return;
  for (Json& child : *children) Collect(&child, below, spec, places);
}

void ConfigGenerator::Mutate(GeneratedConfig* config, int mutations) {
  int wrong = 0;
  for (int i = 0; i < mutations; ++i) wrong += OneOf(3) ? 1 : 0;
  for (int i = wrong; i < mutations; ++i) MutateOnce(true, config);
  for (int i = 0; i < wrong; ++i) MutateOnce(false, config);
}

void ConfigGenerator::MutateOnce(bool rightly, GeneratedConfig* config) {
  std::vector<Place> places;
  Collect(&config->tree, "", nullptr, &places);
  if (!rightly && (OneOf(8) || places.empty())) return SpoilText(config);
  // What does not suit one node may suit another; a text can always be spoiled.
  for (int tries = 0; tries < 10 && !places.empty(); ++tries) {
    const Place& place = places[Below(places.size())];
    if (rightly ? MutateRightly(place, config) : MutateWrongly(place, config)) return;
  }
  if (!rightly) SpoilText(config);
}

void ConfigGenerator::SpoilText(GeneratedConfig* config) {
  std::string text = config->Text();
  switch (Below(3)) {
    case 0:
      text.resize(1 + Below(text.size() - 1));
      Spoil(config, "byte", "truncated text");
      break;
    case 1: {
      const std::size_t at = text.find_first_of(":,}", 1 + Below(text.size() - 1));
      text.insert(at != std::string::npos ? at : text.size(), "}\"");
      Spoil(config, "byte", "broken JSON");
      break;
    }
    default:
      text.insert(1, R"("type":"memory","type":"memory",)");
      Spoil(config, "type", "a name twice");
      break;
  }
  config->text = text;
}

const FieldSpec* ConfigGenerator::AnyField(const Place& place) {
  std::vector<const FieldSpec*> fields;
  for (const FieldSpec& field : place.spec->fields) fields.push_back(&field);
  if (place.above != nullptr) {
    for (const FieldSpec& field : place.above->child_fields) fields.push_back(&field);
  }
  return fields.empty() ? nullptr : fields[Below(fields.size())];
}

bool ConfigGenerator::MutateRightly(const Place& place, GeneratedConfig* config) {
  Json& node = *place.node;
  const FieldSpec* const field = AnyField(place);
  switch (Below(4)) {
    case 0:
      if (field == nullptr) return false;
      node[field->name] = RightValue(*field);
      Tell(config, field->name, "another value");
      return true;
    case 1:
      if (field == nullptr || !field->default_value.has_value()) return false;
      node.erase(field->name);
      Tell(config, field->name, "left out");
      return true;
    case 2: {
      if (field == nullptr || !node.contains(field->name)) return false;
      if (!node[field->name].is_primitive() || node[field->name].is_null()) return false;
      node[field->name] = "${ANYSTORE_TEST_EMPTY}" + TextOf(node[field->name]);
      Tell(config, field->name, "a reference");
      return true;
    }
    default:
      if (place.group.empty() || !IsLeaf(*place.spec) || !FitsUrl(node)) return false;
      node = UrlOf(node);
      Tell(config, place.group, "as a URL");
      return true;
  }
}

bool ConfigGenerator::MutateWrongly(const Place& place, GeneratedConfig* config) {
  switch (Below(3)) {
    case 0:
      return SpoilField(place, config);
    case 1:
      return SpoilChildren(place, config);
    default:
      return SpoilNode(place, config);
  }
}

bool ConfigGenerator::SpoilField(const Place& place, GeneratedConfig* config) {
  Json& node = *place.node;
  const FieldSpec* const field = AnyField(place);
  if (field == nullptr) return false;
  std::string what;
  switch (Below(5)) {
    case 0:
      node[field->name] = "${" + std::string(kUnset) + "}";
      Spoil(config, field->name, "an unset variable");
      return true;
    case 1: {
      const std::string misspelt = "un" + field->name;
      node[misspelt] = 1;
      Spoil(config, misspelt, "unknown name");
      return true;
    }
    case 2:
      if (field->default_value.has_value()) return false;
      node.erase(field->name);
      Spoil(config, field->name, "missing");
      return true;
    default:
      node[field->name] = WrongValue(*field, &what);
      Spoil(config, field->name, what);
      return true;
  }
}

bool ConfigGenerator::SpoilChildren(const Place& place, GeneratedConfig* config) {
  Json& node = *place.node;
  if (IsLeaf(*place.spec)) {
    const bool one = OneOf(2);
    const std::string name = one ? "child" : "stores";
    node[name] = one ? Json("memory:") : Json::array({"memory:"});
    Spoil(config, name, "a store below a backend");
    return true;
  }
  const std::string name = ChildrenName(*place.spec);
  if (!node.contains(name)) return false;
  Json children = node[name];
  switch (Below(4)) {
    case 0:
      node.erase(name);
      Spoil(config, name, "missing");
      return true;
    case 1: {
      const std::string wrong = name == "child" ? "mounts" : "stores";
      node.erase(name);
      node[wrong] = children.is_array() ? children : Json::array({children});
      Spoil(config, wrong, "wrong name of a group");
      return true;
    }
    case 2:
      if (children.is_array()) {
        node[name] = Json{{"list", children}};
      } else {
        node[name] = Json::array({children, children});
      }
      Spoil(config, name, "wrong nesting");
      return true;
    default:
      node[name] = 5;
      Spoil(config, name, "a number for stores");
      return true;
  }
}

bool ConfigGenerator::SpoilNode(const Place& place, GeneratedConfig* config) {
  Json& node = *place.node;
  switch (Below(4)) {
    case 0:
      node["type"] = TextOf(node["type"]) + "x";
      Spoil(config, TextOf(node["type"]), "unknown type");
      return true;
    case 1:
      node.erase("type");
      Spoil(config, "type", "missing");
      return true;
    case 2:
      if (!place.spec->path_required) return false;
      node.erase("path");
      Spoil(config, "path", "missing");
      return true;
    default:
      if (place.group.empty()) return false;
      node = std::array<std::string, 3>{"memory", "memory:%zz", "memory:?a"}[Below(3)];
      Spoil(config, place.group, "broken URL");
      return true;
  }
}

}  // namespace anystore::testing

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/layer.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "registry/config_json.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

using base::JsonString;
using Members = std::vector<std::pair<std::string, std::string>>;

const ConfigSpec* SpecOf(const std::string& scheme) {
  const Registry& registry = Registry::Global();
  if (const LayerType* const layer = registry.FindLayer(scheme); layer != nullptr) {
    return &layer->config_spec();
  }
  const Result<Backend*> backend = registry.Find(scheme);
  return backend.has_value() ? (*backend)->config_spec() : nullptr;
}

std::string Object(const Members& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    json.append(json.size() > 1 ? "," : "").append(JsonString(name)).append(":").append(value);
  }
  return json + "}";
}

/// Whether a field can stand beside "type" and be read back as that field.
bool FitsJson(const Config& config, const std::string& name, const std::string& text) {
  const bool taken =
      name.empty() || IsReservedName(name) ||
      std::ranges::find(config.children, name, &Config::group) != config.children.end();
  return !taken && base::IsUtf8(name) && base::IsUtf8(text);
}

/// Moves the fields that say what `parent` makes of this child out of `config`.
Members TakeChildFields(const ConfigSpec* parent, Config* config) {
  Members taken;
  if (parent == nullptr) return taken;
  const ConfigSpec spec{.fields = parent->child_fields};
  for (const FieldSpec& field : parent->child_fields) {
    const auto found = config->fields.find(field.name);
    if (found == config->fields.end()) continue;
    if (!FitsJson(*config, found->first, found->second)) continue;
    taken.emplace_back(field.name, JsonString(PrintedField(found->first, found->second, &spec)));
    config->fields.erase(found);
  }
  return taken;
}

/// The node without its children: as a URL where JSON could not say it, or has no need to.
Members OwnMembers(const Config& own, const ConfigSpec* spec) {
  const bool has_parts =
      !own.path.empty() || !own.host.empty() || !own.user.empty() || !own.password.empty();
  const bool fits = std::ranges::all_of(
      own.fields, [&](const auto& field) { return FitsJson(own, field.first, field.second); });
  if (own.children.empty() || has_parts || !fits) {
    return {{"url", JsonString(PrintUrl(own, spec))}};
  }
  Members members = {{"type", JsonString(own.scheme)}};
  for (const auto& [name, text] : own.fields) {
    members.emplace_back(name, JsonString(PrintedField(name, text, spec)));
  }
  return members;
}

std::string PrintNode(Config config, const ConfigSpec* spec, const ConfigSpec* parent) {
  Members members = TakeChildFields(parent, &config);
  if (members.empty() && config.children.empty()) return JsonString(PrintUrl(config, spec));
  Members own = OwnMembers(config, spec);
  members.insert(members.end(), own.begin(), own.end());
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const Config& child : config.children) {
    auto group = std::ranges::find(groups, child.group, [](const auto& g) { return g.first; });
    if (group == groups.end()) group = groups.insert(group, {child.group, {}});
    // A list of secrets may read like one of stores.
    group->second.push_back(SoundsSecret(child.group)
                                ? JsonString("***")
                                : PrintNode(child, SpecOf(child.scheme), spec));
  }
  for (const auto& [name, nodes] : groups) {
    const bool one = name == "child" && nodes.size() == 1;
    members.emplace_back(name, one ? nodes.front() : base::JsonArray(nodes));
  }
  return Object(members);
}

}  // namespace

std::string PrintTree(const Config& config, const ConfigSpec* spec) {
  return PrintNode(config, spec != nullptr ? spec : SpecOf(config.scheme), nullptr);
}

}  // namespace anystore::registry

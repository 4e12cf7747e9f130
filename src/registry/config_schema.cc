#include "registry/config_schema.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/layer.h"
#include "registry/config_check.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDraft = "https://json-schema.org/draft/2020-12/schema";
constexpr std::string_view kReferencePattern = R"(\$\{[A-Za-z_][A-Za-z0-9_]*\})";
constexpr std::string_view kUrlPattern = "^[A-Za-z][A-Za-z0-9+.-]*:";

Json Ref(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }

/// What a backend or a layer is called, and its fields.
struct Kind {
  std::string name;
  std::string description;
  const ConfigSpec* spec;
};

std::vector<Kind> KindsOf(const Registry& registry) {
  std::vector<Kind> kinds;
  for (const Backend* const backend : registry.backends()) {
    kinds.push_back({std::string(backend->scheme()), std::string(backend->description()),
                     backend->config_spec()});
  }
  for (const LayerType* const layer : registry.layers()) {
    kinds.push_back(
        {std::string(layer->name()), std::string(layer->description()), &layer->config_spec()});
  }
  return kinds;
}

Json NumberForm(const FieldSpec& field) {
  Json form = {{"type", "integer"}};
  if (field.min.has_value()) {
    form["minimum"] = *field.min;
  } else if (field.type == FieldType::kBytes) {
    form["minimum"] = 0;
  }
  if (field.max.has_value()) form["maximum"] = *field.max;
  return form;
}

Json TextForm(std::string_view pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

/// Every way to write a value.
std::vector<Json> FormsOf(const FieldSpec& field) {
  switch (field.type) {
    case FieldType::kString:
      return {Json{{"type", {"string", "number", "boolean"}}}};
    case FieldType::kBool:
      return {
          Json{{"enum", {true, false, 1, 0, "true", "false", "1", "0", "yes", "no", "on", "off"}}}};
    case FieldType::kInteger:
      return {NumberForm(field), TextForm("^-?[0-9]+$")};
    case FieldType::kBytes:
      return {NumberForm(field), TextForm("^[0-9]+(B|[KMGT]i?B)?$")};
    case FieldType::kDuration:
      return {TextForm("^([0-9]+(ns|us|ms|s|m|h|d)|0)$"), Json{{"const", 0}}};
    case FieldType::kChoice:
      return {Json{{"enum", field.choices}}};
  }
  return {};
}

Json DefaultOf(const FieldSpec& field) {
  const std::string& text = *field.default_value;
  if (field.type == FieldType::kBool && (text == "true" || text == "false")) return text == "true";
  if (field.type == FieldType::kInteger) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    if (std::from_chars(text.data(), end, number).ptr == end) return number;
  }
  return text;
}

Json FieldSchema(const FieldSpec& field, std::string_view kind) {
  std::string description = field.help;
  if (!field.unit.empty()) description += " In " + field.unit + ".";
  if (field.fixed_at_create) description += " Fixed when the store is made.";
  description += " Environment: " + VariableOf(field, kind) + ".";
  Json schema = {{"title", field.name}, {"description", description}};
  std::vector<Json> forms = FormsOf(field);
  if (field.type != FieldType::kString) forms.push_back(Ref("reference"));
  if (forms.size() == 1) {
    schema.update(forms.front());
  } else {
    schema["anyOf"] = forms;
  }
  if (field.secret || SoundsSecret(field.name)) {
    schema["writeOnly"] = true;
  } else if (field.default_value.has_value()) {
    schema["default"] = DefaultOf(field);
  }
  return schema;
}

Json Text(std::string_view description) {
  return {{"type", "string"}, {"description", description}};
}

Json FieldsSchema(const std::vector<FieldSpec>& fields, std::string_view kind) {
  Json properties = Json::object();
  for (const FieldSpec& field : fields) properties[field.name] = FieldSchema(field, kind);
  return properties;
}

std::vector<std::string> RequiredOf(const std::vector<FieldSpec>& fields) {
  std::vector<std::string> names;
  for (const FieldSpec& field : fields) {
    if (!field.default_value.has_value()) names.push_back(field.name);
  }
  return names;
}

/// A store below: whatever there is, with what the one above says of it.
Json ChildSchema(const Kind& kind) {
  const std::vector<FieldSpec>& fields = kind.spec->child_fields;
  if (fields.empty()) return Ref("store");
  Json node = Ref("kind");
  node["properties"] = FieldsSchema(fields, kind.name);
  if (const auto required = RequiredOf(fields); !required.empty()) {
    // With a URL they may be in that.
    node["if"] = {{"required", {"type"}}};
    node["then"] = {{"required", required}};
  }
  node["unevaluatedProperties"] = false;
  return {{"anyOf", {Ref("url"), std::move(node)}}};
}

/// The members of a node beside "type" and "url".
Json KindSchema(const Kind& kind) {
  Json schema = {{"title", kind.name}, {"description", kind.description}};
  if (kind.spec == nullptr) {
    schema["additionalProperties"] = true;
    return schema;
  }
  const ConfigSpec& spec = *kind.spec;
  Json properties = Json::object();
  if (!spec.path_help.empty() || spec.takes_host) properties["path"] = Text(spec.path_help);
  if (spec.takes_host) {
    properties["host"] = Text("Host and, behind a colon, port.");
    properties["user"] = Text("Who asks.");
    properties["password"] = Text("The user's password.");
    properties["password"]["writeOnly"] = true;
  }
  properties.update(FieldsSchema(spec.fields, kind.name));
  if (TakesId(spec)) {
    properties[std::string(kIdField)] =
        Text("The UUID of the store that this must be; without it, any.");
  }
  if (spec.children == ChildCount::kOne) properties["child"] = ChildSchema(kind);
  if (spec.children == ChildCount::kMany) {
    properties[spec.children_name] = {
        {"type", "array"}, {"minItems", 1}, {"items", ChildSchema(kind)}};
  }
  schema["properties"] = std::move(properties);
  return schema;
}

/// What a node of the kind holds in any case, and what it holds unless a URL says it.
Json KindRule(const Kind& kind, std::string_view member, Json condition) {
  Json then = Ref("kind-" + kind.name);
  std::vector<std::string> required;
  if (kind.spec != nullptr) {
    if (member == "type") {
      required = RequiredOf(kind.spec->fields);
      if (kind.spec->path_required) required.emplace_back("path");
    }
    if (const std::string children = ChildrenName(*kind.spec); !children.empty()) {
      required.push_back(children);
    }
  }
  if (!required.empty()) then["required"] = required;
  return {{"if", {{"properties", {{member, std::move(condition)}}}, {"required", {member}}}},
          {"then", std::move(then)}};
}

}  // namespace

std::string ConfigSchema(const Registry& registry) {
  const std::vector<Kind> kinds = KindsOf(registry);
  std::vector<std::string> names;
  std::vector<Json> rules;
  Json definitions = {
      {"reference", TextForm(kReferencePattern)},
      {"url", TextForm(kUrlPattern)},
      {"store", {{"anyOf", {Ref("url"), Ref("node")}}}},
      {"node", {{"$ref", "#/$defs/kind"}, {"unevaluatedProperties", false}}},
  };
  for (const Kind& kind : kinds) {
    names.push_back(kind.name);
    rules.push_back(KindRule(kind, "type", {{"const", kind.name}}));
    rules.push_back(KindRule(kind, "url", {{"pattern", "^" + kind.name + ":"}}));
    definitions["kind-" + kind.name] = KindSchema(kind);
  }
  definitions["kind"] = {
      {"type", "object"},
      {"properties", {{"type", {{"enum", names}}}, {"url", Ref("url")}}},
      {"oneOf", {Json{{"required", {"type"}}}, Json{{"required", {"url"}}}}},
      {"allOf", rules},
  };
  const Json schema = {{"$schema", kDraft},
                       {"title", "A store, or a composition of stores"},
                       {"$ref", "#/$defs/node"},
                       {"$defs", std::move(definitions)}};
  return schema.dump(2);
}

}  // namespace anystore::registry

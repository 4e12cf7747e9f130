// backends: the kinds of store, and of layers over them.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/layer.h"
#include "cli/capabilities.h"
#include "cli/commands.h"
#include "cli/stores.h"
#include "cli/text.h"
#include "registry/config_check.h"
#include "registry/stack.h"

namespace anystore::cli {
namespace {

std::string FieldJson(const FieldSpec& field, std::string_view kind) {
  JsonObject json;
  json.Bytes("name", field.name).Bytes("type", registry::TypeName(field.type));
  if (field.default_value.has_value()) {
    json.Bytes("default", *field.default_value);
  } else {
    json.Null("default");
  }
  if (field.min.has_value()) json.Number("min", *field.min);
  if (field.max.has_value()) json.Number("max", *field.max);
  if (!field.unit.empty()) json.Bytes("unit", field.unit);
  if (!field.choices.empty()) {
    std::vector<std::string> choices;
    for (const std::string& choice : field.choices) choices.push_back(JsonString(choice));
    json.Raw("choices", JsonArray(choices));
  }
  return json.Bool("secret", field.secret)
      .Bool("fixed_at_create", field.fixed_at_create)
      .Bytes("environment", registry::VariableOf(field, kind))
      .Bytes("help", field.help)
      .Finish();
}

std::string FieldsJson(const std::vector<FieldSpec>& fields, std::string_view kind) {
  std::vector<std::string> all;
  for (const FieldSpec& field : fields) all.push_back(FieldJson(field, kind));
  return JsonArray(all);
}

std::string FieldText(const FieldSpec& field, std::string_view kind) {
  std::string text = "  " + field.name + " (" + std::string(registry::TypeName(field.type));
  for (const std::string& choice : field.choices) text += " " + choice;
  if (!field.unit.empty()) text += " of " + field.unit;
  text += field.default_value.has_value() ? ", default \"" + *field.default_value + "\""
                                          : std::string(", must be given");
  if (field.secret) text += ", secret";
  if (field.fixed_at_create) text += ", fixed when the store is made";
  return text + ")\n      " + field.help + "\n      " + registry::VariableOf(field, kind) + "\n";
}

std::string FieldsText(std::string_view title, const std::vector<FieldSpec>& fields,
                       std::string_view kind) {
  if (fields.empty()) return {};
  std::string text = "\n" + std::string(title) + ":\n";
  for (const FieldSpec& field : fields) text += FieldText(field, kind);
  return text;
}

// A backend without a spec takes any field, so there is none to list.
const ConfigSpec& SpecOf(const Backend& backend) {
  static const ConfigSpec any{.path_help = "anything"};
  return backend.config_spec() != nullptr ? *backend.config_spec() : any;
}

// The index that suits stores of this kind, as far as that needs no more than a place; else empty.
std::string_view PreferredIndexOf(const Backend& backend) {
  const Config somewhere{.scheme = std::string(backend.scheme()),
                         .path = SpecOf(backend).path_help.empty() ? "" : "x"};
  const auto config = CheckedConfig::Make(somewhere, backend.config_spec());
  if (!config.has_value()) return {};
  return backend.PreferredIndex(*config) == IndexKind::kBufferedTree ? "buffered_tree"
                                                                     : "sorted_set";
}

std::string Json(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  return JsonObject()
      .Bytes("scheme", backend.scheme())
      .Bytes("description", backend.description())
      .Bytes("path", spec.path_help)
      .Bool("path_required", spec.path_required)
      .Bool("takes_host", spec.takes_host)
      .Bytes("preferred_index", PreferredIndexOf(backend))
      .Raw("fields", FieldsJson(spec.fields, backend.scheme()))
      .Raw("capabilities", CapabilitiesJson(backend.capabilities()))
      .Finish();
}

std::string Json(const LayerType& layer) {
  const ConfigSpec& spec = layer.config_spec();
  return JsonObject()
      .Bytes("layer", layer.name())
      .Bytes("description", layer.description())
      .Bytes("children", registry::ChildrenName(spec))
      .Bool("many", spec.children == ChildCount::kMany)
      .Raw("fields", FieldsJson(spec.fields, layer.name()))
      .Raw("child_fields", FieldsJson(spec.child_fields, layer.name()))
      .Finish();
}

std::string UrlForm(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  std::string url = std::string(backend.scheme()) + ":";
  if (spec.takes_host) url += "//[user[:password]@]host[:port]/";
  if (!spec.path_help.empty()) url += spec.path_required ? "PATH" : "[PATH]";
  if (!spec.fields.empty()) url += "[?field=value&...]";
  return url;
}

std::string Text(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  std::string text = std::string(backend.scheme()) + ": " + std::string(backend.description()) +
                     "\n\n  " + UrlForm(backend) + "\n";
  if (!spec.path_help.empty()) text += "  PATH: " + spec.path_help + "\n";
  if (const std::string_view index = PreferredIndexOf(backend); !index.empty()) {
    text += "  preferred index: " + std::string(index) + "\n";
  }
  return text +
         FieldsText("Fields (in the URL, or in the environment)", spec.fields, backend.scheme()) +
         "\nCapabilities:\n" + CapabilitiesText(backend.capabilities());
}

std::string JsonForm(const LayerType& layer) {
  const ConfigSpec& spec = layer.config_spec();
  std::string json = "{\"type\": " + JsonString(layer.name());
  if (!spec.fields.empty()) json += ", \"field\": value, ...";
  const bool many = spec.children == ChildCount::kMany;
  json +=
      ", " + JsonString(registry::ChildrenName(spec)) + ": " + (many ? "[STORE, ...]" : "STORE");
  return json + "}";
}

std::string Text(const LayerType& layer) {
  const ConfigSpec& spec = layer.config_spec();
  return std::string(layer.name()) + ": " + std::string(layer.description()) + "\n\n  " +
         JsonForm(layer) + "\n" +
         FieldsText("Fields (in the JSON, or in the environment)", spec.fields, layer.name()) +
         FieldsText("Fields of each STORE, beside its own", spec.child_fields, layer.name());
}

// A line each.
std::string List(const Registry& registry, bool json) {
  std::size_t width = 0;
  for (const Backend* const backend : registry.backends()) {
    width = std::max(width, backend->scheme().size());
  }
  for (const LayerType* const layer : registry.layers()) {
    width = std::max(width, layer->name().size());
  }
  std::string text;
  for (const Backend* const backend : registry.backends()) {
    text += json ? Json(*backend)
                 : Padded(backend->scheme(), width) + std::string(backend->description());
    text += "\n";
  }
  if (!json) text += "\nLayers over them, in trees in JSON:\n";
  for (const LayerType* const layer : registry.layers()) {
    text += json ? Json(*layer) : Padded(layer->name(), width) + std::string(layer->description());
    text += "\n";
  }
  return text;
}

}  // namespace

Exit Backends(const BackendsArguments& arguments) {
  const Registry& registry = Registry::Global();
  if (arguments.name.empty()) return PrintText(List(registry, arguments.json));
  if (const LayerType* const layer = registry.FindLayer(arguments.name); layer != nullptr) {
    return PrintText(arguments.json ? Json(*layer) + "\n" : Text(*layer));
  }
  const Result<Backend*> backend = registry.Find(arguments.name);
  if (!backend.has_value()) return Fail(registry::UnknownType(arguments.name, registry));
  return PrintText(arguments.json ? Json(**backend) + "\n" : Text(**backend));
}

}  // namespace anystore::cli

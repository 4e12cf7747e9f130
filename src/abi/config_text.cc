#include "abi/config_text.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace anystore::abi {
namespace {

using Json = nlohmann::json;

bool IsPart(std::string_view name) {
  return std::ranges::find(kConfigParts, name) != std::end(kConfigParts);
}

/// The part of a configuration that is not a field.
std::string* PartOf(Config& config, std::string_view name) {
  if (name == "type") return &config.scheme;
  if (name == "path") return &config.path;
  if (name == "host") return &config.host;
  if (name == "user") return &config.user;
  return name == "password" ? &config.password : nullptr;
}

Json PartsOf(const Config& config) {
  Json json = Json::object();
  json["type"] = config.scheme;
  if (!config.path.empty()) json["path"] = config.path;
  if (!config.host.empty()) json["host"] = config.host;
  if (!config.user.empty()) json["user"] = config.user;
  if (!config.password.empty()) json["password"] = config.password;
  return json;
}

Result<std::string> Dump(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return Error(Code::kInvalidConfig,
                 "a text that is no UTF-8, which cannot be passed on to a plugin");
  }
}

Result<Json> ParseObject(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error(Code::kInvalidConfig, "malformed JSON");
  if (!json.is_object()) return Error(Code::kInvalidConfig, "not an object");
  return json;
}

std::optional<std::string> TextOf(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean() || json.is_number()) return json.dump();
  return std::nullopt;
}

const FieldSpec* FindField(const ConfigSpec* spec, std::string_view name) {
  if (spec == nullptr) return nullptr;
  const auto found = std::ranges::find(spec->fields, name, &FieldSpec::name);
  return found == spec->fields.end() ? nullptr : &*found;
}

}  // namespace

Result<std::string> ConfigToJson(const Config& config) {
  Json json = PartsOf(config);
  for (const auto& [name, text] : config.fields) {
    // A field of that name would hide the part; no spec has one.
    if (!IsPart(name)) json[name] = text;
  }
  return Dump(json);
}

Result<std::string> ConfigToJson(const CheckedConfig& config, const ConfigSpec* spec) {
  if (spec == nullptr) return ConfigToJson(config.config());
  Json json = PartsOf(config.config());
  for (const FieldSpec& field : spec->fields) {
    switch (field.type) {
      case FieldType::kString:
      case FieldType::kChoice:
        json[field.name] = config.String(field.name);
        break;
      case FieldType::kBool:
        json[field.name] = config.Bool(field.name);
        break;
      case FieldType::kInteger:
      case FieldType::kBytes:
      case FieldType::kDuration:
        json[field.name] = config.Integer(field.name);
        break;
    }
  }
  return Dump(json);
}

Result<Config> ConfigFromJson(std::string_view json, const ConfigSpec* spec) {
  ANYSTORE_ASSIGN_OR_RETURN(const Json object, ParseObject(json));
  Config config;
  for (const auto& [name, value] : object.items()) {
    std::optional<std::string> text = TextOf(value);
    if (!text.has_value()) return Error(Code::kInvalidConfig, Quoted(name) + " is no plain value");
    if (std::string* const part = PartOf(config, name); part != nullptr) {
      *part = *std::move(text);
      continue;
    }
    const FieldSpec* const field = FindField(spec, name);
    const bool bare = value.is_number() && field != nullptr && field->type == FieldType::kDuration;
    if (bare) *text += "ns";
    config.fields.insert_or_assign(name, *std::move(text));
  }
  if (config.scheme.empty()) return Error(Code::kInvalidConfig, "\"type\" is missing");
  return config;
}

Result<std::string> MemberText(std::string_view json, std::string_view name) {
  ANYSTORE_ASSIGN_OR_RETURN(const Json object, ParseObject(json));
  const auto found = object.find(std::string(name));
  if (found == object.end()) return Error(Code::kNotFound);
  std::optional<std::string> text = TextOf(*found);
  if (!text.has_value()) return Error(Code::kInvalidConfig, Quoted(name) + " is no plain value");
  return *std::move(text);
}

}  // namespace anystore::abi

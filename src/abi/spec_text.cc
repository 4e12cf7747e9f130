#include "abi/spec_text.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "abi/config_text.h"
#include "registry/config_check.h"

namespace anystore::abi {
namespace {

using Json = nlohmann::json;

Error Wrong(const std::string& where, const std::string& what) {
  return Error(Code::kInvalidConfig, (where.empty() ? "" : where + ": ") + what);
}

/// Reads the members of one object, each once.
class Members {
 public:
  Members(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  /// Ok if it is an object of no other members.
  Status Only(std::initializer_list<std::string_view> known) const {
    if (!json_.is_object()) return Wrong(where_, "is no object");
    for (const auto& [name, value] : json_.items()) {
      if (std::ranges::find(known, name) == known.end()) {
        return Wrong(where_, "unknown member " + Quoted(name));
      }
    }
    return Ok();
  }
  Status Read(const char* name, std::string* to) const {
    return Member(name, "a text", [&](const Json& json) {
      if (json.is_string()) *to = json.get<std::string>();
      return json.is_string();
    });
  }
  Status Read(const char* name, bool* to) const {
    return Member(name, "true or false", [&](const Json& json) {
      if (json.is_boolean()) *to = json.get<bool>();
      return json.is_boolean();
    });
  }
  Status Read(const char* name, std::optional<std::int64_t>* to) const {
    return Member(name, "a whole number", [&](const Json& json) {
      const bool fits = json.is_number_integer() &&
                        (!json.is_number_unsigned() || json.get<std::uint64_t>() <= INT64_MAX);
      if (fits) *to = json.get<std::int64_t>();
      return fits;
    });
  }
  Status Read(const char* name, std::vector<std::string>* to) const {
    return Member(name, "a list of texts", [&](const Json& json) {
      if (!json.is_array()) return false;
      for (const Json& one : json) {
        if (!one.is_string()) return false;
        to->push_back(one.get<std::string>());
      }
      return true;
    });
  }
  /// A plain value as its text.
  Status ReadPlain(const char* name, std::optional<std::string>* to) const {
    return Member(name, "a plain value", [&](const Json& json) {
      if (json.is_string()) {
        *to = json.get<std::string>();
      } else if (json.is_boolean() || json.is_number_integer()) {
        *to = json.dump();
      }
      return to->has_value();
    });
  }

 private:
  template <class Take>
  Status Member(const char* name, const char* what, Take&& take) const {
    const auto found = json_.find(name);
    if (found == json_.end() || take(*found)) return Ok();
    return Wrong(where_, Quoted(name) + " is not " + what);
  }

  const Json& json_;
  const std::string where_;
};

bool IsFieldName(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_lower(name.front()) && std::ranges::all_of(name, [&](char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Ok if the field can be given at all, and its default is one that it allows.
Status CheckField(const FieldSpec& field, const std::string& where) {
  if (field.type == FieldType::kChoice && field.choices.empty()) {
    return Wrong(where, "a choice of nothing");
  }
  if (!field.default_value.has_value()) return Ok();
  ConfigSpec alone;
  alone.fields.push_back(field);
  const Config config{.scheme = "x", .fields = {{field.name, *field.default_value}}};
  const auto checked = CheckedConfig::Make(config, &alone);
  return checked.has_value() ? Ok()
                             : Wrong(where, "default: " + std::string(checked.error().message()));
}

Result<FieldSpec> FieldFrom(const Json& json, const std::string& where) {
  const Members members(json, where);
  ANYSTORE_TRY(members.Only({"name", "type", "default", "min", "max", "choices", "secret",
                             "fixed_at_create", "unit", "environment_variable", "help"}));
  FieldSpec field;
  std::string type = "string";
  ANYSTORE_TRY(members.Read("name", &field.name));
  if (!IsFieldName(field.name)) {
    return Wrong(where, Quoted(field.name) + " is no name in snake_case");
  }
  if (std::ranges::find(kConfigParts, field.name) != std::end(kConfigParts)) {
    return Wrong(where, Quoted(field.name) + " is taken by what every store has");
  }
  ANYSTORE_TRY(members.Read("type", &type));
  const auto known = std::ranges::find(registry::kTypeNames, type);
  if (known == registry::kTypeNames.end()) {
    return Wrong(where, "unknown type " + Quoted(type));
  }
  field.type = static_cast<FieldType>(known - registry::kTypeNames.begin());
  ANYSTORE_TRY(members.ReadPlain("default", &field.default_value));
  ANYSTORE_TRY(members.Read("min", &field.min));
  ANYSTORE_TRY(members.Read("max", &field.max));
  ANYSTORE_TRY(members.Read("choices", &field.choices));
  ANYSTORE_TRY(members.Read("secret", &field.secret));
  ANYSTORE_TRY(members.Read("fixed_at_create", &field.fixed_at_create));
  ANYSTORE_TRY(members.Read("unit", &field.unit));
  ANYSTORE_TRY(members.Read("environment_variable", &field.environment_variable));
  ANYSTORE_TRY(members.Read("help", &field.help));
  ANYSTORE_TRY(CheckField(field, where));
  return field;
}

Json FieldJson(const FieldSpec& field) {
  Json json = {{"name", field.name}, {"type", registry::TypeName(field.type)}};
  if (field.default_value.has_value()) json["default"] = *field.default_value;
  if (field.min.has_value()) json["min"] = *field.min;
  if (field.max.has_value()) json["max"] = *field.max;
  if (!field.choices.empty()) json["choices"] = field.choices;
  if (field.secret) json["secret"] = true;
  if (field.fixed_at_create) json["fixed_at_create"] = true;
  if (!field.unit.empty()) json["unit"] = field.unit;
  if (!field.environment_variable.empty()) {
    json["environment_variable"] = field.environment_variable;
  }
  if (!field.help.empty()) json["help"] = field.help;
  return json;
}

}  // namespace

std::string SpecToJson(const ConfigSpec& spec) {
  Json json = Json::object();
  if (!spec.path_help.empty()) json["path"] = spec.path_help;
  if (spec.path_required) json["path_required"] = true;
  if (spec.takes_host) json["takes_host"] = true;
  json["fields"] = Json::array();
  for (const FieldSpec& field : spec.fields) json["fields"].push_back(FieldJson(field));
  // What is no UTF-8 in a text for people is replaced.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ConfigSpec> SpecFromJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Wrong("", "malformed JSON");
  const Members members(json, "");
  ANYSTORE_TRY(members.Only({"path", "path_required", "takes_host", "fields"}));
  ConfigSpec spec;
  ANYSTORE_TRY(members.Read("path", &spec.path_help));
  ANYSTORE_TRY(members.Read("path_required", &spec.path_required));
  ANYSTORE_TRY(members.Read("takes_host", &spec.takes_host));
  const auto fields = json.find("fields");
  if (fields == json.end()) return spec;
  if (!fields->is_array()) return Wrong("fields", "is no list");
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const std::string where = "fields[" + std::to_string(i) + "]";
    ANYSTORE_ASSIGN_OR_RETURN(FieldSpec field, FieldFrom((*fields)[i], where));
    if (std::ranges::find(spec.fields, field.name, &FieldSpec::name) != spec.fields.end()) {
      return Wrong(where, Quoted(field.name) + " is there already");
    }
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

}  // namespace anystore::abi

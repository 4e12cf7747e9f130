#include "registry/config_json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace anystore::registry {
namespace {

using Json = nlohmann::json;

/// Deeper trees are refused before they exhaust the stack.
constexpr int kDepthMax = 64;

Error Wrong(const std::string& where, const std::string& what) {
  return Error(Code::kInvalidConfig, where + ": " + what);
}

Result<Config> NodeFrom(const Json& json, const std::string& where, int depth);

/// The text that a URL would have for a plain value; none for anything else.
std::optional<std::string> TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return value.dump();
  return std::nullopt;
}

Status AddChildren(const std::string& name, const Json& value, const std::string& where, int depth,
                   Config* config) {
  const auto add = [&](const Json& json, const std::string& place) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(Config child, NodeFrom(json, place, depth + 1));
    child.group = name;
    config->children.push_back(std::move(child));
    return Ok();
  };
  if (value.is_object()) return add(value, where);
  for (std::size_t i = 0; i < value.size(); ++i) {
    ANYSTORE_TRY(add(value[i], where + "[" + std::to_string(i) + "]"));
  }
  return Ok();
}

Status AddPart(const std::string& name, const std::string& text, const std::string& where,
               int depth, Config* config) {
  if (name == "child") return AddChildren(name, Json::array({text}), where, depth, config);
  if (name == "path") {
    config->path = text;
  } else if (name == "host") {
    config->host = text;
  } else if (name == "user") {
    config->user = text;
  } else if (name == "password") {
    config->password = text;
  } else {
    config->fields.insert_or_assign(name, text);
  }
  return Ok();
}

/// The URL or the kind that a node begins with.
Result<Config> Beginning(const Json& json, const std::string& where) {
  const auto type = json.find("type");
  const auto url = json.find("url");
  if ((type == json.end()) == (url == json.end())) {
    return Wrong(where, R"(needs "type", or "url", and not both)");
  }
  const Json& given = type != json.end() ? *type : *url;
  if (!given.is_string()) {
    return Wrong(where + (type != json.end() ? ".type" : ".url"), "is not a text");
  }
  if (url != json.end()) return Config::Parse(given.get<std::string>());
  return Config{.scheme = given.get<std::string>()};
}

Result<Config> NodeFrom(const Json& json, const std::string& where, int depth) {
  if (depth > kDepthMax) return Wrong(where, "stores nested too deeply");
  if (json.is_string()) return Config::Parse(json.get<std::string>());
  if (!json.is_object()) return Wrong(where, "is neither an object nor a URL");
  ANYSTORE_ASSIGN_OR_RETURN(Config config, Beginning(json, where));
  for (const auto& [name, value] : json.items()) {
    if (name == "type" || name == "url" || value.is_null()) continue;
    const std::string place = where.empty() ? name : where + "." + name;
    if (const std::optional<std::string> text = TextOf(value); text.has_value()) {
      ANYSTORE_TRY(AddPart(name, *text, place, depth, &config));
    } else {
      ANYSTORE_TRY(AddChildren(name, value, place, depth, &config));
    }
  }
  return config;
}

}  // namespace

bool IsJson(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '{';
}

Result<Config> ParseJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error(Code::kInvalidConfig, "malformed JSON");
  return NodeFrom(json, "", 0);
}

}  // namespace anystore::registry

#include "registry/config_json.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "registry/json_tree.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

// Parts of a node that are texts, whatever its kind.
constexpr std::array<std::string_view, 6> kTextNames = {"type", "url",  "path",
                                                        "host", "user", "password"};

std::string_view KindName(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kPlain:
      return "a number, true or false";
    case JsonKind::kText:
      return "a text";
    case JsonKind::kObject:
      return "an object";
    case JsonKind::kList:
      return "a list";
  }
  return "unknown";
}

Error WrongKind(const std::string& where, JsonKind found, std::string_view allowed) {
  return WrongAt(where,
                 "found " + std::string(KindName(found)) + ", allowed is " + std::string(allowed));
}

bool IsTextName(std::string_view name) {
  return std::ranges::find(kTextNames, name) != kTextNames.end();
}

const JsonTree* Find(const JsonTree& node, std::string_view name) {
  const auto found = std::ranges::find(node.members, name, &JsonTree::name);
  return found != node.members.end() ? &*found : nullptr;
}

Result<Config> UrlAt(const std::string& where, std::string_view text) {
  Result<Config> config = ParseUrl(text);
  if (config.has_value()) return config;
  Error error = WrongAt(where, std::string(config.error().message()) + " of the URL");
  // A text without a scheme may be anything, such as a secret that is out of place.
  if (SchemeLength(text) == 0) return error;
  return std::move(error).In(config.error().store());
}

/// What a node begins with: its kind, or a URL.
Result<Config> Beginning(const JsonTree& node, const std::string& where) {
  const JsonTree* const type = Find(node, "type");
  const JsonTree* const url = Find(node, "url");
  if ((type == nullptr) == (url == nullptr)) {
    return WrongAt(where, R"(a store has "type" or "url", and not both)");
  }
  const JsonTree& given = type != nullptr ? *type : *url;
  const std::string place = PlaceOf(where, type != nullptr ? "type" : "url");
  if (given.kind != JsonKind::kText) return WrongKind(place, given.kind, "a text");
  if (url != nullptr) return UrlAt(place, given.text);
  const std::string as_url = given.text + ":";
  if (given.text.empty() || SchemeLength(as_url) != given.text.size()) {
    return WrongAt(place, given.text.contains(':')
                              ? R"(not the name of a kind of store; is it a "url"?)"
                              : "not the name of a kind of store");
  }
  return ParseUrl(as_url);
}

Result<Config> NodeFrom(const JsonTree& node, const std::string& where);

Status AddChild(const JsonTree& child, const std::string& group, const std::string& where,
                Config* config) {
  ANYSTORE_ASSIGN_OR_RETURN(Config below, NodeFrom(child, where));
  below.group = group;
  config->children.push_back(std::move(below));
  return Ok();
}

/// "child" is one store; every other name that holds more than a text, a list of them.
Status AddChildren(const JsonTree& member, const std::string& where, Config* config) {
  const std::string& name = member.name;
  if (name == "child") return AddChild(member, name, where, config);
  if (member.kind == JsonKind::kObject) {
    const std::array<std::string, 1> one = {"child"};
    return WrongAt(where,
                   "found an object, allowed is a text or a list of stores; one store is a "
                   "\"child\"" +
                       DidYouMean(Nearest(name, one)));
  }
  if (member.members.empty()) return WrongAt(where, "found a list without stores");
  for (std::size_t i = 0; i < member.members.size(); ++i) {
    ANYSTORE_TRY(AddChild(member.members[i], name, PlaceOf(where, i), config));
  }
  return Ok();
}

/// Where a URL or its part of this name is in `config`; null for a field.
std::string* PartOf(Config* config, std::string_view name) {
  if (name == "path") return &config->path;
  if (name == "host") return &config->host;
  if (name == "user") return &config->user;
  return name == "password" ? &config->password : nullptr;
}

Status AddText(const JsonTree& member, const std::string& where, Config* config) {
  const std::string& text = member.text;
  std::string* const part = PartOf(config, member.name);
  const bool is_new =
      part != nullptr ? part->empty() : config->fields.emplace(member.name, text).second;
  if (!is_new) return WrongAt(where, "is given twice, here and in the URL");
  if (part != nullptr) *part = text;
  return Ok();
}

Status AddMember(const JsonTree& member, const std::string& where, Config* config) {
  const std::string& name = member.name;
  const JsonKind kind = member.kind;
  if (name.empty()) return WrongAt(where, "a name without letters");
  if (kind == JsonKind::kNull) {
    return WrongKind(where, kind, "a value; leave out what is not given");
  }
  if (IsTextName(name) && kind != JsonKind::kText && kind != JsonKind::kPlain) {
    return WrongKind(where, kind, "a text");
  }
  const bool is_text = kind == JsonKind::kText || kind == JsonKind::kPlain;
  return is_text && name != "child" ? AddText(member, where, config)
                                    : AddChildren(member, where, config);
}

/// What a URL could not say either.
Status CheckParts(const std::string& where, Config* config) {
  if (config->path.contains('\0')) return WrongAt(PlaceOf(where, "path"), "a zero byte in it");
  if (config->host.contains('@')) {
    return WrongAt(PlaceOf(where, "host"),
                   R"("@" in it; "user" and "password" stand by themselves)");
  }
  if (const std::string_view wrong = WrongHost(config->host); !wrong.empty()) {
    return WrongAt(PlaceOf(where, "host"), std::string(wrong));
  }
  // Behind a host a path begins with "/".
  const bool remote = !config->host.empty() || !config->user.empty() || !config->password.empty();
  if (remote && !config->path.empty() && config->path.front() != '/') config->path.insert(0, "/");
  return Ok();
}

Result<Config> NodeFrom(const JsonTree& node, const std::string& where) {
  if (node.kind == JsonKind::kText) return UrlAt(where, node.text);
  if (node.kind != JsonKind::kObject) {
    return WrongKind(where, node.kind, "a store: an object, or a URL");
  }
  ANYSTORE_ASSIGN_OR_RETURN(Config config, Beginning(node, where));
  for (const JsonTree& member : node.members) {
    if (member.name == "type" || member.name == "url") continue;
    ANYSTORE_TRY(AddMember(member, PlaceOf(where, member.name), &config));
  }
  ANYSTORE_TRY(CheckParts(where, &config));
  return config;
}

}  // namespace

bool IsJson(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '{';
}

bool IsReservedName(std::string_view name) { return name == "child" || IsTextName(name); }

Result<Config> ParseJson(std::string_view text) {
  ANYSTORE_ASSIGN_OR_RETURN(const JsonTree tree, ReadJson(text));
  return NodeFrom(tree, "");
}

}  // namespace anystore::registry

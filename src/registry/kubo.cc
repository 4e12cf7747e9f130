#include "registry/kubo.h"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "anystore/key.h"
#include "backends/flatfs/keys/shard.h"
#include "registry/small_file.h"
#include "registry/suggest.h"

namespace anystore::registry {
namespace {

using Json = nlohmann::json;

/// Deeper trees are refused before they exhaust the stack.
constexpr int kDepthMax = 64;

/// Types that mark a tree as Kubo's.
constexpr std::array<std::string_view, 5> kMarks = {"measure", "mem", "levelds", "pebbleds",
                                                    "badgerds"};

/// What marks a whole configuration file.
constexpr const char* kWhole = "Datastore";

Error Wrong(const std::string& where, const std::string& what) {
  return Error(Code::kInvalidConfig, where + ": " + what);
}

std::string_view KindOf(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::string:
      return "a text";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::object:
      return "an object";
    default:
      return "a number";
  }
}

/// What makes a tree Kubo's, for messages; empty: it is not.
std::string MarkOf(const Json& tree) {
  if (const auto whole = tree.find(kWhole); whole != tree.end() && whole->is_object()) {
    return kWhole;
  }
  // Not by recursion: nobody has counted the levels yet.
  std::vector<const Json*> open = {&tree};
  while (!open.empty()) {
    const Json& json = *open.back();
    open.pop_back();
    if (!json.is_structured()) continue;
    if (json.is_object()) {
      if (json.contains("shardFunc")) return "shardFunc";
      const auto type = json.find("type");
      if (type != json.end() && type->is_string() &&
          std::ranges::find(kMarks, type->get_ref<const std::string&>()) != kMarks.end()) {
        return type->get<std::string>();
      }
    }
    for (const Json& value : json) open.push_back(&value);
  }
  return {};
}

/// A node in our terms, and what of it Kubo writes down: null where nothing is on the disk.
struct Node {
  Config config = {};
  Json disk = {};
};

/// Reads the fields of one node.
class Fields {
 public:
  Fields(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  Result<std::string> Text(const char* name) const {
    ANYSTORE_ASSIGN_OR_RETURN(const Json* const value,
                              Required(name, Json::value_t::string, "a text"));
    return value->get<std::string>();
  }
  Result<bool> Bool(const char* name) const {
    ANYSTORE_ASSIGN_OR_RETURN(const Json* const value,
                              Required(name, Json::value_t::boolean, "true or false"));
    return value->get<bool>();
  }
  Result<const Json*> Object(const char* name) const {
    return Required(name, Json::value_t::object, "an object");
  }
  Result<const Json*> List(const char* name) const {
    return Required(name, Json::value_t::array, "a list");
  }
  [[nodiscard]] bool Has(const char* name) const {
    const auto found = json_.find(name);
    return found != json_.end() && !found->is_null();
  }
  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] Error Refuse(const std::string& what) const { return Wrong(where_, what); }

 private:
  Result<const Json*> Required(const char* name, Json::value_t type, std::string_view what) const {
    const std::string allowed = "; it takes " + std::string(what);
    const auto found = json_.find(name);
    if (found == json_.end()) return Refuse("field " + Quoted(name) + " is missing" + allowed);
    if (found->type() == type) return &*found;
    return Refuse("field " + Quoted(name) + ": found " + std::string(KindOf(*found)) + allowed);
  }

  const Json& json_;
  const std::string where_;
};

/// Stores of Kubo's that nothing here can open, and what they are.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kUnsupported = {
    {{"pebbleds", "Pebble"}, {"badgerds", "Badger"}}};

/// "next-to-last/2", as people write it.
std::string ShortShard(const flatfs::Shard& shard) {
  std::string text = shard.ToString();
  return text.substr(text.find("/v1/") + 4);
}

/// Translates a tree.
class Translator {
 public:
  Translator(std::string_view directory, Logger& logger, std::string mark)
      : directory_(directory), logger_(logger), mark_(std::move(mark)) {}

  Result<Node> Translate(const Json& json, const std::string& where, int depth,
                         bool is_mounted = false);

 private:
  struct Type {
    std::string_view name;
    /// What a node may have beside "type".
    std::vector<std::string_view> fields;
    Result<Node> (Translator::*translate)(const Fields& fields, int depth);
  };
  static std::span<const Type> Types();

  Result<Node> Mount(const Fields& fields, int depth);
  Result<Node> Measure(const Fields& fields, int depth);
  Result<Node> Log(const Fields& fields, int depth);
  Result<Node> Memory(const Fields& fields, int depth);
  Result<Node> Flatfs(const Fields& fields, int depth);
  Result<Node> Leveldb(const Fields& fields, int depth);

  /// A layer with one field of text.
  Result<Node> Over(const Fields& fields, int depth, const char* layer, const char* field);
  [[nodiscard]] std::string PathOf(const std::string& path) const;
  void WarnOfUnknown(const Type& type, const Fields& fields, bool is_mounted);
  [[nodiscard]] Error UnknownType(const Fields& fields, const std::string& type) const;

  const std::string_view directory_;
  Logger& logger_;
  const std::string mark_;
};

std::span<const Translator::Type> Translator::Types() {
  static const std::array<Type, 6> kTypes = {{
      {"mount", {"mounts"}, &Translator::Mount},
      {"measure", {"prefix", "child"}, &Translator::Measure},
      {"log", {"name", "child"}, &Translator::Log},
      {"mem", {}, &Translator::Memory},
      {"flatfs", {"path", "shardFunc", "sync"}, &Translator::Flatfs},
      {"levelds", {"path", "compression"}, &Translator::Leveldb},
  }};
  return kTypes;
}

Result<Node> Translator::Translate(const Json& json, const std::string& where, int depth,
                                   bool is_mounted) {
  if (depth > kDepthMax) return Wrong(where, "stores nested too deeply");
  const Fields fields(json, where);
  ANYSTORE_ASSIGN_OR_RETURN(const std::string name, fields.Text("type"));
  const auto type = std::ranges::find(Types(), name, &Type::name);
  if (type == Types().end()) return UnknownType(fields, name);
  WarnOfUnknown(*type, fields, is_mounted);
  return (this->*type->translate)(fields, depth);
}

Result<Node> Translator::Mount(const Fields& fields, int depth) {
  ANYSTORE_ASSIGN_OR_RETURN(const Json* const mounts, fields.List("mounts"));
  Node node{.config = {.scheme = "mount"}};
  std::vector<Json> disks;
  for (std::size_t i = 0; i < mounts->size(); ++i) {
    const std::string where = fields.where() + ".mounts[" + std::to_string(i) + "]";
    if (!(*mounts)[i].is_object()) return Wrong(where, "is no object");
    const Fields child((*mounts)[i], where);
    ANYSTORE_ASSIGN_OR_RETURN(const std::string given, child.Text("mountpoint"));
    const std::string mountpoint = Key(given).bytes();
    ANYSTORE_ASSIGN_OR_RETURN(Node below, Translate(child.json(), where, depth + 1, true));
    below.config.fields.insert_or_assign("mountpoint", mountpoint);
    below.config.group = "mounts";
    node.config.children.push_back(std::move(below.config));
    Json disk = below.disk.is_null() ? Json::object() : std::move(below.disk);
    disk["mountpoint"] = mountpoint;
    disks.push_back(std::move(disk));
  }
  std::ranges::stable_sort(disks, std::greater(), [](const Json& disk) {
    return disk["mountpoint"].get_ref<const std::string&>();
  });
  node.disk = Json{{"type", "mount"}, {"mounts", std::move(disks)}};
  return node;
}

Result<Node> Translator::Measure(const Fields& fields, int depth) {
  return Over(fields, depth, "metrics", "prefix");
}

Result<Node> Translator::Log(const Fields& fields, int depth) {
  return Over(fields, depth, "log", "name");
}

Result<Node> Translator::Over(const Fields& fields, int depth, const char* layer,
                              const char* field) {
  ANYSTORE_ASSIGN_OR_RETURN(std::string text, fields.Text(field));
  ANYSTORE_ASSIGN_OR_RETURN(const Json* const child, fields.Object("child"));
  ANYSTORE_ASSIGN_OR_RETURN(Node below, Translate(*child, fields.where() + ".child", depth + 1));
  Node node{.config = {.scheme = layer, .fields = {{field, std::move(text)}}},
            .disk = std::move(below.disk)};
  below.config.group = "child";
  node.config.children.push_back(std::move(below.config));
  return node;
}

Result<Node> Translator::Memory(const Fields& /*fields*/, int /*depth*/) {
  return Node{.config = {.scheme = "memory"}};
}

Result<Node> Translator::Flatfs(const Fields& fields, int /*depth*/) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string path, fields.Text("path"));
  ANYSTORE_ASSIGN_OR_RETURN(const std::string text, fields.Text("shardFunc"));
  ANYSTORE_ASSIGN_OR_RETURN(const bool sync, fields.Bool("sync"));
  const Result<flatfs::Shard> shard = flatfs::Shard::Parse(text);
  if (!shard.has_value()) {
    return fields.Refuse("field \"shardFunc\": " + std::string(shard.error().message()));
  }
  return Node{
      .config = {.scheme = "flatfs",
                 .path = PathOf(path),
                 .fields = {{"shard", ShortShard(*shard)}, {"sync", sync ? "true" : "false"}}},
      .disk = {{"type", "flatfs"}, {"path", path}, {"shardFunc", shard->ToString()}}};
}

Result<Node> Translator::Leveldb(const Fields& fields, int /*depth*/) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string path, fields.Text("path"));
  Node node{.config = {.scheme = "leveldb", .path = PathOf(path)},
            .disk = {{"type", "levelds"}, {"path", path}}};
  if (!fields.Has("compression")) return node;
  ANYSTORE_ASSIGN_OR_RETURN(const std::string compression, fields.Text("compression"));
  if (compression == "none" || compression == "snappy") {
    node.config.fields.emplace("compression", compression);
  } else if (!compression.empty()) {
    return fields.Refuse("field \"compression\": found " + Quoted(compression) +
                         ", allowed is one of none, snappy");
  }
  return node;
}

std::string Translator::PathOf(const std::string& path) const {
  return path.empty() ? std::string(directory_) : PathIn(directory_, path);
}

void Translator::WarnOfUnknown(const Type& type, const Fields& fields, bool is_mounted) {
  for (const auto& [name, value] : fields.json().items()) {
    if (name == "type" || (name == "mountpoint" && is_mounted)) continue;
    if (std::ranges::find(type.fields, name) != type.fields.end()) continue;
    logger_.Log(LogLevel::kWarning, fields.where() + ": field " + Quoted(name) +
                                        " is ignored: Kubo's " + std::string(type.name) +
                                        " knows none");
  }
}

Error Translator::UnknownType(const Fields& fields, const std::string& type) const {
  for (const auto& [name, engine] : kUnsupported) {
    if (type != name) continue;
    return Error(Code::kUnsupported, fields.where() + ": type " + Quoted(type) +
                                         ": there is no backend for " + std::string(engine) +
                                         " databases; copy the repository to flatfs and levelds "
                                         "with Kubo");
  }
  std::vector<std::string> known;
  for (const Type& other : Types()) known.emplace_back(other.name);
  return fields.Refuse("unknown type " + Quoted(type) + "; " + Quoted(mark_) +
                       " makes the tree one of Kubo's, which knows: " + JoinNames(known) +
                       DidYouMean(Nearest(type, known)));
}

void ReplaceAll(std::string_view from, std::string_view to, std::string* text) {
  for (std::size_t at = text->find(from); at != std::string::npos;
       at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

/// Kubo knows no references: what looks like one stands for itself.
void MakeLiteral(Config* config) {
  ReplaceAll("${", "$${", &config->path);
  for (auto& [name, text] : config->fields) ReplaceAll("${", "$${", &text);
  for (Config& child : config->children) MakeLiteral(&child);
}

/// As Go's encoder writes it.
std::string GoText(const Json& json) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\u2028", "\\u2028"},
       {"\u2029", "\\u2029"}}};
  std::string text = json.dump();
  for (const auto& [plain, escape] : kEscapes) ReplaceAll(plain, escape, &text);
  return text;
}

}  // namespace

Result<std::optional<KuboConfig>> ReadKubo(std::string_view json, std::string_view directory,
                                           Logger& logger) {
  using Found = std::optional<KuboConfig>;
  // No JSON, though the parser takes what is before it. Whoever reads it next says so.
  if (json.contains('\0')) return Found();
  const Json tree = Json::parse(json, nullptr, false);
  if (!tree.is_object()) return Found();
  const std::string mark = MarkOf(tree);
  if (mark.empty()) return Found();
  const Json* spec = &tree;
  std::string where = "spec";
  if (mark == kWhole) {
    ANYSTORE_ASSIGN_OR_RETURN(spec, Fields(tree[kWhole], kWhole).Object("Spec"));
    where = "Datastore.Spec";
  }
  Translator translator(directory, logger, mark);
  ANYSTORE_ASSIGN_OR_RETURN(Node node, translator.Translate(*spec, where, 0));
  MakeLiteral(&node.config);
  return Found(KuboConfig{.config = std::move(node.config), .disk_spec = GoText(node.disk)});
}

}  // namespace anystore::registry

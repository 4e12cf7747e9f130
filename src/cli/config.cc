// config check, explain, schema: what configurations mean, without opening anything.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "cli/capabilities.h"
#include "cli/commands.h"
#include "cli/stores.h"
#include "cli/text.h"
#include "registry/config_schema.h"
#include "registry/disk_spec.h"
#include "registry/read_config.h"
#include "registry/stack.h"
#include "registry/suggest.h"

namespace anystore::cli {
namespace {

using registry::Stack;

class Warner final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    if (level >= LogLevel::kWarning) Complain("warning: " + std::string(line));
  }
};

// What was written, and what it means.
struct Composition {
  registry::NamedConfig named;
  Stack stack;
};

// Here warnings are what was asked for.
Result<Composition> Read(const std::string& name) {
  Warner warner;
  Environment environment = ProgramEnvironment();
  environment.logger = &warner;
  const Registry& registry = Registry::Global();
  ANYSTORE_ASSIGN_OR_RETURN(registry::NamedConfig named,
                            registry::ReadConfig(name, environment, registry));
  ANYSTORE_ASSIGN_OR_RETURN(Stack stack, registry::Resolve(named.config, registry, environment));
  if (named.disk_spec.has_value()) {
    ANYSTORE_TRY(registry::CheckDiskSpec(*named.disk_spec, environment));
  }
  return Composition{.named = std::move(named), .stack = std::move(stack)};
}

// A store of a composition.
struct Node {
  std::string type = {};
  // As a URL, without the stores below; secrets redacted.
  std::string config = {};
  // What the store above says of it, as "mountpoint=/blocks"; secrets redacted.
  std::string place = {};
  std::vector<Axis> axes = {};
  std::vector<Node> children = {};
};

const ConfigSpec* SpecOf(const Stack& stack) {
  return stack.layer != nullptr ? &stack.layer->config_spec() : stack.backend->config_spec();
}

// Moves what belongs to the store above out of `config`, and returns it.
std::string TakePlace(const ConfigSpec& above, Config* config) {
  const ConfigSpec own{.fields = above.child_fields};
  // ":?mountpoint=/blocks&weight=2"
  const std::string text = registry::TakeChildFields("", above, config).Redacted(&own);
  return text.substr(std::min<std::size_t>(2, text.size()));
}

// `written` stands beside `stack`: the user's own words, with references as they are.
Node NodeOf(const Config& written, const Stack& stack, const ConfigSpec* above) {
  Config own = written;
  own.children.clear();
  own.group.clear();
  Node node{.type = written.scheme, .axes = AxesOf(stack.capabilities())};
  if (above != nullptr) node.place = TakePlace(*above, &own);
  node.config = own.Redacted(SpecOf(stack));
  for (std::size_t i = 0; i < stack.children.size(); ++i) {
    node.children.push_back(NodeOf(written.children[i], stack.children[i].stack, SpecOf(stack)));
  }
  return node;
}

// Whether a layer makes something of an axis that none of its stores has.
bool Decides(const Node& node, std::size_t axis) {
  return std::ranges::none_of(node.children, [&](const Node& child) {
    return child.axes[axis].text == node.axes[axis].text;
  });
}

// Who makes the axis what it is at `node`.
const Node& DeciderOf(const Node& node, std::size_t axis) {
  for (const Node& child : node.children) {
    if (child.axes[axis].text == node.axes[axis].text) return DeciderOf(child, axis);
  }
  return node;
}

void AppendTree(const Node& node, std::size_t depth, std::string* text) {
  text->append(2 * depth, ' ');
  if (!node.place.empty()) text->append(node.place).append("  ");
  text->append(node.config);
  std::string decided;
  for (std::size_t axis = 0; !node.children.empty() && axis < node.axes.size(); ++axis) {
    if (!Decides(node, axis)) continue;
    decided.append(decided.empty() ? "" : ", ").append(node.axes[axis].name);
  }
  if (!decided.empty()) text->append("  (changes ").append(decided).append(")");
  text->append("\n");
  for (const Node& child : node.children) AppendTree(child, depth + 1, text);
}

// "read-only:  (below: read_write)".
std::string DeciderText(const Node& root, std::size_t axis) {
  const Node& decider = DeciderOf(root, axis);
  std::vector<std::string> below;
  for (const Node& child : decider.children) {
    const std::string& text = child.axes[axis].text;
    if (std::ranges::find(below, text) == below.end()) below.push_back(text);
  }
  return decider.config + (below.empty() ? "" : "  (below: " + registry::JoinNames(below) + ")");
}

std::string ExplainText(const Node& root) {
  std::string text;
  AppendTree(root, 0, &text);
  text += "\ncapabilities, opened with defaults, and what decides them\n";
  constexpr std::size_t kValueWidth = 20;
  for (std::size_t axis = 0; axis < root.axes.size(); ++axis) {
    text.append("  ").append(Padded(root.axes[axis].name, kAxisWidth));
    text.append(Padded(root.axes[axis].text, kValueWidth));
    text.append(DeciderText(root, axis)).append("\n");
  }
  return text;
}

std::string AxesJson(const Node& node, bool only_decided) {
  JsonObject json;
  for (std::size_t i = 0; i < node.axes.size(); ++i) {
    if (only_decided && !Decides(node, i)) continue;
    const Axis& axis = node.axes[i];
    json.Raw(axis.name, axis.is_number ? axis.text : JsonString(axis.text));
  }
  return json.Finish();
}

JsonObject NodeJson(const Node& node) {
  JsonObject json;
  json.Bytes("type", node.type).Bytes("config", node.config);
  if (!node.place.empty()) json.Bytes("place", node.place);
  json.Raw("capabilities", AxesJson(node, false));
  if (node.children.empty()) return json;
  std::vector<std::string> children;
  for (const Node& child : node.children) children.push_back(NodeJson(child).Finish());
  json.Raw("changes", AxesJson(node, true)).Raw("children", JsonArray(children));
  return json;
}

}  // namespace

Exit CheckConfig(const ConfigArguments& arguments) {
  const Result<Composition> read = Read(arguments.config);
  return read.has_value() ? PrintText("ok\n") : Fail(read.error());
}

Exit ExplainConfig(const ConfigArguments& arguments) {
  const Result<Composition> read = Read(arguments.config);
  if (!read.has_value()) return Fail(read.error());
  const Node root = NodeOf(read->named.config, read->stack, nullptr);
  return PrintText(arguments.json ? NodeJson(root).Finish() + "\n" : ExplainText(root));
}

Exit PrintConfigSchema(const SchemaArguments& /*arguments*/) {
  return PrintText(registry::ConfigSchema(Registry::Global()) + "\n");
}

}  // namespace anystore::cli

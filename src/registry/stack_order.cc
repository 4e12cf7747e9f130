#include "registry/stack_order.h"

#include <array>
#include <ranges>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "registry/stack.h"

namespace anystore::registry {
namespace {

constexpr std::array<OrderRule, 9> kRules = {{
    {.above = "retry",
     .below = "retry",
     .reason = "each try of the upper one would be as many tries of the lower one",
     .instead = "keep one of them"},
    {.above = "timeout",
     .below = "retry",
     .reason = "its limit would count for all tries and pauses together, and cut them short",
     .instead = "put timeout below retry, where each try has the limit"},
    {.above = "retry",
     .below = "autobatch",
     .reason = "autobatch acknowledges writes before it makes them, so that retry never sees them "
               "fail",
     .instead = "put retry below autobatch"},
    {.above = "cache",
     .below = "checksum",
     .reason = "what it answers from memory would not be checked",
     .instead = "put checksum over cache, or say unchecked=true in the cache",
     .meant_by = "unchecked"},
    {.above = "cache",
     .below = "cache",
     .reason = "what the lower one holds the upper one holds already",
     .instead = "keep one, with the capacity of both",
     .parts_differ = true},
    {.above = "checksum",
     .below = "checksum",
     .reason = "the upper one finds whatever the lower one could find",
     .instead = "keep the upper one",
     .parts_differ = true},
    {.above = "autobatch",
     .below = "autobatch",
     .reason = "the upper one gathers what the lower one would gather again",
     .instead = "keep one of them"},
    {.above = "autobatch",
     .below = "read-only",
     .reason = "it would acknowledge writes that can never be made",
     .instead = "put autobatch over the stores that take writes"},
    {.above = "sharded",
     .below = "sharded",
     .reason = "a key draws the same lots again, which leaves shards of the lower one without keys",
     .instead = "put all shards into one list, with weights",
     .parts_differ = true},
}};

/// Whether the stores below it have different keys.
bool HasParts(const Stack& stack) {
  return stack.layer->config_spec().children == ChildCount::kMany;
}

/// "mount > timeout > log > retry".
std::string PathTo(const std::vector<const Stack*>& above, const Stack& stack) {
  std::string path;
  for (const Stack* const layer : above) path.append(layer->layer->name()).append(" > ");
  return path.append(stack.layer->name());
}

Error Refuse(const OrderRule& rule, const std::string& path) {
  std::string message(rule.above);
  message.append(" cannot stand over ").append(rule.below).append(" (").append(path);
  message.append("): ").append(rule.reason).append("; ").append(rule.instead);
  return Error(Code::kInvalidConfig, std::move(message));
}

/// Holds a layer against those above it, from the root down.
Status CheckLayer(const std::vector<const Stack*>& above, const Stack& stack) {
  bool parts_differ = false;
  for (auto upper = above.rbegin(); upper != above.rend(); ++upper) {
    for (const OrderRule& rule : kRules) {
      if ((*upper)->layer->name() != rule.above || stack.layer->name() != rule.below) continue;
      if (rule.parts_differ && parts_differ) continue;
      if (!rule.meant_by.empty() && (*upper)->config.Bool(rule.meant_by)) continue;
      return Refuse(rule, PathTo(above, stack));
    }
    parts_differ = parts_differ || HasParts(**upper);
  }
  return Ok();
}

Status CheckLayers(const Stack& stack, std::vector<const Stack*>* above) {
  if (stack.layer == nullptr) return Ok();
  ANYSTORE_TRY(CheckLayer(*above, stack));
  above->push_back(&stack);
  for (const StackChild& child : stack.children) ANYSTORE_TRY(CheckLayers(child.stack, above));
  above->pop_back();
  return Ok();
}

/// A path without "." and empty components, which mean nothing. What "..", links and the working
/// directory lead to is not known before the store is opened.
std::string PlainPath(std::string_view path) {
  std::string plain = path.starts_with('/') ? "/" : "";
  for (const auto part : std::views::split(path, '/')) {
    const std::string_view component(part.begin(), part.end());
    if (component.empty() || component == ".") continue;
    plain.append(component).append("/");
  }
  return plain;
}

Status CheckStores(const Stack& stack) {
  std::set<std::tuple<std::string_view, std::string, std::string>> seen;
  for (const Stack* const leaf : Leaves(stack)) {
    const Config& config = leaf->config.config();
    // Without a place, such as memory, each is a store of its own.
    if (config.host.empty() && config.path.empty()) continue;
    std::string path = config.host.empty() ? PlainPath(config.path) : config.path;
    if (seen.emplace(leaf->backend->scheme(), config.host, std::move(path)).second) continue;
    return Error(Code::kInvalidConfig,
                 "stands in the composition twice; one of them would not know what the other "
                 "writes, so give each a place of its own")
        .In(leaf->name());
  }
  return Ok();
}

}  // namespace

std::span<const OrderRule> OrderRules() { return kRules; }

Status CheckOrder(const Stack& stack) {
  std::vector<const Stack*> above;
  ANYSTORE_TRY(CheckLayers(stack, &above));
  return CheckStores(stack);
}

}  // namespace anystore::registry

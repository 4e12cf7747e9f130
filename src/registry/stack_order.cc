#include "registry/stack_order.h"

#include <array>
#include <string>
#include <string_view>

#include "registry/stack.h"

namespace anystore::registry {
namespace {

/// A layer that must not stand above another, and why.
struct Rule {
  std::string_view above;
  std::string_view below;
  std::string_view reason;
};

constexpr std::array<Rule, 1> kRules = {
    {{"retry", "retry", "each try of the outer one would be as many tries of the inner one"}}};

Status CheckBelow(const Stack& above, const Stack& stack) {
  if (stack.layer != nullptr) {
    for (const Rule& rule : kRules) {
      if (above.layer->name() == rule.above && stack.layer->name() == rule.below) {
        return Error(Code::kInvalidConfig, std::string(rule.above) + " cannot stand over " +
                                               std::string(rule.below) + ": " +
                                               std::string(rule.reason));
      }
    }
  }
  for (const StackChild& child : stack.children) ANYSTORE_TRY(CheckBelow(above, child.stack));
  return Ok();
}

}  // namespace

Status CheckOrder(const Stack& stack) {
  for (const StackChild& child : stack.children) {
    ANYSTORE_TRY(CheckBelow(stack, child.stack));
    ANYSTORE_TRY(CheckOrder(child.stack));
  }
  return Ok();
}

}  // namespace anystore::registry

/// Which layers may stand on which.
#pragma once

#include <span>
#include <string_view>

#include "anystore/error.h"

namespace anystore::registry {

struct Stack;

/// A layer that must not stand over another, and why. docs/guide/composition.md lists them.
struct OrderRule {
  std::string_view above = {};
  std::string_view below = {};
  std::string_view reason = {};
  /// What to do about it.
  std::string_view instead = {};
  /// A mount or sharded between the two makes it right: the lower one is then about a part only.
  bool parts_differ = false;
  /// A field of the upper one, true or false, with which a user says that it is meant. Empty: none.
  std::string_view meant_by = {};
};

/// All of them.
[[nodiscard]] std::span<const OrderRule> OrderRules();

/// Refuses compositions that cannot be right: layers in a wrong order, by `OrderRules`; a store
/// that stands in it twice.
///
/// Errors: invalid_config (names both, where they are, why, and what to do instead).
[[nodiscard]] Status CheckOrder(const Stack& stack);

}  // namespace anystore::registry

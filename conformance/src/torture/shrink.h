/// Makes the script of a divergence as short as it gets.
#pragma once

#include <cstddef>
#include <vector>

#include "torture/operation.h"
#include "torture/race.h"
#include "torture/rules.h"

namespace anystore::conformance::torture {

struct Shrunk {
  /// Up to and with the step that goes wrong.
  std::vector<Operation> script = {};
  Mismatch mismatch = {};
  std::size_t tried = 0;
};

/// Leaves out operations, then parts of them, makes values shorter and keys the same, as long as a
/// store of `target` still answers the last one wrongly in the same way. At most `tries_max`
/// scripts are run.
[[nodiscard]] Shrunk Shrink(const Target& target, const Rules& rules, std::vector<Operation> script,
                            const Mismatch& mismatch, std::size_t tries_max);

}  // namespace anystore::conformance::torture

// Compositions drawn from a seed: layers of every kind that is registered, over stores of one kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::stacks {

struct DrawOptions {
  // The kind of the stores at the bottom.
  std::string backend = "memory";
  // Where they lie, for kinds that have a place.
  std::string directory = {};
  // How many layers at least and at most.
  std::uint64_t layers_min = 2;
  std::uint64_t layers_max = 5;
  // A layer that must be among them; empty: none.
  std::string with = {};
};

// The fields of a layer or backend, or what may be said of its `nth` child: those that must be
// given, and now and then another. Text that must be given is known for the names that there are.
[[nodiscard]] Config DrawFields(std::string_view name, const std::vector<FieldSpec>& specs,
                                std::uint64_t nth, SeededRandom& random);

// A composition that opens and takes "/A" and its like, so that the kit can be run on it.
//
// Errors: unsupported (none was found in many tries; tells what the last one failed with).
[[nodiscard]] Result<std::string> DrawStack(const Registry& registry, const DrawOptions& options,
                                            SeededRandom& random);

}  // namespace anystore::stacks

/// The nearest right name for a wrong one: fields, schemes, options of the command line.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace anystore::registry {

/// How many bytes must be inserted, removed, replaced or swapped with their neighbour to turn `a`
/// into `b`.
[[nodiscard]] std::size_t EditDistance(std::string_view a, std::string_view b);

/// The name in `names` that `wrong` was most likely meant to be; empty when none is near.
[[nodiscard]] std::string Nearest(std::string_view wrong, std::span<const std::string> names);

/// `; did you mean "x"?`, or nothing when `nearest` is empty.
[[nodiscard]] std::string DidYouMean(std::string_view nearest);

/// "a, b, c".
[[nodiscard]] std::string JoinNames(std::span<const std::string> names);

}  // namespace anystore::registry

/// Which chapters hold a store to which of its claims.
#pragma once

#include <span>
#include <string_view>

namespace anystore::conformance {

/// The chapters about one axis.
struct AxisChapters {
  /// As in `Capabilities::VisitAxes`.
  std::string_view axis;
  /// Those that prove what is claimed, separated by spaces.
  std::string_view proving;
  /// Those that see what is not claimed refused. Empty: there is nothing to refuse.
  std::string_view refusing;
};

/// One for every axis.
[[nodiscard]] std::span<const AxisChapters> ChaptersOfAxes();

}  // namespace anystore::conformance

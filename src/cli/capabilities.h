/// Capabilities for people and for JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/capabilities.h"

namespace anystore::cli {

/// One thing that capabilities say.
struct Axis {
  /// Lives forever.
  std::string_view name = {};
  /// A number of bytes, or the name of a strength.
  std::string text = {};
  bool is_number = false;
};

/// Everything that `can` says, always in the same order.
[[nodiscard]] std::vector<Axis> AxesOf(const Capabilities& can);

/// One JSON object.
[[nodiscard]] std::string CapabilitiesJson(const Capabilities& can);
/// A line an axis.
[[nodiscard]] std::string CapabilitiesText(const Capabilities& can);

/// Room for the name of an axis.
inline constexpr std::size_t kAxisWidth = 18;

/// `text` with blanks behind it, up to `width` and two more.
[[nodiscard]] std::string Padded(std::string_view text, std::size_t width);

}  // namespace anystore::cli

/// JSON being written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anystore::base {

/// `text`, which must be UTF-8, as a JSON string with its quotes.
[[nodiscard]] std::string JsonString(std::string_view text);

/// A JSON array of values that are JSON already.
[[nodiscard]] std::string JsonArray(const std::vector<std::string>& values);

}  // namespace anystore::base

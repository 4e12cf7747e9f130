/// Configurations in JSON.
#pragma once

#include <string>
#include <string_view>

#include "anystore/config.h"

namespace anystore::registry {

/// Whether `text` is a tree in JSON rather than a URL: begins with "{" behind blanks.
[[nodiscard]] bool IsJson(std::string_view text);

/// Whether a name in a node is never that of a field: "type", "path", "child".
[[nodiscard]] bool IsReservedName(std::string_view name);

/// The tree that `text` describes.
///
/// Errors: invalid_config (what is wrong at which byte, or at which node; no values are quoted).
[[nodiscard]] Result<Config> ParseJson(std::string_view text);

/// `Config::Redacted` of a store with the stores that it stands on: JSON on one line, which reads
/// back as what was printed. `spec` is that of the root; below it the kinds of `Registry::Global()`
/// tell what is secret.
[[nodiscard]] std::string PrintTree(const Config& config, const ConfigSpec* spec);

}  // namespace anystore::registry

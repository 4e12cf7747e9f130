/// Configurations in JSON.
#pragma once

#include <string>
#include <string_view>

#include "anystore/config.h"

namespace anystore::registry {

/// Whether `text` is a tree in JSON rather than a URL: begins with "{" behind blanks.
[[nodiscard]] bool IsJson(std::string_view text);

/// The tree that `text` describes.
///
/// Errors: invalid_config (what is wrong at which byte, or at which node; no values are quoted).
[[nodiscard]] Result<Config> ParseJson(std::string_view text);

}  // namespace anystore::registry

/// The spec of a backend's configuration as the text in JSON that crosses the C interface.
#pragma once

#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore::abi {

/// `spec` in JSON. docs/guide/plugins.md describes the form.
[[nodiscard]] std::string SpecToJson(const ConfigSpec& spec);

/// The same back again.
///
/// Errors: invalid_config (says what is wrong at which member).
[[nodiscard]] Result<ConfigSpec> SpecFromJson(std::string_view json);

}  // namespace anystore::abi

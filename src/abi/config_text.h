/// Configurations and their specs as the texts in JSON that cross the C interface.
#pragma once

#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore::abi {

/// What stands beside the fields; no field has such a name.
inline constexpr std::string_view kConfigParts[] = {"type", "path", "host", "user", "password"};

/// A configuration with fields that are all texts.
///
/// Errors: invalid_config (a text that is no UTF-8, which JSON cannot say).
[[nodiscard]] Result<std::string> ConfigToJson(const Config& config);

/// A configuration that was checked against `spec`: bools are bools, and numbers, bytes and
/// durations (in nanoseconds) numbers. Without a spec, as above.
///
/// Errors: as above.
[[nodiscard]] Result<std::string> ConfigToJson(const CheckedConfig& config, const ConfigSpec* spec);

/// Either of them back again; fields are texts that `CheckedConfig::Make` reads.
///
/// Errors: invalid_config (not such a text).
[[nodiscard]] Result<Config> ConfigFromJson(std::string_view json, const ConfigSpec* spec);

/// The text of one member: of a number or a bool, as JSON writes it.
///
/// Errors: not_found · invalid_config (no object in JSON, or a member with members).
[[nodiscard]] Result<std::string> MemberText(std::string_view json, std::string_view name);

}  // namespace anystore::abi

/// What is checked of a configuration before anything is filled in.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore::registry {

/// Whether `spec` has every field that `config` gives.
///
/// Errors: invalid_config (names the field, and the nearest one that there is).
[[nodiscard]] Status CheckNames(const Config& config, const ConfigSpec& spec);

/// The field that every backend takes: which store it must be.
inline constexpr std::string_view kIdField = "id";

/// Whether `spec` is of a backend that leaves the field `id` to the registry.
[[nodiscard]] bool TakesId(const ConfigSpec& spec);

/// The environment variable that gives a field of this kind of store.
[[nodiscard]] std::string VariableOf(const FieldSpec& field, std::string_view kind);

/// The names of the types of fields, by `FieldType`.
inline constexpr std::array<std::string_view, 6> kTypeNames = {"string", "bool",     "integer",
                                                               "bytes",  "duration", "choice"};

/// The name of one.
[[nodiscard]] constexpr std::string_view TypeName(FieldType type) noexcept {
  const auto number = static_cast<std::size_t>(type);
  return number < kTypeNames.size() ? kTypeNames[number] : "unknown";
}

/// Where the stores below one stand in JSON: "child", "mounts"; empty for a backend.
[[nodiscard]] std::string ChildrenName(const ConfigSpec& spec);

/// "true or false", "a whole number, at least 1": what a field may be.
[[nodiscard]] std::string Allowed(const FieldSpec& field);

}  // namespace anystore::registry

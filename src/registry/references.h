/// References in configurations: `${NAME}`, an environment variable, and `file:PATH`, a secret in a
/// file. Configurations are printed with the references, never with what those stand for.
#pragma once

#include <cstddef>
#include <string_view>

#include "anystore/config.h"
#include "anystore/environment.h"

namespace anystore::registry {

/// How many bytes the `${NAME}` at the front of `text` has; 0 when there is none.
[[nodiscard]] std::size_t VariableLength(std::string_view text);

/// Whether `text` is nothing but one `${NAME}`.
[[nodiscard]] bool IsVariable(std::string_view text);

/// Whether the text of a secret says in which file it is.
[[nodiscard]] bool IsSecretFile(std::string_view text);

/// `config` with what the references in its texts stand for. `file:` counts in the password and in
/// the fields that are secret; without a spec, in those whose name sounds so. Children are left
/// out: each has a spec of its own.
///
/// Errors: invalid_config (names the field, and the variable that is not set or the file that
/// cannot be read; values are never quoted).
[[nodiscard]] Result<Config> ExpandReferences(const Config& config, const ConfigSpec* spec,
                                              const Environment& environment);

}  // namespace anystore::registry

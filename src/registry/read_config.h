/// From the name of a store, as programs give it, to its configuration.
#pragma once

#include <optional>
#include <string_view>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "registry/disk_spec.h"

namespace anystore::registry {

/// What a name stands for.
struct NamedConfig {
  Config config = {};
  /// Of specifications in Kubo's dialect.
  std::optional<DiskSpec> disk_spec = {};
};

/// The configuration that `name` stands for: a URL, a tree in JSON, or the path of a file with one.
/// `registry` is asked for names to suggest.
///
/// Errors: invalid_config · those of reading the file · as `ReadKubo`.
[[nodiscard]] Result<NamedConfig> ReadConfig(std::string_view name, const Environment& environment,
                                             const Registry& registry);

}  // namespace anystore::registry

/// Kubo's datastore specifications: its dialect of trees in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::registry {

/// A specification of Kubo's in our terms.
struct KuboConfig {
  Config config = {};
  /// The part of it that decides what is on the disk, as Kubo writes it down.
  std::string disk_spec = {};
};

/// The tree in `json` if it is in Kubo's dialect: has an object "Datastore" at the top (a whole
/// configuration file of Kubo's, whose `Datastore.Spec` is meant), or a node of a type that only
/// Kubo knows, or a field "shardFunc". None for any other, and for what is no JSON.
///
/// Paths that are not absolute start from `directory`. Fields that Kubo does not know are ignored,
/// as it does, with a warning to `logger`.
///
/// Errors: invalid_config (names the node and the field) · unsupported (a store that anystore has
/// no backend for).
[[nodiscard]] Result<std::optional<KuboConfig>> ReadKubo(std::string_view json,
                                                         std::string_view directory,
                                                         Logger& logger);

}  // namespace anystore::registry

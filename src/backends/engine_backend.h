/// The backend over a storage engine that brings its own files: the life cycle of a database in a
/// directory of this machine.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "anystore/backend.h"
#include "anystore/features.h"
#include "backends/engine_directory.h"

namespace anystore::backends {

/// What is the engine's own: how to know its databases, and how to make, open and remove one. The
/// three functions are called with an absolute path that was looked at before; what they throw
/// becomes an error.
struct EngineDescription {
  /// As `Backend::scheme`.
  std::string_view scheme = {};
  /// As `Backend::description`.
  std::string_view description = {};
  /// As `Backend::config_spec`.
  const ConfigSpec& (*spec)() = nullptr;
  /// What a database opened with or without `sync` can do.
  Capabilities (*capabilities)(bool sync) = nullptr;
  /// How to know its databases.
  EngineFiles files = {};
  /// Makes a database where nothing is but the identity record, and leaves it closed. When it
  /// fails, `remove` is called.
  Status (*make)(const CheckedConfig& config, const Environment& environment,
                 const std::filesystem::path& directory) = nullptr;
  /// Opens a database, whose record is `identity`.
  ///
  /// Errors: as `Backend::Open`.
  Result<std::unique_ptr<Datastore>> (*open)(const CheckedConfig& config,
                                             const Environment& environment,
                                             const std::filesystem::path& directory,
                                             StoreIdentity identity) = nullptr;
  /// Removes the files of a database, or what there is of them. The directory may stay.
  ///
  /// Errors: as `Backend::Destroy`.
  Status (*remove)(const CheckedConfig& config, const Environment& environment,
                   const std::filesystem::path& directory) = nullptr;
};

/// The backend over an engine.
[[nodiscard]] std::unique_ptr<Backend> NewEngineBackend(const EngineDescription& engine);

}  // namespace anystore::backends

/// What the databases of storage engines understand and can do alike. For backends over engines
/// that bring their own files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/config.h"

namespace anystore::backends {

/// Where the fields that all engines have differ.
struct EngineDefaults {
  /// The default of `cache_size`.
  std::string cache_size = {};
  /// The default of `write_buffer_size`.
  std::string write_buffer_size = {};
  /// The largest `write_buffer_size`.
  std::int64_t write_buffer_bytes_max = 0;
  /// The default of `compression`.
  std::string compression = {};
  /// What `compression` may be.
  std::vector<std::string> compressions = {};
};

/// The fields that all engines have, with what one says of them: sync, cache_size,
/// write_buffer_size, compression, bloom_bits.
[[nodiscard]] ConfigSpec EngineSpec(const EngineDefaults& defaults);

/// What all engines can do in a database opened with or without `sync`.
[[nodiscard]] Capabilities EngineCapabilities(bool sync);

}  // namespace anystore::backends

/// RocksDB's options, made from ours.
#pragma once

#include <rocksdb/options.h>

#include <memory>

#include "anystore/config.h"
#include "anystore/environment.h"
#include "core/health.h"

namespace anystore::rocksdb {

/// The fields that the backend understands.
[[nodiscard]] const ConfigSpec& Spec();

/// The options that `config`, held against `Spec()`, asks for. Warnings of RocksDB go to the
/// logger of `environment`, and failures of its background work to `health`.
[[nodiscard]] ::rocksdb::Options EngineOptions(const CheckedConfig& config,
                                               const Environment& environment,
                                               std::shared_ptr<internal::Health> health);

}  // namespace anystore::rocksdb

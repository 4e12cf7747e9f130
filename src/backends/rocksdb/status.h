/// From RocksDB's ways to fail to `Error`.
#pragma once

#include <rocksdb/status.h>

#include "anystore/error.h"
#include "backends/engine_errors.h"

namespace anystore::rocksdb {

/// The error that says the same as `status`, which is not ok. A plain not_found is bare.
[[nodiscard]] Error FromStatus(const ::rocksdb::Status& status);

/// As `FromStatus`, for a write that failed after RocksDB had begun it.
[[nodiscard]] Error FromWriteStatus(const ::rocksdb::Status& status);

/// As `FromStatus`, for opening or destroying a database: tells a database that is open
/// elsewhere, and one that is not of our kind.
[[nodiscard]] Error FromOpenStatus(const ::rocksdb::Status& status);

using backends::Guarded;

}  // namespace anystore::rocksdb

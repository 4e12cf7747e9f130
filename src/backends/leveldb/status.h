/// From LevelDB's ways to fail to `Error`.
#pragma once

#include <leveldb/status.h>

#include "anystore/error.h"
#include "backends/engine_errors.h"

namespace anystore::leveldb {

/// The error that says the same as `status`, which is not ok. A plain not_found is bare.
[[nodiscard]] Error FromStatus(const ::leveldb::Status& status);

/// As `FromStatus`, for opening or destroying a database: tells a database that is open
/// elsewhere, and one that is not of our kind.
[[nodiscard]] Error FromOpenStatus(const ::leveldb::Status& status);

using backends::Guarded;

}  // namespace anystore::leveldb

/// The `rocksdb` backend: a RocksDB database in a directory of this machine.
#pragma once

#include <memory>

#include "anystore/backend.h"

namespace anystore::rocksdb {

/// The backend of `rocksdb:PATH`.
[[nodiscard]] std::unique_ptr<Backend> NewRocksdbBackend();

}  // namespace anystore::rocksdb

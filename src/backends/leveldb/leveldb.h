/// The `leveldb` backend: a LevelDB database in a directory of this machine.
#pragma once

#include <memory>

#include "anystore/backend.h"

namespace anystore::leveldb {

/// The backend of `leveldb:PATH`.
[[nodiscard]] std::unique_ptr<Backend> NewLeveldbBackend();

}  // namespace anystore::leveldb

// A fresh directory and the backend, for the tests of this folder.
#pragma once

#include "backends/engine_fixture.h"
#include "backends/rocksdb/rocksdb.h"

namespace anystore {

class RocksdbTest : public EngineTest {
 protected:
  RocksdbTest() : EngineTest(rocksdb::NewRocksdbBackend()) {}
};

}  // namespace anystore

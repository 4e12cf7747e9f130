// A fresh directory and the backend, for the tests of this folder.
#pragma once

#include "backends/engine_fixture.h"
#include "backends/leveldb/leveldb.h"

namespace anystore {

class LeveldbTest : public EngineTest {
 protected:
  LeveldbTest() : EngineTest(leveldb::NewLeveldbBackend()) {}
};

}  // namespace anystore

// The backends over storage engines, for the tests of what all of them do.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "backends/engine_fixture.h"
#if ANYSTORE_HAS_LEVELDB
#include "backends/leveldb/leveldb.h"
#endif
#if ANYSTORE_HAS_ROCKSDB
#include "backends/rocksdb/rocksdb.h"
#endif

namespace anystore {

struct EngineCase {
  const char* name = nullptr;
  std::unique_ptr<Backend> (*make)() = nullptr;
  /// How the names of tables end.
  const char* table_ending = nullptr;
  /// What a creation that was cut off leaves.
  std::array<const char*, 3> beginnings = {};
};

inline constexpr EngineCase kEngineCases[] = {
#if ANYSTORE_HAS_LEVELDB
    {.name = "Leveldb",
     .make = leveldb::NewLeveldbBackend,
     .table_ending = ".ldb",
     .beginnings = {"LOCK", "MANIFEST-000001", "000001.dbtmp"}},
#endif
#if ANYSTORE_HAS_ROCKSDB
    {.name = "Rocksdb",
     .make = rocksdb::NewRocksdbBackend,
     .table_ending = ".sst",
     .beginnings = {"LOCK", "IDENTITY", "MANIFEST-000001"}},
#endif
};

/// A fixture of engine_fixture.h over each of the backends.
template <class Fixture>
class OverEachEngine : public Fixture, public ::testing::WithParamInterface<EngineCase> {
 protected:
  OverEachEngine() : Fixture(GetParam().make()) {}
};

/// For INSTANTIATE_TEST_SUITE_P: each of the backends, and what a test over it is called.
inline auto EachEngine() { return ::testing::ValuesIn(kEngineCases); }
inline std::string EngineName(const ::testing::TestParamInfo<EngineCase>& tested) {
  return tested.param.name;
}

}  // namespace anystore

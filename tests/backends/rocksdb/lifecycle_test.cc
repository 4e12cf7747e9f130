// What a directory of RocksDB's is; what all engines do is in engine_lifecycle_test.cc.
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "rocksdb_fixture.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RocksdbLifecycle : public RocksdbTest {};

TEST_F(RocksdbLifecycle, ARelativeIsNotOpened) {
  fs::create_directory(db_path());
  Write(db_path() / "CURRENT", "MANIFEST-000002\n");
  Write(db_path() / "MANIFEST-000002", "leveldb");
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kIdentityMismatch);
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
  EXPECT_EQ(NamesIn(db_path()).size(), 2U);
}

TEST_F(RocksdbLifecycle, ADatabaseWithColumnFamiliesIsNotOfOurKind) {
  OpenStore();
  ::rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(::rocksdb::DB::Open({}, db_path(), &raw).ok());
  const std::unique_ptr<::rocksdb::DB> db(raw);
  ::rocksdb::ColumnFamilyHandle* family = nullptr;
  ASSERT_TRUE(db->CreateColumnFamily({}, "second", &family).ok());
  ASSERT_TRUE(db->DestroyColumnFamilyHandle(family).ok());
  ASSERT_TRUE(db->Close().ok());
  const auto opened = OpenRaw();
  ASSERT_EQ(CodeOf(opened), Code::kIdentityMismatch);
  EXPECT_THAT(opened.error().message(), HasSubstr("second"));
}

TEST_F(RocksdbLifecycle, FieldsEndWhereRocksdbDoes) {
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "write_buffer_size=4GiB")), Code::kOk);
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "write_buffer_size=5GiB")), Code::kInvalidConfig);
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "compression=zstd")), Code::kOk);
}

TEST_F(RocksdbLifecycle, EveryCompressionWorks) {
  for (const char* const name : {"none", "snappy", "lz4", "zstd"}) {
    const std::string fields = std::string("compression=") + name;
    Store store = OpenStore(fields);
    ASSERT_TRUE(store.Put(name, std::string(50'000, 'c')).has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
    EXPECT_EQ(store.Get(name).value().size(), 50'000U);
  }
}

}  // namespace
}  // namespace anystore

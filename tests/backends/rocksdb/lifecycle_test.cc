// What a directory of RocksDB's is; what all engines do is in engine_lifecycle_test.cc.
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "rocksdb_fixture.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RocksdbLifecycle : public RocksdbTest {};

TEST_F(RocksdbLifecycle, CreationThatWasCutOffCanBeRepeated) {
  fs::create_directory(db_path());
  Write(db_path() / "LOCK", "");
  Write(db_path() / "IDENTITY", "x");
  Write(db_path() / "MANIFEST-000001", "cut");
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Create()), Code::kOk);
  Store store = OpenStore();
  EXPECT_TRUE(store.Put("/a", "1").has_value());
}

TEST_F(RocksdbLifecycle, RemovalThatWasCutOffCanBeFinished) {
  OpenStore();
  fs::remove(db_path() / "CURRENT");
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  EXPECT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
}

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

TEST_F(RocksdbLifecycle, FieldsAreChecked) {
  const auto make = [&](const std::string& fields) {
    const Result<Config> config = Config::Parse("rocksdb:/x?" + fields);
    return CodeOf(CheckedConfig::Make(*config, backend().config_spec()));
  };
  EXPECT_EQ(make("compression=zstd&bloom_bits=0&cache_size=1MiB&sync=on"), Code::kOk);
  EXPECT_EQ(make("compression=rar"), Code::kInvalidConfig);
  EXPECT_EQ(make("bloom_bits=99"), Code::kInvalidConfig);
  EXPECT_EQ(make("snyc=true"), Code::kInvalidConfig);
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

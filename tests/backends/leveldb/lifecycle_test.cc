// What a directory of LevelDB's is; what all engines do is in engine_lifecycle_test.cc.
#include <gmock/gmock.h>
#include <leveldb/comparator.h>
#include <leveldb/db.h>

#include "leveldb_fixture.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LeveldbLifecycle : public LeveldbTest {
 protected:
  /// A database that LevelDB makes with these options.
  void MakeForeign(::leveldb::Options options = {}) {
    options.create_if_missing = true;
    ::leveldb::DB* raw = nullptr;
    ASSERT_TRUE(::leveldb::DB::Open(options, db_path().string(), &raw).ok());
    const std::unique_ptr<::leveldb::DB> db(raw);
    ASSERT_TRUE(db->Put({}, "k", "v").ok());
  }
};

TEST_F(LeveldbLifecycle, OpensADatabaseOfOthers) {
  MakeForeign();
  EXPECT_TRUE(Exists().value());
  EXPECT_EQ(OpenStore().Get("k").value().bytes(), "v");
  EXPECT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
}

TEST_F(LeveldbLifecycle, ADatabaseOfRocksdbIsNotTouched) {
  fs::create_directory(db_path());
  Write(db_path() / "CURRENT", "MANIFEST-000005\n");
  Write(db_path() / "MANIFEST-000005", "rocksdb");
  for (const char* const mark : {"IDENTITY", "OPTIONS-000007"}) {
    Write(db_path() / mark, "x");
    EXPECT_FALSE(Exists().value());
    const auto opened = OpenRaw();
    ASSERT_EQ(CodeOf(opened), Code::kIdentityMismatch);
    EXPECT_THAT(opened.error().message(), HasSubstr(mark));
    EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
    EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
    EXPECT_EQ(NamesIn(db_path()).size(), 3U);
    fs::remove(db_path() / mark);
  }
}

/// Bytewise, and called otherwise.
class OtherComparator final : public ::leveldb::Comparator {
 public:
  int Compare(const ::leveldb::Slice& a, const ::leveldb::Slice& b) const override {
    return a.compare(b);
  }
  const char* Name() const override { return "other.Comparator"; }
  void FindShortestSeparator(std::string*, const ::leveldb::Slice&) const override {}
  void FindShortSuccessor(std::string*) const override {}
};

TEST_F(LeveldbLifecycle, ADatabaseWithAnotherComparatorIsNotOfOurKind) {
  const OtherComparator other;
  ::leveldb::Options options;
  options.comparator = &other;
  MakeForeign(options);
  const auto opened = OpenRaw();
  ASSERT_EQ(CodeOf(opened), Code::kIdentityMismatch);
  EXPECT_THAT(opened.error().message(), HasSubstr("other.Comparator"));
}

TEST_F(LeveldbLifecycle, WritesNoLogFileOfWords) {
  OpenStore();
  EXPECT_THAT(NamesIn(db_path()), ::testing::Not(::testing::Contains("LOG")));
}

TEST_F(LeveldbLifecycle, FieldsEndWhereLeveldbDoes) {
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "write_buffer_size=1GiB")), Code::kOk);
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "write_buffer_size=2GiB")), Code::kInvalidConfig);
  EXPECT_EQ(CodeOf(CheckFields(db_path(), "compression=zstd")), Code::kInvalidConfig);
}

TEST_F(LeveldbLifecycle, EveryCompressionWorks) {
  std::uint64_t bytes[2] = {};
  for (const bool snappy : {false, true}) {
    Store store = OpenStore(snappy ? "compression=snappy" : "compression=none");
    ASSERT_TRUE(store.Put("k", std::string(1'000'000, 'c')).has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
    EXPECT_EQ(store.Get("k").value().size(), 1'000'000U);
    bytes[snappy] = store.feature<PersistentDatastore>()->DiskUsage({}).value();
  }
  EXPECT_GT(bytes[0], 1'000'000U);
  EXPECT_LT(bytes[1], 200'000U);
}

}  // namespace
}  // namespace anystore

// Failing syncs, what Check finds, and what RocksDB's statuses become; what damaged files do
// otherwise is in engine_failure_test.cc.
#include <gmock/gmock.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>

#include "backends/failing_sync.h"
#include "backends/rocksdb/database.h"
#include "backends/rocksdb/engine_options.h"
#include "backends/rocksdb/status.h"
#include "rocksdb_fixture.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Raw = ::rocksdb::Status;

/// Files whose syncs fail while `failing` is set.
class FailingFile final : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<::rocksdb::FSWritableFile> file, const std::atomic<bool>& failing)
      : FSWritableFileOwnerWrapper(std::move(file)), failing_(failing) {}
  ::rocksdb::IOStatus Sync(const ::rocksdb::IOOptions& options,
                           ::rocksdb::IODebugContext* context) override {
    if (failing_) return ::rocksdb::IOStatus::IOError("While fdatasync: Input/output error");
    return FSWritableFileOwnerWrapper::Sync(options, context);
  }
  ::rocksdb::IOStatus Fsync(const ::rocksdb::IOOptions& options,
                            ::rocksdb::IODebugContext* context) override {
    return Sync(options, context);
  }

 private:
  const std::atomic<bool>& failing_;
};

class FailingFileSystem final : public ::rocksdb::FileSystemWrapper {
 public:
  FailingFileSystem() : FileSystemWrapper(::rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingFileSystem"; }
  ::rocksdb::IOStatus NewWritableFile(const std::string& name,
                                      const ::rocksdb::FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                      ::rocksdb::IODebugContext* context) override {
    ::rocksdb::IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (status.ok()) *file = std::make_unique<FailingFile>(std::move(*file), failing);
    return status;
  }

  std::atomic<bool> failing{false};
};

class RocksdbFailure : public RocksdbTest {
 protected:
  /// A store on files that can be made to fail.
  Store OpenFailing() {
    auto health = std::make_shared<internal::Health>();
    ::rocksdb::Options options =
        rocksdb::EngineOptions(ConfigOf(db_path()), Environment::Host(), health);
    options.create_if_missing = true;
    options.env = env_.get();
    fs::create_directory(db_path());
    auto opened = rocksdb::Database::Open(options, db_path(), false, std::move(health));
    EXPECT_EQ(CodeOf(opened), Code::kOk);
    return Store(*std::move(opened), "rocksdb:failing");
  }

  std::shared_ptr<FailingFileSystem> files_ = std::make_shared<FailingFileSystem>();
  std::unique_ptr<::rocksdb::Env> env_ = ::rocksdb::NewCompositeEnv(files_);
};

TEST_F(RocksdbFailure, AFailedSyncEndsWritesButNotReads) {
  Store store = OpenFailing();
  ExpectAFailedSyncEndsWrites(store, files_->failing);
  EXPECT_EQ(CodeOf(store.DeleteRange(KeyRange::All())), Code::kDataLoss);
}

TEST_F(RocksdbFailure, AFailedSyncedWriteIsUnknownAndEndsWrites) {
  Store store = OpenFailing();
  files_->failing = true;
  const PutOptions synced{.write = {.durability = Durability::kSurvivesPower}};
  const Result<Receipt> failed = store.Put("a", "1", synced);
  ASSERT_EQ(CodeOf(failed), Code::kIoError);
  EXPECT_EQ(failed.error().applied(), Applied::kUnknown);
  files_->failing = false;
  EXPECT_EQ(CodeOf(store.Put("b", "2")), Code::kDataLoss);
}

TEST_F(RocksdbFailure, CheckFindsADamagedTable) {
  {
    Store store = OpenStore("compression=none");
    ASSERT_TRUE(store.Put("k", std::string(50'000, 'v')).has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
    EXPECT_THAT(store.feature<CheckedDatastore>()->Check({}).value(), IsEmpty());
  }
  const fs::path table = FilesEnding(".sst").front();
  Damage(table, 20'000);
  Store store = OpenStore("compression=none");
  const std::vector<Finding> findings = store.feature<CheckedDatastore>()->Check({}).value();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings.front().where, HasSubstr(table.filename().string()));
  EXPECT_THAT(findings.front().what, HasSubstr("checksum"));
  EXPECT_THAT(store.Get("k").error().ToString(), HasSubstr(".sst"));
}

TEST(RocksdbStatus, EachStatusHasItsCode) {
  const auto code = [](const Raw& status) { return rocksdb::FromStatus(status).code(); };
  EXPECT_EQ(code(Raw::NotFound("x")), Code::kNotFound);
  EXPECT_EQ(code(Raw::Corruption("x")), Code::kCorruption);
  EXPECT_EQ(code(Raw::NotSupported("x")), Code::kUnsupported);
  EXPECT_EQ(code(Raw::InvalidArgument("x")), Code::kInvalidArgument);
  EXPECT_EQ(code(Raw::IOError("x")), Code::kIoError);
  EXPECT_EQ(code(Raw::NoSpace("x")), Code::kNoSpace);
  EXPECT_EQ(code(Raw::SpaceLimit("x")), Code::kQuotaExceeded);
  EXPECT_EQ(code(Raw::MemoryLimit("x")), Code::kResourceExhausted);
  EXPECT_EQ(code(Raw::MergeInProgress("x")), Code::kUnavailable);
  EXPECT_EQ(code(Raw::Incomplete("x")), Code::kUnavailable);
  EXPECT_EQ(code(Raw::Incomplete(Raw::kManualCompactionPaused)), Code::kCancelled);
  EXPECT_EQ(code(Raw::ShutdownInProgress("x")), Code::kClosed);
  EXPECT_EQ(code(Raw::TimedOut("x")), Code::kTimeout);
  EXPECT_EQ(code(Raw::Aborted("x")), Code::kUnavailable);
  EXPECT_EQ(code(Raw::Busy("x")), Code::kBusy);
  EXPECT_EQ(code(Raw::TryAgain("x")), Code::kUnavailable);
  EXPECT_EQ(code(Raw::ColumnFamilyDropped("x")), Code::kInternal);
  EXPECT_EQ(rocksdb::FromStatus(Raw::Busy("x")).retry(), Retry::kTemporary);
  EXPECT_EQ(rocksdb::FromStatus(Raw::Corruption("x")).retry(), Retry::kNever);
}

TEST(RocksdbStatus, TheTextOfAnIoErrorTellsItsNumber) {
  const auto error = [](const char* reason) {
    return rocksdb::FromStatus(Raw::IOError("While open a file: /x/000001.sst", reason));
  };
  EXPECT_EQ(error("Permission denied").code(), Code::kPermissionDenied);
  EXPECT_EQ(error("Permission denied").os_error(), EACCES);
  EXPECT_EQ(error("Read-only file system").code(), Code::kReadOnly);
  EXPECT_EQ(error("Too many open files").code(), Code::kResourceExhausted);
  EXPECT_EQ(error("Input/output error").code(), Code::kIoError);
  EXPECT_EQ(error("Input/output error").os_error(), EIO);
  EXPECT_EQ(error("No such file or directory").code(), Code::kCorruption);
  EXPECT_EQ(error("gremlins").code(), Code::kIoError);
  EXPECT_THAT(error("gremlins").message(), HasSubstr("gremlins"));
}

TEST(RocksdbStatus, ExceptionsEndAtTheEdge) {
  const Status no_memory = rocksdb::Guarded([]() -> Status { throw std::bad_alloc(); });
  EXPECT_EQ(CodeOf(no_memory), Code::kResourceExhausted);
  const Status other = rocksdb::Guarded([]() -> Status { throw std::runtime_error("boo"); });
  ASSERT_EQ(CodeOf(other), Code::kInternal);
  EXPECT_THAT(other.error().message(), HasSubstr("boo"));
}

}  // namespace
}  // namespace anystore

// Damaged files, failing syncs, and what RocksDB's statuses become.
#include <gmock/gmock.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

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
  /// The tables of the database.
  std::vector<fs::path> Tables() const { return FilesEnding(".sst"); }

  std::shared_ptr<FailingFileSystem> files_ = std::make_shared<FailingFileSystem>();
  std::unique_ptr<::rocksdb::Env> env_ = ::rocksdb::NewCompositeEnv(files_);
};

TEST_F(RocksdbFailure, AFailedSyncEndsWritesButNotReads) {
  Store store = OpenFailing();
  ASSERT_TRUE(store.Put("a", "1").has_value());
  files_->failing = true;
  const Status failed = store.Sync();
  ASSERT_EQ(CodeOf(failed), Code::kIoError);
  EXPECT_EQ(failed.error().os_error(), EIO);
  files_->failing = false;
  const Result<Receipt> refused = store.Put("b", "2");
  ASSERT_EQ(CodeOf(refused), Code::kDataLoss);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_THAT(refused.error().ToString(), HasSubstr("rocksdb:failing"));
  EXPECT_EQ(CodeOf(store.Delete("a")), Code::kDataLoss);
  EXPECT_EQ(CodeOf(store.DeleteRange(KeyRange::All())), Code::kDataLoss);
  EXPECT_EQ(CodeOf(store.Sync()), Code::kDataLoss);
  const std::unique_ptr<Batch> batch = store.NewBatch().value();
  ASSERT_TRUE(batch->Put("c", "3").has_value());
  EXPECT_EQ(CodeOf(batch->Commit()), Code::kDataLoss);
  EXPECT_EQ(store.Get("a").value().bytes(), "1");
  EXPECT_FALSE(store.Has("b").value());
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

TEST_F(RocksdbFailure, ADamagedTableIsReportedAndNeverRead) {
  const std::string value(3000, 'v');
  {
    Store store = OpenStore("compression=none");
    for (int i = 100; i < 200; ++i) {
      ASSERT_TRUE(store.Put("k" + std::to_string(i), value).has_value());
    }
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
    EXPECT_THAT(store.feature<CheckedDatastore>()->Check({}).value(), IsEmpty());
  }
  ASSERT_EQ(Tables().size(), 1U);
  Damage(Tables().front(), fs::file_size(Tables().front()) / 2);
  const Store store = OpenStore("compression=none");
  int damaged = 0;
  for (int i = 100; i < 200; ++i) {
    const Result<Value> got = store.Get("k" + std::to_string(i));
    if (got.has_value()) {
      EXPECT_EQ(got->bytes(), value);
      continue;
    }
    ++damaged;
    EXPECT_EQ(got.error().code(), Code::kCorruption);
    EXPECT_EQ(got.error().store(), store.name());
    EXPECT_THAT(got.error().ToString(), HasSubstr(".sst"));
  }
  EXPECT_GE(damaged, 1);
  EXPECT_LE(damaged, 3);

  // A scan gives what lies before the damage, then says so, again and again.
  const std::unique_ptr<Cursor> cursor = store.Scan(KeyRange::All()).value();
  std::vector<EntryView> batch(16);
  std::size_t seen = 0;
  Result<std::size_t> count = cursor->Next(batch);
  for (; count.has_value() && *count > 0; count = cursor->Next(batch)) seen += *count;
  EXPECT_EQ(CodeOf(count), Code::kCorruption);
  EXPECT_EQ(CodeOf(cursor->Next(batch)), Code::kCorruption);
  EXPECT_GT(seen, 10U);
  EXPECT_LT(seen, 100U);
}

TEST_F(RocksdbFailure, CheckFindsADamagedTable) {
  {
    Store store = OpenStore("compression=none");
    ASSERT_TRUE(store.Put("k", std::string(50'000, 'v')).has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
  }
  Damage(Tables().front(), 20'000);
  Store store = OpenStore("compression=none");
  const std::vector<Finding> findings = store.feature<CheckedDatastore>()->Check({}).value();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings.front().where, HasSubstr(Tables().front().filename().string()));
  EXPECT_THAT(findings.front().what, HasSubstr("checksum"));
}

TEST_F(RocksdbFailure, AMissingTableIsCorruptionNotAMissingStore) {
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("k", "v").has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
  }
  fs::remove(Tables().front());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
}

TEST_F(RocksdbFailure, AcknowledgedWritesSurviveTheProcess) {
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto opened = OpenRaw();
    if (!opened.has_value()) _exit(1);
    Store store(*std::move(opened));
    for (std::uint32_t i = 0;; ++i) {
      if (!store.Put("k" + std::to_string(i), std::to_string(i)).has_value()) _exit(1);
      if (write(told[1], &i, sizeof(i)) != sizeof(i)) _exit(1);
    }
  }
  close(told[1]);
  std::uint32_t acknowledged = 0;
  while (acknowledged < 500) {
    ASSERT_EQ(read(told[0], &acknowledged, sizeof(acknowledged)),
              static_cast<ssize_t>(sizeof(acknowledged)));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  while (read(told[0], &acknowledged, sizeof(acknowledged)) ==
         static_cast<ssize_t>(sizeof(acknowledged))) {
  }
  close(told[0]);
  const Store store = OpenStore();
  for (std::uint32_t i = 0; i <= acknowledged; ++i) {
    ASSERT_EQ(store.Get("k" + std::to_string(i)).value().bytes(), std::to_string(i));
  }
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

// Failing writes, what Sync reaches, and what LevelDB's statuses become; damaged files are in
// engine_failure_test.cc.
#include <gmock/gmock.h>
#include <leveldb/env.h>

#include <atomic>
#include <mutex>
#include <set>

#include "anystore/simple_datastore.h"
#include "backends/failing_sync.h"
#include "backends/leveldb/database.h"
#include "backends/leveldb/engine.h"
#include "backends/leveldb/status.h"
#include "leveldb_fixture.h"

namespace anystore {
namespace {

using ::testing::IsEmpty;
using Raw = ::leveldb::Status;

/// Files that know which logs hold bytes that were not synced, and fail when told to.
class WatchedFiles final : public ::leveldb::EnvWrapper {
 public:
  WatchedFiles() : EnvWrapper(::leveldb::Env::Default()) {}
  Raw NewWritableFile(const std::string& name, ::leveldb::WritableFile** file) override {
    const Raw status = target()->NewWritableFile(name, file);
    if (status.ok() && name.ends_with(".log")) *file = new File(*this, name, *file);
    return status;
  }
  Raw RemoveFile(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(name);
    return target()->RemoveFile(name);
  }
  std::set<std::string> unsynced() {
    const std::lock_guard lock(mutex_);
    return unsynced_;
  }

  std::atomic<bool> fail_writes{false};
  std::atomic<bool> fail_syncs{false};
  std::atomic<int> syncs{0};

 private:
  class File final : public ::leveldb::WritableFile {
   public:
    File(WatchedFiles& files, std::string name, ::leveldb::WritableFile* file)
        : files_(files), name_(std::move(name)), file_(file) {}
    Raw Append(const ::leveldb::Slice& data) override {
      if (files_.fail_writes) return Raw::IOError(name_, "No space left on device");
      const std::lock_guard lock(files_.mutex_);
      files_.unsynced_.insert(name_);
      return file_->Append(data);
    }
    Raw Close() override { return file_->Close(); }
    Raw Flush() override { return file_->Flush(); }
    Raw Sync() override {
      if (files_.fail_syncs) return Raw::IOError(name_, "Input/output error");
      ++files_.syncs;
      const std::lock_guard lock(files_.mutex_);
      files_.unsynced_.erase(name_);
      return file_->Sync();
    }

   private:
    WatchedFiles& files_;
    const std::string name_;
    const std::unique_ptr<::leveldb::WritableFile> file_;
  };

  std::mutex mutex_;
  std::set<std::string> unsynced_;  // guarded by mutex_
};

class LeveldbFailure : public LeveldbTest {
 protected:
  Store OpenWatched(const std::string& fields = "") {
    EXPECT_EQ(CodeOf(Create()), Code::kOk);
    const CheckedConfig config = ConfigOf(db_path(), fields);
    auto opened = leveldb::Database::Open(
        std::make_unique<leveldb::Engine>(config, Environment::Host(), &files_), db_path(),
        config.Bool("sync"));
    EXPECT_EQ(CodeOf(opened), Code::kOk);
    return Store(Adapt(*std::move(opened)), "leveldb:watched");
  }

  WatchedFiles files_;
};

TEST_F(LeveldbFailure, SyncReachesLogsThatLeveldbHasClosed) {
  Store store = OpenWatched("write_buffer_size=64KiB");
  const std::string value(20'000, 'v');
  // Until the engine has begun a log before the records of the last one are in a table.
  for (int i = 0; i < 10'000 && files_.unsynced().size() < 2; ++i) {
    ASSERT_TRUE(store.Put("k" + std::to_string(i), value).has_value());
  }
  ASSERT_GE(files_.unsynced().size(), 2U) << "no log was closed before its records were safe";
  ASSERT_TRUE(store.Sync().has_value());
  EXPECT_THAT(files_.unsynced(), IsEmpty());
}

TEST_F(LeveldbFailure, ASyncedWriteTakesOneSync) {
  Store store = OpenWatched();
  const int before = files_.syncs;
  const PutOptions synced{.write = {.durability = Durability::kSurvivesPower}};
  ASSERT_TRUE(store.Put("a", "1", synced).has_value());
  EXPECT_EQ(files_.syncs, before + 1);
  EXPECT_THAT(files_.unsynced(), IsEmpty());
  ASSERT_TRUE(store.Put("a", "2").has_value());
  EXPECT_EQ(files_.syncs, before + 1);
}

TEST_F(LeveldbFailure, AFailedSyncEndsWritesButNotReads) {
  Store store = OpenWatched();
  ExpectAFailedSyncEndsWrites(store, files_.fail_syncs);
}

TEST_F(LeveldbFailure, AFailedWriteIsUnknownAndEndsWrites) {
  Store store = OpenWatched();
  files_.fail_writes = true;
  const Result<Receipt> failed = store.Put("a", "1");
  ASSERT_EQ(CodeOf(failed), Code::kNoSpace);
  EXPECT_EQ(failed.error().applied(), Applied::kUnknown);
  files_.fail_writes = false;
  EXPECT_EQ(CodeOf(store.Put("b", "2")), Code::kDataLoss);
}

TEST(LeveldbStatus, EachStatusHasItsCode) {
  const auto code = [](const Raw& status) { return leveldb::FromStatus(status).code(); };
  EXPECT_EQ(code(Raw::NotFound("x")), Code::kNotFound);
  EXPECT_EQ(code(Raw::Corruption("x")), Code::kCorruption);
  EXPECT_EQ(code(Raw::NotSupported("x")), Code::kUnsupported);
  EXPECT_EQ(code(Raw::InvalidArgument("x")), Code::kInvalidArgument);
  EXPECT_EQ(code(Raw::IOError("x")), Code::kIoError);
  EXPECT_EQ(code(Raw::IOError("/x/000005.ldb", "No such file or directory")), Code::kCorruption);
  EXPECT_EQ(code(Raw::IOError("/x/000005.ldb", "Permission denied")), Code::kPermissionDenied);
}

TEST(LeveldbStatus, ALockThatIsTakenIsBusy) {
  const auto error = [](const char* reason) {
    return leveldb::FromOpenStatus(Raw::IOError("lock /x/LOCK", reason));
  };
  EXPECT_EQ(error("already held by process").code(), Code::kBusy);
  EXPECT_EQ(error("already held by process").retry(), Retry::kNever);
  EXPECT_EQ(error("Resource temporarily unavailable").code(), Code::kBusy);
  EXPECT_EQ(error("Resource temporarily unavailable").retry(), Retry::kTemporary);
  EXPECT_EQ(error("Read-only file system").code(), Code::kReadOnly);
}

}  // namespace
}  // namespace anystore

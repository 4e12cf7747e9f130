// The features of `Database` that look after files: space, compaction, checking.
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/version.h>

#include <atomic>
#include <stop_token>
#include <string>
#include <utility>

#include "backends/engine_directory.h"
#include "backends/rocksdb/database.h"
#include "backends/rocksdb/status.h"

namespace anystore::rocksdb {
namespace {

/// Keeps RocksDB from deleting files that compactions make superfluous.
class KeepFiles {
 public:
  explicit KeepFiles(::rocksdb::DB& db) : db_(db) { status_ = db_.DisableFileDeletions(); }
  KeepFiles(const KeepFiles&) = delete;
  KeepFiles& operator=(const KeepFiles&) = delete;
  ~KeepFiles() {
    // It fails only for want of the call in the constructor.
#if ROCKSDB_MAJOR >= 9
    if (status_.ok()) db_.EnableFileDeletions().PermitUncheckedError();
#else
    if (status_.ok()) db_.EnableFileDeletions(/*force=*/false).PermitUncheckedError();
#endif
  }
  [[nodiscard]] const ::rocksdb::Status& status() const { return status_; }

 private:
  ::rocksdb::DB& db_;
  ::rocksdb::Status status_;
};

}  // namespace

Result<std::uint64_t> Database::DiskUsage(const CallOptions&) {
  return Guarded([&] { return backends::BytesIn(directory_); });
}

Status Database::CollectGarbage(const CallOptions& call) {
  return Guarded([&]() -> Status {
    std::atomic<bool> cancelled{false};
    const std::stop_callback on_stop(call.stop, [&] { cancelled.store(true); });
    ::rocksdb::CompactRangeOptions options;
    options.canceled = &cancelled;
    options.bottommost_level_compaction = ::rocksdb::BottommostLevelCompaction::kForceOptimized;
    const ::rocksdb::Status status = db_->CompactRange(options, nullptr, nullptr);
    return status.ok() ? Ok() : Status(FromStatus(status));
  });
}

Result<std::vector<Finding>> Database::Check(const CallOptions& call) {
  return Guarded([&]() -> Result<std::vector<Finding>> {
    const KeepFiles keep(*db_);
    if (!keep.status().ok()) return FromStatus(keep.status());
    std::vector<::rocksdb::LiveFileMetaData> files;
    db_->GetLiveFilesMetaData(&files);
    std::vector<Finding> findings;
    for (const ::rocksdb::LiveFileMetaData& file : files) {
      if (call.stop.stop_requested()) return Error(Code::kCancelled);
      const std::string path = file.db_path + file.name;
      ::rocksdb::SstFileReader reader(options_);
      ::rocksdb::Status status = reader.Open(path);
      if (status.ok()) status = reader.VerifyChecksum();
      if (status.ok()) continue;
      Error error = FromStatus(status);
      if (error.code() != Code::kCorruption) return error;
      findings.push_back({.where = path, .what = std::string(error.message())});
    }
    return findings;
  });
}

}  // namespace anystore::rocksdb

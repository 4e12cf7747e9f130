#include "backends/leveldb/log_files.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include "backends/engine_directory.h"

namespace anystore::leveldb {

/// A log. When LevelDB lets go of it, it is kept for SyncClosed.
class LogFiles::Log final : public ::leveldb::WritableFile {
 public:
  Log(LogFiles& logs, std::string name, std::unique_ptr<::leveldb::WritableFile> file)
      : logs_(logs), name_(std::move(name)), file_(std::move(file)) {}
  ~Log() override {
    const std::lock_guard lock(logs_.mutex_);
    logs_.closed_.push_back({.name = std::move(name_), .file = std::move(file_)});
  }

  ::leveldb::Status Append(const ::leveldb::Slice& data) override { return file_->Append(data); }
  ::leveldb::Status Close() override { return file_->Flush(); }
  ::leveldb::Status Flush() override { return file_->Flush(); }
  ::leveldb::Status Sync() override {
    if (!named_) {
      const std::filesystem::path directory = std::filesystem::path(name_).parent_path();
      if (const Status synced = backends::SyncDirectory(directory); !synced.has_value()) {
        return ::leveldb::Status::IOError(synced.error().ToString());
      }
      named_ = true;
    }
    return file_->Sync();
  }

 private:
  LogFiles& logs_;
  std::string name_;
  std::unique_ptr<::leveldb::WritableFile> file_;
  bool named_ = false;  // its name survives power
};

::leveldb::Status LogFiles::NewWritableFile(const std::string& name,
                                            ::leveldb::WritableFile** file) {
  ::leveldb::Status status = target()->NewWritableFile(name, file);
  if (status.ok() && name.ends_with(".log")) {
    *file = new Log(*this, name, std::unique_ptr<::leveldb::WritableFile>(*file));
  }
  return status;
}

::leveldb::Status LogFiles::RemoveFile(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(closed_, [&](const Closed& closed) { return closed.name == name; });
  }
  return target()->RemoveFile(name);
}

::leveldb::Status LogFiles::SyncClosed() {
  const std::lock_guard lock(mutex_);
  while (!closed_.empty()) {
    ::leveldb::Status status = closed_.back().file->Sync();
    if (!status.ok()) return status;
    closed_.pop_back();
  }
  return ::leveldb::Status::OK();
}

}  // namespace anystore::leveldb

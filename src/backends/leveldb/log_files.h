/// The files of a database, so that its log can be synced whole.
#pragma once

#include <leveldb/env.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace anystore::leveldb {

/// LevelDB's files, of which it keeps track of the logs.
///
/// LevelDB syncs the log it writes. An earlier one, whose records it has not yet brought to a
/// table, it closes without; a power cut would take records from the middle of the history, ones
/// that a later Sync had promised to keep. So logs are kept open until they are synced or removed.
///
/// Threads: thread-safe.
class LogFiles final : public ::leveldb::EnvWrapper {
 public:
  /// `files` outlives it, and it outlives the database.
  explicit LogFiles(::leveldb::Env* files) : EnvWrapper(files) {}

  ::leveldb::Status NewWritableFile(const std::string& name,
                                    ::leveldb::WritableFile** file) override;
  ::leveldb::Status RemoveFile(const std::string& name) override;

  /// Makes what was written to logs that LevelDB has closed survive power.
  ::leveldb::Status SyncClosed();

 private:
  class Log;
  struct Closed {
    std::string name;
    std::unique_ptr<::leveldb::WritableFile> file;
  };

  std::mutex mutex_;
  std::vector<Closed> closed_;  // guarded by mutex_
};

}  // namespace anystore::leveldb

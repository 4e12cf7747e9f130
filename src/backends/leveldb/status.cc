#include "backends/leveldb/status.h"

#include <cerrno>
#include <string>

namespace anystore::leveldb {

Error FromStatus(const ::leveldb::Status& status) {
  if (status.IsNotFound()) return Error(Code::kNotFound);
  const std::string message = status.ToString();
  if (status.IsCorruption()) return Error(Code::kCorruption, message);
  if (status.IsIOError()) return backends::FromIoMessage(message);
  if (status.IsNotSupportedError()) return Error(Code::kUnsupported, message);
  if (status.IsInvalidArgument()) return Error(Code::kInvalidArgument, message);
  return Error(Code::kInternal, "unknown status: " + message);
}

Error FromOpenStatus(const ::leveldb::Status& status) {
  const std::string message = status.ToString();
  if (status.IsIOError() && message.ends_with("already held by process")) {
    return backends::OpenInThisProcess();
  }
  const int number = backends::ErrnoIn(message);
  if (status.IsIOError() && message.starts_with("IO error: lock ") &&
      (number == EAGAIN || number == EACCES)) {
    return backends::OpenInAnotherProcess();
  }
  // The only argument that can be wrong at Open is the one the directory itself disagrees with.
  if (status.IsInvalidArgument()) return backends::OfAnotherKind("LevelDB", message);
  return FromStatus(status);
}

}  // namespace anystore::leveldb

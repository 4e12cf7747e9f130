#include "backends/rocksdb/status.h"

#include <cerrno>
#include <string>

namespace anystore::rocksdb {
namespace {

using Raw = ::rocksdb::Status;

Error FromIoError(const Raw& status) {
  const std::string message = status.ToString();
  if (status.subcode() == Raw::kNoSpace) return Error(Code::kNoSpace, message);
  if (status.subcode() == Raw::kSpaceLimit) return Error(Code::kQuotaExceeded, message);
  if (status.subcode() == Raw::kPathNotFound) {
    return Error(Code::kCorruption, "a file of the database is missing: " + message);
  }
  return backends::FromIoMessage(message);
}

struct CodeClass {
  Raw::Code raw;
  Code code;
  Retry retry;
};
constexpr CodeClass kCodeClasses[] = {
    {Raw::kNotFound, Code::kNotFound, Retry::kNever},
    {Raw::kCorruption, Code::kCorruption, Retry::kNever},
    {Raw::kNotSupported, Code::kUnsupported, Retry::kNever},
    {Raw::kInvalidArgument, Code::kInvalidArgument, Retry::kNever},
    {Raw::kIOError, Code::kIoError, Retry::kNever},
    {Raw::kMergeInProgress, Code::kUnavailable, Retry::kTemporary},
    {Raw::kIncomplete, Code::kUnavailable, Retry::kTemporary},
    {Raw::kShutdownInProgress, Code::kClosed, Retry::kNever},
    {Raw::kTimedOut, Code::kTimeout, Retry::kTemporary},
    {Raw::kAborted, Code::kUnavailable, Retry::kTemporary},
    {Raw::kBusy, Code::kBusy, Retry::kTemporary},
    {Raw::kExpired, Code::kTimeout, Retry::kTemporary},
    {Raw::kTryAgain, Code::kUnavailable, Retry::kTemporary},
    {Raw::kCompactionTooLarge, Code::kResourceExhausted, Retry::kNever},
    {Raw::kColumnFamilyDropped, Code::kInternal, Retry::kNever},
};

}  // namespace

Error FromStatus(const Raw& status) {
  if (status.IsNotFound()) return Error(Code::kNotFound);
  if (status.IsIOError()) return FromIoError(status);
  if (status.subcode() == Raw::kMemoryLimit) {
    return Error(Code::kResourceExhausted, status.ToString());
  }
  if (status.subcode() == Raw::kManualCompactionPaused) {
    return Error(Code::kCancelled, status.ToString());
  }
  for (const CodeClass& known : kCodeClasses) {
    if (known.raw == status.code()) {
      return Error(known.code, status.ToString()).WithRetry(known.retry);
    }
  }
  return Error(Code::kInternal, "unknown status: " + status.ToString());
}

Error FromWriteStatus(const Raw& status) {
  // RocksDB looks at arguments before it begins; of everything else a part may be in the log.
  const Applied applied =
      status.IsInvalidArgument() || status.IsNotSupported() ? Applied::kNo : Applied::kUnknown;
  return FromStatus(status).WithApplied(applied);
}

Error FromOpenStatus(const Raw& status) {
  const std::string message = status.ToString();
  if (status.IsIOError() && message.find("lock hold by current process") != std::string::npos) {
    return backends::OpenInThisProcess();
  }
  if (status.IsIOError() && message.find("lock file") != std::string::npos &&
      backends::ErrnoIn(message) == EAGAIN) {
    return backends::OpenInAnotherProcess();
  }
  // The only arguments that can be wrong at Open are the ones the directory itself disagrees with:
  // another comparator, more column families.
  if (status.IsInvalidArgument()) return backends::OfAnotherKind("RocksDB", message);
  return FromStatus(status);
}

}  // namespace anystore::rocksdb

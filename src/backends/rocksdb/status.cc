#include "backends/rocksdb/status.h"

#include <cerrno>
#include <cstring>
#include <string_view>

namespace anystore::rocksdb {
namespace {

using Raw = ::rocksdb::Status;

/// The errno value whose text ends `message`, 0 when there is none. RocksDB keeps no number: its
/// messages end with what strerror says of it.
int ErrnoIn(std::string_view message) {
  constexpr int kErrnoMax = 133;
  for (int number = 1; number <= kErrnoMax; ++number) {
    const char* const text = strerrordesc_np(number);
    if (text != nullptr && message.ends_with(text)) return number;
  }
  return 0;
}

Error FromIoError(const Raw& status) {
  const std::string message = status.ToString();
  if (status.subcode() == Raw::kNoSpace) return Error(Code::kNoSpace, message);
  if (status.subcode() == Raw::kSpaceLimit) return Error(Code::kQuotaExceeded, message);
  const int number = ErrnoIn(message);
  if (number == ENOENT || status.subcode() == Raw::kPathNotFound) {
    return Error(Code::kCorruption, "a file of the database is missing: " + message);
  }
  // EINVAL is never the caller's fault here: it named a key, not a file offset.
  if (number == 0 || number == EINVAL) return Error(Code::kIoError, message);
  const std::string_view text = strerrordesc_np(number);
  std::string tried = message.substr(0, message.size() - text.size());
  while (!tried.empty() && (tried.back() == ' ' || tried.back() == ':')) tried.pop_back();
  return Error::FromErrno(number, std::move(tried));
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
    return Error(Code::kBusy, "the database is open in this process already");
  }
  if (status.IsIOError() && message.find("lock file") != std::string::npos &&
      ErrnoIn(message) == EAGAIN) {
    return Error(Code::kBusy, "the database is open in another process")
        .WithRetry(Retry::kTemporary);
  }
  // The only arguments that can be wrong at Open are the ones the directory itself disagrees with:
  // another comparator, more column families.
  if (status.IsInvalidArgument()) {
    return Error(Code::kIdentityMismatch,
                 "a RocksDB database, but not of the kind that anystore makes: " + message);
  }
  return FromStatus(status);
}

}  // namespace anystore::rocksdb

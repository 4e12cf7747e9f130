#include "anystore/error.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "base/hex.h"
#include "base/utf8.h"

namespace anystore {
namespace {

constexpr std::array<std::string_view, kCodeCount> kCodeNames = {
    "ok",
    "not_found",
    "already_exists",
    "invalid_argument",
    "invalid_config",
    "unsupported",
    "precondition_failed",
    "conflict",
    "busy",
    "timeout",
    "cancelled",
    "rate_limited",
    "quota_exceeded",
    "out_of_range",
    "too_large",
    "corruption",
    "io_error",
    "no_space",
    "read_only",
    "closed",
    "permission_denied",
    "unauthenticated",
    "unavailable",
    "data_loss",
    "internal",
    "resource_exhausted",
    "identity_mismatch",
};

struct ErrnoClass {
  int os_error;
  Code code;
  Retry retry;
};

constexpr ErrnoClass kErrnoClasses[] = {
    {ENOENT, Code::kNotFound, Retry::kNever},
    {EEXIST, Code::kAlreadyExists, Retry::kNever},
    {EACCES, Code::kPermissionDenied, Retry::kNever},
    {EPERM, Code::kPermissionDenied, Retry::kNever},
    {EROFS, Code::kReadOnly, Retry::kNever},
    {ENOSPC, Code::kNoSpace, Retry::kNever},
    {EDQUOT, Code::kQuotaExceeded, Retry::kNever},
    {EFBIG, Code::kTooLarge, Retry::kNever},
    {ENAMETOOLONG, Code::kTooLarge, Retry::kNever},
    {EOVERFLOW, Code::kTooLarge, Retry::kNever},
    {EINVAL, Code::kInvalidArgument, Retry::kNever},
    {EBADF, Code::kInvalidArgument, Retry::kNever},
    {EISDIR, Code::kInvalidArgument, Retry::kNever},
    {ENOTDIR, Code::kInvalidArgument, Retry::kNever},
    {ELOOP, Code::kInvalidArgument, Retry::kNever},
    {ENOTEMPTY, Code::kPreconditionFailed, Retry::kNever},
    {EXDEV, Code::kUnsupported, Retry::kNever},
    {EOPNOTSUPP, Code::kUnsupported, Retry::kNever},
    {ENOSYS, Code::kUnsupported, Retry::kNever},
    {EMFILE, Code::kResourceExhausted, Retry::kTemporary},
    {ENFILE, Code::kResourceExhausted, Retry::kTemporary},
    {ENOMEM, Code::kResourceExhausted, Retry::kTemporary},
    {EBUSY, Code::kBusy, Retry::kTemporary},
    {EAGAIN, Code::kUnavailable, Retry::kTemporary},
    {EINTR, Code::kUnavailable, Retry::kTemporary},
    {ETIMEDOUT, Code::kTimeout, Retry::kTemporary},
    {ECONNREFUSED, Code::kUnavailable, Retry::kTemporary},
    {ECONNRESET, Code::kUnavailable, Retry::kTemporary},
};

bool IsPlain(unsigned char byte) {
  return byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\';
}

}  // namespace

std::string_view CodeName(Code code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < kCodeNames.size() ? kCodeNames[index] : "unknown";
}

struct Error::Detail {
  std::string message = {};
  std::string action = {};
  std::string store = {};
  std::string key = {};
  std::unique_ptr<Error> cause = {};
};

Error::Error(Code code, std::string message) : Error(code) {
  EnsureDetail().message = std::move(message);
}

Error Error::FromErrno(int os_error, std::string message) {
  Code code = Code::kIoError;
  Retry retry = Retry::kNever;
  for (const ErrnoClass& known : kErrnoClasses) {
    if (known.os_error != os_error) continue;
    code = known.code;
    retry = known.retry;
  }
  message += ": ";
  message += std::generic_category().message(os_error);
  Error error(code, std::move(message));
  error.retry_ = retry;
  error.os_error_ = os_error;
  return error;
}

Error::Detail& Error::EnsureDetail() {
  if (detail_ == nullptr) detail_ = new Detail();
  return *detail_;
}

void Error::FreeDetail() noexcept { delete detail_; }

std::string_view Error::message() const noexcept {
  return detail_ != nullptr ? std::string_view(detail_->message) : std::string_view();
}

std::string_view Error::action() const noexcept {
  return detail_ != nullptr ? std::string_view(detail_->action) : std::string_view();
}

std::string_view Error::store() const noexcept {
  return detail_ != nullptr ? std::string_view(detail_->store) : std::string_view();
}

std::string_view Error::key() const noexcept {
  return detail_ != nullptr ? std::string_view(detail_->key) : std::string_view();
}

const Error* Error::cause() const noexcept {
  return detail_ != nullptr ? detail_->cause.get() : nullptr;
}

Error&& Error::WithRetry(Retry retry) && noexcept {
  retry_ = retry;
  return std::move(*this);
}

Error&& Error::WithApplied(Applied applied) && noexcept {
  applied_ = applied;
  return std::move(*this);
}

Error&& Error::WithOsError(int os_error) && noexcept {
  os_error_ = os_error;
  return std::move(*this);
}

Error&& Error::During(std::string_view action) && {
  if (Detail& detail = EnsureDetail(); detail.action.empty()) detail.action = action;
  return std::move(*this);
}

Error&& Error::In(std::string_view store) && {
  if (Detail& detail = EnsureDetail(); detail.store.empty()) detail.store = store;
  return std::move(*this);
}

Error&& Error::ForKey(std::string_view key) && {
  if (Detail& detail = EnsureDetail(); detail.key.empty()) detail.key = Quoted(key);
  return std::move(*this);
}

Error&& Error::CausedBy(Error cause) && {
  EnsureDetail().cause = std::make_unique<Error>(std::move(cause));
  return std::move(*this);
}

Error Error::Clone() const {
  Error copy(code_, retry_, applied_);
  copy.os_error_ = os_error_;
  if (detail_ == nullptr) return copy;
  Detail& detail = copy.EnsureDetail();
  detail.message = detail_->message;
  detail.action = detail_->action;
  detail.store = detail_->store;
  detail.key = detail_->key;
  if (detail_->cause != nullptr) detail.cause = std::make_unique<Error>(detail_->cause->Clone());
  return copy;
}

std::string Error::ToString() const {
  std::string text;
  if (detail_ != nullptr) {
    text = detail_->action;
    if (!detail_->key.empty()) text.append(text.empty() ? "" : " ").append(detail_->key);
    if (!detail_->store.empty()) {
      // A verb is done to a key in a store, or to the store.
      text.append(!detail_->key.empty() ? " in " : text.empty() ? "" : " ").append(detail_->store);
    }
    if (!text.empty()) text += ": ";
  }
  text += CodeName(code_);
  if (!message().empty()) text.append(": ").append(message());
  if (cause() != nullptr) text.append(" (because of ").append(cause()->ToString()).append(")");
  return text;
}

std::string Quoted(std::string_view bytes, std::size_t bytes_max) {
  std::string text = "\"";
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = base::Utf8SequenceLength(bytes, at);
    if (at + (length == 0 ? 1 : length) > bytes_max) break;
    if (length > 1 || (length == 1 && IsPlain(byte))) {
      text.append(bytes.substr(at, length));
    } else if (byte == '"' || byte == '\\') {
      text.append({'\\', static_cast<char>(byte)});
    } else {
      text.append({'\\', 'x', base::kHexDigits[byte >> 4U], base::kHexDigits[byte & 15U]});
    }
    at += length == 0 ? 1 : length;
  }
  text += '"';
  if (at < bytes.size()) text += "... (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

}  // namespace anystore

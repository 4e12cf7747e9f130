#include "backends/engine_errors.h"

#include <cerrno>
#include <cstring>

namespace anystore::backends {

int ErrnoIn(std::string_view message) {
  constexpr int kErrnoMax = 133;
  for (int number = 1; number <= kErrnoMax; ++number) {
    const char* const text = strerrordesc_np(number);
    if (text != nullptr && message.ends_with(text)) return number;
  }
  return 0;
}

Error FromIoMessage(const std::string& message) {
  const int number = ErrnoIn(message);
  if (number == ENOENT) {
    return Error(Code::kCorruption, "a file of the database is missing: " + message);
  }
  // EINVAL is never the caller's fault here: it named a key, not a file offset.
  if (number == 0 || number == EINVAL) return Error(Code::kIoError, message);
  const std::string_view text = strerrordesc_np(number);
  std::string tried = message.substr(0, message.size() - text.size());
  while (!tried.empty() && (tried.back() == ' ' || tried.back() == ':')) tried.pop_back();
  return Error::FromErrno(number, std::move(tried));
}

Error OpenInThisProcess() {
  return Error(Code::kBusy, "the database is open in this process already");
}

Error OpenInAnotherProcess() {
  return Error(Code::kBusy, "the database is open in another process").WithRetry(Retry::kTemporary);
}

Error OfAnotherKind(std::string_view engine, const std::string& message) {
  return Error(Code::kIdentityMismatch,
               "a " + std::string(engine) +
                   " database, but not of the kind that anystore makes: " + message);
}

}  // namespace anystore::backends

// Files whose calls a test watches: some fail, and what is left is looked at.
#pragma once

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>

#include "anystore/filesystem.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::testing {

/// A path as tests expect it, a temporary name as "T".
inline std::string ShownPath(std::string_view path) {
  if (path.contains("temp-")) return "T";
  return path.empty() ? "/" : std::string(path);
}

/// Fails the calls that a test chooses, with an error that names them; what derives from it looks
/// at them too.
class FailingCalls : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (fails == nullptr || !fails(call)) return filesystem::Decision::Proceed();
    return filesystem::Decision::Fail(
        Error::FromErrno(os_error, std::string(Name(call.operation)) + " " + ShownPath(call.path)));
  }

  std::function<bool(const filesystem::Call&)> fails = nullptr;
  int os_error = EIO;
};

/// What a file holds, or the name of the code with which it cannot be opened.
inline std::string Contents(Directory& directory, std::string_view name) {
  const auto file = directory.Open(name, {});
  if (!file.has_value()) return std::string(CodeName(file.error().code()));
  return std::string((*file)->ReadAll()->bytes());
}

}  // namespace anystore::testing

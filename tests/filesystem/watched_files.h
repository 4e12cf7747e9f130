// Files whose calls a test watches: some fail, and what is left is looked at.
#pragma once

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// Besides, notes calls of some kind, as "operation path", for all who look at them.
class NotedCalls : public FailingCalls {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (IsNoted(call)) notes.push_back(std::string(Name(call.operation)) + " " + Shown(call));
    return FailingCalls::Before(call);
  }
  /// Takes what was noted so far.
  std::vector<std::string> Take() { return std::exchange(notes, {}); }

  std::vector<std::string> notes;

 protected:
  [[nodiscard]] virtual bool IsNoted(const filesystem::Call& call) const = 0;
  [[nodiscard]] virtual std::string Shown(const filesystem::Call& call) const {
    return ShownPath(call.path);
  }
};

/// What a file holds, or the name of the code with which it cannot be opened.
inline std::string Contents(Directory& directory, std::string_view name) {
  const auto file = directory.Open(name, {});
  if (!file.has_value()) return std::string(CodeName(file.error().code()));
  return std::string((*file)->ReadAll()->bytes());
}

}  // namespace anystore::testing

// Calls of the kernel that answer what a test says, without being made.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace anystore {

/// Answers of one system call, in order: a negative errno, or a result. The last is repeated.
struct ScriptedCall {
  long number;
  std::vector<long> answers;
  /// Fills what the second or third argument points to, at each call that is answered without an
  /// error.
  std::function<void(void* second, void* third)> fill = {};
  /// How often it was made.
  std::size_t count = 0;
};

/// Runs `body` on a thread of its own, where the kernel answers `calls` as they say. False: the
/// machine cannot do that, and nothing was run.
[[nodiscard]] bool RunScripted(std::vector<ScriptedCall>& calls, const std::function<void()>& body);

}  // namespace anystore

/// Waiting for file descriptors.
#pragma once

#include <cerrno>
#include <chrono>
#include <utility>

#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::filesystem {

/// Whether a call was not made because the process or the machine has no file descriptor left.
inline bool IsOutOfDescriptors(const Error& error) noexcept {
  return error.os_error() == EMFILE || error.os_error() == ENFILE;
}

/// Makes `call`, which returns a Result, again while the process or the machine has no file
/// descriptor left: up to six times, with waits on `clock` that grow from 200 ms to 1 s, as
/// go-ds-flatfs does. Without a clock: once.
template <class Call>
auto WaitForDescriptors(Clock* clock, Call&& call) -> decltype(call()) {
  constexpr int kTriesMax = 6;
  for (int tried = 1;; ++tried) {
    auto result = call();
    if (result.has_value()) [[likely]]
      return result;
    if (!IsOutOfDescriptors(result.error()) || clock == nullptr || tried == kTriesMax) {
      return result;
    }
    clock->Sleep(std::chrono::milliseconds(200 * tried));
  }
}

}  // namespace anystore::filesystem

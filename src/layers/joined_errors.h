/// `JoinedErrors`: what went wrong in several stores, as one error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "anystore/error.h"

namespace anystore::layers {

/// Gathers the errors of calls that go on after a failure.
///
/// Threads: single-thread.
class JoinedErrors {
 public:
  /// Keeps the error of `status`, if it is one.
  void Add(Status status);
  /// Keeps `error`.
  void Add(Error error);

  /// Ok when there was no error; an only one as it is; of several, one with the code of the first
  /// and the texts of all, a line each. Worth a retry when each of them is.
  [[nodiscard]] Status Take() &&;

 private:
  std::optional<Error> first_ = {};
  std::string lines_ = {};
  std::size_t count_ = 0;
  Retry retry_ = Retry::kTemporary;
};

}  // namespace anystore::layers

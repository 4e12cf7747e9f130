/// Whether the value of a record is the one that belongs to its key.
#pragma once

#include <string_view>

#include "anystore/error.h"

namespace anystore::flatfs {

/// A way to tell a value that was stored from one that was damaged.
///
/// Threads: thread-safe.
class Verifier {
 public:
  virtual ~Verifier() = default;
  /// Ok when `value`, the whole of it, is what belongs to `key`. Messages tell both sides, and not
  /// where the value came from.
  ///
  /// Errors: corruption (it is something else) · invalid_argument (`key` is none that says
  /// anything of a value) · unsupported (it says it in a way that is not known).
  [[nodiscard]] virtual Status Check(std::string_view key, std::string_view value) const = 0;
};

}  // namespace anystore::flatfs

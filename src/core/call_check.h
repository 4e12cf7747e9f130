/// Whether a call may begin, or go on.
#pragma once

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/options.h"

namespace anystore::internal {

/// Timeout or cancelled when a call must not go on.
[[nodiscard]] inline Status CheckCall(const CallOptions& call, Clock& clock) {
  if (call.stop.stop_requested()) return Error(Code::kCancelled, "the caller asked to stop");
  if (call.deadline.has_value() && clock.Now() >= *call.deadline) {
    return Error(Code::kTimeout, "the deadline has passed");
  }
  return Ok();
}

}  // namespace anystore::internal

/// How often, and after which waits, a call is made again.
#pragma once

#include <cstdint>
#include <string>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/options.h"

namespace anystore::layers {

/// What bounds the attempts of one call.
struct RetryPolicy {
  std::uint64_t attempts = 1;
  Duration delay = {};
  Duration delay_max = {};
  Duration time_max = {};
};

/// The attempts of one call that has failed once. The clock is read from then on, not before.
///
/// Threads: single-thread.
class Attempts {
 public:
  Attempts(const RetryPolicy& policy, const Environment& environment, const CallOptions& call)
      : policy_(policy),
        environment_(environment),
        call_(call),
        started_(environment.clock->Now()) {}

  /// Waits until it is time for the next attempt. False: there is to be none.
  [[nodiscard]] bool WaitForNext();
  /// The error to end with after WaitForNext returned false; `last` is that of the last attempt.
  [[nodiscard]] Error GiveUp(Error last) const;

 private:
  [[nodiscard]] Duration NextDelay() const;
  /// There is to be no further attempt.
  bool End(Code code, std::string reason);

  const RetryPolicy& policy_;
  const Environment& environment_;
  const CallOptions& call_;
  const Instant started_;
  std::uint64_t made_ = 1;
  Code code_ = Code::kOk;  ///< of the error to end with; ok: that of the last one
  std::string reason_ = {};
};

}  // namespace anystore::layers

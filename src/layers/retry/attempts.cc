#include "layers/retry/attempts.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace anystore::layers {

bool Attempts::WaitForNext() {
  if (made_ >= policy_.attempts) return End(Code::kOk, "");
  const Duration delay = NextDelay();
  const Instant now = environment_.clock->Now();
  // A wait that ends too late is not begun.
  if (now - started_ > policy_.time_max - delay) return End(Code::kOk, ", out of time");
  if (call_.deadline.has_value() && *call_.deadline - now <= delay) {
    return End(Code::kTimeout, ", as the deadline leaves no time for another");
  }
  if (!environment_.clock->SleepUnlessStopped(delay, call_.stop)) {
    return End(Code::kCancelled, ", as the caller asked to stop");
  }
  ++made_;
  return true;
}

Duration Attempts::NextDelay() const {
  Duration delay = policy_.delay;
  for (std::uint64_t i = 1; i < made_ && delay < policy_.delay_max; ++i) delay *= 2;
  delay = std::min(delay, policy_.delay_max);
  // Callers that failed together do not come back together.
  const auto half = static_cast<std::uint64_t>(delay.count() / 2);
  return delay - Duration(environment_.random->Next() % (half + 1));
}

bool Attempts::End(Code code, std::string reason) {
  code_ = code;
  reason_ = std::move(reason);
  return false;
}

Error Attempts::GiveUp(Error last) const {
  const auto spent =
      std::chrono::duration_cast<std::chrono::milliseconds>(environment_.clock->Now() - started_);
  const Code code = code_ == Code::kOk ? last.code() : code_;
  const Applied applied = last.applied();
  return Error(code, "gave up after " + std::to_string(made_) +
                         (made_ == 1 ? " attempt in " : " attempts in ") +
                         std::to_string(spent.count()) + " ms" + reason_)
      .WithRetry(Retry::kSpent)
      .WithApplied(applied)
      .CausedBy(std::move(last));
}

}  // namespace anystore::layers

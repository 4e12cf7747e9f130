#include "filesystem/trace/trace.h"

#include <utility>

#include "filesystem/trace/text.h"

namespace anystore::filesystem {

Decision Trace::Before(const Call& /*call*/) { return Decision::Proceed(); }

void Trace::After(const Call& call, const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  // Until a directory is open, that is the filesystem: its handle is 0, too.
  text_ +=
      PrintCall(call, call.handle != first_directory_) + " = " + OutcomeText(call, outcome) + "\n";
  if (first_directory_ == 0 && call.operation == Operation::kOpenDirectory &&
      outcome.error == nullptr) {
    first_directory_ = call.number;
  }
}

void Trace::Closed(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  text_ += "close @" + std::to_string(handle) + "\n";
}

std::string Trace::ToString() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::string Trace::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(text_, {});
}

}  // namespace anystore::filesystem

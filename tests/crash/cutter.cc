#include "crash/cutter.h"

#include <algorithm>
#include <string>

#include "anystore/error.h"
#include "filesystem/trace/trace.h"

namespace anystore::crash {

using filesystem::Call;
using filesystem::Decision;
using filesystem::Operation;
using filesystem::Outcome;

namespace {

// Long values are of no interest in a list of calls.
constexpr std::size_t kLineBytesMax = 140;

std::string Line(const Call& call, const Outcome& outcome) {
  std::string line = CallText(call);
  if (line.size() > kLineBytesMax) line = line.substr(0, kLineBytesMax) + "...";
  if (call.site != nullptr) {
    // As the table of barriers names it.
    line.resize(std::min(line.find(" site="), line.size()));
    line += " in " + SiteName(*call.site);
  }
  return line + " = " + OutcomeText(call, outcome);
}

}  // namespace

bool Changes(const Call& call) noexcept {
  if (call.operation != Operation::kOpen) return ChangesOrSyncs(call.operation);
  return call.options.creation != FileCreation::kNever || call.options.truncate;
}

Decision Cutter::Before(const Call& call) {
  if (Changes(call) && !dead_) {
    ++changes_;
    dead_ = changes_ == dies_at_;
  }
  if (dead_) return Decision::Fail(Error(Code::kIoError, "the process is dead"));
  if (!Changes(call)) return Decision::Proceed();
  before_change_(call.number);
  last_change_ = call.number;
  right_after_barrier_ = false;
  if (!IsSync(call.operation) || call.site == nullptr) return Decision::Proceed();
  std::string site = SiteName(*call.site);
  if (site == pretended_) return Decision::Pretend();
  last_barrier_ = std::move(site);
  right_after_barrier_ = true;
  return Decision::Proceed();
}

void Cutter::After(const Call& call, const Outcome& outcome) {
  if (tracing_ && !dead_ && Changes(call)) trace_.push_back(Line(call, outcome));
}

}  // namespace anystore::crash

#include "crash/cutter.h"

#include "anystore/error.h"

namespace anystore::crash {

using filesystem::Call;
using filesystem::Decision;
using filesystem::Operation;
using filesystem::Outcome;

namespace {

std::string Line(const Call& call, const Outcome& outcome) {
  std::string line = std::to_string(call.number) + ' ' + std::string(Name(call.operation)) + " /" +
                     std::string(call.path);
  if (!call.new_path.empty()) line += " -> /" + std::string(call.new_path);
  if (call.length != 0) {
    line += ' ' + std::to_string(call.length) + " bytes at " + std::to_string(call.offset);
  }
  if (call.site != nullptr) line += "  (" + SiteName(*call.site) + ')';
  if (outcome.error != nullptr) line += ": " + std::string(CodeName(outcome.error->code()));
  if (outcome.decided && outcome.error == nullptr) line += ": pretended";
  return line;
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

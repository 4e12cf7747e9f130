// torture: whether several stores answer the same.
#include "anystore/torture.h"

#include <string>
#include <vector>

#include "anystore/conformance.h"
#include "cli/commands.h"
#include "cli/stores.h"

namespace anystore::cli {
namespace {

constexpr std::uint64_t kScriptBytesMax = 16U << 20U;

Result<std::vector<conformance::Target>> TargetsOf(const std::vector<std::string>& urls) {
  std::vector<conformance::Target> targets;
  for (const std::string& url : urls) {
    ANYSTORE_ASSIGN_OR_RETURN(conformance::Target target, conformance::TargetFromUrl(url));
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<conformance::TortureReport> Run(const TortureArguments& arguments) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<conformance::Target> targets,
                            TargetsOf(arguments.urls));
  if (!arguments.replay.has_value()) {
    return conformance::Torture(
        targets,
        {.operations = arguments.operations, .seed = arguments.seed, .prefix = arguments.prefix});
  }
  std::string script = *arguments.replay;
  if (script.ends_with(".test")) {
    ANYSTORE_ASSIGN_OR_RETURN(script, ReadFile(script, kScriptBytesMax));
  }
  return conformance::ReplayTorture(targets, script);
}

}  // namespace

Exit Torture(const TortureArguments& arguments) {
  // A run cannot be asked to stop.
  LeaveSignals();
  const Result<conformance::TortureReport> report = Run(arguments);
  if (!report.has_value()) return Fail(report.error());
  Output output;
  const Status written = output.Write(report->ToText());
  return Finish(written, output, report->passed() ? Exit::kOk : Exit::kDifferent);
}

}  // namespace anystore::cli

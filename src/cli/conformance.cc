// conformance: whether a store keeps its promises.
#include "anystore/conformance.h"

#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/stores.h"

namespace anystore::cli {
namespace {

std::string Counts(const conformance::Report& report) {
  using conformance::Outcome;
  return std::to_string(report.count(Outcome::kPassed)) + " chapters passed, " +
         std::to_string(report.count(Outcome::kFailed)) + " failed, " +
         std::to_string(report.count(Outcome::kSkipped)) + " skipped\n";
}

}  // namespace

Exit Conformance(const ConformanceArguments& arguments) {
  const Result<conformance::Target> target =
      arguments.simulated.has_value()
          ? conformance::TargetOnSimulatedDisk(arguments.url, *arguments.simulated)
          : conformance::TargetFromUrl(arguments.url);
  if (!target.has_value()) return Fail(target.error());
  // A chapter cannot be asked to stop.
  LeaveSignals();
  Output output;
  Status written = Ok();
  conformance::Options options{
      .chapters = arguments.chapters, .seed = arguments.seed, .quick = arguments.quick};
  if (!arguments.json) {
    options.on_progress = [&](const conformance::ChapterReport& chapter) {
      if (!written.has_value()) return;
      written = output.Write(conformance::ToText(chapter));
      if (written.has_value()) written = output.Flush();
    };
  }
  const conformance::Report report = conformance::Run(*target, options);
  if (written.has_value()) {
    written = output.Write(arguments.json ? report.ToJson() + "\n" : Counts(report));
  }
  if (!arguments.report.empty() && written.has_value()) {
    written = ReplaceFile(arguments.report, report.ToJson() + "\n");
  }
  const Exit exit = report.passed() ? Exit::kOk : Exit::kDifferent;
  return Finish(written, output, exit);
}

}  // namespace anystore::cli

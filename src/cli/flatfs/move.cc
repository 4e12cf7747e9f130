// flatfs move: all records of one repository into another.
#include "backends/flatfs/conversion/move.h"

#include <string>
#include <utility>
#include <vector>

#include "cli/flatfs/commands.h"
#include "cli/flatfs/place.h"
#include "cli/flatfs/reporting.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

using flatfs::LeftBehind;
using flatfs::MoveOutcome;

// Both repositories are what was asked for; the new one is made when that was asked for, too.
Status Prepare(const FlatfsPlace& old_place, const FlatfsPlace& new_place, bool create) {
  if (Status there = CheckThere(old_place); !there.has_value()) {
    return old_place.Failed(std::move(there).error(), "move");
  }
  if (create) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists,
                              registry::StackExists(new_place.stack, ProgramEnvironment()));
    if (!exists) return registry::CreateStack(new_place.stack, ProgramEnvironment());
  }
  Status there = CheckThere(new_place);
  return there.has_value() ? std::move(there)
                           : Status(new_place.Failed(std::move(there).error(), "move into"));
}

std::string Json(const MoveOutcome& outcome, const Progress& progress) {
  std::vector<std::string> left;
  for (const LeftBehind& thing : outcome.first_left) {
    left.push_back(JsonObject().Bytes("name", thing.name).Bytes("why", thing.why).Finish());
  }
  return JsonObject()
             .Count("records", outcome.records)
             .Count("bytes", outcome.bytes)
             .Count("copied", outcome.copied)
             .Seconds("seconds", progress.seconds())
             .Bool("old_is_gone", outcome.old_is_gone)
             .Count("left", outcome.left)
             .Raw("first_left", JsonArray(left))
             .Finish() +
         "\n";
}

std::string Text(const MoveOutcome& outcome) {
  std::string text = "moved " + WithCommas(outcome.records) + " records, " +
                     HumanBytes(static_cast<double>(outcome.bytes));
  if (outcome.copied > 0) text += "; copied " + WithCommas(outcome.copied) + " of them";
  if (outcome.left > 0) text += "; left " + WithCommas(outcome.left);
  return text + "\n";
}

void ComplainOfWhatIsLeft(const FlatfsPlace& place, const MoveOutcome& outcome) {
  for (const LeftBehind& thing : outcome.first_left) {
    Complain("move " + place.name() + ": left " + Printable(thing.name) + ": " + thing.why);
  }
  const std::uint64_t untold = outcome.left - outcome.first_left.size();
  if (untold > 0) Complain("move " + place.name() + ": left " + WithCommas(untold) + " more");
}

}  // namespace

Exit FlatfsMove(const FlatfsMoveArguments& arguments) {
  const Result<FlatfsPlace> old_place = FindFlatfsToChange(arguments.from);
  if (!old_place.has_value()) return Fail(old_place.error());
  const Result<FlatfsPlace> new_place = FindFlatfsToChange(arguments.to);
  if (!new_place.has_value()) return Fail(new_place.error());
  const Status prepared = Prepare(*old_place, *new_place, arguments.create);
  if (!prepared.has_value()) return Fail(prepared.error());
  Progress progress("move", "records");
  Result<MoveOutcome> outcome = flatfs::MoveRepository(ProgramEnvironment(), old_place->path(),
                                                       new_place->path(), ReportTo(progress));
  progress.Clear();
  if (!outcome.has_value()) return Fail(old_place->Failed(std::move(outcome).error(), "move"));
  if (!arguments.json) ComplainOfWhatIsLeft(*old_place, *outcome);
  return PrintText(arguments.json ? Json(*outcome, progress) : Text(*outcome),
                   outcome->left > 0 ? Exit::kFailed : Exit::kOk);
}

}  // namespace anystore::cli

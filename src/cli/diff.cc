// diff: how two stores differ.
#include <string>

#include "cli/commands.h"
#include "cli/compare.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

std::string Line(Difference difference, std::string_view key, bool json) {
  const bool added = difference == Difference::kOnlyInB;
  const bool removed = difference == Difference::kOnlyInA;
  if (json) {
    return JsonObject()
        .Bytes("difference", added     ? "added"
                             : removed ? "removed"
                                       : "changed")
        .Bytes("key", key)
        .Finish();
  }
  return std::string(added ? "+ " : removed ? "- " : "~ ") + Printable(key);
}

Exit DiffStores(Store& a, Store& b, const DiffArguments& arguments) {
  Progress progress("diff", "keys");
  Output output;
  Exit exit = Exit::kOk;
  const Status status =
      CompareStores(a, b, arguments.range.Range(),
                    [&](Difference difference, std::string_view key, std::uint64_t value_bytes) {
                      progress.Add(1, value_bytes);
                      if (difference == Difference::kSame) return Ok();
                      exit = Exit::kDifferent;
                      return output.Line(Line(difference, key, arguments.json));
                    });
  progress.Clear();
  return Finish(status, output, exit);
}

}  // namespace

Exit Diff(const DiffArguments& arguments) {
  return WithStore(arguments.a, IfMissing::kFail, [&](Store& a) {
    return WithStore(arguments.b, IfMissing::kFail,
                     [&](Store& b) { return DiffStores(a, b, arguments); });
  });
}

}  // namespace anystore::cli

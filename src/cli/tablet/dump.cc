// tablet dump: every entry of a tablet.
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "anystore/key_range.h"
#include "cli/stores.h"
#include "cli/tablet/commands.h"
#include "cli/tablet/entry_lines.h"
#include "cli/tablet/place.h"
#include "cli/text.h"
#include "tablet/reading/entry_source.h"

namespace anystore::cli {
namespace {

using tablet::TabletEntry;

Status DumpFile(const std::string& path, const TabletDumpArguments& arguments, Output& output) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::shared_ptr<tablet::Tablet> tablet,
                            OpenTablet(path, {.java_tombstones = arguments.java_tombstones}));
  const std::unique_ptr<tablet::EntrySource> source = tablet->NewSource(
      KeyRange(arguments.from.value_or(""), arguments.to), {.reverse = arguments.reverse});
  const ShowValues values = arguments.keys_only ? ShowValues::kNo : ShowValues::kYes;
  for (;;) {
    ANYSTORE_TRY(CheckInterrupted());
    ANYSTORE_ASSIGN_OR_RETURN(const std::span<const TabletEntry> batch, source->Next());
    if (batch.empty()) return Ok();
    for (const TabletEntry& entry : batch) {
      ANYSTORE_TRY(
          output.Line(arguments.json ? EntryJson(entry, values) : EntryText(entry, values)));
    }
  }
}

}  // namespace

Exit TabletDump(const TabletDumpArguments& arguments) {
  Exit exit = Exit::kOk;
  for (const std::string& path : arguments.files) {
    Output output;
    Status dumped = DumpFile(path, arguments, output);
    // What comes before the damage is told before the damage is.
    exit = Worse(exit, Finish(Ok(), output));
    if (!dumped.has_value()) {
      exit = Worse(exit, Fail(std::move(dumped).error().During("dump").In(Printable(path))));
    }
    if (exit == Exit::kInterrupted) break;
  }
  return exit;
}

}  // namespace anystore::cli

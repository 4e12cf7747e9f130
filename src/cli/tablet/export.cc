#include "cli/tablet/export.h"

#include <string>
#include <utility>

#include "anystore/query.h"
#include "anystore/results.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/tablet/place.h"
#include "cli/tablet/writing.h"
#include "cli/text.h"
#include "tablet/sorting/tablet_sorter.h"

namespace anystore::cli {
namespace {

using tablet::TabletSorter;
using tablet::TabletSummary;
using tablet::TabletWriter;

struct Exported {
  TabletSummary summary = {};
  std::uint64_t refused = 0;
};

// Adds a record. What a tablet cannot hold is invalid_argument or too_large.
template <class Writer>
Status AddRecord(const EntryView& entry, Writer& writer) {
  if (entry.info.expires_at.has_value()) {
    return Error(Code::kInvalidArgument, "it expires, which a tablet cannot keep");
  }
  return writer.Add(entry.key, entry.value);
}

// Adds every record that a tablet can hold, and ends it. `Writer`: TabletWriter or TabletSorter.
template <class Writer>
Result<Exported> WriteRecords(Store& store, Writer writer, Progress& progress) {
  const bool expiry = store.capabilities().expiry != Support::kAbsent;
  ANYSTORE_ASSIGN_OR_RETURN(Results results, store.Query({.return_expirations = expiry}));
  Exported exported;
  for (const EntryView& entry : results) {
    ANYSTORE_TRY(CheckInterrupted());
    Status added = AddRecord(entry, writer);
    if (added.has_value()) {
      progress.Add(1, entry.value.size());
      continue;
    }
    Error error = std::move(added).error().During("export").ForKey(entry.key);
    if (error.code() != Code::kInvalidArgument && error.code() != Code::kTooLarge) return error;
    progress.Clear();
    Complain(error.ToString());
    ++exported.refused;
  }
  ANYSTORE_TRY(results.status());
  ANYSTORE_TRY(writer.Finish());
  exported.summary = writer.summary();
  return exported;
}

Result<Exported> Write(Store& store, const FilePlace& place, const ExportArguments& arguments,
                       Progress& progress) {
  const tablet::WriterOptions options = arguments.form.Options();
  const Replace replace = ReplaceOption(arguments.replace);
  if (store.capabilities().ordered_scan != Support::kAbsent) {
    ANYSTORE_ASSIGN_OR_RETURN(TabletWriter writer,
                              TabletWriter::Create(*place.directory, place.name, options, replace));
    return WriteRecords(store, std::move(writer), progress);
  }
  ANYSTORE_ASSIGN_OR_RETURN(
      TabletSorter sorter,
      TabletSorter::Create(*place.directory, place.name,
                           {.writer = options, .replace = replace, .may_go_on = CheckInterrupted}));
  return WriteRecords(store, std::move(sorter), progress);
}

std::string Summary(const Progress& progress, const Exported& exported, bool as_json) {
  const TabletSummary& summary = exported.summary;
  if (as_json) {
    return JsonObject()
        .Count("records", progress.items())
        .Count("bytes", progress.bytes())
        .Seconds("seconds", progress.seconds())
        .Count("refused", exported.refused)
        .Count("blocks", summary.blocks)
        .Count("file_bytes", summary.file_bytes)
        .Finish();
  }
  const auto bytes = static_cast<double>(progress.bytes());
  std::string text = "exported " + WithCommas(progress.items()) + " records, " + HumanBytes(bytes) +
                     ", " + HumanBytes(bytes / progress.seconds()) + "/s; the tablet has " +
                     WithCommas(summary.blocks) + " blocks, " +
                     HumanBytes(static_cast<double>(summary.file_bytes));
  if (exported.refused > 0) text += "; refused " + WithCommas(exported.refused) + " records";
  return text;
}

}  // namespace

Exit ExportTablet(Store& store, const ExportArguments& arguments) {
  Result<FilePlace> place = FindFile(arguments.target);
  if (!place.has_value()) return Fail(std::move(place).error().During("export"));
  Progress progress("export", "records");
  Result<Exported> exported = Write(store, *place, arguments, progress);
  progress.Clear();
  // What the store says names the store.
  if (!exported.has_value())
    return Fail(place->Failed(std::move(exported).error().During("export")));
  return PrintText(Summary(progress, *exported, arguments.json) + "\n",
                   exported->refused > 0 ? Exit::kFailed : Exit::kOk);
}

}  // namespace anystore::cli

// export: records become files, or one tablet.
#include <string>

#include "anystore/query.h"
#include "anystore/results.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/tablet/export.h"
#include "cli/text.h"
#include "cli/tree_writer.h"

namespace anystore::cli {
namespace {

Result<std::uint64_t> CountRecords(Store& store) {
  ANYSTORE_ASSIGN_OR_RETURN(Results results, store.Query({.keys_only = true}));
  std::uint64_t count = 0;
  while (results.Next()) {
    ++count;
    ANYSTORE_TRY(CheckInterrupted());
  }
  ANYSTORE_TRY(results.status());
  return count;
}

Status WriteRecord(TreeWriter& tree, const EntryView& entry) {
  // "a" and "/a" would be one file, so only keys that import makes can be one.
  if (!entry.key.starts_with('/')) {
    return Error(Code::kInvalidArgument, "cannot be a file: it does not begin with \"/\"");
  }
  return tree.Write(entry.key.substr(1), entry.value);
}

// Writes every record that can be a file and returns how many cannot.
Result<std::uint64_t> WriteRecords(Store& store, TreeWriter& tree, Progress& progress) {
  if (progress.visible()) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t total, CountRecords(store));
    progress.set_total(total);
  }
  ANYSTORE_ASSIGN_OR_RETURN(Results results, store.Query({}));
  std::uint64_t refused = 0;
  for (const EntryView& entry : results) {
    ANYSTORE_TRY(CheckInterrupted());
    Status written = WriteRecord(tree, entry);
    if (written.has_value()) {
      progress.Add(1, entry.value.size());
      continue;
    }
    Error error = std::move(written).error().During("export").ForKey(entry.key);
    if (error.code() != Code::kInvalidArgument) return error;
    progress.Clear();
    Complain(error.ToString());
    ++refused;
  }
  ANYSTORE_TRY(results.status());
  return refused;
}

std::string Summary(const Progress& progress, std::uint64_t refused, bool as_json) {
  if (as_json) {
    return JsonObject()
        .Count("records", progress.items())
        .Count("bytes", progress.bytes())
        .Seconds("seconds", progress.seconds())
        .Count("refused", refused)
        .Finish();
  }
  const auto bytes = static_cast<double>(progress.bytes());
  std::string text = "exported " + WithCommas(progress.items()) + " files, " + HumanBytes(bytes) +
                     ", " + HumanBytes(bytes / progress.seconds()) + "/s";
  if (refused > 0) text += "; refused " + WithCommas(refused) + " keys that cannot be files";
  return text;
}

}  // namespace

Exit Export(const ExportArguments& arguments) {
  const bool into_tablet = IsTabletPath(arguments.target);
  if (!into_tablet && (arguments.form.is_given() || arguments.replace)) {
    Complain(
        "export: --profile, --block-bytes, --restart-interval, --compression and --replace are for "
        "a tablet, whose name ends in .tab");
    return Exit::kUsage;
  }
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    if (into_tablet) return ExportTablet(store, arguments);
    Result<TreeWriter> tree = TreeWriter::Open(arguments.target);
    if (!tree.has_value()) return Fail(tree.error());
    Progress progress("export", "files");
    const Result<std::uint64_t> refused = WriteRecords(store, *tree, progress);
    progress.Clear();
    if (!refused.has_value()) return Fail(refused.error());
    Output output;
    return Finish(output.Line(Summary(progress, *refused, arguments.json)), output,
                  *refused > 0 ? Exit::kFailed : Exit::kOk);
  });
}

}  // namespace anystore::cli

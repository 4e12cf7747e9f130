// tablet build, tablet merge: a tablet of entries in text, or of other tablets.
#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "cli/lines.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/tablet/commands.h"
#include "cli/tablet/entry_lines.h"
#include "cli/tablet/place.h"
#include "cli/tablet/writing.h"
#include "cli/text.h"
#include "tablet/merge/merge_source.h"
#include "tablet/merge/visible_source.h"
#include "tablet/sorting/tablet_sorter.h"

namespace anystore::cli {
namespace {

using tablet::TabletSorter;
using tablet::TabletSummary;
using tablet::TabletWriter;

// `action` and `done` are "build" and "built".
Exit PrintSummary(Result<TabletSummary> written, std::string_view action, std::string_view done,
                  bool as_json) {
  if (!written.has_value()) return Fail(std::move(written).error().During(action));
  JsonObject json;
  return PrintText((as_json ? AddSummary(json, *written).Finish()
                            : std::string(done) + " " + SummaryText(*written)) +
                   "\n");
}

// Adds the entry of a line.
Status AddLine(const std::string& line, TabletSorter& sorter) {
  ANYSTORE_ASSIGN_OR_RETURN(const ReadEntry entry, ParseEntryJson(line));
  return entry.deleted ? sorter.AddDeletion(entry.key) : sorter.Add(entry.key, entry.value);
}

// Names the line where it is to blame.
Error AtLine(Error error, const LineReader& lines, const std::string& from) {
  const Code code = error.code();
  const bool is_line =
      code == Code::kInvalidArgument || code == Code::kTooLarge || code == Code::kUnsupported;
  if (!is_line || error.os_error() != 0) return error;
  return Error(code, (from == "-" ? "standard input" : Printable(from)) + ", line " +
                         std::to_string(lines.number()) + ": " + std::string(error.message()));
}

Status AddLines(const TabletBuildArguments& arguments, TabletSorter& sorter, Progress& progress) {
  ANYSTORE_ASSIGN_OR_RETURN(LineReader lines, LineReader::Open(arguments.from));
  for (std::string line;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool more, lines.Next(line));
    if (!more) return Ok();
    if (line.empty()) continue;
    Status added = AddLine(line, sorter);
    if (!added.has_value()) return AtLine(std::move(added).error(), lines, arguments.from);
    progress.Add(1, line.size());
  }
}

Result<TabletSummary> Build(const TabletBuildArguments& arguments, Progress& progress) {
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(arguments.target));
  const auto build = [&]() -> Result<TabletSummary> {
    ANYSTORE_ASSIGN_OR_RETURN(TabletSorter sorter,
                              TabletSorter::Create(*place.directory, place.name,
                                                   {.writer = arguments.form.Options(),
                                                    .replace = ReplaceOption(arguments.replace),
                                                    .may_go_on = CheckInterrupted}));
    ANYSTORE_TRY(AddLines(arguments, sorter, progress));
    ANYSTORE_TRY(sorter.Finish());
    return sorter.summary();
  };
  Result<TabletSummary> built = build();
  if (!built.has_value()) return place.Failed(std::move(built).error());
  return built;
}

// All entries of all files; of each key the one of the last file that has it.
Result<std::unique_ptr<tablet::EntrySource>> SourceOf(const TabletMergeArguments& arguments) {
  std::vector<std::unique_ptr<tablet::EntrySource>> sources;
  for (const std::string& path : arguments.files | std::views::reverse) {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<tablet::EntrySource> source,
                              OpenEntries(path, {.java_tombstones = arguments.java_tombstones}));
    sources.push_back(std::move(source));
  }
  std::unique_ptr<tablet::EntrySource> merged =
      std::make_unique<tablet::MergeSource>(std::move(sources), /*reverse=*/false);
  if (!arguments.drop_deletions) return merged;
  return std::make_unique<tablet::VisibleSource>(std::move(merged));
}

Result<TabletSummary> Merge(const TabletMergeArguments& arguments) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto source, SourceOf(arguments));
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(arguments.target));
  Progress progress("merge", "entries");
  const auto merge = [&]() -> Result<TabletSummary> {
    ANYSTORE_ASSIGN_OR_RETURN(
        TabletWriter writer,
        TabletWriter::Create(*place.directory, place.name, arguments.form.Options(),
                             ReplaceOption(arguments.replace)));
    TabletSummary before;
    ANYSTORE_TRY(tablet::AddAll(*source, writer, [&] {
      const TabletSummary& now = writer.summary();
      progress.Add(now.entries - before.entries,
                   now.key_bytes + now.value_bytes - before.key_bytes - before.value_bytes);
      before = now;
      return CheckInterrupted();
    }));
    ANYSTORE_TRY(writer.Finish());
    return writer.summary();
  };
  Result<TabletSummary> merged = merge();
  if (!merged.has_value()) return place.Failed(std::move(merged).error());
  return merged;
}

}  // namespace

Exit TabletBuild(const TabletBuildArguments& arguments) {
  Progress progress("build", "entries");
  Result<TabletSummary> built = Build(arguments, progress);
  progress.Clear();
  return PrintSummary(std::move(built), "build", "built", arguments.json);
}

Exit TabletMerge(const TabletMergeArguments& arguments) {
  return PrintSummary(Merge(arguments), "merge", "merged", arguments.json);
}

}  // namespace anystore::cli

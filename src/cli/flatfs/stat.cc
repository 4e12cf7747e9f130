// flatfs stat: what a repository holds.
#include <string>
#include <string_view>
#include <utility>

#include "backends/flatfs/maintenance/statistics.h"
#include "cli/capabilities.h"
#include "cli/flatfs/commands.h"
#include "cli/flatfs/place.h"
#include "cli/flatfs/reporting.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

using flatfs::Statistics;

// Of diskUsage.cache.
std::string_view NoteState(const Statistics& found) {
  if (!found.has_note) return "none";
  if (!found.note.has_value()) return "unusable";
  return found.note->accuracy == flatfs::kUnknown ? "doubtful" : "usable";
}

std::string Json(const FlatfsPlace& place, const Statistics& found) {
  JsonObject json;
  json.Bytes("store", place.name())
      .Bytes("path", place.path())
      .Bytes("shard", found.shard.ToShortString());
  if (!found.identity.id.empty()) json.Bytes("id", found.identity.id);
  json.Count("records", found.records)
      .Count("value_bytes", found.value_bytes)
      .Count("directories", found.directories)
      .Count("disk_bytes", found.disk_bytes)
      .Count("leftovers", found.leftovers)
      .Count("quarantined", found.quarantined)
      .Count("foreign", found.foreign)
      .Bytes("size_note", NoteState(found));
  if (found.note.has_value()) {
    json.Number("noted_bytes", found.note->bytes).Bytes("noted_accuracy", found.note->accuracy);
  }
  return json.Finish() + "\n";
}

std::string Text(const FlatfsPlace& place, const Statistics& found) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += Padded(name, kAxisWidth) + value + "\n";
  };
  line("path", Printable(place.path()));
  line("shard", found.shard.ToString());
  if (!found.identity.id.empty()) line("id", found.identity.id);
  line("records", WithCommas(found.records));
  line("value_bytes", BytesText(found.value_bytes));
  line("directories", WithCommas(found.directories));
  line("disk_bytes", BytesText(found.disk_bytes));
  line("leftovers", WithCommas(found.leftovers));
  line("quarantined", WithCommas(found.quarantined));
  line("foreign", WithCommas(found.foreign));
  std::string note(NoteState(found));
  if (found.note.has_value()) {
    note += ": " + BytesText(static_cast<std::uint64_t>(found.note->bytes)) + ", " +
            Printable(found.note->accuracy);
  }
  line("size_note", note);
  return text;
}

}  // namespace

Exit FlatfsStat(const FlatfsStatArguments& arguments) {
  const Result<FlatfsPlace> place = FindFlatfs(arguments.repository);
  if (!place.has_value()) return Fail(place.error());
  Progress progress("count", "records");
  Result<Statistics> found =
      flatfs::MeasureRepository(*ProgramEnvironment().files, place->path(), ReportTo(progress));
  progress.Clear();
  if (found.has_value()) {
    Status is_wanted = CheckWanted(*place, found->shard, found->identity);
    if (!is_wanted.has_value()) found = std::move(is_wanted).error();
  }
  if (!found.has_value()) return Fail(place->Failed(std::move(found).error(), "stat"));
  return PrintText(arguments.json ? Json(*place, *found) : Text(*place, *found));
}

}  // namespace anystore::cli

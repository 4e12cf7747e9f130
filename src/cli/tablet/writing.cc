#include "cli/tablet/writing.h"

namespace anystore::cli {

std::string SummaryText(const tablet::TabletSummary& summary) {
  std::string text = WithCommas(summary.entries) + " entries, ";
  if (summary.deletions > 0) text += WithCommas(summary.deletions) + " of them deletions, ";
  return text + "in " + WithCommas(summary.blocks) + " blocks, " +
         HumanBytes(static_cast<double>(summary.file_bytes));
}

JsonObject& AddSummary(JsonObject& json, const tablet::TabletSummary& summary) {
  return json.Count("entries", summary.entries)
      .Count("deletions", summary.deletions)
      .Count("blocks", summary.blocks)
      .Count("file_bytes", summary.file_bytes);
}

}  // namespace anystore::cli

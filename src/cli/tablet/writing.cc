#include "cli/tablet/writing.h"

#include "anystore/tablet/reader.h"

namespace anystore::cli {
namespace {

// More than what an entry and a block take besides keys, values and restart points.
constexpr std::uint64_t kOverhead = 64;

}  // namespace

Status CheckReadable(const tablet::TabletEntry& entry, const tablet::WriterOptions& options) {
  const std::uint64_t block_bytes_max = tablet::ReaderOptions().block_bytes_max;
  const std::uint64_t bytes =
      options.block_bytes + entry.key.size() + entry.value.size() + kOverhead;
  if (bytes <= block_bytes_max) return Ok();
  return Error(Code::kTooLarge, "a value of " + std::to_string(entry.value.size()) +
                                    " bytes; the blocks of tablets are read up to " +
                                    HumanBytes(static_cast<double>(block_bytes_max)));
}

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

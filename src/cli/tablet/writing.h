/// What the commands that write a tablet have in common.
#pragma once

#include <string>
#include <string_view>

#include "anystore/filesystem.h"
#include "anystore/tablet/writer.h"
#include "cli/text.h"

namespace anystore::cli {

/// What a flag `--replace` means.
[[nodiscard]] inline Replace ReplaceOption(bool given) {
  return given ? Replace::kYes : Replace::kNo;
}

/// "3 entries, 1 of them deletions, in 1 blocks, 120 B".
[[nodiscard]] std::string SummaryText(const tablet::TabletSummary& summary);
/// The same as members of an object.
JsonObject& AddSummary(JsonObject& json, const tablet::TabletSummary& summary);

}  // namespace anystore::cli

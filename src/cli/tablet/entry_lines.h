/// Entries of tablets as lines: for people, and as JSON that can be read again.
#pragma once

#include <string>
#include <string_view>

#include "anystore/error.h"
#include "tablet/block/entry.h"

namespace anystore::cli {

/// Whether values are printed.
enum class ShowValues : bool { kNo, kYes };

/// "key", a tab, and the value in quotes or `deleted`.
[[nodiscard]] std::string EntryText(const tablet::TabletEntry& entry, ShowValues values);
/// {"key":…,"value":…} or {"key":…,"deleted":true}, as `query --json` prints records.
[[nodiscard]] std::string EntryJson(const tablet::TabletEntry& entry, ShowValues values);

/// An entry that was read.
struct ReadEntry {
  std::string key = {};
  std::string value = {};
  bool deleted = false;
};

/// The reverse of EntryJson.
///
/// Errors: invalid_argument.
[[nodiscard]] Result<ReadEntry> ParseEntryJson(std::string_view line);

}  // namespace anystore::cli

/// The file `diskUsage.cache`: how much space a repository takes, as somebody once knew it.
///
///     {"diskUsage":3245816,"accuracy":"initial-exact"}
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"

namespace anystore::flatfs {

/// The words for how good a number is. The original keeps any other text, and so do we.
inline constexpr std::string_view kExact = "initial-exact";
inline constexpr std::string_view kApproximate = "initial-approximate";
inline constexpr std::string_view kTimedOut = "initial-timed-out";
/// Of a number that may be out of date. The original takes it and keeps the word; we count anew.
inline constexpr std::string_view kUnknown = "unknown";

/// What the file says.
struct UsageNote {
  /// More than 0.
  std::int64_t bytes = 0;
  /// UTF-8.
  std::string accuracy = {};

  friend bool operator==(const UsageNote&, const UsageNote&) = default;
};

/// A note as it is written: the same bytes as the original's.
[[nodiscard]] std::string ToText(const UsageNote& note);

/// Reads a text as Go's encoding/json reads it into a struct: names without regard to case, the
/// last one of a name counts, null is no value, unknown names are passed over. None for everything
/// that makes the original count anew.
[[nodiscard]] std::optional<UsageNote> ParseUsageNote(std::string_view text);

/// A note, and when it was written.
struct DatedUsageNote {
  UsageNote note = {};
  Instant written = {};
};

/// Up to so many directories are held against a note's date: 2 ms or so.
inline constexpr std::size_t kDirectoriesDatedMax = 2000;

/// Whether a directory of records was changed after a note was written; true as well when nobody
/// can say.
[[nodiscard]] bool IsOlderThanRecords(Directory& root, const Shard& shard, Instant written);

/// Reads the file of a repository. None: it is of no use.
///
/// Errors: not_found · those of the filesystem.
[[nodiscard]] Result<std::optional<DatedUsageNote>> ReadUsageNote(Directory& root);

}  // namespace anystore::flatfs

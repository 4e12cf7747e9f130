/// What a repository holds, counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "anystore/error.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/maintenance/report.h"
#include "backends/flatfs/usage/usage_note.h"

namespace anystore::flatfs {

/// What MeasureRepository finds.
///
/// Threads: thread-compatible.
struct Statistics {
  Shard shard = {};
  /// Who it is; empty where that is not written down.
  StoreIdentity identity = {};
  /// What Get can find, and the bytes of their values.
  std::uint64_t records = 0;
  std::uint64_t value_bytes = 0;
  /// Directories of records.
  std::uint64_t directories = 0;
  /// The sizes of all files and directories, its own among them: what the original calls disk
  /// usage.
  std::uint64_t disk_bytes = 0;
  /// What lies in the directory of temporary files: of writes under way, or of some that were cut
  /// off.
  std::uint64_t leftovers = 0;
  /// Records that Scrub has put aside.
  std::uint64_t quarantined = 0;
  /// Files and directories elsewhere that are no part of a repository.
  std::uint64_t foreign = 0;
  /// Whether there is a note of its size, and what it says; none: it is of no use.
  bool has_note = false;
  std::optional<UsageNote> note = {};
};

/// Goes through a repository. Takes no lock and changes nothing: of what is written meanwhile, some
/// may be counted.
///
/// Errors: not_found · identity_mismatch (not a repository) · those of the filesystem, and of
/// `report`.
[[nodiscard]] Result<Statistics> MeasureRepository(FileSystem& files, std::string_view path,
                                                   const Report& report);

}  // namespace anystore::flatfs

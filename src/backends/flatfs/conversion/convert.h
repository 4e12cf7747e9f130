/// From and to version 0: repositories of the time before there was a SHARDING, all with
/// prefix/N. docs/formats/flatfs.md tells the difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/maintenance/report.h"

namespace anystore::flatfs {

/// What a conversion found.
///
/// Threads: thread-compatible.
struct Converted {
  Shard shard = {};
  std::uint64_t records = 0;
};

/// Makes a repository of version 0 one of version 1, in its place: holds every name against
/// prefix/`length`, then writes that down. Without a length it is that of the names of directories.
/// Nothing but the original's note of sizes, which may be out of date, is removed. Whatever cuts it
/// off, there is a repository of either version, and it can be repeated.
///
/// Nobody may write to the repository meanwhile; version 0 has nothing to lock.
///
/// Errors: not_found · already_exists (it has a rule) · invalid_argument (a length that cannot
/// work, or none where there are no directories) · identity_mismatch (names the first thing that
/// does not fit; nothing is touched) · data_loss · those of the filesystem, and of `report`.
[[nodiscard]] Result<Converted> UpgradeRepository(const Environment& environment,
                                                  std::string_view path,
                                                  std::optional<std::size_t> length,
                                                  const Report& report);

/// The reverse: removes what version 0 does not know, checksums of values too, SHARDING last.
/// Whatever cuts it off, there is a repository of either version, and it can be repeated.
///
/// Errors: not_found · busy · unsupported (another rule than prefix/N, or something that
/// version 0 cannot hold, which is named; no record is touched) · identity_mismatch (not a
/// repository) · those of the filesystem, and of `report`.
[[nodiscard]] Result<Converted> DowngradeRepository(const Environment& environment,
                                                    std::string_view path, const Report& report);

}  // namespace anystore::flatfs

/// The names in a repository.
#pragma once

#include <cstdint>
#include <string_view>

namespace anystore::flatfs {

/// The rule that assigns keys to directories, as text. Who has it is a repository.
inline constexpr std::string_view kShardingName = "SHARDING";
/// A text for people; only beside the default rule.
inline constexpr std::string_view kReadmeName = "_README";
/// The original's note of how much space the records take.
inline constexpr std::string_view kDiskUsageName = "diskUsage.cache";
/// The SHA-256 of values, as sha256sum writes them. No directory of records can have this name.
inline constexpr std::string_view kChecksumsName = "checksums.sha256";
/// The directory of temporary files.
inline constexpr std::string_view kTemporaryName = ".temp";
/// The directory of damaged records that were put aside. The original lists no directory whose name
/// begins with ".".
inline constexpr std::string_view kQuarantineName = ".quarantine";
/// The journal of a commit under way, among the temporary files.
inline constexpr std::string_view kCommitName = ".temp/commit";
/// The note that values may have their names and not be stable, among the temporary files.
inline constexpr std::string_view kUnsyncedName = ".temp/unsynced";
/// How temporary files begin.
inline constexpr std::string_view kTemporaryPrefix = "temp-";
/// How the temporary files of early versions begin, which lie among the records.
inline constexpr std::string_view kOldTemporaryPrefix = "put-";
/// How the files of records end.
inline constexpr std::string_view kExtension = ".data";

/// Modes, all less the process' umask.
inline constexpr std::uint32_t kDirectoryMode = 0755;
inline constexpr std::uint32_t kShardingMode = 0666;
inline constexpr std::uint32_t kReadmeMode = 0444;
inline constexpr std::uint32_t kChecksumsMode = 0644;
inline constexpr std::uint32_t kDiskUsageMode = 0600;
inline constexpr std::uint32_t kCommitMode = 0600;
inline constexpr std::uint32_t kUnsyncedMode = 0600;

}  // namespace anystore::flatfs

/// What can be wrong with a repository, and what is done about it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::flatfs {

/// What can be wrong. docs/backends/flatfs.md has a table of them.
enum class Problem : std::uint8_t {
  kTemporary,         ///< Something in the directory of temporary files.
  kPendingCommit,     ///< The journal of a commit that is not finished.
  kOldTemporary,      ///< A temporary file of an early version, among the records.
  kForeignFile,       ///< A file that is no part of a repository.
  kForeignDirectory,  ///< A directory beside those of records.
  kNestedDirectory,   ///< A directory among records.
  kHiddenFile,        ///< A file whose name begins with ".".
  kBadName,           ///< A file named like a record, of what can be no key.
  kBlockedDirectory,  ///< No directory, but a file or link, where records would lie.
  kMisplaced,         ///< A record in a directory where it is not looked for.
  kDuplicate,         ///< A misplaced record that is in its place, too.
  kConflict,          ///< A misplaced record whose place is taken by something else.
  kDirectory,         ///< A directory with the name of a record.
  kDanglingLink,      ///< A link with the name of a record that leads nowhere.
  kLink,              ///< A link with the name of a record.
  kSpecialFile,       ///< A device, a socket or a pipe with the name of a record.
  kUnreadable,        ///< A file or directory that cannot be read.
  kPermissions,       ///< A file or directory that its owner may not read.
  kDamaged,           ///< A record with a value that is not the one that was stored.
  kEmptyRecord,       ///< A record without a byte, where nothing tells whether that is right.
  kEmptyDirectory,    ///< A directory of records without any.
  kQuarantined,       ///< A damaged record that was put aside.
  kUnusableCache,     ///< A note of sizes that cannot be read.
  kStaleCache,        ///< A note of sizes that is wrong.
  kShardingText,      ///< SHARDING names the rule in another way than it is written.
  kMissingReadme,     ///< No _README beside the default rule.
  kChangedReadme,     ///< A _README that neither we nor the original wrote.
};

/// The lower-case name, which stays: "old_temporary".
[[nodiscard]] std::string_view Name(Problem problem) noexcept;

/// How bad it is.
enum class Severity : std::uint8_t {
  kInformation,  ///< It harms nobody.
  kError,        ///< It is damage, or has no business there.
};

/// The lower-case name.
[[nodiscard]] std::string_view Name(Severity severity) noexcept;

/// What Scrub does about it.
enum class Remedy : std::uint8_t {
  kNone,        ///< Nothing.
  kRemove,      ///< It is removed.
  kMove,        ///< It is moved to where it belongs.
  kQuarantine,  ///< It is put aside, where nobody looks for records.
  kWrite,       ///< It is written anew.
};

/// The lower-case name.
[[nodiscard]] std::string_view Name(Remedy remedy) noexcept;

/// Something that is wrong with a repository.
///
/// Threads: thread-compatible.
struct RepositoryFinding {
  Problem problem = Problem::kForeignFile;
  Severity severity = Severity::kError;
  /// The file or directory, from the root of the repository.
  std::string path = {};
  /// What is wrong, as a sentence without an end.
  std::string what = {};
  Remedy remedy = Remedy::kNone;
  /// Where it is moved to, by kMove or kQuarantine; where else the record is, of a kDuplicate or
  /// kConflict.
  std::string place = {};
  /// Whether the remedy was applied. Never by Check.
  bool repaired = false;
};

/// A line for people, behind the path: kind, what is wrong, what is or would be done.
[[nodiscard]] std::string Describe(const RepositoryFinding& finding);

/// Told of each finding. Its error ends the work, which then returns it.
using FindingSink = std::function<Status(const RepositoryFinding& finding)>;

}  // namespace anystore::flatfs

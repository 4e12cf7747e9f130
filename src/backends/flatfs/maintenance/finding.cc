#include "backends/flatfs/maintenance/finding.h"

namespace anystore::flatfs {

std::string_view Name(Problem problem) noexcept {
  switch (problem) {
    case Problem::kTemporary:
      return "temporary";
    case Problem::kPendingCommit:
      return "pending_commit";
    case Problem::kOldTemporary:
      return "old_temporary";
    case Problem::kForeignFile:
      return "foreign_file";
    case Problem::kForeignDirectory:
      return "foreign_directory";
    case Problem::kNestedDirectory:
      return "nested_directory";
    case Problem::kHiddenFile:
      return "hidden_file";
    case Problem::kBadName:
      return "bad_name";
    case Problem::kBlockedDirectory:
      return "blocked_directory";
    case Problem::kMisplaced:
      return "misplaced";
    case Problem::kDuplicate:
      return "duplicate";
    case Problem::kConflict:
      return "conflict";
    case Problem::kDirectory:
      return "directory";
    case Problem::kDanglingLink:
      return "dangling_link";
    case Problem::kLink:
      return "link";
    case Problem::kSpecialFile:
      return "special_file";
    case Problem::kUnreadable:
      return "unreadable";
    case Problem::kPermissions:
      return "permissions";
    case Problem::kDamaged:
      return "damaged";
    case Problem::kEmptyRecord:
      return "empty_record";
    case Problem::kEmptyDirectory:
      return "empty_directory";
    case Problem::kQuarantined:
      return "quarantined";
    case Problem::kUnusableCache:
      return "unusable_cache";
    case Problem::kStaleCache:
      return "stale_cache";
    case Problem::kShardingText:
      return "sharding_text";
    case Problem::kMissingReadme:
      return "missing_readme";
    case Problem::kChangedReadme:
      return "changed_readme";
  }
  return "unknown";
}

std::string_view Name(Severity severity) noexcept {
  return severity == Severity::kError ? "error" : "information";
}

std::string_view Name(Remedy remedy) noexcept {
  switch (remedy) {
    case Remedy::kNone:
      return "none";
    case Remedy::kRemove:
      return "remove";
    case Remedy::kMove:
      return "move";
    case Remedy::kQuarantine:
      return "quarantine";
    case Remedy::kWrite:
      return "write";
  }
  return "unknown";
}

std::string Describe(const RepositoryFinding& finding) {
  std::string text(Name(finding.problem));
  text.append(": ").append(finding.what);
  const bool done = finding.repaired;
  switch (finding.remedy) {
    case Remedy::kNone:
      return text;
    case Remedy::kRemove:
      return text.append(done ? "; removed" : "; to be removed");
    case Remedy::kMove:
    case Remedy::kQuarantine:
      return text.append(done ? "; moved to " : "; to be moved to ").append(finding.place);
    case Remedy::kWrite:
      return text.append(done ? "; written" : "; to be written");
  }
  return text;
}

}  // namespace anystore::flatfs

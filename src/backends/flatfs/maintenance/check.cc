#include "backends/flatfs/maintenance/check.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/commit/commit_journal.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/examination.h"
#include "backends/flatfs/maintenance/own_files.h"
#include "backends/flatfs/maintenance/record_examiner.h"
#include "backends/flatfs/maintenance/size_note.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/torn_verifier.h"
#include "core/if_found.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// What the owner needs to go through a directory.
constexpr std::uint32_t kOwnerLists = 0500;

bool IsHidden(std::string_view name) { return name.starts_with('.'); }

/// Goes through the root and the directories in it.
class RootExaminer {
 public:
  explicit RootExaminer(Examination& examination)
      : examination_(examination), records_(examination) {}

  Status Run() {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> entries, examination_.List(""));
    for (const NamedEntry& entry : entries) ANYSTORE_TRY(LookAt(entry));
    ANYSTORE_TRY(ExamineOwnFiles(examination_));
    // An open store keeps it up to date, in its own way.
    if (!examination_.options().store_is_open) ANYSTORE_TRY(ExamineSizeNote(examination_));
    return examination_.Report();
  }

 private:
  Status LookAt(const NamedEntry& entry);
  Status LookAtDirectory(const std::string& name);
  Status LookAtRecords(const std::string& directory);
  Status LookAtForeign(const std::string& directory);
  Status LookAtTemporaries(const NamedEntry& entry);
  Status LookAtCommit();
  Status LookAtQuarantine(const std::string& directory);
  /// What is in a directory; none when that cannot be told, which is a finding, or it is gone.
  Result<std::optional<std::vector<NamedEntry>>> List(const std::string& directory);
  Status Tell(Problem problem, const std::string& path, std::string what,
              Severity severity = Severity::kError) {
    return examination_.Tell(
        {.problem = problem, .severity = severity, .path = path, .what = std::move(what)});
  }

  Examination& examination_;
  RecordExaminer records_;
};

Status RootExaminer::LookAt(const NamedEntry& entry) {
  const std::string& name = entry.name;
  if (name == kTemporaryName) return LookAtTemporaries(entry);
  if (entry.kind == FileKind::kDirectory) return LookAtDirectory(name);
  // Whether it is a part where keys are strict is looked at with what is in it.
  if (entry.kind == FileKind::kFile && IsOwnFile(name, KeyForm::kEscape)) return Ok();
  // The rule's file may be a link to one; it has been read.
  if (name == kShardingName) return Ok();
  if (examination_.shard().IsDirectory(name)) {
    return Tell(
        Problem::kBlockedDirectory, name,
        entry.kind == FileKind::kLink
            ? "a link is in the place of a directory of records; what it leads to is found, "
              "and not listed"
            : "a file is in the place of a directory of records");
  }
  return IsHidden(name) ? Tell(Problem::kHiddenFile, name, "a hidden file in the repository")
                        : Tell(Problem::kForeignFile, name, "it is no part of the repository");
}

Status RootExaminer::LookAtDirectory(const std::string& name) {
  if (name == kQuarantineName) return LookAtQuarantine(name);
  if (examination_.shard().IsDirectory(name)) return LookAtRecords(name);
  ANYSTORE_TRY(Tell(Problem::kForeignDirectory, name,
                    IsHidden(name) ? "a hidden directory in the repository"
                                   : "records belong to no directory of this name"));
  // Nobody lists hidden ones.
  return IsHidden(name) ? Ok() : LookAtForeign(name);
}

Result<std::optional<std::vector<NamedEntry>>> RootExaminer::List(const std::string& directory) {
  using Entries = std::optional<std::vector<NamedEntry>>;
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                            IfFound(examination_.root().Stat(directory)));
  if (!info.has_value() || info->kind != FileKind::kDirectory) return Entries();
  const bool is_locked = (info->mode & kOwnerLists) != kOwnerLists;
  if (is_locked) {
    ANYSTORE_TRY(Tell(Problem::kPermissions, directory, "its owner may not list it"));
  }
  Result<std::vector<NamedEntry>> entries = examination_.List(directory);
  if (entries.has_value()) return Entries(*std::move(entries));
  if (entries.error().code() == Code::kNotFound) return Entries();
  if (!IsAboutFile(entries.error())) return std::move(entries).error();
  if (!is_locked || entries.error().code() != Code::kPermissionDenied) {
    ANYSTORE_TRY(Tell(Problem::kUnreadable, directory, std::string(entries.error().message())));
  }
  return Entries();
}

Status RootExaminer::LookAtRecords(const std::string& directory) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto entries, List(directory));
  if (!entries.has_value()) return Ok();
  ++examination_.summary().directories;
  if (entries->empty()) {
    return Tell(Problem::kEmptyDirectory, directory, "nothing is in it", Severity::kInformation);
  }
  for (const NamedEntry& entry : *entries) ANYSTORE_TRY(records_.LookAt(directory, entry));
  return Ok();
}

Status RootExaminer::LookAtForeign(const std::string& directory) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto entries, List(directory));
  if (!entries.has_value()) return Ok();
  for (const NamedEntry& entry : *entries) {
    const std::string path = directory + "/" + entry.name;
    if (entry.kind == FileKind::kDirectory) {
      ANYSTORE_TRY(
          Tell(Problem::kNestedDirectory, path, "a directory lies in one that is foreign"));
    } else if (IsHidden(entry.name)) {
      ANYSTORE_TRY(
          Tell(Problem::kHiddenFile, path, "a hidden file lies in a directory that is foreign"));
    } else {
      ANYSTORE_TRY(Tell(Problem::kForeignFile, path,
                        StemOf(entry.name).empty()
                            ? "it lies in a directory that is foreign"
                            : "it lies in a directory that is foreign: it is never found, and "
                              "go-ds-flatfs lists it"));
    }
  }
  return Ok();
}

Status RootExaminer::LookAtTemporaries(const NamedEntry& entry) {
  // An open store keeps its own there.
  if (examination_.options().store_is_open) return Ok();
  const auto tell = [this](const std::string& path, std::string_view what) {
    return examination_.Tell({.problem = Problem::kTemporary,
                              .severity = Severity::kInformation,
                              .path = path,
                              .what = std::string(what),
                              .remedy = Remedy::kRemove});
  };
  if (entry.kind != FileKind::kDirectory) {
    return tell(entry.name, "no directory is in the place of the one of temporary files");
  }
  ANYSTORE_ASSIGN_OR_RETURN(const auto entries, List(entry.name));
  if (!entries.has_value()) return Ok();
  const auto path_of = [&](const NamedEntry& left) { return entry.name + "/" + left.name; };
  const auto is_commit = [&](const NamedEntry& left) { return path_of(left) == kCommitName; };
  if (std::ranges::any_of(*entries, is_commit)) return LookAtCommit();
  for (const NamedEntry& left : *entries) {
    // Whoever opens the store needs it.
    if (path_of(left) == kUnsyncedName) continue;
    ANYSTORE_TRY(tell(path_of(left), "a write is under way, or was cut off"));
  }
  return Ok();
}

/// The temporary files belong to it, so that none is a leftover.
Status RootExaminer::LookAtCommit() {
  const auto changes =
      ReadJournal(examination_.root(), examination_.shard(), &examination_.clock());
  const std::string name(kCommitName);
  if (!changes.has_value()) {
    if (!IsAboutFile(changes.error())) return changes.error().Clone();
    return Tell(Problem::kPendingCommit, name, std::string(changes.error().message()));
  }
  if (!changes->has_value()) return Ok();  // finished meanwhile
  return Tell(Problem::kPendingCommit, name,
              "a commit of " + std::to_string((*changes)->size()) +
                  " changes is under way, or was cut off: whoever opens the store finishes it",
              Severity::kInformation);
}

Status RootExaminer::LookAtQuarantine(const std::string& directory) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto entries, List(directory));
  if (!entries.has_value()) return Ok();
  for (const NamedEntry& entry : *entries) {
    const std::string path = directory + "/" + entry.name;
    if (entry.kind == FileKind::kDirectory) {
      ANYSTORE_TRY(LookAtQuarantine(path));
    } else {
      ANYSTORE_TRY(Tell(Problem::kQuarantined, path, "a damaged record was put aside",
                        Severity::kInformation));
    }
  }
  return Ok();
}

}  // namespace

Result<CheckSummary> Check(Directory& root, const Shard& shard, Clock& clock,
                           const CheckOptions& options, const FindingSink& sink) {
  // With a damaged record, which is a finding, all that escaped names could be are strict ones.
  auto keys = KeyFormOf(root);
  if (!keys.has_value() && !IsAboutFile(keys.error())) return std::move(keys).error();
  Examination examination(root, shard, keys.value_or(KeyForm::kStrict), clock, options, sink);
  ANYSTORE_TRY(RootExaminer(examination).Run());
  return examination.summary();
}

Result<CheckSummary> CheckRepository(FileSystem& files, std::string_view path, Clock& clock,
                                     const CheckOptions& options, const FindingSink& sink) {
  ANYSTORE_ASSIGN_OR_RETURN(const OpenedRepository opened, OpenUnlocked(files, path));
  const std::shared_ptr<const Verifier> given(std::shared_ptr<void>(), options.verifier);
  const Stems stems(KeyFormOf(*opened.root).value_or(KeyForm::kStrict));
  ANYSTORE_ASSIGN_OR_RETURN(const auto verifier,
                            WithTornValues(*opened.root, opened.shard, stems, given, &clock));
  CheckOptions with_torn = options;
  with_torn.verifier = verifier.get();
  return Check(*opened.root, opened.shard, clock, with_torn, sink);
}

}  // namespace anystore::flatfs

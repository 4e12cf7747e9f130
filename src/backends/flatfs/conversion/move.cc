#include "backends/flatfs/conversion/move.h"

#include <memory>
#include <optional>
#include <utility>

#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/conversion/checksum_carrier.h"
#include "backends/flatfs/conversion/record_mover.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/listed.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/recovery.h"
#include "base/canonical_path.h"

namespace anystore::flatfs {
namespace {

bool IsOldTemporary(const NamedEntry& entry) {
  return entry.kind == FileKind::kFile && entry.name.starts_with(kOldTemporaryPrefix);
}

/// One path, however it was written.
std::string PlaceOf(FileSystem& files, std::string_view path) {
  if (&files == &HostFileSystem()) {
    auto canonical = base::CanonicalPath(path);
    if (canonical.has_value()) return *std::move(canonical);
  }
  return base::LexicalPath(path.starts_with('/') ? std::string(path) : "/" + std::string(path));
}

bool IsInside(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

class Move {
 public:
  Move(const Environment& environment, OpenedRepository& from, KeyForm keys, RecordMover& mover,
       MoveOutcome& outcome)
      : environment_(environment),
        from_(from),
        stems_(keys, from.root->traits().name_bytes_max),
        mover_(mover),
        outcome_(outcome) {}

  Status MoveAll() {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> top,
                              ListInOrder(*from_.root, "", environment_.clock));
    for (const NamedEntry& entry : top) {
      if (entry.kind == FileKind::kDirectory && from_.shard.IsDirectory(entry.name)) {
        ANYSTORE_TRY(MoveDirectory(entry.name));
      } else if (entry.name == kQuarantineName) {
        mover_.Leave(entry.name, "it holds what was put aside");
      } else if (!IsOwn(entry)) {
        mover_.Leave(entry.name, "it is no part of a repository");
      }
    }
    return mover_.Finish();
  }

  /// Removes the old repository, unless something has come meanwhile.
  Status RemoveOld(std::string_view path) {
    Directory& root = *from_.root;
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> top,
                              ListInOrder(root, "", environment_.clock));
    for (const NamedEntry& entry : top) {
      if (entry.kind != FileKind::kDirectory || !from_.shard.IsDirectory(entry.name)) continue;
      ANYSTORE_TRY(RemoveShard(entry.name));
    }
    if (outcome_.left > 0) return Ok();
    ANYSTORE_TRY(RemoveIfThere(root, kDiskUsageName));
    ANYSTORE_TRY(RemoveIfThere(root, kChecksumsName));
    ANYSTORE_TRY(RemoveIfThere(root, kReadmeName));
    ANYSTORE_TRY(root.RemoveTree(kTemporaryName));
    ANYSTORE_TRY(RemoveSharding(root));
    outcome_.old_is_gone = true;
    const Status removed = RemoveRoot(*environment_.files, path, root);
    if (removed.has_value()) return Ok();
    // An empty directory stays where it cannot go: on which a filesystem is mounted, or in one that
    // may not be changed.
    const Code code = removed.error().code();
    const bool stays =
        code == Code::kBusy || code == Code::kPermissionDenied || code == Code::kReadOnly;
    return stays ? root.Sync("") : Status(removed.error().Clone());
  }

 private:
  [[nodiscard]] bool IsOwn(const NamedEntry& entry) const {
    if (entry.kind == FileKind::kDirectory) return entry.name == kTemporaryName;
    return IsOwnFile(entry.name, stems_.form());
  }

  Status MoveDirectory(const std::string& directory) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> entries,
                              ListInOrder(*from_.root, directory, environment_.clock));
    for (const NamedEntry& entry : entries) {
      if (entry.kind == FileKind::kFile &&
          stems_.IsRecord(from_.shard, directory, entry.name, key_)) {
        ANYSTORE_TRY(mover_.Take(StemOf(entry.name)));
      } else if (!IsOldTemporary(entry)) {
        mover_.Leave(directory + "/" + entry.name, "it is no record of this directory");
      }
    }
    return Ok();
  }

  /// Only what is empty, or has leftovers of writes; never what somebody wrote meanwhile.
  Status RemoveShard(const std::string& directory) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> entries,
                              ListInOrder(*from_.root, directory, environment_.clock));
    for (const NamedEntry& entry : entries) {
      const std::string name = directory + "/" + entry.name;
      if (IsOldTemporary(entry)) {
        ANYSTORE_TRY(RemoveIfThere(*from_.root, name));
      } else {
        mover_.Leave(name, "it came meanwhile");
      }
    }
    if (outcome_.left > 0) return Ok();
    return from_.root->RemoveDirectory(directory);
  }

  const Environment& environment_;
  OpenedRepository& from_;
  const Stems stems_;
  std::string key_;
  RecordMover& mover_;
  MoveOutcome& outcome_;
};

/// The deepest directory above both, and their names in it; none where it cannot be had.
std::unique_ptr<Common> FindCommon(FileSystem& files, const std::string& from,
                                   const std::string& to) {
  std::size_t length = from.find('/', 1);
  std::size_t common = 0;
  while (length != std::string::npos && IsInside(to, from.substr(0, length))) {
    common = length;
    length = from.find('/', length + 1);
  }
  auto directory = files.OpenDirectory(common == 0 ? "/" : from.substr(0, common));
  if (!directory.has_value()) return nullptr;
  return std::make_unique<Common>(Common{.directory = *std::move(directory),
                                         .from = from.substr(common + 1) + "/",
                                         .to = to.substr(common + 1) + "/"});
}

}  // namespace

Result<MoveOutcome> MoveRepository(const Environment& environment, std::string_view from,
                                   std::string_view to, const Report& report) {
  FileSystem& files = *environment.files;
  const std::string from_place = PlaceOf(files, from);
  const std::string to_place = PlaceOf(files, to);
  if (IsInside(from_place, to_place) || IsInside(to_place, from_place)) {
    return Error(Code::kInvalidArgument,
                 "one repository cannot move into another that is the same "
                 "or lies in it: " +
                     std::string(from) + " and " + std::string(to));
  }
  ANYSTORE_ASSIGN_OR_RETURN(OpenedRepository old, OpenRepository(files, from));
  ANYSTORE_ASSIGN_OR_RETURN(OpenedRepository fresh, OpenRepository(files, to));
  ANYSTORE_ASSIGN_OR_RETURN(const KeyForm keys, KeyFormOf(*old.root));
  ANYSTORE_ASSIGN_OR_RETURN(const KeyForm new_keys, KeyFormOf(*fresh.root));
  if (keys != new_keys) {
    return Error(Code::kInvalidArgument, "the keys of the old repository are " +
                                             std::string(Name(keys)) + ", those of the new one " +
                                             std::string(Name(new_keys)));
  }
  for (const OpenedRepository* const repository : {&old, &fresh}) {
    ANYSTORE_TRY(FinishCommit(*repository->root, repository->shard, environment));
    ANYSTORE_TRY(SettleUnsynced(*repository->root, repository->shard, environment));
    ANYSTORE_TRY(EmptyTemporaryDirectory(*repository->root));
  }
  auto parent = OpenParent(files, to);
  if (!parent.has_value() && parent.error().code() != Code::kPermissionDenied) {
    return std::move(parent).error();
  }
  MoveOutcome outcome;
  RecordMover mover(environment, old, fresh, parent.has_value() ? parent->get() : nullptr,
                    FindCommon(files, from_place, to_place), report, outcome);
  // The notes go for good, before the first record moves.
  ANYSTORE_TRY(RemoveIfThere(*old.root, kDiskUsageName));
  ANYSTORE_TRY(mover.Begin());
  ANYSTORE_TRY(RemoveIfThere(*fresh.root, kDiskUsageName));
  // A value has its checksum before it has its name, and no other one.
  ANYSTORE_TRY(
      DropStaleChecksums(old, fresh, [&] { return mover.SecureNew(); }, *environment.random));
  ANYSTORE_TRY(CarryChecksums(old, fresh));
  ANYSTORE_TRY(fresh.root->Sync(""));
  Move move(environment, old, keys, mover, outcome);
  ANYSTORE_TRY(move.MoveAll());
  if (outcome.left == 0) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool has_checksums, Checksums::Exist(*old.root));
    // Else a record could come back without its checksum.
    if (has_checksums) ANYSTORE_TRY(mover.SecureRemovals());
    ANYSTORE_TRY(move.RemoveOld(from));
  }
  if (!outcome.old_is_gone) ANYSTORE_TRY(mover.SecureRemovals());
  return outcome;
}

}  // namespace anystore::flatfs

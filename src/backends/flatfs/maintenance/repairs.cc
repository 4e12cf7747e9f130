#include "backends/flatfs/maintenance/repairs.h"

#include <optional>
#include <utility>
#include <vector>

#include "backends/flatfs/maintenance/examination.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "backends/flatfs/readme.h"
#include "core/if_found.h"
#include "filesystem/descriptors.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

using filesystem::WaitForDescriptors;
using internal::IfFound;

/// For more than so many files the whole filesystem is synced, where it can be.
constexpr std::size_t kFileSyncsMax = 8;
/// So many damaged records of one key are put aside.
constexpr int kQuarantinedMax = 10'000;

/// What could not be synced may be gone, though a later sync succeeds.
Status Synced(Status status) {
  if (status.has_value() || filesystem::IsOutOfDescriptors(status.error())) return status;
  return filesystem::LostBySync(std::move(status).error(), Applied::kUnknown);
}

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Status Repairs::Apply(std::span<RepositoryFinding*> findings) {
  std::vector<RepositoryFinding*> prepared;
  for (RepositoryFinding* const finding : findings) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_prepared, Prepare(*finding));
    if (is_prepared) prepared.push_back(finding);
  }
  ANYSTORE_TRY(Stabilize(prepared));
  for (RepositoryFinding* const finding : prepared) {
    ANYSTORE_TRY(finding->remedy == Remedy::kWrite ? WriteAnew(*finding) : Remove(*finding));
  }
  return Ok();
}

Status Repairs::Sync() {
  const FileSystemTraits& traits = root_.traits();
  if (!touched_.empty() && !traits.directory_sync && traits.filesystem_sync) {
    touched_.clear();
    return Synced(root_.SyncFileSystem());
  }
  for (const std::string& directory : touched_) ANYSTORE_TRY(SyncDirectory(directory));
  touched_.clear();
  return Ok();
}

Result<bool> Repairs::Prepare(RepositoryFinding& finding) {
  switch (finding.remedy) {
    case Remedy::kMove:
      return PrepareMove(finding.path, finding.place);
    case Remedy::kQuarantine:
      return PrepareQuarantine(finding);
    case Remedy::kRemove:
      if (finding.problem != Problem::kDuplicate) return true;
      return HoldsSame(finding.path, finding.place);
    case Remedy::kWrite:
      return true;
    case Remedy::kNone:
      break;
  }
  return false;
}

Result<bool> Repairs::PrepareMove(const std::string& from, const std::string& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_own, HasOwnDirectory(root_, to));
  if (!is_own) return false;
  ANYSTORE_TRY(MakeDirectory(DirectoryOf(to)));
  return GiveName(from, to);
}

Result<bool> Repairs::PrepareQuarantine(RepositoryFinding& finding) {
  const std::string& from = finding.path;
  for (int number = 0; number < kQuarantinedMax; ++number) {
    std::string directory(kQuarantineName);
    ANYSTORE_TRY(MakeDirectory(directory));
    if (number > 0) {
      directory.append("/").append(std::to_string(number));
      ANYSTORE_TRY(MakeDirectory(directory));
    }
    const std::string to = directory.append("/").append(NameOf(from));
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_named, GiveName(from, to));
    if (is_named) {
      finding.place = to;
      return true;
    }
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsFile(from));
    if (!is_there) return false;
  }
  return Error(Code::kResourceExhausted,
               Quoted(kQuarantineName) + " holds too many files of " + Quoted(NameOf(from)));
}

Result<bool> Repairs::IsFile(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, IfFound(root_.Stat(path)));
  return info.has_value() && info->kind == FileKind::kFile;
}

/// Whether both are files of their own, with the same bytes.
Result<bool> Repairs::HoldsSame(const std::string& from, const std::string& place) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_own, HasOwnDirectory(root_, place));
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_file, IsFile(place));
  if (!is_own || !is_file) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<bool> same,
                            IfFound(HaveSameBytes(root_, from, place, clock_)));
  return same.value_or(false);
}

Result<bool> Repairs::GiveName(const std::string& from, const std::string& to) {
  Status named =
      root_.traits().hard_links ? root_.Link(from, to) : Status(Error(Code::kUnsupported));
  if (!named.has_value() && named.error().code() == Code::kUnsupported) named = CopyFile(from, to);
  if (named.has_value()) return true;
  switch (named.error().code()) {
    case Code::kAlreadyExists:
      // Perhaps of a repair that was cut off.
      return HoldsSame(from, to);
    case Code::kNotFound:
      return false;
    default:
      return std::move(named).error();
  }
}

Status Repairs::CopyFile(const std::string& from, const std::string& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, root_.Stat(from));
  std::uint64_t size = 0;
  ANYSTORE_ASSIGN_OR_RETURN(const Value value, ReadRecord(root_, from, {}, clock_, &size));
  return Write({.name = to, .bytes = value.bytes(), .mode = info.mode});
}

Status Repairs::Write(const NewFile& file) {
  ANYSTORE_TRY(MakeDirectory(kTemporaryName));
  return WriteFile(root_, file,
                   {.replace = Replace::kNo,
                    .temporary_directory = kTemporaryName,
                    .temporary_prefix = kTemporaryPrefix,
                    .random = random_,
                    .clock = &clock_});
}

Status Repairs::MakeDirectory(std::string_view directory) {
  const Status made = root_.MakeDirectory(directory, kDirectoryMode);
  if (made.has_value()) return Ok();
  if (made.error().code() != Code::kAlreadyExists) return made.error().Clone();
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, root_.Stat(directory));
  if (info.kind == FileKind::kDirectory) return Ok();
  return Error(Code::kPreconditionFailed, Quoted(directory) + " is no directory");
}

Status Repairs::Stabilize(std::span<RepositoryFinding*> prepared) {
  std::vector<std::string_view> files;
  std::set<std::string_view> directories;
  for (const RepositoryFinding* const finding : prepared) {
    if (finding->place.empty()) continue;
    files.push_back(finding->place);
    for (std::string_view directory = finding->place; !directory.empty();) {
      directory = DirectoryOf(directory);
      directories.insert(directory);
    }
  }
  const FileSystemTraits& traits = root_.traits();
  const bool is_costly = files.size() > kFileSyncsMax || !traits.directory_sync;
  if (!files.empty() && is_costly && traits.filesystem_sync) {
    return Synced(root_.SyncFileSystem());
  }
  for (const std::string_view file : files) ANYSTORE_TRY(SyncFile(file));
  for (const std::string_view directory : directories) ANYSTORE_TRY(SyncDirectory(directory));
  return Ok();
}

Status Repairs::SyncFile(std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(
      const auto file, IfFound(WaitForDescriptors(&clock_, [&] { return root_.Open(path, {}); })));
  return file.has_value() ? Synced((*file)->Sync(SyncScope::kData)) : Ok();
}

Status Repairs::SyncDirectory(std::string_view directory) {
  Status synced = WaitForDescriptors(&clock_, [&] { return root_.Sync(directory); });
  // Whoever removed it removed what was in it.
  if (!synced.has_value() && synced.error().code() == Code::kNotFound) return Ok();
  return Synced(std::move(synced));
}

Status Repairs::WriteAnew(RepositoryFinding& finding) {
  if (finding.problem != Problem::kMissingReadme) {
    // The note of sizes, which was renewed after the other repairs.
    finding.repaired = true;
    return Ok();
  }
  Status written = Write({.name = kReadmeName, .bytes = kReadme, .mode = kReadmeMode});
  if (written.has_value()) finding.repaired = true;
  // Somebody else wrote one.
  return !written.has_value() && written.error().code() == Code::kAlreadyExists
             ? Ok()
             : std::move(written);
}

Status Repairs::Remove(RepositoryFinding& finding) {
  if (!finding.place.empty()) {
    // Somebody may have removed the other name meanwhile.
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsFile(finding.place));
    if (!is_there) return Ok();
  }
  Status removed = finding.problem == Problem::kTemporary ? root_.RemoveTree(finding.path)
                                                          : root_.Remove(finding.path);
  if (!removed.has_value() && removed.error().code() != Code::kNotFound) return removed;
  touched_.emplace(DirectoryOf(finding.path));
  finding.repaired = true;
  return Ok();
}

}  // namespace anystore::flatfs

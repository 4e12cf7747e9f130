#include "backends/flatfs/commit/whole_commit.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "backends/flatfs/names.h"
#include "backends/flatfs/stability.h"
#include "filesystem/descriptors.h"
#include "filesystem/entries.h"
#include "filesystem/lost_by_sync.h"
#include "filesystem/names.h"

namespace anystore::flatfs {
namespace {

using filesystem::LostBySync;
using filesystem::ParentOf;
using filesystem::WaitForDescriptors;

/// How many names are tried for a temporary file before something must be wrong.
constexpr int kNamesMax = 100;

bool Is(const Status& status, Code code) {
  return !status.has_value() && status.error().code() == code;
}

std::string TemporaryPath(std::string_view name) {
  return std::string(kTemporaryName).append("/").append(name);
}

Status Unknown(Status status) {
  if (status.has_value()) return status;
  return std::move(status).error().WithApplied(Applied::kUnknown);
}

/// What was written down is all there.
Status CheckFiles(Directory& root, std::span<const CommitChange> changes) {
  for (const CommitChange& change : changes) {
    if (change.temporary.empty()) continue;
    const std::string name = TemporaryPath(change.temporary);
    const Result<FileInfo> info = root.Stat(name);
    if (!info.has_value() && info.error().code() != Code::kNotFound) return info.error().Clone();
    if (info.has_value() && info->kind == FileKind::kFile && info->size == change.bytes) continue;
    return Error(Code::kCorruption,
                 "a commit was cut off, and cannot be finished: " + Quoted(name) +
                     (info.has_value() ? " is not a file of " : " is missing, a file of ") +
                     std::to_string(change.bytes) + " bytes");
  }
  return Ok();
}

}  // namespace

bool CanCommitWhole(const FileSystemTraits& traits) {
  return traits.atomic_rename && traits.directory_sync && traits.hard_links;
}

Status WholeCommit::Prepare() {
  std::set<std::string_view> seen;
  for (const CommitChange& change : changes_) {
    const std::string_view directory = ParentOf(change.target);
    const bool writes = !change.temporary.empty();
    if (writes && seen.insert(directory).second) {
      ANYSTORE_TRY(PrepareDirectory(std::string(directory)));
    }
    const Result<FileInfo> old = root_.Stat(change.target);
    if (!old.has_value() && old.error().code() != Code::kNotFound) return old.error().Clone();
    if (old.has_value() && old->kind == FileKind::kDirectory) {
      return Error(Code::kCorruption, "a directory is in the place of " + Quoted(change.target));
    }
  }
  return Ok();
}

Status WholeCommit::PrepareDirectory(const std::string& directory) {
  Result<FileInfo> info = root_.Stat(directory);
  if (!info.has_value() && info.error().code() == Code::kNotFound) {
    ANYSTORE_TRY(MakeDirectory(directory));
    info = root_.Stat(directory);
  }
  if (!info.has_value()) return std::move(info).error();
  if (info->kind == FileKind::kDirectory) return Ok();
  // Perhaps to another filesystem, to which no file can be linked.
  return Error(Code::kUnsupported, Quoted(directory) +
                                       " is not a directory of the repository itself: no batch "
                                       "with records in it is all or nothing");
}

Status WholeCommit::Commit() {
  ANYSTORE_TRY(PlaceJournal(root_, changes_, environment_));
  // Until the journal is gone: another write of one of these records would be undone by it.
  std::deque<FileSizes::Hold> holds;
  if (sizes_ != nullptr) {
    for (const CommitChange& change : changes_) holds.emplace_back(*sizes_, change.target);
  }
  return Finish();
}

Status WholeCommit::Finish() {
  ANYSTORE_TRY(Unknown(ApplyAll()));
  ANYSTORE_TRY(SyncTouched());
  return Unknown(RemoveJournal(root_, environment_.clock));
}

Status WholeCommit::ApplyAll() {
  for (const CommitChange& change : changes_) ANYSTORE_TRY(Apply(change));
  return Ok();
}

Status WholeCommit::Apply(const CommitChange& change) {
  ANYSTORE_TRY(change.temporary.empty() ? Remove(change) : Put(change));
  const std::string directory(ParentOf(change.target));
  touched_.insert(directory);
  if (!change.temporary.empty() && (stable_ == nullptr || !stable_->Contains(directory))) {
    touched_.emplace();
    becoming_stable_.insert(directory);
  }
  return Ok();
}

/// A second name for the file, which keeps the first: of a rename that was cut off, neither name
/// may be left.
Status WholeCommit::Put(const CommitChange& change) {
  const std::string from = TemporaryPath(change.temporary);
  Status linked = root_.Link(from, change.target);
  if (Is(linked, Code::kNotFound)) {
    ANYSTORE_TRY(MakeDirectory(std::string(ParentOf(change.target))));
    linked = root_.Link(from, change.target);
  }
  if (Is(linked, Code::kAlreadyExists)) return Replace(change, from);
  if (linked.has_value()) Count(static_cast<std::int64_t>(change.bytes));
  return linked;
}

/// A link replaces nothing, so it gets another temporary name first.
Status WholeCommit::Replace(const CommitChange& change, const std::string& from) {
  Random& random =
      environment_.random != nullptr ? *environment_.random : *Environment::Host().random;
  std::string second;
  Status linked = Ok();
  for (int tried = 0; tried < kNamesMax; ++tried) {
    second = TemporaryPath(kTemporaryPrefix).append(std::to_string(random.Next()));
    linked = root_.Link(from, second);
    if (!Is(linked, Code::kAlreadyExists)) break;
  }
  ANYSTORE_TRY(std::move(linked));
  const Result<FileInfo> old = root_.Stat(change.target);
  ANYSTORE_TRY(root_.Rename(second, change.target, anystore::Replace::kYes));
  Count(static_cast<std::int64_t>(change.bytes));
  CountLost(old);
  return Ok();
}

Status WholeCommit::Remove(const CommitChange& change) {
  const Result<FileInfo> old = root_.Stat(change.target);
  Status removed = root_.Remove(change.target);
  if (Is(removed, Code::kNotFound)) return Ok();
  if (removed.has_value()) CountLost(old);
  return removed;
}

Status WholeCommit::MakeDirectory(const std::string& directory) {
  Status made = root_.MakeDirectory(directory, kDirectoryMode);
  if (Is(made, Code::kAlreadyExists)) return Ok();
  if (!made.has_value() || sizes_ == nullptr) return made;
  const Result<FileInfo> info = root_.Stat(directory);
  if (info.has_value()) {
    Count(static_cast<std::int64_t>(info->size));
  } else {
    sizes_->Doubt();
  }
  return Ok();
}

Status WholeCommit::SyncTouched() {
  const bool many = touched_.size() > Stability::kDirectorySyncsMax;
  if (many && root_.traits().filesystem_sync) {
    Status synced = root_.SyncFileSystem();
    if (!synced.has_value()) return LostBySync(std::move(synced).error(), Applied::kUnknown);
  } else {
    for (const std::string& directory : touched_) {
      Status synced = WaitForDescriptors(environment_.clock, [&] { return root_.Sync(directory); });
      // Where there is no directory there was nothing to remove.
      if (Is(synced, Code::kNotFound) && !becoming_stable_.contains(directory)) continue;
      if (!synced.has_value()) return LostBySync(std::move(synced).error(), Applied::kUnknown);
    }
  }
  if (stable_ == nullptr) return Ok();
  for (const std::string& directory : becoming_stable_) stable_->Insert(directory);
  return Ok();
}

void WholeCommit::CountLost(const Result<FileInfo>& old) {
  if (old.has_value()) {
    Count(-static_cast<std::int64_t>(old->size));
  } else if (old.error().code() != Code::kNotFound && sizes_ != nullptr) {
    sizes_->Doubt();
  }
}

void WholeCommit::Count(std::int64_t bytes) {
  if (sizes_ != nullptr) sizes_->Add(bytes);
}

Status FinishCommit(Directory& root, const Shard& shard, const Environment& environment) {
  bool is_empty = true;
  Status listed = filesystem::ForEachEntry(root, kTemporaryName, [&](const DirectoryEntry&) {
    is_empty = false;
    return false;
  });
  // Nothing, or no directory.
  if (Is(listed, Code::kNotFound) || Is(listed, Code::kInvalidArgument)) return Ok();
  ANYSTORE_TRY(std::move(listed));
  if (is_empty) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(const auto changes, ReadJournal(root, shard, environment.clock));
  if (changes.has_value()) ANYSTORE_TRY(CheckFiles(root, *changes));
  if (!changes.has_value() && !CanCommitWhole(root.traits())) return Ok();
  // A process that was killed may have left its journal unstable, and then a power cut what is
  // carried out from now on in part; or it has left the journal's removal so, and then it may come
  // back, and must find its files.
  ANYSTORE_TRY(SyncTemporaries(root, environment.clock, Applied::kNo));
  return changes.has_value() ? WholeCommit(root, *changes, environment).Finish() : Ok();
}

}  // namespace anystore::flatfs

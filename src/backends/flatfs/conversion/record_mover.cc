#include "backends/flatfs/conversion/record_mover.h"

#include <algorithm>
#include <utility>

#include "anystore/value.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "core/if_found.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

/// So many records, or copied bytes, share their syncs.
constexpr std::size_t kTakenMax = 10'000;
constexpr std::uint64_t kCopiedBytesMax = std::uint64_t{64} << 20U;
/// So much of two files is compared at once.
constexpr std::uint64_t kComparedBytes = std::uint64_t{1} << 20U;

FileBatchOptions CopyOptions(const Environment& environment) {
  // Their directories are synced with those of links.
  return {.durable = false,
          .replace = Replace::kNo,
          .temporary_directory = kTemporaryName,
          .temporary_prefix = kTemporaryPrefix,
          .random = environment.random,
          .clock = environment.clock};
}

std::string DirectoryOf(const Shard& shard, std::string_view stem) {
  std::string directory(shard.length(), '\0');
  shard.WriteDirectory(stem, directory.data());
  return directory;
}

std::string ViaCommon(const std::string& front, const RecordName& name) {
  return front + std::string(name.view());
}

}  // namespace

RecordMover::RecordMover(const Environment& environment, OpenedRepository& from,
                         OpenedRepository& to, Directory* parent, std::unique_ptr<Common> common,
                         const Report& report, MoveOutcome& outcome)
    : environment_(environment),
      from_(from),
      to_(to),
      common_(std::move(common)),
      report_(report),
      outcome_(outcome),
      old_stability_(*from.root, nullptr, from.shard, *environment.clock),
      new_stability_(*to.root, parent, to.shard, *environment.clock),
      can_link_(common_ != nullptr && to.root->traits().hard_links),
      copies_(*to.root, CopyOptions(environment)) {}

void RecordMover::Leave(std::string name, std::string why) {
  if (outcome_.left++ >= MoveOutcome::kToldMax) return;
  outcome_.first_left.push_back({.name = std::move(name), .why = std::move(why)});
}

Status RecordMover::Begin() {
  // Else a power cut could bring back, under an old name, the value before the one that moved.
  return old_stability_.Sync();
}

Status RecordMover::Take(std::string_view stem) {
  if (report_) ANYSTORE_TRY(report_(0, 0));
  if (to_.shard.Collides(stem)) {
    Leave(std::string(OldName(stem).view()),
          "with " + to_.shard.ToShortString() + " its directory would have the name of a file");
    return Ok();
  }
  ANYSTORE_ASSIGN_OR_RETURN(const bool entered, EnterDirectory(stem));
  if (!entered) {
    Leave(std::string(OldName(stem).view()), "something else has the name of its directory");
    return Ok();
  }
  const auto linked = can_link_ ? Link(stem) : Result<bool>(false);
  if (!linked.has_value()) return linked.error().Clone();
  if (!*linked) ANYSTORE_TRY(Copy(stem));
  return taken_.size() >= kTakenMax || copied_bytes_ >= kCopiedBytesMax ? Settle() : Ok();
}

Result<bool> RecordMover::EnterDirectory(std::string_view stem) {
  std::string directory = DirectoryOf(to_.shard, stem);
  if (touched_.contains(directory)) return true;
  const Status made = to_.root->MakeDirectory(directory, kDirectoryMode);
  if (!made.has_value()) {
    if (made.error().code() != Code::kAlreadyExists) return made.error().Clone();
    ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, to_.root->Stat(directory));
    if (info.kind != FileKind::kDirectory) return false;
  }
  touched_.insert(std::move(directory));
  return true;
}

Result<bool> RecordMover::Link(std::string_view stem) {
  const Status linked = common_->directory->Link(ViaCommon(common_->from, OldName(stem)),
                                                 ViaCommon(common_->to, NewName(stem)));
  if (linked.has_value()) {
    taken_.push_back({.stem = std::string(stem)});
    return true;
  }
  switch (linked.error().code()) {
    case Code::kAlreadyExists:
      ANYSTORE_TRY(TakeTwice(stem));
      return true;
    case Code::kUnsupported:  // two filesystems
      can_link_ = false;
      return false;
    case Code::kPermissionDenied:   // not everybody's files may be linked
    case Code::kNotFound:           // the paths do not lead there
    case Code::kResourceExhausted:  // it has as many names as can be
      return false;
    default:
      return linked.error().Clone();
  }
}

Status RecordMover::Copy(std::string_view stem) {
  const RecordName old_name = OldName(stem);
  const RecordName new_name = NewName(stem);
  ANYSTORE_ASSIGN_OR_RETURN(const auto there, internal::IfFound(to_.root->Stat(new_name.view())));
  if (there.has_value()) return TakeTwice(stem);
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, from_.root->Stat(old_name.view()));
  std::uint64_t size = 0;
  ANYSTORE_ASSIGN_OR_RETURN(
      const Value value, ReadRecord(*from_.root, old_name.view(), {}, *environment_.clock, &size));
  ANYSTORE_TRY(copies_.Add({.name = new_name.view(), .bytes = value.bytes(), .mode = info.mode}));
  copied_bytes_ += value.size();
  taken_.push_back({.stem = std::string(stem), .copied = true});
  return Ok();
}

Status RecordMover::TakeTwice(std::string_view stem) {
  const RecordName old_name = OldName(stem);
  const RecordName new_name = NewName(stem);
  ANYSTORE_ASSIGN_OR_RETURN(const bool same, HoldSameBytes(old_name.view(), new_name.view()));
  if (!same) {
    Leave(std::string(old_name.view()),
          "something else has its place: " + std::string(new_name.view()));
    return Ok();
  }
  // Whoever wrote it may not have made it stable. Where Settle does not do that
  // for the whole filesystem:
  if (!to_.root->traits().filesystem_sync) {
    ANYSTORE_ASSIGN_OR_RETURN(const auto file, to_.root->Open(new_name.view(), {}));
    Status synced = file->Sync(SyncScope::kData);
    if (!synced.has_value()) {
      return filesystem::LostBySync(std::move(synced).error(), Applied::kNo);
    }
  }
  taken_.push_back({.stem = std::string(stem)});
  return Ok();
}

Result<bool> RecordMover::HoldSameBytes(std::string_view old_name, std::string_view new_name) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo old_info, from_.root->Stat(old_name));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo new_info, to_.root->Stat(new_name));
  if (new_info.kind != FileKind::kFile || old_info.size != new_info.size) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const auto old_file, from_.root->Open(old_name, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const auto new_file, to_.root->Open(new_name, {}));
  std::string old_bytes(std::min(kComparedBytes, old_info.size), '\0');
  std::string new_bytes(old_bytes.size(), '\0');
  for (std::uint64_t at = 0; at < old_info.size; at += kComparedBytes) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t old_size, old_file->ReadAt(at, old_bytes));
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t new_size, new_file->ReadAt(at, new_bytes));
    if (std::string_view(old_bytes).substr(0, old_size) !=
        std::string_view(new_bytes).substr(0, new_size)) {
      return false;
    }
  }
  return true;
}

Status RecordMover::Settle() {
  if (taken_.empty()) return Ok();
  if (copies_.size() > 0) ANYSTORE_TRY(copies_.Commit());
  copied_bytes_ = 0;
  // The first sync is also one of what leads there, and of all that others may have left.
  new_stability_.Note(std::vector<std::string>(touched_.begin(), touched_.end()));
  ANYSTORE_TRY(new_stability_.Sync());
  touched_.clear();
  std::set<std::string> directories;
  for (const Taken& taken : taken_) directories.insert(DirectoryOf(from_.shard, taken.stem));
  old_stability_.Note(std::vector<std::string>(directories.begin(), directories.end()));
  for (const Taken& taken : std::exchange(taken_, {})) ANYSTORE_TRY(RemoveOld(taken));
  return Ok();
}

Status RecordMover::Finish() { return Settle(); }

Status RecordMover::SecureRemovals() {
  // Else what was removed here and, later, there could come back with the next cut.
  return old_stability_.Sync();
}

Status RecordMover::RemoveOld(const Taken& taken) {
  // Nothing is removed whose new place was not seen.
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, to_.root->Stat(NewName(taken.stem).view()));
  const RecordName old_name = OldName(taken.stem);
  const Status removed = from_.root->Remove(old_name.view());
  if (!removed.has_value() && removed.error().code() != Code::kNotFound) {
    return removed.error().Clone();
  }
  ++outcome_.records;
  outcome_.bytes += info.size;
  if (taken.copied) ++outcome_.copied;
  return report_ ? report_(1, info.size) : Ok();
}

}  // namespace anystore::flatfs

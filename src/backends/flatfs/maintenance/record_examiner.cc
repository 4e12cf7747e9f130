#include "backends/flatfs/maintenance/record_examiner.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "core/if_found.h"
#include "filesystem/descriptors.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// What is read at once of a value that nobody verifies.
constexpr std::size_t kChunkBytes = std::size_t{256} << 10U;
constexpr std::uint32_t kOwnerReads = 0400;

/// "put-" and a number, as early versions called temporary files.
bool IsOldTemporary(std::string_view name) {
  if (!name.starts_with(kOldTemporaryPrefix)) return false;
  name.remove_prefix(kOldTemporaryPrefix.size());
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string BelongsTo(const std::string& place) { return "its place is " + place; }

}  // namespace

Status RecordExaminer::Tell(Problem problem, const std::string& path, std::string what,
                            Severity severity) {
  return examination_.Tell(
      {.problem = problem, .severity = severity, .path = path, .what = std::move(what)});
}

Status RecordExaminer::LookAt(std::string_view directory, const NamedEntry& entry) {
  Candidate candidate{.path = std::string(directory).append("/").append(entry.name),
                      .stem = std::string(StemOf(entry.name)),
                      .kind = entry.kind};
  if (candidate.stem.empty()) return TellStranger(candidate.path, entry);
  if (!examination_.stems().KeyOfStem(candidate.stem, candidate.key))
    return TellBadName(candidate.path, entry);
  const bool is_in_place = examination_.shard().IsIn(candidate.stem, directory);
  switch (entry.kind) {
    case FileKind::kFile:
      return is_in_place ? LookAtRecord(candidate) : LookAtMisplaced(candidate);
    case FileKind::kLink:
      return LookAtLink(candidate, is_in_place);
    case FileKind::kDirectory:
      return Tell(Problem::kDirectory, candidate.path,
                  is_in_place ? "a directory is in the place of a record"
                              : "a directory has the name of a record that does not belong here");
    case FileKind::kOther:
      break;
  }
  return Tell(Problem::kSpecialFile, candidate.path,
              "a device, a socket or a pipe has the name of a record");
}

Status RecordExaminer::TellStranger(const std::string& path, const NamedEntry& entry) {
  if (entry.kind == FileKind::kDirectory) {
    return Tell(Problem::kNestedDirectory, path, "a directory lies among records");
  }
  if (entry.name.starts_with('.')) {
    return Tell(Problem::kHiddenFile, path, "a hidden file lies among records");
  }
  if (entry.kind == FileKind::kFile && IsOldTemporary(entry.name)) {
    return examination_.Tell({.problem = Problem::kOldTemporary,
                              .path = path,
                              .what = "a write of an early version was cut off here",
                              .remedy = Remedy::kRemove});
  }
  return Tell(Problem::kForeignFile, path, "its name is not that of a record");
}

Status RecordExaminer::TellBadName(const std::string& path, const NamedEntry& entry) {
  if (entry.kind == FileKind::kDirectory) return TellStranger(path, entry);
  return Tell(Problem::kBadName, path,
              "no key has this name: it is never found, and go-ds-flatfs lists it");
}

Status RecordExaminer::LookAtLink(const Candidate& candidate, bool is_in_place) {
  Directory& root = examination_.root();
  const std::string& path = candidate.path;
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> link, IfFound(root.Stat(path)));
  if (!link.has_value() || link->kind != FileKind::kLink) return Ok();
  const Result<FileInfo> target = root.Stat(path, Follow::kYes);
  if (!target.has_value()) {
    const Code code = target.error().code();
    if (code == Code::kNotFound || code == Code::kInvalidArgument) {
      return Tell(Problem::kDanglingLink, path, "a link with the name of a record leads nowhere");
    }
    if (!IsAboutFile(target.error())) return target.error().Clone();
    return Tell(Problem::kUnreadable, path, std::string(target.error().message()));
  }
  if (!is_in_place) {
    return Tell(Problem::kLink, path,
                "a link has the name of a record that does not belong here, so it is never found");
  }
  if (target->kind == FileKind::kDirectory) {
    return Tell(Problem::kDirectory, path, "a link to a directory is in the place of a record");
  }
  if (target->kind != FileKind::kFile) {
    return Tell(Problem::kSpecialFile, path,
                "a link to a device, a socket or a pipe is in the place of a record");
  }
  ANYSTORE_TRY(examination_.Count(target->size));
  return Tell(Problem::kLink, path, "the record is read through a link", Severity::kInformation);
}

Status RecordExaminer::LookAtRecord(const Candidate& candidate) {
  ANYSTORE_ASSIGN_OR_RETURN(const Reading reading, Read(candidate.path, candidate.key));
  if (reading.is_gone) return Ok();
  ANYSTORE_TRY(LookAtValue(candidate, reading, /*is_in_place=*/true));
  return examination_.Count(reading.size);
}

Result<bool> RecordExaminer::LookAtValue(const Candidate& candidate, const Reading& reading,
                                         bool is_in_place) {
  if (reading.failure.has_value()) {
    if (!reading.failure->empty()) {
      ANYSTORE_TRY(Tell(Problem::kUnreadable, candidate.path, *reading.failure));
    }
    return false;
  }
  if (reading.verdict == Verdict::kDamaged) {
    // A write may be about to replace it: nobody can say then which of the two is moved.
    const bool is_safe = !is_in_place || !examination_.options().store_is_open;
    ANYSTORE_TRY(
        examination_.Tell({.problem = Problem::kDamaged,
                           .path = candidate.path,
                           .what = reading.damage,
                           .remedy = is_safe ? Remedy::kQuarantine : Remedy::kNone,
                           .place = is_safe ? std::string(kQuarantineName) : std::string()}));
    return false;
  }
  if (reading.size == 0 && reading.verdict == Verdict::kUnknown) {
    ANYSTORE_TRY(
        Tell(Problem::kEmptyRecord, candidate.path,
             "it is empty, as a power cut may leave it; nothing tells whether it should be",
             Severity::kInformation));
  }
  return true;
}

Status RecordExaminer::LookAtMisplaced(const Candidate& candidate) {
  ANYSTORE_ASSIGN_OR_RETURN(const Reading reading, Read(candidate.path, candidate.key));
  if (reading.is_gone) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_whole,
                            LookAtValue(candidate, reading, /*is_in_place=*/false));
  if (!is_whole) return Ok();
  if (examination_.shard().Collides(candidate.stem)) {
    return Tell(Problem::kMisplaced, candidate.path,
                "its directory would have the name of a file of the repository");
  }
  const std::string place(RecordName(examination_.shard(), candidate.stem).view());
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_own, HasOwnDirectory(examination_.root(), place));
  if (!is_own) {
    return Tell(Problem::kMisplaced, candidate.path,
                BelongsTo(place) + ", but that directory is none");
  }
  const auto claimed = claimed_.find(place);
  if (claimed != claimed_.end()) return LookAtTwin(candidate, place, claimed->second, reading);
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> there,
                            IfFound(examination_.root().Stat(place)));
  if (there.has_value() && there->kind != FileKind::kFile) {
    return Tell(Problem::kConflict, candidate.path, BelongsTo(place) + ", where no file is");
  }
  if (there.has_value()) return LookAtTwin(candidate, place, place, reading);
  if (reading.size == 0 && reading.verdict == Verdict::kUnknown) {
    // A missing record can be had again from elsewhere; one that is torn would be served.
    return Tell(Problem::kMisplaced, candidate.path,
                BelongsTo(place) + "; as it may be torn, it is not moved");
  }
  claimed_[place] = candidate.path;
  return examination_.Tell({.problem = Problem::kMisplaced,
                            .path = candidate.path,
                            .what = "nobody looks for the record here",
                            .remedy = Remedy::kMove,
                            .place = place});
}

/// The record is also in `other`, which is its place or will be.
Status RecordExaminer::LookAtTwin(const Candidate& candidate, const std::string& place,
                                  const std::string& other, const Reading& reading) {
  Directory& root = examination_.root();
  const Result<bool> same = HaveSameBytes(root, candidate.path, other, examination_.clock());
  if (!same.has_value()) {
    if (same.error().code() == Code::kNotFound) return Ok();
    if (!IsAboutFile(same.error())) return same.error().Clone();
    return Tell(Problem::kConflict, candidate.path,
                BelongsTo(place) + ", with which it could not be compared: " +
                    std::string(same.error().message()));
  }
  if (*same) {
    return examination_.Tell({.problem = Problem::kDuplicate,
                              .path = candidate.path,
                              .what = "the same record is in its place, " + place,
                              .remedy = Remedy::kRemove,
                              .place = place});
  }
  if (reading.verdict == Verdict::kFits && !examination_.options().store_is_open) {
    ANYSTORE_ASSIGN_OR_RETURN(const Reading theirs, Read(other, candidate.key));
    if (theirs.is_gone) return Ok();
    if (theirs.verdict == Verdict::kDamaged) {
      claimed_[place] = candidate.path;
      return examination_.Tell({.problem = Problem::kConflict,
                                .path = candidate.path,
                                .what = "a damaged record is in its place, " + place,
                                .remedy = Remedy::kMove,
                                .place = place});
    }
  }
  return examination_.Tell({.problem = Problem::kConflict,
                            .path = candidate.path,
                            .what = "another value is in its place, " + place,
                            .place = place});
}

Result<RecordExaminer::Reading> RecordExaminer::Read(const std::string& path,
                                                     std::string_view key) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                            IfFound(examination_.root().Stat(path)));
  if (!info.has_value() || info->kind != FileKind::kFile) return Reading{.is_gone = true};
  const bool is_locked = (info->mode & kOwnerReads) == 0;
  if (is_locked) {
    ANYSTORE_TRY(Tell(Problem::kPermissions, path, "its owner may not read it"));
  }
  if (!examination_.options().read_values) return Reading{.size = info->size};
  Result<Reading> reading = ReadBytes(path, key, *info);
  if (reading.has_value()) return reading;
  if (reading.error().code() == Code::kNotFound) return Reading{.is_gone = true};
  if (!IsAboutFile(reading.error())) return reading;
  const bool is_told = is_locked && reading.error().code() == Code::kPermissionDenied;
  return Reading{.size = info->size,
                 .failure = is_told ? std::string() : std::string(reading.error().message())};
}

Status RecordExaminer::Judge(const Status& checked, Reading& reading) {
  if (checked.has_value()) {
    reading.verdict = Verdict::kFits;
    return Ok();
  }
  switch (checked.error().code()) {
    case Code::kCorruption:
      reading.verdict = Verdict::kDamaged;
      reading.damage = checked.error().message();
      return Ok();
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return Ok();
    default:
      return checked.error().Clone();
  }
}

Result<RecordExaminer::Reading> RecordExaminer::ReadBytes(const std::string& path,
                                                          std::string_view key,
                                                          const FileInfo& info) {
  Directory& root = examination_.root();
  const Verifier* const verifier = examination_.options().verifier;
  Reading reading{.size = info.size};
  if (verifier != nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(const Value value,
                              ReadRecord(root, path, {}, examination_.clock(), &reading.size));
    const Status checked = verifier->Check(key, value.bytes());
    ANYSTORE_TRY(Judge(checked, reading));
    return reading;
  }
  Clock& clock = examination_.clock();
  ANYSTORE_ASSIGN_OR_RETURN(
      const auto file, filesystem::WaitForDescriptors(&clock, [&] { return root.Open(path, {}); }));
  std::string chunk(std::min<std::uint64_t>(info.size, kChunkBytes), '\0');
  std::uint64_t offset = 0;
  while (offset < info.size) {
    const std::span out(chunk.data(), std::min<std::uint64_t>(info.size - offset, chunk.size()));
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size, file->ReadAt(offset, out));
    offset += size;
    // Somebody else has cut it.
    if (size < out.size()) break;
  }
  reading.size = offset;
  return reading;
}

}  // namespace anystore::flatfs

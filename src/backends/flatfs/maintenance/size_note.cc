#include "backends/flatfs/maintenance/size_note.h"

#include <cstdint>
#include <optional>
#include <string>

#include "anystore/file_batch.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/usage/usage_count.h"
#include "backends/flatfs/usage/usage_note.h"
#include "core/if_found.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// What a directory takes where they take most, when it is new.
constexpr std::uint64_t kDirectoryBytes = 4096;
/// How far a number may be off, as a share of it: the original forgets what others change.
constexpr std::uint64_t kTolerance = 100;

Result<std::optional<UsageCount>> Count(Directory& root, Clock& clock, Random* random,
                                        const CallOptions& call) {
  SeededRandom own(1);
  return CountUsage(root, {}, clock, random != nullptr ? *random : own, call);
}

Status Write(Directory& root, const UsageNote& note, Clock& clock, Random* random) {
  const Status made = root.MakeDirectory(kTemporaryName, kDirectoryMode);
  if (!made.has_value() && made.error().code() != Code::kAlreadyExists) {
    return made.error().Clone();
  }
  const std::string text = ToText(note);
  return WriteFile(root, {.name = kDiskUsageName, .bytes = text, .mode = kDiskUsageMode},
                   {.temporary_directory = kTemporaryName,
                    .temporary_prefix = kTemporaryPrefix,
                    .random = random,
                    .clock = &clock});
}

/// Whether the number is one that the repository may have had when it was as it is.
bool MayBeRight(std::uint64_t noted, const UsageCount& count, const CheckSummary& summary) {
  const std::uint64_t slack =
      count.bytes / kTolerance + kDirectoryBytes * (summary.directories + 2);
  return noted >= summary.value_bytes && noted <= count.bytes + slack;
}

}  // namespace

Status ExamineSizeNote(Examination& examination) {
  Directory& root = examination.root();
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, IfFound(root.Stat(kDiskUsageName)));
  if (!info.has_value() || info->kind != FileKind::kFile) return Ok();
  RepositoryFinding finding{.problem = Problem::kUnusableCache,
                            .path = std::string(kDiskUsageName),
                            .what = "nobody can read a size in it",
                            .remedy = Remedy::kWrite};
  const auto read = IfFound(ReadUsageNote(root));
  if (!read.has_value()) {
    if (!IsAboutFile(read.error())) return read.error().Clone();
    finding.problem = Problem::kUnreadable;
    finding.what = read.error().message();
    finding.remedy = Remedy::kNone;
    return examination.Tell(finding);
  }
  if (!read->has_value()) return Ok();
  const std::optional<DatedUsageNote>& dated = **read;
  if (!dated.has_value()) return examination.Tell(finding);
  if (dated->note.accuracy != kExact) return Ok();
  const auto count = Count(root, examination.clock(), nullptr, examination.options().call);
  if (!count.has_value()) return IsAboutFile(count.error()) ? Ok() : Status(count.error().Clone());
  const auto noted = static_cast<std::uint64_t>(dated->note.bytes);
  if (!count->has_value() || MayBeRight(noted, **count, examination.summary())) return Ok();
  finding.problem = Problem::kStaleCache;
  finding.severity = Severity::kInformation;
  finding.what = "it says " + std::to_string(noted) + " bytes, and there are " +
                 std::to_string((*count)->bytes);
  return examination.Tell(finding);
}

Status DistrustSizeNote(Directory& root, Clock& clock, Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto read, IfFound(ReadUsageNote(root)));
  if (!read.has_value() || !read->has_value()) return Ok();
  UsageNote note = (*read)->note;
  if (note.accuracy == kUnknown) return Ok();
  note.accuracy = kUnknown;
  return Write(root, note, clock, random);
}

Status RenewSizeNote(Directory& root, Clock& clock, Random* random, const CallOptions& call) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, IfFound(root.Stat(kDiskUsageName)));
  if (!info.has_value() || info->kind != FileKind::kFile) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<UsageCount> count,
                            Count(root, clock, random, call));
  if (!count.has_value()) return Ok();
  return Write(
      root,
      {.bytes = static_cast<std::int64_t>(count->bytes), .accuracy = std::string(count->accuracy)},
      clock, random);
}

}  // namespace anystore::flatfs

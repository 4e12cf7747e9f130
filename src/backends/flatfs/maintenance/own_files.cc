#include "backends/flatfs/maintenance/own_files.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/flatfs/identity.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "backends/flatfs/readme.h"
#include "base/crc.h"
#include "core/identity.h"
#include "core/if_found.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// More than any of these files has.
constexpr std::size_t kBytesMax = 64U << 10U;

/// The text that go-ds-flatfs writes into _README.
constexpr std::size_t kOriginalReadmeBytes = 1123;
constexpr std::uint32_t kOriginalReadmeCrc = 0x0fafc4b5;

bool IsOriginalReadme(std::string_view text) {
  return text.size() == kOriginalReadmeBytes && base::Crc32c(text) == kOriginalReadmeCrc;
}

/// The text of a small file; none when it is not there.
Result<std::optional<Value>> ReadText(Examination& examination, std::string_view name) {
  std::uint64_t size = 0;
  return IfFound(
      ReadRecord(examination.root(), name, {.length = kBytesMax}, examination.clock(), &size));
}

Status TellUnreadable(Examination& examination, std::string_view name, const Error& error) {
  if (!IsAboutFile(error)) return error.Clone();
  return examination.Tell({.problem = Problem::kUnreadable,
                           .path = std::string(name),
                           .what = std::string(error.message())});
}

Status ExamineSharding(Examination& examination) {
  const auto text = ReadText(examination, kShardingName);
  if (!text.has_value()) return TellUnreadable(examination, kShardingName, text.error());
  const std::string expected = examination.shard().ToString() + "\n";
  if (!text->has_value() || (*text)->bytes() == expected) return Ok();
  return examination.Tell({.problem = Problem::kShardingText,
                           .severity = Severity::kInformation,
                           .path = std::string(kShardingName),
                           .what = "it holds " + Quoted((*text)->bytes()) + ", which is read as " +
                                   examination.shard().ToString()});
}

Status ExamineReadme(Examination& examination) {
  if (examination.shard() != Shard()) return Ok();
  RepositoryFinding finding{.problem = Problem::kChangedReadme,
                            .severity = Severity::kInformation,
                            .path = std::string(kReadmeName),
                            .what = "neither we nor go-ds-flatfs wrote this text"};
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                            IfFound(examination.root().Stat(kReadmeName)));
  if (!info.has_value()) {
    finding.problem = Problem::kMissingReadme;
    finding.what = "the text for people who find the directory is missing";
    finding.remedy = Remedy::kWrite;
    return examination.Tell(finding);
  }
  if (info->kind != FileKind::kFile) return Ok();
  const auto text = ReadText(examination, kReadmeName);
  if (!text.has_value()) return TellUnreadable(examination, kReadmeName, text.error());
  if (!text->has_value() || IsOriginalReadme((*text)->bytes())) return Ok();
  if (!(*text)->bytes().starts_with(kReadme)) return examination.Tell(finding);
  const Result<StoreIdentity> identity = IdentityOf(examination.root());
  if (identity.has_value()) return Ok();
  const Code code = identity.error().code();
  if (code != Code::kCorruption && code != Code::kUnsupported) {
    return TellUnreadable(examination, kReadmeName, identity.error());
  }
  // It keeps the store from being opened: by us, or by this version.
  if (code == Code::kCorruption) finding.severity = Severity::kError;
  finding.what = identity.error().message();
  return examination.Tell(finding);
}

Status ExaminePermissions(Examination& examination) {
  constexpr std::uint32_t kOwnerReads = 0400;
  for (const std::string_view name :
       {kShardingName, kReadmeName, kDiskUsageName, internal::kIdentityFile}) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                              IfFound(examination.root().Stat(name)));
    if (!info.has_value() || info->kind != FileKind::kFile) continue;
    if ((info->mode & kOwnerReads) != 0) continue;
    ANYSTORE_TRY(examination.Tell({.problem = Problem::kPermissions,
                                   .path = std::string(name),
                                   .what = "its owner may not read it"}));
  }
  return Ok();
}

/// The record that says that keys are escaped.
Status ExamineIdentity(Examination& examination) {
  const auto keys = KeyFormOf(examination.root());
  if (!keys.has_value()) {
    return TellUnreadable(examination, internal::kIdentityFile, keys.error());
  }
  if (*keys == KeyForm::kEscape) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                            IfFound(examination.root().Stat(internal::kIdentityFile)));
  if (!info.has_value() || info->kind != FileKind::kFile) return Ok();
  return examination.Tell({.problem = Problem::kForeignFile,
                           .path = std::string(internal::kIdentityFile),
                           .what = "it is no part of the repository"});
}

}  // namespace

Status ExamineOwnFiles(Examination& examination) {
  ANYSTORE_TRY(ExaminePermissions(examination));
  ANYSTORE_TRY(ExamineSharding(examination));
  ANYSTORE_TRY(ExamineIdentity(examination));
  return ExamineReadme(examination);
}

}  // namespace anystore::flatfs

#include "backends/flatfs/maintenance/examination.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "core/call_check.h"
#include "core/if_found.h"
#include "filesystem/descriptors.h"

namespace anystore::flatfs {
namespace {

using filesystem::WaitForDescriptors;
using internal::IfFound;

/// So many records, or bytes, are looked at between two reports.
constexpr std::uint64_t kReportRecords = 256;
constexpr std::uint64_t kReportBytes = std::uint64_t{4} << 20U;
/// What is compared at once.
constexpr std::size_t kChunkBytes = std::size_t{128} << 10U;

Result<std::unique_ptr<File>> OpenFile(Directory& root, std::string_view name, Clock& clock) {
  return WaitForDescriptors(&clock, [&] { return root.Open(name, {}); });
}

}  // namespace

Status Examination::Tell(const RepositoryFinding& finding) {
  const bool is_error = finding.severity == Severity::kError;
  ++(is_error ? summary_.errors : summary_.informations);
  return sink_(finding);
}

Status Examination::Count(std::uint64_t value_bytes) {
  ++summary_.records;
  summary_.value_bytes += value_bytes;
  ANYSTORE_TRY(internal::CheckCall(options_.call, clock_));
  const bool is_due = summary_.records - reported_records_ >= kReportRecords ||
                      summary_.value_bytes - reported_bytes_ >= kReportBytes;
  return is_due ? Report() : Ok();
}

Status Examination::Report() {
  ANYSTORE_TRY(internal::CheckCall(options_.call, clock_));
  if (options_.report == nullptr) return Ok();
  const std::uint64_t records =
      summary_.records - std::exchange(reported_records_, summary_.records);
  const std::uint64_t bytes =
      summary_.value_bytes - std::exchange(reported_bytes_, summary_.value_bytes);
  return options_.report(records, bytes);
}

Result<std::vector<NamedEntry>> Examination::List(std::string_view directory) const {
  return ListInOrder(root_, directory, &clock_);
}

bool IsAboutFile(const Error& error) noexcept {
  switch (error.code()) {
    case Code::kIoError:
    case Code::kPermissionDenied:
    case Code::kCorruption:
      return true;
    default:
      return false;
  }
}

Result<bool> HaveSameBytes(Directory& root, std::string_view a, std::string_view b, Clock& clock) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto file_a, OpenFile(root, a, clock));
  ANYSTORE_ASSIGN_OR_RETURN(const auto file_b, OpenFile(root, b, clock));
  std::string chunk_a(kChunkBytes, '\0');
  std::string chunk_b(kChunkBytes, '\0');
  for (std::uint64_t offset = 0;; offset += kChunkBytes) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size_a, file_a->ReadAt(offset, chunk_a));
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size_b, file_b->ReadAt(offset, chunk_b));
    if (std::string_view(chunk_a).substr(0, size_a) != std::string_view(chunk_b).substr(0, size_b))
      return false;
    if (size_a < kChunkBytes) return true;
  }
}

Result<bool> HasOwnDirectory(Directory& root, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info,
                            IfFound(root.Stat(DirectoryOf(path))));
  return !info.has_value() || info->kind == FileKind::kDirectory;
}

}  // namespace anystore::flatfs

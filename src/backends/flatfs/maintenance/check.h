/// Finding what is wrong with a repository.
#pragma once

#include <cstdint>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/maintenance/finding.h"
#include "backends/flatfs/maintenance/report.h"

namespace anystore::flatfs {

/// How Check and Scrub work.
///
/// Threads: thread-compatible.
struct CheckOptions {
  /// Reads every value, so that what cannot be read is found. Without, only names and sizes are
  /// looked at, and no verifier is asked.
  bool read_values = true;
  /// Tells damaged values; null: nobody does.
  const Verifier* verifier = nullptr;
  /// The process has the repository open and may be writing to it.
  bool store_is_open = false;
  /// When to give up.
  CallOptions call = {};
  /// How far it is.
  Report report = {};
};

/// What was looked at and found.
///
/// Threads: thread-compatible.
struct CheckSummary {
  /// Records where they belong, and the bytes of their values.
  std::uint64_t records = 0;
  std::uint64_t value_bytes = 0;
  /// Directories of records.
  std::uint64_t directories = 0;
  /// Findings, by severity, also those that were repaired.
  std::uint64_t errors = 0;
  std::uint64_t informations = 0;
  /// What Scrub repaired, and how many errors among that.
  std::uint64_t repaired = 0;
  std::uint64_t errors_repaired = 0;

  /// Whether something is, or is still, wrong.
  [[nodiscard]] bool is_wrong() const noexcept { return errors > errors_repaired; }
};

/// Looks through the repository in `root`, whose rule is `shard`, and tells `sink` what is wrong,
/// directory by directory in the order of names. Changes nothing, takes no lock, and may run beside
/// writers: what goes away meanwhile is no finding, though a file that is just being written may be
/// listed as a temporary one. Each finding says what Scrub would do.
///
/// A file or directory that cannot be read is a finding. Waits on `clock` when descriptors have run
/// out.
///
/// Errors: timeout, cancelled · those of `sink`, `report` and the verifier · of the filesystem,
/// those that are about the moment rather than about a file, and io_error of the root itself.
Result<CheckSummary> Check(Directory& root, const Shard& shard, Clock& clock,
                           const CheckOptions& options, const FindingSink& sink);

/// Check of the repository at a path.
///
/// Errors: not_found · identity_mismatch (not a repository) · as Check.
Result<CheckSummary> CheckRepository(FileSystem& files, std::string_view path, Clock& clock,
                                     const CheckOptions& options, const FindingSink& sink);

}  // namespace anystore::flatfs

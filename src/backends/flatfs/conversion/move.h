/// All records of one repository into another, whatever their rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "backends/flatfs/maintenance/report.h"

namespace anystore::flatfs {

/// Something that a move left where it was.
///
/// Threads: thread-compatible.
struct LeftBehind {
  /// Its name in the old repository.
  std::string name = {};
  std::string why = {};
};

/// What a move did.
///
/// Threads: thread-compatible.
struct MoveOutcome {
  /// How many of them are told.
  static constexpr std::size_t kToldMax = 1000;

  /// What is now in the new repository and no longer in the old one.
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  /// How many of them had to be copied: from one filesystem to another.
  std::uint64_t copied = 0;
  /// What was left in the old repository, which then stays; the first of it is told.
  std::uint64_t left = 0;
  std::vector<LeftBehind> first_left = {};
  /// Whether the old repository is gone.
  bool old_is_gone = false;
};

/// Moves all records of the repository `from` into the repository `to`, and removes `from` when
/// nothing is left in it. What is no record stays, and keeps `from` from being removed; so does a
/// record under whose key `to` has another value. `to` keeps its own identity. The original's notes
/// of sizes are removed from both: they would be wrong. The checksums that are kept of values go
/// with them.
///
/// On one filesystem no value is copied. No record is removed before its new name, and what leads
/// to it, is stable; so after a power cut, a failure, or when `report` ended it, each record is in
/// `from`, in `to` or in both, and the move can be repeated, which goes on with it.
///
/// Both are locked. Nobody else, go-ds-flatfs for one, may write to them meanwhile.
///
/// Errors: not_found · busy · identity_mismatch (no repository) · invalid_argument (one lies in the
/// other, or their keys have not one form) · data_loss (a sync failed) · those of the filesystem,
/// and of `report`.
[[nodiscard]] Result<MoveOutcome> MoveRepository(const Environment& environment,
                                                 std::string_view from, std::string_view to,
                                                 const Report& report);

}  // namespace anystore::flatfs

/// Repairing what is wrong with a repository.
#pragma once

#include <functional>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/maintenance/check.h"
#include "backends/flatfs/maintenance/finding.h"

namespace anystore::flatfs {

/// Keeps repairs and what must not meet them apart.
using RepairGuard = std::function<Status(const std::function<Status()>& repair)>;

/// What Scrub works with.
///
/// Threads: thread-compatible.
struct ScrubOptions {
  CheckOptions check = {};
  /// Does nothing, and tells what would be done.
  bool dry_run = false;
  /// Where temporary names come from. Null: the host's.
  Random* random = nullptr;
  /// Called before the first repair; its error ends the work, which then returns it. Empty: nobody
  /// asks.
  std::function<Status()> begin_repairs = {};
  /// Calls its argument when that may change files, and passes on its error. Empty: at any time.
  RepairGuard guard = {};
};

/// Looks through a repository as Check does, then repairs what can be repaired without losing
/// anything: each finding says by its `remedy` how, and by `repaired` that it was. What changed
/// meanwhile is left as it is. A record gets its new name, and that is made stable, before it loses
/// the old one; so the power may be cut at any time, and Scrub repeated. When it returns, all that
/// was done survives power. Where there is a note of sizes, it is out of date meanwhile and right
/// afterwards; that of an open store is the store's own business.
///
/// Whoever calls holds the repository's lock. With `store_is_open` only what no write of the open
/// store can touch is repaired.
///
/// Errors: data_loss (a sync failed) · as Check · of the filesystem, all that repairing meets.
Result<CheckSummary> Scrub(Directory& root, const Shard& shard, Clock& clock,
                           const ScrubOptions& options, const FindingSink& sink);

/// Scrub of the repository at a path, which is locked meanwhile. A commit that was cut off is
/// finished first, unless nothing is to be changed.
///
/// Errors: not_found · busy (names the process that has it open) · identity_mismatch (not a
/// repository) · as Scrub.
Result<CheckSummary> ScrubRepository(FileSystem& files, std::string_view path, Clock& clock,
                                     const ScrubOptions& options, const FindingSink& sink);

}  // namespace anystore::flatfs

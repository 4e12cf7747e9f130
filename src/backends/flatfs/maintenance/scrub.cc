#include "backends/flatfs/maintenance/scrub.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/repairs.h"
#include "backends/flatfs/maintenance/size_note.h"
#include "backends/flatfs/unsynced/recovery.h"
#include "core/call_check.h"

namespace anystore::flatfs {
namespace {

/// In this order: what is put aside makes room for what is moved, and a duplicate of that is
/// removed after it has come.
constexpr std::array kRemedies = {Remedy::kQuarantine, Remedy::kMove, Remedy::kRemove,
                                  Remedy::kWrite};

/// So many repairs share their syncs.
constexpr std::size_t kRepairsAtOnce = 256;

/// A scrub under way.
class Scrubbing {
 public:
  Scrubbing(Directory& root, Clock& clock, const ScrubOptions& options, const FindingSink& sink)
      : root_(root),
        clock_(clock),
        options_(options),
        sink_(sink),
        repairs_(root, clock, options.random) {}

  /// Takes a finding: one that can be repaired is kept until it is.
  Status Take(const RepositoryFinding& finding) {
    if (options_.dry_run || finding.remedy == Remedy::kNone) return sink_(finding);
    repairable_.push_back(finding);
    return Ok();
  }

  /// Repairs what was kept, and adds that to what was found.
  Status Repair(CheckSummary& summary) {
    if (repairable_.empty()) return Ok();
    ANYSTORE_TRY(Begin());
    for (const Remedy remedy : kRemedies) {
      std::vector<RepositoryFinding*> findings;
      for (RepositoryFinding& finding : repairable_) {
        if (finding.remedy == remedy) findings.push_back(&finding);
      }
      // What is written tells of the rest.
      if (remedy == Remedy::kWrite) ANYSTORE_TRY(End());
      for (std::size_t done = 0; done < findings.size(); done += kRepairsAtOnce) {
        const std::size_t count = std::min(kRepairsAtOnce, findings.size() - done);
        ANYSTORE_TRY(RepairSome(std::span(findings).subspan(done, count), summary));
      }
    }
    return Ok();
  }

 private:
  Status Begin() {
    if (options_.begin_repairs != nullptr) ANYSTORE_TRY(options_.begin_repairs());
    return options_.check.store_is_open ? Ok() : DistrustSizeNote(root_, clock_, options_.random);
  }

  Status End() {
    ANYSTORE_TRY(repairs_.Sync());
    if (options_.check.store_is_open) return Ok();
    return RenewSizeNote(root_, clock_, options_.random, options_.check.call);
  }

  Status RepairSome(std::span<RepositoryFinding*> findings, CheckSummary& summary) {
    ANYSTORE_TRY(internal::CheckCall(options_.check.call, clock_));
    const auto repair = [&] { return repairs_.Apply(findings); };
    Status repaired = options_.guard != nullptr ? options_.guard(repair) : repair();
    for (const RepositoryFinding* const finding : findings) {
      if (finding->repaired) {
        ++summary.repaired;
        if (finding->severity == Severity::kError) ++summary.errors_repaired;
      }
      // What was done before a failure is told, too.
      if (repaired.has_value() || finding->repaired) ANYSTORE_TRY(sink_(*finding));
    }
    return repaired;
  }

  Directory& root_;
  Clock& clock_;
  const ScrubOptions& options_;
  const FindingSink& sink_;
  Repairs repairs_;
  std::vector<RepositoryFinding> repairable_;
};

}  // namespace

Result<CheckSummary> Scrub(Directory& root, const Shard& shard, Clock& clock,
                           const ScrubOptions& options, const FindingSink& sink) {
  Scrubbing scrubbing(root, clock, options, sink);
  ANYSTORE_ASSIGN_OR_RETURN(
      CheckSummary summary,
      Check(root, shard, clock, options.check,
            [&scrubbing](const RepositoryFinding& finding) { return scrubbing.Take(finding); }));
  ANYSTORE_TRY(scrubbing.Repair(summary));
  return summary;
}

Result<CheckSummary> ScrubRepository(FileSystem& files, std::string_view path, Clock& clock,
                                     const ScrubOptions& options, const FindingSink& sink) {
  ANYSTORE_ASSIGN_OR_RETURN(const OpenedRepository opened, OpenRepository(files, path));
  // What it needs would otherwise look like leftovers.
  if (!options.dry_run) {
    const Environment environment{.clock = &clock, .random = options.random};
    ANYSTORE_TRY(FinishCommit(*opened.root, opened.shard, environment));
    ANYSTORE_TRY(RecoverUnsynced(*opened.root, opened.shard, environment));
  }
  return Scrub(*opened.root, opened.shard, clock, options, sink);
}

}  // namespace anystore::flatfs

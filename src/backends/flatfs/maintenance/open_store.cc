#include "backends/flatfs/maintenance/open_store.h"

#include <utility>

#include "backends/flatfs/maintenance/check.h"

namespace anystore::flatfs {
namespace {

CheckOptions OptionsFor(const OpenStore& store, const CallOptions& call) {
  return {.verifier = store.verifier, .store_is_open = true, .call = call};
}

FindingSink Into(std::vector<Finding>& findings) {
  return [&findings](const RepositoryFinding& finding) {
    if (finding.severity == Severity::kError || finding.repaired) {
      findings.push_back({.where = Quoted(finding.path), .what = Describe(finding)});
    }
    return Ok();
  };
}

}  // namespace

Result<std::vector<Finding>> CheckOpenStore(const OpenStore& store, const CallOptions& call) {
  std::vector<Finding> findings;
  ANYSTORE_TRY(Check(store.root, store.shard, *store.environment.clock, OptionsFor(store, call),
                     Into(findings)));
  return findings;
}

Result<std::vector<Finding>> ScrubOpenStore(const OpenStore& store, const CallOptions& call,
                                            const std::function<Status()>& begin_repairs,
                                            const RepairGuard& guard) {
  std::vector<Finding> findings;
  ANYSTORE_TRY(Scrub(store.root, store.shard, *store.environment.clock,
                     {.check = OptionsFor(store, call),
                      .random = store.environment.random,
                      .begin_repairs = begin_repairs,
                      .guard = guard},
                     Into(findings)));
  return findings;
}

}  // namespace anystore::flatfs

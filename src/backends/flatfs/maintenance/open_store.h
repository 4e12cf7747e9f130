/// Checking and repairing a repository that this process has open.
#pragma once

#include <functional>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/maintenance/scrub.h"

namespace anystore::flatfs {

/// An open repository, for the calls below. `verifier` may be null, and so may the environment's
/// random source.
///
/// Threads: thread-compatible.
struct OpenStore {
  Directory& root;
  const Shard& shard;
  const Environment& environment;
  const Verifier* verifier = nullptr;
};

/// What Check finds, without what only informs.
///
/// Errors: as Check.
Result<std::vector<Finding>> CheckOpenStore(const OpenStore& store, const CallOptions& call);

/// What Scrub finds and repairs beside readers and writers, without what only informs.
/// `begin_repairs` is called before the first repair, and `guard` makes them.
///
/// Errors: as Scrub, and those of `begin_repairs`.
Result<std::vector<Finding>> ScrubOpenStore(const OpenStore& store, const CallOptions& call,
                                            const std::function<Status()>& begin_repairs,
                                            const RepairGuard& guard = {});

}  // namespace anystore::flatfs

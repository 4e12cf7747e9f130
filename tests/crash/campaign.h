// Many workloads, and what they found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "anystore/simulated_disk.h"
#include "crash/barriers.h"
#include "crash/run.h"
#include "crash/subject.h"

namespace anystore::crash {

struct CampaignOptions {
  std::uint64_t seed = 1;
  // How many workloads, each on every profile.
  std::size_t rounds = 12;
  std::size_t operations = 200;
  std::vector<DiskProfile> profiles = {DiskProfile::kStrict};
  std::size_t threads = 1;
  RunOptions run = {};
};

struct CampaignReport {
  RunCounts counts = {};
  std::optional<Failure> failure = {};
  // What became of the store while every barrier was in place.
  BarrierTable barriers = {};
};

// Ends with the first workload that fails. The result does not depend on the number of threads.
[[nodiscard]] CampaignReport RunCampaign(const CrashSubject& subject,
                                         const CampaignOptions& options);

struct MutationReport {
  // Every site that asked for a sync, with how often `broken` was found without it.
  BarrierTable barriers = {};
  RunCounts counts = {};
  // Sites without which nothing broke: needless, or the campaign is blind.
  std::vector<std::string> unnoticed = {};
  // Cells that no image fell into: "site torn".
  std::vector<std::string> unhit = {};
  // The store fails with all barriers in place, so that nothing can be said.
  std::optional<Failure> failure = {};

  [[nodiscard]] bool passed() const {
    return !failure.has_value() && unnoticed.empty() && unhit.empty() && !barriers.empty();
  }
};

// First a campaign as it is, which finds the sites; then, for each, one without its syncs.
// `options.rounds` is the most workloads tried for one site.
[[nodiscard]] MutationReport MutateBarriers(const CrashSubject& subject,
                                            const CampaignOptions& options);

}  // namespace anystore::crash

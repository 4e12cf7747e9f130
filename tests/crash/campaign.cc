#include "crash/campaign.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <thread>
#include <utility>

#include "crash/workload.h"

namespace anystore::crash {
namespace {

Script WorkloadOf(const CrashSubject& subject, const CampaignOptions& options, std::size_t round) {
  return MakeWorkload({.seed = options.seed + round / options.profiles.size(),
                       .profile = options.profiles[round % options.profiles.size()],
                       .operations = options.operations,
                       .moves = !subject.other_url.empty()});
}

// Calls `work(0)` to `work(count - 1)`, each once, on so many threads.
template <class Work>
void Share(std::size_t threads, std::size_t count, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(take);
  take();
}

// It is enough that one class sees what is missing; but the others get so many workloads, too.
constexpr std::size_t kWorkloadsForAll = 4;

// What is seen without the barriers of one site: workloads are run until every class that can see
// it has, or one has in a few of them, or there are no more.
CampaignReport RunWithout(const CrashSubject& subject, const CampaignOptions& options,
                          const std::string& site) {
  CampaignReport report;
  const auto seen = [&](Survivors survivors) {
    return report.barriers[site][static_cast<std::size_t>(survivors)].broken > 0;
  };
  RunOptions run = options.run;
  run.pretended = site;
  run.count_failures = true;
  for (std::size_t round = 0; round < options.rounds * options.profiles.size(); ++round) {
    // kAll sees nothing: as if only the process had died.
    const bool all = std::ranges::all_of(run.survivors, [&](Survivors survivors) {
      return survivors == Survivors::kAll || seen(survivors);
    });
    if (all || (report.failure.has_value() && round >= kWorkloadsForAll)) break;
    RunReport done = RunScript(subject, WorkloadOf(subject, options, round), run);
    report.counts.Add(done.counts);
    if (const auto found = done.barriers.find(site); found != done.barriers.end()) {
      Merge(report.barriers, {{site, found->second}});
    }
    if (!report.failure.has_value()) report.failure = std::move(done.failure);
  }
  return report;
}

bool IsTestedElsewhere(const CrashSubject& subject, std::string_view site) {
  const std::string_view names = subject.tested_elsewhere;
  const std::size_t space = names.find(' ');
  if (space == std::string_view::npos) return false;
  return site.find(names.substr(0, space)) != std::string_view::npos &&
         site.ends_with(names.substr(space));
}

}  // namespace

CampaignReport RunCampaign(const CrashSubject& subject, const CampaignOptions& options) {
  std::vector<RunReport> runs(options.rounds * options.profiles.size());
  std::atomic<std::size_t> failed = runs.size();
  Share(options.threads, runs.size(), [&](std::size_t round) {
    // Those before the first that fails are all run, whoever is quicker.
    if (round > failed) return;
    runs[round] = RunScript(subject, WorkloadOf(subject, options, round), options.run);
    if (!runs[round].failure.has_value()) return;
    std::size_t first = failed;
    while (round < first && !failed.compare_exchange_weak(first, round)) {
    }
  });
  CampaignReport report;
  for (RunReport& run : runs) {
    report.counts.Add(run.counts);
    Merge(report.barriers, run.barriers);
    report.failure = std::move(run.failure);
    if (report.failure.has_value()) break;
  }
  return report;
}

MutationReport MutateBarriers(const CrashSubject& subject, const CampaignOptions& options) {
  MutationReport report;
  CampaignReport sound = RunCampaign(subject, options);
  report.barriers = std::move(sound.barriers);
  report.counts = sound.counts;
  report.failure = std::move(sound.failure);
  if (report.failure.has_value()) return report;

  std::vector<std::string> sites;
  for (const auto& [site, cells] : report.barriers) sites.push_back(site);
  std::vector<CampaignReport> without(sites.size());
  Share(options.threads, sites.size(),
        [&](std::size_t i) { without[i] = RunWithout(subject, options, sites[i]); });
  for (std::size_t i = 0; i < sites.size(); ++i) {
    auto& cells = report.barriers[sites[i]];
    bool noticed = without[i].counts.failures > 0;
    for (const Survivors survivors : options.run.survivors) {
      const auto at = static_cast<std::size_t>(survivors);
      cells[at].broken = without[i].barriers[sites[i]][at].broken;
      if (cells[at].last == 0) {
        report.unhit.push_back(sites[i] + ' ' + std::string(Name(survivors)));
      }
    }
    report.counts.Add(without[i].counts);
    if (!noticed && !IsTestedElsewhere(subject, sites[i])) report.unnoticed.push_back(sites[i]);
  }
  return report;
}

}  // namespace anystore::crash

// anystore_crash: what ./dev crash runs.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "anystore/datastore.h"
#include "crash/campaign.h"
#include "crash/kills.h"
#include "crash/script.h"
#include "crash/shrink.h"
#include "crash/subject.h"
#include "scratch_directory.h"

namespace anystore::crash {
namespace {

struct Arguments {
  std::string name = {};
  CampaignOptions campaign = {};
  // So many workloads are tried to notice that one barrier is missing; 0: none are left out.
  std::size_t barrier_rounds = 30;
  // So many processes that write to a store on the host are killed; 0: none.
  std::size_t kills = 500;
  std::optional<std::string> replay = {};
};

int Usage(std::string_view complaint) {
  std::cerr << "anystore_crash: " << complaint
            << "\nusage: anystore_crash NAME [--seed N] [--rounds N] [--operations N] "
               "[--profile NAME]\n"
               "         [--threads N] [--barrier-rounds N] [--kills N] [--pretend SITE]\n"
               "         [--replay SCRIPT]\n"
               "stores:\n";
  for (const CrashSubject& subject : CrashSubjects()) {
    std::cerr << "  " << subject.name << "  " << subject.url << '\n';
  }
  return 2;
}

std::optional<std::size_t> Number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A number, or any text: the hash of a commit.
std::uint64_t Seed(std::string_view text) {
  return Number(text).value_or(FeatureName(text) % 1'000'000'000);
}

// Empty, or what is wrong.
std::string Set(Arguments& arguments, std::string_view option, std::string_view value) {
  CampaignOptions& campaign = arguments.campaign;
  if (option == "--seed") {
    campaign.seed = Seed(value);
  } else if (option == "--pretend") {
    campaign.run.pretended = value;
  } else if (option == "--replay") {
    arguments.replay = value;
  } else if (option == "--profile") {
    const auto profile = ParseProfile(value);
    if (!profile.has_value()) return "--profile is strict, journaled or no_journal";
    campaign.profiles = {*profile};
  } else {
    const auto number = Number(value);
    if (!number.has_value()) return "unknown: " + std::string(option) + ' ' + std::string(value);
    if (option == "--rounds") {
      campaign.rounds = *number;
    } else if (option == "--operations") {
      campaign.operations = *number;
    } else if (option == "--threads") {
      campaign.threads = *number;
    } else if (option == "--barrier-rounds") {
      arguments.barrier_rounds = *number;
    } else if (option == "--kills") {
      arguments.kills = *number;
    } else {
      return "unknown option " + std::string(option);
    }
  }
  return {};
}

class Stopwatch {
 public:
  [[nodiscard]] std::string text() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f s", spent.count());
    return buffer;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void Print(const RunCounts& counts, const Stopwatch& watch) {
  std::cout << "  " << counts.scripts << " workloads, " << counts.operations << " operations, "
            << counts.calls << " calls, " << counts.cuts << " cuts\n  images:";
  for (std::size_t i = 0; i < counts.images.size(); ++i) {
    std::cout << ' ' << Name(kAllSurvivors[i]) << ' ' << counts.images[i];
  }
  std::cout << ", second cuts " << counts.second_cuts << "; " << watch.text() << std::endl;
}

bool Fail(const CrashSubject& subject, const Failure& failure, const RunOptions& options) {
  std::cout << "  failed, as found:\n    " << failure.violation.what << "\n  shrinking"
            << std::endl;
  std::cout << ToText(subject, Shrink(subject, failure, options), options);
  return false;
}

bool CampaignPasses(const CrashSubject& subject, const CampaignOptions& options) {
  std::cout << subject.name << "  " << subject.url << std::endl;
  const Stopwatch watch;
  const CampaignReport report = RunCampaign(subject, options);
  Print(report.counts, watch);
  if (report.failure.has_value()) return Fail(subject, *report.failure, options.run);
  std::cout << "  passed" << std::endl;
  return true;
}

bool BarriersPass(const CrashSubject& subject, CampaignOptions options, std::size_t rounds) {
  options.rounds = rounds;
  // Short ones: what is missed is missed near the beginning as often as later.
  options.operations = std::min<std::size_t>(options.operations, 50);
  options.run.second_cut_one_in = 0;
  std::cout << subject.name << "  each barrier left out in turn" << std::endl;
  const Stopwatch watch;
  const MutationReport report = MutateBarriers(subject, options);
  Print(report.counts, watch);
  std::cout << ToText(report.barriers, true);
  if (report.failure.has_value()) return Fail(subject, *report.failure, options.run);
  for (const std::string& site : report.unnoticed) {
    std::cout << "  nothing breaks without " << site << '\n';
  }
  for (const std::string& cell : report.unhit) std::cout << "  no image of " << cell << '\n';
  std::cout << (report.passed() ? "  passed" : "  failed") << std::endl;
  return report.passed();
}

bool KillsPass(const CrashSubject& subject, const KillOptions& options) {
  std::cout << subject.name << "  processes killed, on the host" << std::endl;
  const Stopwatch watch;
  const testing::ScratchDirectory scratch;
  const KillReport report = RunKills(subject, scratch.path(), options);
  std::cout << "  " << report.rounds << " kills, " << report.finished
            << " operations had returned, " << report.interrupted << " were under way; "
            << watch.text() << '\n';
  if (report.failure.has_value()) std::cout << "  " << *report.failure << '\n';
  std::cout << (report.failure.has_value() ? "  failed" : "  passed") << std::endl;
  return !report.failure.has_value();
}

bool Replays(const CrashSubject& subject, std::string_view text, RunOptions options) {
  Result<Script> script = ParseScript(text);
  if (!script.has_value()) {
    std::cerr << script.error().ToString() << '\n';
    return false;
  }
  options.trace = true;
  const RunReport report = RunScript(subject, *script, options);
  for (const std::string& line : report.trace) std::cout << line << '\n';
  if (!report.failure.has_value()) {
    std::cout << subject.name << ": nothing is wrong\n";
    return true;
  }
  const Failure& failure = *report.failure;
  std::cout << subject.name << ": " << Name(failure.violation.fault) << ": "
            << failure.violation.what << '\n';
  if (failure.script.cut.has_value()) std::cout << ToText(*failure.script.cut) << '\n';
  return false;
}

int Main(std::span<char* const> words) {
  Arguments arguments;
  arguments.campaign.profiles = {DiskProfile::kStrict, DiskProfile::kJournaled,
                                 DiskProfile::kNoJournal};
  arguments.campaign.threads = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      arguments.name = word;
      continue;
    }
    if (i + 1 == words.size()) return Usage(std::string(word) + " needs a value");
    const std::string complaint = Set(arguments, word, words[++i]);
    if (!complaint.empty()) return Usage(complaint);
  }
  const std::vector<CrashSubject> subjects = FindSubjects(arguments.name);
  if (subjects.empty()) return Usage("which store? unknown: '" + arguments.name + '\'');
  bool passed = true;
  if (arguments.replay.has_value()) {
    return Replays(subjects.front(), *arguments.replay, arguments.campaign.run) ? 0 : 1;
  }
  for (const CrashSubject& subject : subjects) {
    passed = CampaignPasses(subject, arguments.campaign) && passed;
  }
  if (arguments.barrier_rounds != 0 && arguments.campaign.run.pretended.empty()) {
    for (const CrashSubject& subject : subjects) {
      passed = BarriersPass(subject, arguments.campaign, arguments.barrier_rounds) && passed;
    }
  }
  for (const CrashSubject& subject : subjects) {
    if (arguments.kills == 0 || !RunsOnHost(subject)) continue;
    passed =
        KillsPass(subject, {.rounds = arguments.kills, .seed = arguments.campaign.seed}) && passed;
  }
  return passed ? 0 : 1;
}

}  // namespace
}  // namespace anystore::crash

int main(int count, char** words) {
  return anystore::crash::Main(
      std::span<char* const>(words, static_cast<std::size_t>(count)).subspan(1));
}

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <ranges>
#include <string>

#include "anystore/conformance.h"
#include "chapter.h"

namespace anystore::conformance {
namespace {

bool Chosen(const Options& options, std::string_view chapter) {
  if (options.chapters.empty()) return true;
  return std::ranges::any_of(options.chapters, [&](std::string_view wanted) {
    return wanted.ends_with('*') ? chapter.starts_with(wanted.substr(0, wanted.size() - 1))
                                 : chapter == wanted;
  });
}

// Which chapter is at fault when another cannot be run: the one that failed, told on through those
// that were skipped because of it.
using Culprits = std::map<std::string, std::string, std::less<>>;

std::string CulpritOf(const Chapter& chapter, const Culprits& culprits) {
  for (const auto part : std::views::split(chapter.builds_on, ' ')) {
    const auto found = culprits.find(std::string_view(part.begin(), part.end()));
    if (found != culprits.end()) return found->second;
  }
  return {};
}

void RunChapter(const Chapter& chapter, const Target& target, const Options& options,
                const Capabilities& can, Recorder& recorder, ChapterReport& report) {
  Context kit(target, options, can, recorder, report);
  const auto fail = [&](std::string found) {
    report.outcome = Outcome::kFailed;
    report.failures.push_back({.check = "no exception crosses the interface",
                               .expected = "an error as a result",
                               .found = std::move(found),
                               .history = recorder.History()});
  };
  report.outcome = Outcome::kPassed;
  try {
    chapter.run(kit);
  } catch (const Context::Ended&) {
    // Noted where it was thrown.
  } catch (const std::exception& exception) {
    fail(exception.what());
  } catch (...) {
    fail("an exception");
  }
}

// The capabilities of a fresh store of the target, which the chapters are chosen by.
Result<Capabilities> Probe(const Target& target) {
  ANYSTORE_ASSIGN_OR_RETURN(Store store, target.open());
  const Capabilities can = store.capabilities();
  ANYSTORE_TRY(store.Close());
  return can;
}

ChapterReport FailedBefore(std::string_view check, std::string expected, std::string found) {
  ChapterReport report{
      .name = "open", .about = "The kit can begin", .outcome = Outcome::kFailed, .checks = 1};
  report.failures.push_back(
      {.check = std::string(check), .expected = std::move(expected), .found = std::move(found)});
  return report;
}

}  // namespace

std::vector<std::string> ChapterNames() {
  std::vector<std::string> names;
  for (const Chapter& chapter : Chapters()) names.emplace_back(chapter.name);
  return names;
}

Report Run(const Target& target, const Options& options) {
  Report report{.target = target.name, .seed = options.seed, .quick = options.quick};
  const auto finish = [&](ChapterReport chapter) {
    report.chapters.push_back(std::move(chapter));
    if (options.on_progress) options.on_progress(report.chapters.back());
  };
  const Result<Capabilities> can = Probe(target);
  if (!can.has_value()) {
    finish(FailedBefore("open and close a fresh store", "ok", can.error().ToString()));
    return report;
  }
  report.claimed = *can;
  Recorder recorder;
  Culprits culprits;
  for (const Chapter& chapter : Chapters()) {
    if (!Chosen(options, chapter.name)) continue;
    ChapterReport result{.name = std::string(chapter.name), .about = std::string(chapter.about)};
    const std::string culprit = CulpritOf(chapter, culprits);
    if (!culprit.empty()) {
      result.reason = "builds on " + culprit + ", which failed";
    } else if (chapter.access != can->access) {
      result.reason = "no access of " + std::string(Name(chapter.access));
    } else if (chapter.need.met != nullptr && !chapter.need.met(*can, target)) {
      result.reason = "no " + std::string(chapter.need.name);
    } else {
      Clock& clock = *Environment::Host().clock;
      const Instant start = clock.Now();
      RunChapter(chapter, target, options, *can, recorder, result);
      result.seconds = std::chrono::duration<double>(clock.Now() - start).count();
    }
    if (result.outcome == Outcome::kFailed) culprits.emplace(chapter.name, chapter.name);
    if (!culprit.empty()) culprits.emplace(chapter.name, culprit);
    finish(std::move(result));
  }
  if (report.chapters.empty()) {
    finish(FailedBefore("the choice of chapters matches one", "a chapter's name",
                        options.chapters.front()));
  }
  if (target.remove) {
    if (const Status removed = target.remove(); !removed.has_value()) {
      finish(FailedBefore("remove what the kit left behind", "ok", removed.error().ToString()));
    }
  }
  report.provoked = recorder.Provoked();
  report.largest = recorder.Largest();
  return report;
}

}  // namespace anystore::conformance

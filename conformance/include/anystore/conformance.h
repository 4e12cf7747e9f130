/// The conformance kit: holds a store against everything that it claims to be.
///
/// For authors of backends and layers, and for `anystore conformance URL`. A run is a row of
/// chapters, each about one promise of the interface. Capabilities choose the chapters: what a
/// store does not claim is skipped, what it claims and does not do fails.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::conformance::Target target,
///                               anystore::conformance::TargetFromUrl("memory:"));
///     const auto report = anystore::conformance::Run(target, {.chapters = {"put_get"}});
///     assert(report.passed() && report.find("put_get")->checks > 0);
///
/// Links no test framework. docs/guide/conformance.md tells how to read a failure and how to add a
/// chapter.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/capabilities.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/store.h"

namespace anystore::conformance {

/// The life cycle of stores at one place (open.h), for the chapters about it.
///
/// Threads: thread-compatible. The functions are called from the thread that runs the kit.
struct LifeCycle {
  /// Makes a store where there is none, and leaves it closed.
  std::function<Status()> create = {};
  /// Opens the store that is there.
  std::function<Result<Store>()> open = {};
  /// Whether one is there.
  std::function<Result<bool>()> exists = {};
  /// Removes it.
  std::function<Status()> destroy = {};
};

/// The store under test: how to get one, and how to get it again.
///
/// The kit has one store of a target open at a time. What it opened it closes before it opens the
/// next; only the chapter `open_twice` tries a second handle.
///
/// Threads: thread-compatible. The functions are called from the thread that runs the kit.
struct Target {
  /// What reports call it.
  std::string name = {};
  /// Opens a fresh, empty store; what the one before left behind may be destroyed.
  std::function<Result<Store>()> open = {};
  /// Opens the store that `open` made last again, after it was closed. Empty: the store's records
  /// do not outlive the handle, or nobody can say how.
  std::function<Result<Store>()> reopen = {};
  /// Loses what the death of the process (`kSurvivesProcess`) or a power cut (`kSurvivesPower`)
  /// would take from the store that is open, and opens what is left. The kit destroys the old
  /// handle afterwards, which must not bring anything back. Empty: chapters that need it are
  /// skipped.
  std::function<Result<Store>(Durability survived)> crash = {};
  /// Cuts the power so many steps after the next `open` or `crash` begins to make or open its
  /// store; a step is what a store asks of its medium. From then on it fails, and `crash` opens
  /// what is left, or makes a store where none had been made by then. Empty: chapters that need it
  /// are skipped.
  std::function<void(std::uint64_t steps)> cut_while_opening = {};
  /// Cuts the power so many steps from now: the store that is open fails from then on, and `crash`
  /// opens what is left. Empty: chapters that need it are skipped.
  std::function<void(std::uint64_t steps)> cut_after = {};
  /// Removes what the last store left behind. Called after it was closed. Empty: nothing to do.
  std::function<Status()> remove = {};
  /// How stores come and go where the ones of `open` do. A chapter leaves none behind. None: the
  /// stores lie nowhere, or nobody can say how.
  std::optional<LifeCycle> life = {};
  /// The clock of the environment that the stores live in. Null: the host's clock, and chapters
  /// about time wait for it.
  ManualClock* clock = nullptr;
};

/// The target that a URL, a tree in JSON or a file of one names (open.h). No store may be there
/// yet, nor one of the parts of a composition: the kit makes, reopens and destroys its own. The
/// stores live in an environment whose clock the kit moves, and which logs nothing.
///
/// Errors: invalid_config (malformed name, unknown scheme or field) · already_exists (there is a
/// store; it is not touched) · permission_denied, io_error.
[[nodiscard]] ANYSTORE_EXPORT Result<Target> TargetFromUrl(const std::string& url,
                                                           const Registry* registry = nullptr);

/// As TargetFromUrl, with the files of the stores on a simulated disk (simulated_disk.h) instead of
/// the host's, so that the chapters about crashes are run: what a power cut leaves is drawn from
/// `seed`. The path of the URL is one on that disk; the host's files are not touched.
///
/// Errors: invalid_config (as TargetFromUrl) · unsupported (stores of this kind do not keep their
/// records in files of the environment).
[[nodiscard]] ANYSTORE_EXPORT Result<Target> TargetOnSimulatedDisk(
    const std::string& url, std::uint64_t seed, const Registry* registry = nullptr);

/// How a chapter ended.
enum class Outcome : std::uint8_t {
  kPassed,   ///< Every check held.
  kFailed,   ///< At least one did not.
  kSkipped,  ///< It was not run; the reason is told.
};

/// One check that did not hold.
///
/// Threads: thread-compatible.
struct Failure {
  /// The check, in words: "Get after Delete".
  std::string check = {};
  /// What the interface promises.
  std::string expected = {};
  /// What the store did.
  std::string found = {};
  /// The last operations before, oldest first: `put "/A" 3 bytes -> ok`.
  std::vector<std::string> history = {};
};

/// What became of one chapter.
///
/// Threads: thread-compatible.
struct ChapterReport {
  /// The chapter.
  std::string name = {};
  /// What it is about, in one line.
  std::string about = {};
  /// How it ended.
  Outcome outcome = Outcome::kSkipped;
  /// Why it was skipped: the capability that is absent, or the chapter it builds on that failed.
  std::string reason = {};
  /// How many checks were made.
  std::uint64_t checks = 0;
  /// How many cases a chapter went through that counts them, such as combinations; else 0.
  std::uint64_t cases = 0;
  /// How long it took.
  double seconds = 0;
  /// What did not hold; a chapter gives up after a few.
  std::vector<Failure> failures = {};
};

/// Options of Run.
///
/// Threads: thread-compatible.
struct Options {
  /// The chapters to run by name, or by the front of it with a "*": "go/*". Empty: all.
  std::vector<std::string> chapters = {};
  /// Where randomness starts. The same seed gives the same operations, but for what threads do.
  std::uint64_t seed = 1;
  /// Smaller values, fewer rounds: for every build. The full run is for every release.
  bool quick = false;
  /// Called after every chapter.
  std::function<void(const ChapterReport&)> on_progress = {};
};

/// What became of one claim.
enum class Verdict : std::uint8_t {
  kProven,      ///< A chapter about it passed, and none failed.
  kEmulated,    ///< As proven, of what the store claims to do at a cost.
  kRefused,     ///< The store does not claim it, and was seen to refuse it.
  kFailed,      ///< A chapter about it failed.
  kNotClaimed,  ///< The store claims nothing, so there is nothing to refuse.
  kUntried,     ///< No chapter about it was run.
};

/// What a store claims on one axis of its capabilities, and what became of that.
///
/// Threads: thread-compatible.
struct Guarantee {
  /// The axis, as `Capabilities` calls it.
  std::string axis = {};
  /// The value claimed: the name of a level, or a number of bytes.
  std::string claimed = {};
  /// What became of it.
  Verdict verdict = Verdict::kUntried;
  /// The chapters that were run for it.
  std::vector<std::string> chapters = {};
};

/// The largest that were tried and taken, in bytes.
///
/// Threads: thread-compatible.
struct LargestTaken {
  /// The longest key put.
  std::uint64_t key = 0;
  /// The longest value put.
  std::uint64_t value = 0;
  /// The most bytes of keys and values in a batch committed, or in one Apply.
  std::uint64_t batch = 0;
};

/// What a run found.
///
/// Threads: thread-compatible.
struct ANYSTORE_EXPORT Report {
  /// The target's name.
  std::string target = {};
  /// The seed of the run.
  std::uint64_t seed = 0;
  /// Whether it was a quick one.
  bool quick = false;
  /// The chapters, in the order they ran.
  std::vector<ChapterReport> chapters = {};
  /// The error codes that each public function was seen to return: "Store::Put" -> codes. A
  /// function that was called and never failed has an empty set.
  std::map<std::string, std::set<Code>> provoked = {};
  /// What the store claims; none when it could not be opened.
  std::optional<Capabilities> claimed = {};
  /// The largest that it took.
  LargestTaken largest = {};

  /// What became of every claim, in the order of `Capabilities::VisitAxes`.
  [[nodiscard]] std::vector<Guarantee> guarantees() const;
  /// Whether no chapter failed.
  [[nodiscard]] bool passed() const noexcept;
  /// How many chapters ended so.
  [[nodiscard]] std::size_t count(Outcome outcome) const noexcept;
  /// The chapter of this name; null when it was not chosen.
  [[nodiscard]] const ChapterReport* find(std::string_view chapter) const noexcept;
  /// For people: a line a chapter, then every failure with what led to it.
  [[nodiscard]] std::string ToText() const;
  /// For programs: everything above, and what built the kit, as one JSON object.
  [[nodiscard]] std::string ToJson() const;
};

/// The text of one chapter, as in `Report::ToText`: one line, and its failures.
[[nodiscard]] ANYSTORE_EXPORT std::string ToText(const ChapterReport& chapter);

/// The lower-case name of an outcome.
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Outcome outcome) noexcept;
/// The lower-case name of a verdict: "not_claimed".
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Verdict verdict) noexcept;

/// The names of all chapters, in the order they run.
[[nodiscard]] ANYSTORE_EXPORT std::vector<std::string> ChapterNames();

/// Runs the chapters against stores of `target`.
///
/// A store that cannot be opened fails the chapter that wanted it. A choice of chapters that
/// matches none fails the run: the report then has one failed chapter that says so.
[[nodiscard]] ANYSTORE_EXPORT Report Run(const Target& target, const Options& options = {});

}  // namespace anystore::conformance

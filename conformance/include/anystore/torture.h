/// Torture: one random stream of operations over several stores at once, and over a model of what
/// a store is. Every answer is compared; the first that differs is shrunk to a short script.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::conformance::Target target,
///                               anystore::conformance::TargetFromUrl("memory:"));
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::conformance::TortureReport report,
///                               anystore::conformance::Torture({&target, 1}, {.operations =
///                               500}));
///     assert(report.passed() && report.operations > 500);
///
/// Of the stores only what all of them claim is asked, under keys that all of them take.
/// docs/guide/torture.md tells how to read a script and how to keep one as a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore::conformance {

/// Options of Torture.
///
/// Threads: thread-compatible.
struct TortureOptions {
  /// How many operations; a few more at the end look at all that is left.
  std::uint64_t operations = 20'000;
  /// Where randomness starts. The same seed gives the same operations on stores that claim the
  /// same.
  std::uint64_t seed = 1;
  /// What all keys begin with, for stores that take no others.
  std::string prefix = {};
  /// How many scripts are tried to make that of a failure shorter.
  std::size_t shrink_tries_max = 3000;
  /// Called with the number of operations done, now and then.
  std::function<void(std::uint64_t done)> on_progress = {};
};

/// An answer that is not the model's.
///
/// Threads: thread-compatible.
struct Divergence {
  /// The target's name.
  std::string store = {};
  /// The operation, counted from 1.
  std::uint64_t position = 0;
  /// Its text.
  std::string step = {};
  /// What the model answers to the last step of the script.
  std::string expected = {};
  /// What the store answered.
  std::string found = {};
  /// The shortest script found that ends so, as a file of tests: each step with what it must print.
  /// Of a replay: empty.
  std::string script = {};
  /// The steps alone, on one line.
  std::string steps = {};
  /// How many scripts were tried to find it.
  std::size_t tried = 0;
};

/// What a run found.
///
/// Threads: thread-compatible.
struct ANYSTORE_EXPORT TortureReport {
  /// The names of the targets.
  std::vector<std::string> stores = {};
  /// The seed of the run; none for a replay.
  std::optional<std::uint64_t> seed = {};
  /// How many operations were done, each on every store.
  std::uint64_t operations = 0;
  /// How many of each kind, by the first word of their text.
  std::map<std::string, std::uint64_t> verbs = {};
  /// How long it took.
  double seconds = 0;
  /// The first answer that was wrong.
  std::optional<Divergence> divergence = {};

  /// Whether all answers were right.
  [[nodiscard]] bool passed() const noexcept { return !divergence.has_value(); }
  /// For people: what was done, and what is wrong with the command that shows it again.
  [[nodiscard]] std::string ToText() const;
};

/// Does as many random operations on fresh stores of all targets, and removes the stores.
///
/// Errors: invalid_argument (no targets) · unsupported (there are no keys that all stores take;
/// see `TortureOptions::prefix`) · what opening, closing or removing a store ends with.
[[nodiscard]] ANYSTORE_EXPORT Result<TortureReport> Torture(std::span<const Target> targets,
                                                            const TortureOptions& options = {});

/// Does the steps of a script: those of `Divergence::script` or `Divergence::steps`.
///
/// Errors: invalid_argument (no targets, or not a script; names the step) · as Torture.
[[nodiscard]] ANYSTORE_EXPORT Result<TortureReport> ReplayTorture(std::span<const Target> targets,
                                                                  std::string_view script);

}  // namespace anystore::conformance

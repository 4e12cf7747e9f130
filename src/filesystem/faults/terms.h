/// What every kind of fault rule has: which of the calls it is about, by count and by chance, and
/// how much longer they take. Rules about files (faults.h) and about stores share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "base/words.h"

namespace anystore::filesystem {

/// A length of time that may be drawn: `5ms`; `1ms..9ms`, any as likely as another; `5ms~1ms`, the
/// normal distribution of that mean and deviation, never below zero.
///
/// Threads: thread-compatible.
struct Latency {
  enum class Kind : std::uint8_t { kFixed, kUniform, kNormal };
  Kind kind = Kind::kFixed;
  /// The fixed one, the lowest, the mean.
  Duration first = {};
  /// The highest, the deviation.
  Duration second = {};

  [[nodiscard]] Duration Draw(SeededRandom& random) const;
  [[nodiscard]] std::string ToString() const;
  [[nodiscard]] bool none() const noexcept { return *this == Latency{}; }
  friend bool operator==(const Latency&, const Latency&) = default;
};

/// The terms `call`, `after`, `times`, `probability` and `latency` of a rule.
///
/// Threads: thread-compatible.
struct RuleTerms {
  /// The probability that is certain.
  static constexpr std::uint32_t kCertain = 1'000'000'000;

  /// Takes the term in `word`. False: it is none of these.
  ///
  /// Errors: invalid_argument (the column, and what is allowed there).
  Result<bool> Read(const base::Word& word);
  /// The terms as text, each with a blank before it.
  [[nodiscard]] std::string ToString() const;

  /// Of the calls it is about: this one only, or 0.
  std::uint64_t call = 0;
  /// Of the calls it is about: none of the first so many.
  std::uint64_t after = 0;
  /// At most so often.
  std::uint64_t times = UINT64_MAX;
  /// Of `kCertain`.
  std::uint32_t probability = kCertain;
  Latency latency = {};
};

/// How far one rule has come.
///
/// Threads: single-thread.
class RuleCounter {
 public:
  explicit RuleCounter(std::uint64_t seed) : random_(std::make_unique<SeededRandom>(seed)) {}

  /// Counts a call that the rule is about; whether the rule does something.
  [[nodiscard]] bool Fires(const RuleTerms& terms);
  /// Counts a call that another rule has decided on.
  void Pass() noexcept { ++calls_; }
  /// Chance of this rule's own.
  [[nodiscard]] SeededRandom& random() const noexcept { return *random_; }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  [[nodiscard]] std::uint64_t times() const noexcept { return times_; }

 private:
  std::unique_ptr<SeededRandom> random_;
  std::uint64_t calls_ = 0;
  std::uint64_t times_ = 0;
};

/// The error of a term whose value is none: "column 3: times="x", but " and what is allowed.
[[nodiscard]] Error BadValue(const base::Word& word, std::string_view allowed);
/// A number from 1.
///
/// Errors: invalid_argument.
[[nodiscard]] Result<std::uint64_t> ParseCount(const base::Word& word);
/// The set of those of `names` that the patterns in `word`, divided by "|", match: a bit a name.
/// `what` is what they are called.
///
/// Errors: invalid_argument (a pattern that matches none).
[[nodiscard]] Result<std::uint32_t> ParseNames(const base::Word& word,
                                               std::span<const std::string_view> names,
                                               std::string_view what);

/// Calls `take` with the words of every rule in `text`: a line each, or divided by ";".
///
/// Errors: invalid_argument ("fault rules: line 2, column 7: ...").
[[nodiscard]] Status ForEachRule(std::string_view text,
                                 const std::function<Status(std::span<const base::Word>)>& take);

}  // namespace anystore::filesystem

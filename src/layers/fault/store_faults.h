/// The rules of one `fault` layer, and how far each has come.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/options.h"
#include "layers/fault/store_rule.h"

namespace anystore::layers {

/// What becomes of one call.
struct Verdict {
  /// What it ends with; none: it is made.
  std::optional<Error> error = {};
  /// For a write with an error.
  Effect effect = Effect::kNone;
  /// Whether a bit of what it returns is flipped.
  bool corrupt = false;
  /// Chance for whatever is drawn further.
  std::uint64_t draw = 0;
};

/// Threads: thread-safe. Calls are counted, and chance is drawn, in the order in which they come.
class StoreFaults {
 public:
  /// Whether a pattern matches a key of the call.
  using KeyMatch = std::function<bool(const filesystem::Glob&)>;

  /// Parses rules (docs/layers/fault.md).
  ///
  /// Errors: invalid_argument ("fault rules: line 2, column 7: ...").
  [[nodiscard]] static Result<std::unique_ptr<StoreFaults>> Parse(std::string_view text,
                                                                  std::uint64_t seed, Clock& clock);

  /// Whether a rule is about calls of this kind. The others need not be decided.
  [[nodiscard]] bool Concern(Verb verb) const noexcept { return (verbs_ & BitOf(verb)) != 0; }
  /// What becomes of a call. Waits as long as the rules say, but not past the caller's deadline.
  [[nodiscard]] Verdict Decide(Verb verb, const KeyMatch& matches, const CallOptions& call);
  /// Whether a rule leaves a part of a batch.
  [[nodiscard]] bool tears() const noexcept;

 private:
  struct Counted {
    StoreRule rule;
    filesystem::RuleCounter counter;
  };

  StoreFaults(std::vector<Counted> rules, std::uint32_t verbs, Clock& clock)
      : rules_(std::move(rules)), verbs_(verbs), clock_(clock) {}

  void Act(const Counted& counted, Verb verb, Verdict& verdict) const;
  [[nodiscard]] Status Wait(Duration latency, const CallOptions& call) const;

  std::mutex mutex_;
  std::vector<Counted> rules_;  // their counters are guarded by mutex_
  const std::uint32_t verbs_;   // of all rules
  Clock& clock_;
};

}  // namespace anystore::layers

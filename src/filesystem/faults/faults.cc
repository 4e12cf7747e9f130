#include "filesystem/faults/faults.h"

#include <utility>

#include "base/words.h"
#include "filesystem/faults/rule.h"

namespace anystore::filesystem {

struct FaultRules::Counted {
  FaultRule rule;
  RuleCounter counter;
};

FaultRules::FaultRules(std::vector<Counted> rules, Clock& clock)
    : rules_(std::move(rules)), clock_(clock) {}

FaultRules::~FaultRules() = default;

Result<std::unique_ptr<FaultRules>> FaultRules::Parse(std::string_view text,
                                                      const FaultOptions& options) {
  std::vector<Counted> rules;
  SeededRandom seeds(options.seed);
  ANYSTORE_TRY(ForEachRule(text, [&](std::span<const base::Word> words) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(FaultRule rule, FaultRule::Parse(words));
    rules.push_back({std::move(rule), RuleCounter(seeds.Next())});
    return Ok();
  }));
  Clock& clock = options.clock != nullptr ? *options.clock : *Environment::Host().clock;
  return std::unique_ptr<FaultRules>(new FaultRules(std::move(rules), clock));
}

Decision FaultRules::Before(const Call& call) {
  Decision decision;
  Duration latency = {};
  {
    const std::lock_guard lock(mutex_);
    for (Counted& counted : rules_) {
      if (decision.kind != Decision::Kind::kProceed &&
          counted.rule.action != Decision::Kind::kProceed) {
        // Somebody decided: it only counts.
        if (counted.rule.IsAbout(call)) counted.counter.Pass();
        continue;
      }
      if (!counted.rule.IsAbout(call) || !counted.counter.Fires(counted.rule.when)) continue;
      latency += counted.rule.when.latency.Draw(counted.counter.random());
      if (counted.rule.action != Decision::Kind::kProceed) decision = counted.rule.Act(call);
    }
  }
  if (latency > Duration::zero()) clock_.Sleep(latency);
  return decision;
}

std::string FaultRules::ToString() const {
  std::string text;
  for (const Counted& counted : rules_) text += counted.rule.ToString() + "\n";
  return text;
}

std::string FaultRules::Report() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Counted& counted : rules_) {
    text += counted.rule.ToString() + "  # " + std::to_string(counted.counter.calls()) +
            " calls, " + std::to_string(counted.counter.times()) + " times\n";
  }
  return text;
}

std::uint64_t FaultRules::fired() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t times = 0;
  for (const Counted& counted : rules_) times += counted.counter.times();
  return times;
}

}  // namespace anystore::filesystem

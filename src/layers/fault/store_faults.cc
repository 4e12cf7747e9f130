#include "layers/fault/store_faults.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/call_check.h"

namespace anystore::layers {
namespace {

/// What stores say of errors of this code, where the rule does not.
Retry UsualRetry(Code code) {
  switch (code) {
    case Code::kBusy:
    case Code::kTimeout:
    case Code::kRateLimited:
    case Code::kUnavailable:
    case Code::kResourceExhausted:
      return Retry::kTemporary;
    default:
      return Retry::kNever;
  }
}

}  // namespace

Result<std::unique_ptr<StoreFaults>> StoreFaults::Parse(std::string_view text, std::uint64_t seed,
                                                        Clock& clock) {
  std::vector<Counted> rules;
  std::uint32_t verbs = 0;
  SeededRandom seeds(seed);
  ANYSTORE_TRY(filesystem::ForEachRule(text, [&](std::span<const base::Word> words) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(StoreRule rule, StoreRule::Parse(words));
    verbs |= rule.verbs;
    rules.push_back({std::move(rule), filesystem::RuleCounter(seeds.Next())});
    return Ok();
  }));
  return std::unique_ptr<StoreFaults>(new StoreFaults(std::move(rules), verbs, clock));
}

Verdict StoreFaults::Decide(Verb verb, const KeyMatch& matches, const CallOptions& call) {
  Verdict verdict;
  Duration latency = {};
  bool decided = false;
  {
    const std::lock_guard lock(mutex_);
    for (Counted& counted : rules_) {
      const StoreRule& rule = counted.rule;
      if (!rule.IsAbout(verb) || (rule.key.has_value() && !matches(*rule.key))) continue;
      const bool decides = rule.action != StoreRule::Action::kNone;
      if (decided && decides) {
        counted.counter.Pass();  // another rule has decided: it only counts
        continue;
      }
      if (!counted.counter.Fires(rule.when)) continue;
      latency += rule.when.latency.Draw(counted.counter.random());
      if (!decides) continue;
      decided = true;
      Act(counted, verb, verdict);
    }
  }
  if (latency > Duration::zero()) {
    Status waited = Wait(latency, call);
    if (!waited.has_value()) return {.error = std::move(waited).error()};
  }
  return verdict;
}

void StoreFaults::Act(const Counted& counted, Verb verb, Verdict& verdict) const {
  SeededRandom& random = counted.counter.random();
  verdict.draw = random.Next();
  if (counted.rule.action == StoreRule::Action::kCorrupt) {
    verdict.corrupt = true;
    return;
  }
  const Code code = counted.rule.codes[random.Below(counted.rule.codes.size())];
  verdict.effect = counted.rule.effect;
  verdict.error =
      Error(code, "injected into " + std::string(Name(verb)))
          .WithRetry(counted.rule.retry.value_or(UsualRetry(code)))
          .WithApplied(verdict.effect == Effect::kNone ? Applied::kNo : Applied::kUnknown);
}

Status StoreFaults::Wait(Duration latency, const CallOptions& call) const {
  if (call.deadline.has_value()) {
    const Duration left = *call.deadline - clock_.Now();
    latency = std::min(latency, std::max(left, Duration::zero()));
  }
  clock_.SleepUnlessStopped(latency, call.stop);
  return internal::CheckCall(call, clock_);
}

bool StoreFaults::tears() const noexcept {
  return std::ranges::any_of(
      rules_, [](const Counted& counted) { return counted.rule.effect == Effect::kTorn; });
}

}  // namespace anystore::layers

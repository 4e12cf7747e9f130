#include "filesystem/faults/faults.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/words.h"
#include "filesystem/faults/rule.h"

namespace anystore::filesystem {
namespace {

/// A rule, or none where there are no words.
Result<std::optional<FaultRule>> ParseRule(std::string_view text, std::size_t columns) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<base::Word> words, base::SplitWords(text, columns));
  if (words.empty()) return std::nullopt;
  ANYSTORE_ASSIGN_OR_RETURN(FaultRule rule, FaultRule::Parse(words));
  return rule;
}

}  // namespace

struct FaultRules::Counted {
  FaultRule rule;
  std::unique_ptr<SeededRandom> random;
  std::uint64_t calls = 0;
  std::uint64_t times = 0;

  /// Counts a call; whether the rule does something about it.
  bool Fires(const Call& call) {
    if (!rule.IsAbout(call)) return false;
    ++calls;
    if (rule.call != 0 && calls != rule.call) return false;
    if (calls <= rule.after || times == rule.times) return false;
    if (rule.probability < FaultRule::kCertain &&
        random->Below(FaultRule::kCertain) >= rule.probability) {
      return false;
    }
    ++times;
    return true;
  }
};

FaultRules::FaultRules(std::vector<Counted> rules, Clock& clock)
    : rules_(std::move(rules)), clock_(clock) {}

FaultRules::~FaultRules() = default;

Result<std::unique_ptr<FaultRules>> FaultRules::Parse(std::string_view text,
                                                      const FaultOptions& options) {
  std::vector<Counted> rules;
  SeededRandom seeds(options.seed);
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    for (std::size_t at = 0; at <= line.size();) {
      const std::string_view part = base::UpToSeparator(line.substr(at), ';');
      Result<std::optional<FaultRule>> rule = ParseRule(part, at);
      if (!rule.has_value()) {
        return Error(Code::kInvalidArgument, "fault rules: line " + std::to_string(line_number) +
                                                 ", " + std::string(rule.error().message()));
      }
      if (rule->has_value()) {
        rules.push_back({**std::move(rule), std::make_unique<SeededRandom>(seeds.Next())});
      }
      at += part.size() + 1;
    }
  }
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
        counted.calls += counted.rule.IsAbout(call) ? 1 : 0;
        continue;
      }
      if (!counted.Fires(call)) continue;
      latency += counted.rule.latency;
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
    text += counted.rule.ToString() + "  # " + std::to_string(counted.calls) + " calls, " +
            std::to_string(counted.times) + " times\n";
  }
  return text;
}

std::uint64_t FaultRules::fired() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t times = 0;
  for (const Counted& counted : rules_) times += counted.times;
  return times;
}

}  // namespace anystore::filesystem

#include "anystore/torture.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "torture/generate.h"
#include "torture/operation.h"
#include "torture/race.h"
#include "torture/rules.h"
#include "torture/shrink.h"

namespace anystore::conformance {
namespace {

using torture::Generator;
using torture::Mismatch;
using torture::Operation;
using torture::Race;
using torture::Rules;
using torture::Verb;

constexpr std::uint64_t kProgressEvery = 1000;

// Looks at everything that is left, before and after the stores were closed.
std::vector<Operation> Ending() {
  const Operation all{.verb = Verb::kQuery, .listing = {.sizes = true}};
  return {all, {.verb = Verb::kSync}, {.verb = Verb::kReopen}, all};
}

std::vector<std::string> NamesOf(std::span<const Target> targets) {
  std::vector<std::string> names;
  for (const Target& target : targets) names.push_back(target.name);
  return names;
}

std::string FoundText(const torture::Answer& found) {
  return ToText(found) + (found.message.empty() ? "" : " (" + found.message + ")");
}

// The script as a file of tests, with the model's answers.
std::string AsTest(const std::vector<Operation>& script, const Rules& rules) {
  torture::Model model(rules);
  std::string text;
  for (const Operation& operation : script) {
    text += (text.empty() ? "" : "\n") + ToText(operation) + "\n----\n" +
            ToText(model.Do(operation)) + "\n";
  }
  return text;
}

std::string OnOneLine(const std::vector<Operation>& script) {
  std::string text;
  for (const Operation& operation : script) text += (text.empty() ? "" : "; ") + ToText(operation);
  return text;
}

Divergence Describe(std::span<const Target> targets, const Operation& step,
                    const Mismatch& mismatch, std::uint64_t position) {
  return {.store = targets[mismatch.target].name,
          .position = position,
          .step = ToText(step),
          .expected = ToText(mismatch.expected),
          .found = FoundText(mismatch.found)};
}

// One stream of operations: those drawn from a seed, and then the ending.
class Stream {
 public:
  Stream(const Rules& rules, const TortureOptions& options)
      : generator_(rules, options.seed), drawn_(options.operations) {}

  [[nodiscard]] std::optional<Operation> Next() {
    if (position_ < drawn_) {
      ++position_;
      return generator_.Next();
    }
    const std::uint64_t at = position_ - drawn_;
    if (at >= ending_.size()) return std::nullopt;
    ++position_;
    return ending_[at];
  }
  /// How many were drawn so far.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  Generator generator_;
  const std::uint64_t drawn_;
  const std::vector<Operation> ending_ = Ending();
  std::uint64_t position_ = 0;
};

// The operations from `begin` to `end` of the stream.
std::vector<Operation> Part(const Rules& rules, const TortureOptions& options, std::uint64_t begin,
                            std::uint64_t end) {
  Stream stream(rules, options);
  std::vector<Operation> part;
  while (stream.position() < end) {
    std::optional<Operation> operation = stream.Next();
    if (!operation.has_value()) break;
    if (stream.position() > begin) part.push_back(*std::move(operation));
  }
  return part;
}

// Whether the last operation of a part of the stream still goes wrong, in the same way, when all
// before the part is left out. In a stream of a million, this is what makes shrinking affordable.
bool PartDiverges(const Target& target, const Rules& rules, const TortureOptions& options,
                  std::uint64_t begin, std::uint64_t end, const Mismatch& mismatch) {
  Result<Race> race = Race::Start({&target, 1}, rules);
  if (!race.has_value()) return false;
  Stream stream(rules, options);
  std::optional<Mismatch> found;
  while (!found.has_value() && stream.position() < end) {
    const std::optional<Operation> operation = stream.Next();
    if (!operation.has_value()) break;
    if (stream.position() > begin) found = race->Step(*operation);
  }
  static_cast<void>(race->End());
  return found.has_value() && found->Alike(mismatch) && stream.position() == end;
}

void ShrinkInto(Divergence& divergence, const Target& target, const Rules& rules,
                const TortureOptions& options, const Mismatch& mismatch) {
  std::uint64_t begin = 0;
  for (std::uint64_t step = divergence.position / 2; step >= 64; step /= 2) {
    if (PartDiverges(target, rules, options, begin + step, divergence.position, mismatch)) {
      begin += step;
    }
  }
  const torture::Shrunk shrunk =
      Shrink(target, rules, Part(rules, options, begin, divergence.position), mismatch,
             options.shrink_tries_max);
  divergence.expected = ToText(shrunk.mismatch.expected);
  divergence.found = FoundText(shrunk.mismatch.found);
  divergence.script = AsTest(shrunk.script, rules);
  divergence.steps = OnOneLine(shrunk.script);
  divergence.tried = shrunk.tried;
}

// In single quotes, as shells read them.
std::string ForShell(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted += '\'';
}

std::string Indented(std::string_view text) {
  std::string indented = "    ";
  for (const char c : text) {
    indented += c;
    if (c == '\n') indented += "    ";
  }
  return indented;
}

}  // namespace

std::string TortureReport::ToText() const {
  std::string text = "torture of";
  for (const std::string& store : stores) text += " " + store;
  char took[40];
  std::snprintf(took, sizeof took, ", %.1f s", seconds);
  text += "\n  " + (seed.has_value() ? "seed " + std::to_string(*seed) : "a script") + ", " +
          std::to_string(operations) + " operations" + took + "\n ";
  for (const auto& [verb, count] : verbs) text += " " + verb + " " + std::to_string(count);
  if (passed()) return text + "\n  every answer was right\n";
  const Divergence& wrong = *divergence;
  text += "\n  operation " + std::to_string(wrong.position) + " went wrong on " + wrong.store +
          "\n    " + wrong.step + "\n";
  if (!wrong.script.empty()) {
    text += "script, the shortest of " + std::to_string(wrong.tried) + " that goes wrong so\n\n" +
            wrong.script + "\n";
  }
  text += "expected\n" + Indented(wrong.expected) + "\nfound\n" + Indented(wrong.found) + "\n";
  if (wrong.script.empty()) return text;
  text += "again\n    anystore torture --replay " + ForShell(wrong.steps);
  for (const std::string& store : stores) text += " " + ForShell(store);
  return text + "\n";
}

Result<TortureReport> Torture(std::span<const Target> targets, const TortureOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const Rules rules,
                            torture::MakeRules(targets, options.prefix, options.seed));
  ANYSTORE_ASSIGN_OR_RETURN(Race race, Race::Start(targets, rules));
  TortureReport report{.stores = NamesOf(targets), .seed = options.seed};
  Clock& clock = *Environment::Host().clock;
  const Instant start = clock.Now();
  Stream stream(rules, options);
  std::optional<Mismatch> mismatch;
  while (!mismatch.has_value()) {
    const std::optional<Operation> operation = stream.Next();
    if (!operation.has_value()) break;
    mismatch = race.Step(*operation);
    report.operations = stream.position();
    ++report.verbs[std::string(Name(operation->verb))];
    if (mismatch.has_value()) {
      report.divergence = Describe(targets, *operation, *mismatch, stream.position());
    }
    if (options.on_progress && report.operations % kProgressEvery == 0) {
      options.on_progress(report.operations);
    }
  }
  const Status ended = race.End();
  report.seconds = std::chrono::duration<double>(clock.Now() - start).count();
  if (mismatch.has_value()) {
    ShrinkInto(*report.divergence, targets[mismatch->target], rules, options, *mismatch);
    return report;
  }
  if (!ended.has_value()) return ended.error().Clone();
  return report;
}

Result<TortureReport> ReplayTorture(std::span<const Target> targets, std::string_view script) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<Operation> steps, torture::ParseScript(script));
  ANYSTORE_ASSIGN_OR_RETURN(const Rules rules, torture::MakeRules(targets, "", 1));
  ANYSTORE_ASSIGN_OR_RETURN(Race race, Race::Start(targets, rules));
  TortureReport report{.stores = NamesOf(targets)};
  for (const Operation& step : steps) {
    const std::optional<Mismatch> mismatch = race.Step(step);
    ++report.operations;
    ++report.verbs[std::string(Name(step.verb))];
    if (mismatch.has_value()) {
      report.divergence = Describe(targets, step, *mismatch, report.operations);
      break;
    }
  }
  const Status ended = race.End();
  if (!ended.has_value() && report.passed()) return ended.error().Clone();
  return report;
}

}  // namespace anystore::conformance

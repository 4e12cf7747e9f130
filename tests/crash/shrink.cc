#include "crash/shrink.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "shrinking/reducer.h"

namespace anystore::crash {
namespace {

class Shrinker {
 public:
  Shrinker(const CrashSubject& subject, const Failure& failure, const RunOptions& options,
           std::size_t tries_max)
      : subject_(subject),
        options_(options),
        best_(failure),
        reducer_(
            failure.script.operations,
            [this](const std::vector<Operation>& operations) { return FailsAlike(operations); },
            tries_max) {
    options_.count_failures = false;
    options_.trace = false;
    // Another script draws other seeds: give each class a few.
    options_.images_per_cut = 8;
    options_.write_one_in = options.write_one_in == 0 ? 0 : 1;
    // A second cut is looked for only where it takes one.
    const auto& cut = failure.script.cut;
    options_.second_cut_one_in = cut.has_value() && cut->again.has_value() ? 1 : 0;
  }

  Failure Run() {
    bool smaller = true;
    while (smaller && left() > 0) {
      smaller = reducer_.LeaveOut();
      smaller = SimplifyOperations() || smaller;
      smaller = ShareKeys() || smaller;
    }
    return std::move(best_);
  }

  [[nodiscard]] std::size_t left() const { return reducer_.left(); }

 private:
  [[nodiscard]] const std::vector<Operation>& operations() const { return reducer_.items(); }
  bool Try(std::vector<Operation> operations) { return reducer_.Try(std::move(operations)); }
  bool TryOne(std::size_t at, Operation changed) { return reducer_.TryOne(at, std::move(changed)); }

  // Whether these operations fail in the same way; the failure is then the best.
  bool FailsAlike(const std::vector<Operation>& operations) {
    const Script script{.seed = best_.script.seed,
                        .profile = best_.script.profile,
                        .copied = best_.script.copied,
                        .operations = operations};
    RunReport report = RunScript(subject_, script, options_);
    if (!report.failure.has_value()) return false;
    if (report.failure->violation.fault != best_.violation.fault) return false;
    best_ = *std::move(report.failure);
    return true;
  }

  bool SimplifyOperations() {
    bool smaller = false;
    for (std::size_t at = 0; at < operations().size(); ++at) {
      Operation changed = operations()[at];
      changed.dies_at = 0;
      smaller = TryOne(at, std::move(changed)) || smaller;
      changed = operations()[at];
      changed.all = false;
      smaller = TryOne(at, std::move(changed)) || smaller;
      changed = operations()[at];
      changed.durability = Durability::kStoreDefault;
      smaller = TryOne(at, std::move(changed)) || smaller;
      smaller = SimplifyChanges(at) || smaller;
      smaller = SplitBatch(at) || smaller;
    }
    return smaller;
  }

  // Into the operations that it is made of.
  bool SplitBatch(std::size_t at) {
    const Operation batch = operations()[at];
    if (batch.kind != Operation::Kind::kBatch) return false;
    std::vector<Operation> split = operations();
    auto place = split.erase(split.begin() + static_cast<std::ptrdiff_t>(at));
    for (const Change& change : batch.changes) {
      Operation one{
          .kind = Operation::Kind::kDelete, .changes = {change}, .durability = batch.durability};
      if (change.bytes.has_value()) one.kind = Operation::Kind::kPut;
      place = split.insert(place, std::move(one)) + 1;
    }
    return Try(std::move(split));
  }

  bool SimplifyChanges(std::size_t at) {
    bool smaller = false;
    for (std::size_t i = operations()[at].changes.size(); i-- > 0;) {
      if (operations()[at].changes.size() > 1) {
        Operation changed = operations()[at];
        changed.changes.erase(changed.changes.begin() + static_cast<std::ptrdiff_t>(i));
        if (TryOne(at, std::move(changed))) {
          smaller = true;
          continue;
        }
      }
      smaller = ShortenValue(at, i) || smaller;
    }
    return smaller;
  }

  bool ShortenValue(std::size_t at, std::size_t i) {
    bool smaller = false;
    for (;;) {
      Operation changed = operations()[at];
      auto& bytes = changed.changes[i].bytes;
      if (!bytes.has_value() || *bytes <= 1) return smaller;
      bytes = smaller ? *bytes / 2 : 1;
      if (TryOne(at, changed)) {
        smaller = true;
        continue;
      }
      if (smaller) return true;
      bytes = *operations()[at].changes[i].bytes / 2;
      if (!TryOne(at, std::move(changed))) return false;
      smaller = true;
    }
  }

  // Fewer and shorter keys: "/A", "/B", in the order in which they come up.
  bool ShareKeys() {
    bool smaller = false;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < operations().size(); ++at) {
      for (std::size_t i = 0; i < operations()[at].changes.size(); ++i) {
        const std::string key = operations()[at].changes[i].key;
        if (std::ranges::find(seen, key) != seen.end()) continue;
        smaller = RenameKey(key, seen.size()) || smaller;
        seen.push_back(operations()[at].changes[i].key);
      }
    }
    return smaller;
  }

  bool RenameKey(const std::string& key, std::size_t names) {
    for (std::size_t name = 0; name <= std::min<std::size_t>(names, 25); ++name) {
      const std::string shorter = {'/', static_cast<char>('A' + name)};
      if (std::pair(key.size(), key) <= std::pair(shorter.size(), shorter)) return false;
      std::vector<Operation> renamed = operations();
      for (Operation& operation : renamed) {
        for (Change& change : operation.changes) {
          if (change.key == key) change.key = shorter;
        }
      }
      if (Try(std::move(renamed))) return true;
    }
    return false;
  }

  const CrashSubject& subject_;
  RunOptions options_;
  Failure best_;
  conformance::shrinking::Reducer<Operation> reducer_;
};

}  // namespace

Shrunk Shrink(const CrashSubject& subject, const Failure& failure, const RunOptions& options,
              std::size_t tries_max) {
  Shrinker shrinker(subject, failure, options, tries_max);
  Shrunk shrunk{.failure = shrinker.Run()};
  shrunk.tried = tries_max - shrinker.left();
  RunOptions traced = options;
  traced.trace = true;
  traced.count_failures = false;
  shrunk.trace = RunScript(subject, shrunk.failure.script, traced).trace;
  const auto& cut = shrunk.failure.script.cut;
  if (cut.has_value() && cut->moment != Moment::kEnd) {
    // The operation went on after the cut.
    std::erase_if(shrunk.trace, [&](const std::string& line) {
      const std::uint64_t call = std::stoull(line);
      return cut->moment == Moment::kBefore ? call >= cut->call : call > cut->call;
    });
  }
  return shrunk;
}

std::string ToText(const CrashSubject& subject, const Shrunk& shrunk, const RunOptions& options) {
  const auto& [script, violation] = shrunk.failure;
  std::string text = std::string(Name(violation.fault)) + ": " + violation.what + '\n';
  text += "script\n";
  std::string steps = ToText(script);
  for (std::size_t at = 0; (at = steps.find('\n', at)) != std::string::npos; at += 5) {
    steps.replace(at, 1, "\n    ");
  }
  text += "    " + steps + "\ncalls that changed something\n";
  for (const std::string& line : shrunk.trace) text += "    " + line + '\n';
  if (script.cut.has_value()) text += "    power cut\n";
  text += "again\n    ./dev crash " + subject.name;
  if (!options.pretended.empty()) text += " --pretend '" + options.pretended + '\'';
  return text + " --replay '" + ToText(script, "; ") + "'\n";
}

}  // namespace anystore::crash

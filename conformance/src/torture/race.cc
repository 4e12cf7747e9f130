#include "torture/race.h"

#include <algorithm>
#include <string>
#include <utility>

namespace anystore::conformance::torture {
namespace {

constexpr std::size_t kKeysMin = 8;

// Keys that the store of `target` would not keep are strange.
Status TakeOutStrange(const Target& target, Rules& rules) {
  ANYSTORE_ASSIGN_OR_RETURN(Store store, target.open());
  std::erase_if(rules.keys, [&](const std::string& key) {
    if (store.CheckKey(key).has_value()) return false;
    rules.strange_keys.push_back(key);
    return true;
  });
  return store.Close();
}

}  // namespace

Result<Rules> MakeRules(std::span<const Target> targets, std::string_view prefix,
                        std::uint64_t seed) {
  if (targets.empty()) return Error(Code::kInvalidArgument, "no stores to torture");
  Rules rules;
  for (const Target& target : targets) {
    ANYSTORE_ASSIGN_OR_RETURN(Store store, target.open());
    const Capabilities& can = store.capabilities();
    const bool first = &target == targets.data();
    if (!first && can.access != rules.can.access) {
      return Error(Code::kUnsupported, "some of the stores take writes, others do not");
    }
    rules.can = first ? can : Meet(rules.can, can);
    rules.time_passes = rules.time_passes && target.clock != nullptr;
    ANYSTORE_TRY(store.Close());
  }
  rules.keys = DrawKeys(rules.can, prefix, seed);
  for (const Target& target : targets) ANYSTORE_TRY(TakeOutStrange(target, rules));
  if (rules.keys.size() < kKeysMin) {
    return Error(Code::kUnsupported,
                 "there are hardly any keys that all of the stores take; a "
                 "prefix may help");
  }
  return rules;
}

Result<Race> Race::Start(std::span<const Target> targets, const Rules& rules) {
  Race race(targets, rules);
  for (const Target& target : targets) {
    ANYSTORE_ASSIGN_OR_RETURN(Subject subject, Subject::Open(target, rules));
    race.subjects_.push_back(std::move(subject));
  }
  return race;
}

std::optional<Mismatch> Race::Step(const Operation& operation) {
  answer_ = model_.Do(operation);
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    Answer found = subjects_[i].Do(operation);
    if (found != answer_) {
      return Mismatch{.target = i, .expected = answer_, .found = std::move(found)};
    }
  }
  return std::nullopt;
}

Status Race::End() {
  Status first = Ok();
  const auto keep = [&](Status status) {
    if (first.has_value()) first = std::move(status);
  };
  for (Subject& subject : subjects_) keep(subject.Close());
  subjects_.clear();
  for (const Target& target : targets_) {
    if (target.remove) keep(target.remove());
  }
  return first;
}

}  // namespace anystore::conformance::torture

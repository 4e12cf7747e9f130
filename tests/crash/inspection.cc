#include "crash/inspection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "anystore/query.h"
#include "anystore/results.h"
#include "crash/workload.h"

namespace anystore::crash {
namespace {

constexpr std::array<std::string_view, kFaultCount> kFaults = {
    "no open",       "lost",    "outdated",   "resurrected", "torn",  "part of a batch",
    "never written", "listing", "not usable", "recovery",    "wrong", "live"};

Violation Wrong(Fault fault, std::string what) { return {.fault = fault, .what = std::move(what)}; }

std::string Describe(const Values& values, State state) {
  if (state == kAbsent) return "absent";
  return "put " + std::to_string(state) + " (" + std::to_string(values.bytes(state).size()) +
         " bytes)";
}

std::string DescribeAllowed(const Values& values, const Ledger& ledger, std::string_view key) {
  std::string text;
  for (const State state : ledger.Allowed(key)) {
    if (!text.empty()) text += " or ";
    text += Describe(values, state);
  }
  return text;
}

// What is wrong with a key being in a state that the ledger does not allow; none: the bytes are of
// no state.
Fault Judge(const Ledger& ledger, std::string_view key, std::optional<State> state) {
  if (!state.has_value()) return Fault::kTorn;
  if (*state == kAbsent) return Fault::kLost;
  return ledger.Durable(key) == kAbsent ? Fault::kResurrected : Fault::kOutdated;
}

// The first difference of what was there and what is, if there is one.
std::optional<std::string> Difference(const Contents& expected, const Contents& found) {
  for (const auto& [key, value] : expected) {
    const auto at = found.find(key);
    if (at == found.end()) return Quoted(key) + " is gone";
    if (at->second.bytes() != value.bytes()) return Quoted(key) + " has another value";
  }
  for (const auto& [key, value] : found) {
    if (!expected.contains(key)) return Quoted(key) + " is back";
  }
  return std::nullopt;
}

// Writes a new key and removes one that is there, for good. Tells `contents` of it.
Status Use(Store& store, std::uint64_t seed, Contents& contents) {
  WriteOptions options;
  const bool each = store.capabilities().durability_max >= Durability::kSurvivesPower;
  if (each) options.durability = Durability::kSurvivesPower;
  if (!contents.empty()) {
    auto victim = contents.begin();
    std::advance(victim, seed % contents.size());
    ANYSTORE_TRY(store.Delete(victim->first, {.write = options}));
    contents.erase(victim);
  }
  constexpr std::string_view kKey = "/AFTERWARDS";
  std::string bytes = ValueBytes(kKey, seed, 100);
  ANYSTORE_TRY(store.Put(kKey, bytes, {.write = options}));
  contents.insert_or_assign(std::string(kKey), Value::Take(std::move(bytes)));
  return each ? Ok() : store.Sync();
}

std::optional<Violation> FindElse(const CrashSubject& subject, SimulatedDisk& disk, Store& store) {
  if (subject.find_wrong == nullptr) return std::nullopt;
  std::optional<std::string> wrong = subject.find_wrong(disk, store);
  if (!wrong.has_value()) return std::nullopt;
  return Wrong(Fault::kElse, *std::move(wrong));
}

// Moves the store, which is opened and to be open afterwards.
Status MoveAfterwards(const CrashSubject& subject, Machine& machine, Store& store) {
  ANYSTORE_TRY(store.Close());
  ANYSTORE_TRY(machine.Move(subject));
  ANYSTORE_ASSIGN_OR_RETURN(store, machine.Open(subject, OpenMode::kOpen));
  return Ok();
}

// Uses the store, cuts the power and looks whether everything is still there. With `moves` it is
// moved before, where it can be.
std::optional<Violation> InspectUse(const CrashSubject& subject, SimulatedDisk& disk,
                                    Machine& machine, Store store, Contents contents,
                                    const Values& values, std::uint64_t seed, bool moves) {
  if (moves && !subject.other_url.empty()) {
    const Status moved = MoveAfterwards(subject, machine, store);
    if (!moved.has_value()) {
      return Wrong(Fault::kNotUsable, "a move after recovery: " + moved.error().ToString());
    }
  }
  if (Status used = Use(store, seed, contents); !used.has_value()) {
    return Wrong(Fault::kNotUsable, "a write after recovery: " + used.error().ToString());
  }
  const auto left = disk.Crash(seed % 2 == 0 ? Survivors::kNone : Survivors::kTorn, seed);
  Machine next(*left, Mix(seed, 2));
  Result<Store> again = next.Open(subject, OpenMode::kOpen);
  if (!again.has_value()) {
    return Wrong(Fault::kRecovery, "cut after recovery: " + again.error().ToString());
  }
  Reading reading = ReadAll(*again, values);
  if (reading.violation.has_value()) return std::move(reading.violation);
  const auto difference = Difference(contents, reading.contents);
  if (!difference.has_value()) return FindElse(subject, *left, *again);
  return Wrong(Fault::kRecovery, "cut after recovery: " + *difference);
}

}  // namespace

std::string_view Name(Fault fault) noexcept { return kFaults[static_cast<std::size_t>(fault)]; }

State Values::Add(std::string_view key, std::uint32_t size) {
  const auto state = static_cast<State>(puts_.size() + 1);
  puts_.push_back({.bytes = ValueBytes(key, state, size)});
  keys_[std::string(key)].push_back(state);
  return state;
}

std::optional<State> Values::Find(std::string_view key, std::string_view found,
                                  const std::vector<State>& first) const {
  const auto matches = [&](State state) { return state != kAbsent && bytes(state) == found; };
  if (const auto at = std::ranges::find_if(first, matches); at != first.end()) return *at;
  const auto states = keys_.find(key);
  if (states == keys_.end()) return std::nullopt;
  const auto at = std::ranges::find_if(states->second, matches);
  return at != states->second.end() ? std::optional(*at) : std::nullopt;
}

Reading ReadAll(Store& store, const Values& values) {
  Reading reading;
  const auto fail = [&](Fault fault, std::string what) {
    reading.violation = Wrong(fault, std::move(what));
    return std::move(reading);
  };
  for (const auto& [key, states] : values.keys()) {
    Result<Value> value = store.Get(key);
    if (value.has_value()) {
      const Result<std::uint64_t> size = store.GetSize(key);
      if (!size.has_value() || *size != value->size()) {
        return fail(Fault::kListing, Quoted(key) + " has a size that is not its value's");
      }
      reading.contents.emplace(key, *std::move(value));
    } else if (value.error().code() != Code::kNotFound) {
      return fail(Fault::kLost, value.error().ToString());
    }
  }
  Result<Results> results = store.Query({});
  if (!results.has_value()) return fail(Fault::kListing, results.error().ToString());
  std::size_t listed = 0;
  for (const EntryView& entry : *results) {
    ++listed;
    auto at = reading.contents.find(entry.key);
    if (at == reading.contents.end() && !values.keys().contains(entry.key)) {
      Result<Value> value = store.Get(entry.key);
      if (!value.has_value()) return fail(Fault::kListing, Quoted(entry.key) + " is not there");
      at = reading.contents.emplace(entry.key, *std::move(value)).first;
    }
    if (at == reading.contents.end()) {
      return fail(Fault::kListing, Quoted(entry.key) + " is listed, but not found");
    }
    if (at->second.bytes() != entry.value) {
      return fail(Fault::kListing, Quoted(entry.key) + " is listed with another value");
    }
  }
  if (Status ended = results->status(); !ended.has_value()) {
    return fail(Fault::kListing, ended.error().ToString());
  }
  // Each listed one was found; so they are as many unless one is missing, or there twice.
  if (listed != reading.contents.size()) {
    return fail(Fault::kListing, std::to_string(reading.contents.size()) + " keys are found, " +
                                     std::to_string(listed) + " are listed");
  }
  return reading;
}

std::optional<std::string> FindTorn(const Contents& contents, const Ledger& ledger,
                                    const Values& values) {
  const auto torn = ledger.FindTorn([&](std::string_view key, State state) {
    const auto found = contents.find(key);
    if (found == contents.end()) return state == kAbsent;
    return state != kAbsent && found->second.bytes() == values.bytes(state);
  });
  if (!torn.has_value()) return std::nullopt;
  return "a batch that is all or nothing has changed " + Quoted(torn->first) + ", but not " +
         Quoted(torn->second);
}

std::optional<Violation> HoldAgainst(const Contents& contents, const Ledger& ledger,
                                     const Values& values) {
  for (const auto& [key, value] : contents) {
    if (!values.keys().contains(key)) {
      return Wrong(Fault::kNeverWritten, Quoted(key) + " was never put");
    }
  }
  for (const auto& [key, states] : values.keys()) {
    const auto found = contents.find(key);
    const std::vector<State> allowed = ledger.Allowed(key);
    std::optional<State> state = kAbsent;
    if (found != contents.end()) state = values.Find(key, found->second, allowed);
    if (state.has_value() && std::ranges::find(allowed, *state) != allowed.end()) continue;
    const std::string is = state.has_value()
                               ? Describe(values, *state)
                               : std::to_string(found->second.size()) + " bytes that nobody put";
    return Wrong(Judge(ledger, key, state), Quoted(key) + " is " + is + ", but must be " +
                                                DescribeAllowed(values, ledger, key));
  }
  const auto torn = FindTorn(contents, ledger, values);
  return torn.has_value() ? std::optional(Wrong(Fault::kPartOfBatch, *torn)) : std::nullopt;
}

std::optional<Violation> Inspect(const CrashSubject& subject, SimulatedDisk& disk,
                                 const Ledger& ledger, const Values& values,
                                 const InspectionOptions& options) {
  Machine machine(options.opened_through != nullptr ? *options.opened_through : disk,
                  Mix(options.seed, 1));
  if (options.moved) {
    const Result<bool> moving = machine.IsMoving(subject);
    if (!moving.has_value()) return Wrong(Fault::kNoOpen, moving.error().ToString());
    if (*moving) return Wrong(Fault::kResurrected, "the store is back in its old place");
  }
  const bool made = options.presence == Presence::kSome;
  Result<Store> store = machine.Open(subject, made ? OpenMode::kOpenOrCreate : OpenMode::kOpen);
  if (!store.has_value()) {
    if (options.presence == Presence::kUnknown) return std::nullopt;
    return Wrong(Fault::kNoOpen, store.error().ToString());
  }
  Reading reading = ReadAll(*store, values);
  if (reading.violation.has_value()) return std::move(reading.violation);
  if (auto violation = HoldAgainst(reading.contents, ledger, values)) return violation;
  // What was copied and not synced may be cut anywhere, also what a store notes of itself; and a
  // part of it may be in the way of a move.
  const bool was_stable = options.presence == Presence::kSure;
  if (was_stable) {
    if (auto violation = FindElse(subject, disk, *store)) return violation;
  }
  if (!options.write) return std::nullopt;
  return InspectUse(subject, disk, machine, *std::move(store), std::move(reading.contents), values,
                    options.seed, was_stable);
}

}  // namespace anystore::crash

#include "torture/shrink.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "shrinking/reducer.h"

namespace anystore::conformance::torture {
namespace {

using Reducer = shrinking::Reducer<Operation>;

// The first mismatch of a script, and its step.
struct FirstMismatch {
  std::size_t at = 0;
  Mismatch mismatch = {};
};
std::optional<FirstMismatch> FirstOf(const Target& target, const Rules& rules,
                                     const std::vector<Operation>& script) {
  Result<Race> race = Race::Start({&target, 1}, rules);
  if (!race.has_value()) return std::nullopt;
  std::optional<FirstMismatch> first;
  for (std::size_t at = 0; at < script.size() && !first.has_value(); ++at) {
    auto mismatch = race->Step(script[at]);
    if (mismatch.has_value()) first = {.at = at, .mismatch = *std::move(mismatch)};
  }
  static_cast<void>(race->End());
  return first;
}

// Each of these makes one thing of an operation simpler.
void SimplifyListing(const Operation& from, std::vector<Operation>& simpler) {
  const auto with = [&](const std::function<void(Listing&)>& change) {
    simpler.push_back(from);
    change(simpler.back().listing);
  };
  if (from.verb != Verb::kQuery && from.verb != Verb::kCursor && from.verb != Verb::kSync) return;
  with([](Listing& listing) { listing.prefix.clear(); });
  with([](Listing& listing) { listing.from.clear(); });
  with([](Listing& listing) { listing.to.reset(); });
  with([](Listing& listing) { listing.filters.clear(); });
  with([](Listing& listing) { listing.orders.clear(); });
  with([](Listing& listing) { listing.offset = 0; });
  with([](Listing& listing) { listing.limit = 0; });
  with([](Listing& listing) { listing.reverse = false; });
  if (from.verb != Verb::kSync) with([](Listing& listing) { listing.keys_only = true; });
  with([](Listing& listing) { listing.sizes = listing.expirations = false; });
  if (from.listing.filters.size() > 1) {
    with([](Listing& listing) { listing.filters.pop_back(); });
    with([](Listing& listing) { listing.filters.erase(listing.filters.begin()); });
  }
}

void SimplifyChanges(const Operation& from, std::vector<Operation>& simpler) {
  for (std::size_t i = from.changes.size(); i-- > 0;) {
    const auto with = [&](const std::function<void(Change&)>& change) {
      simpler.push_back(from);
      change(simpler.back().changes[i]);
    };
    if (from.changes.size() > 1) {
      simpler.push_back(from);
      simpler.back().changes.erase(simpler.back().changes.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const Bytes& value = from.changes[i].value;
    if (value.size > 0 || value.literal.size() > 1) {
      with([](Change& change) { change.value = {.literal = "a"}; });
    }
    if (value.size > 1) {
      with([](Change& change) { change.value.size = 1; });
      with([](Change& change) { change.value.size /= 2; });
    }
    with([](Change& change) { change.demand = Demand::kNothing; });
    with([](Change& change) { change.in_seconds.reset(); });
  }
}

std::vector<Operation> SimplerForms(const Operation& from) {
  std::vector<Operation> simpler;
  const auto with = [&](const std::function<void(Operation&)>& change) {
    simpler.push_back(from);
    change(simpler.back());
  };
  with([](Operation& operation) { operation.durability = Durability::kStoreDefault; });
  with([](Operation& operation) { operation.all_or_nothing = false; });
  with([](Operation& operation) { operation.window = {}; });
  with([](Operation& operation) { operation.old = false; });
  if (from.number > 1) {
    with([](Operation& operation) { operation.number = 1; });
    with([](Operation& operation) { operation.number /= 2; });
  }
  for (std::size_t i = from.keys.size(); i-- > 0 && from.keys.size() > 1;) {
    with([i](Operation& operation) {
      operation.keys.erase(operation.keys.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
  SimplifyListing(from, simpler);
  SimplifyChanges(from, simpler);
  return simpler;
}

// A batch, or several mutations, as operations of their own.
bool Split(Reducer& reducer, std::size_t at) {
  const Operation many = reducer.items()[at];
  if (many.verb != Verb::kBatch && many.verb != Verb::kApply) return false;
  constexpr std::array kVerbs = {Verb::kPut, Verb::kDelete, Verb::kDeleteRange, Verb::kExpire};
  std::vector<Operation> split = reducer.items();
  auto place = split.erase(split.begin() + static_cast<std::ptrdiff_t>(at));
  for (const Change& change : many.changes) {
    Operation one{.verb = kVerbs[static_cast<std::size_t>(change.kind)], .changes = {change}};
    place = split.insert(place, std::move(one)) + 1;
  }
  return reducer.Try(std::move(split));
}

bool SimplifyAll(Reducer& reducer) {
  bool smaller = false;
  for (std::size_t at = 0; at < reducer.items().size(); ++at) {
    bool again = true;
    while (again && reducer.left() > 0) {
      again = false;
      for (Operation& form : SimplerForms(reducer.items()[at])) {
        if (!reducer.TryOne(at, std::move(form))) continue;
        again = smaller = true;
        break;
      }
    }
    smaller = Split(reducer, at) || smaller;
  }
  return smaller;
}

// Calls `visit` for every key, and every bound that may be one.
template <class Visit>
void VisitKeys(std::vector<Operation>& script, Visit visit) {
  for (Operation& operation : script) {
    for (Change& change : operation.changes) {
      visit(change.key);
      if (change.to.has_value()) visit(*change.to);
    }
    for (std::string& key : operation.keys) visit(key);
    visit(operation.listing.from);
    if (operation.listing.to.has_value()) visit(*operation.listing.to);
  }
}

// Short ones that people can read come first.
bool Before(const std::string& a, const std::string& b) {
  const auto rank = [](const std::string& key) {
    const bool odd = key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) != key.npos;
    return std::tuple(odd || !key.starts_with('/') || key.size() < 2, key.size(), key);
  };
  return rank(a) < rank(b);
}

// Shorter keys, and fewer: each becomes the first of the shortest ones with which it fails still.
bool ShareKeys(Reducer& reducer, const Rules& rules) {
  std::vector<std::string> names = rules.keys;
  std::erase(names, "");
  std::ranges::sort(names, Before);
  names.resize(std::min<std::size_t>(names.size(), 12));
  std::set<std::string> used;
  std::vector<Operation> script = reducer.items();
  VisitKeys(script, [&](const std::string& key) { used.insert(key); });
  bool smaller = false;
  for (const std::string& key : used) {
    for (const std::string& name : names) {
      if (key.empty() || !Before(name, key)) break;
      script = reducer.items();
      VisitKeys(script, [&](std::string& found) {
        if (found == key) found = name;
      });
      if (!reducer.Try(script)) continue;
      smaller = true;
      break;
    }
  }
  return smaller;
}

}  // namespace

Shrunk Shrink(const Target& target, const Rules& rules, std::vector<Operation> script,
              const Mismatch& mismatch, std::size_t tries_max) {
  const Verb verb = script.back().verb;
  Shrunk shrunk;
  Reducer reducer(
      std::move(script),
      [&](const std::vector<Operation>& shorter) {
        std::optional<FirstMismatch> first = FirstOf(target, rules, shorter);
        if (!first.has_value() || shorter[first->at].verb != verb ||
            !first->mismatch.Alike(mismatch)) {
          return false;
        }
        shrunk.mismatch = std::move(first->mismatch);
        return true;
      },
      tries_max);
  // The whole first, as it may not fail again: then it stays as it is.
  shrunk.mismatch = mismatch;
  bool smaller = reducer.Try(reducer.items());
  while (smaller && reducer.left() > 0) {
    smaller = reducer.LeaveOut();
    smaller = SimplifyAll(reducer) || smaller;
    smaller = ShareKeys(reducer, rules) || smaller;
  }
  shrunk.script = reducer.items();
  shrunk.tried = tries_max - reducer.left();
  return shrunk;
}

}  // namespace anystore::conformance::torture

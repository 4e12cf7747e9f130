#include "torture/generate.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "anystore/query.h"

namespace anystore::conformance::torture {

// A verb, how often it is drawn, and where it makes sense.
struct Generator::Choice {
  Verb verb;
  std::uint64_t weight;
  void (Generator::*draw)(Operation&);
  bool (*allowed)(const Rules&) = [](const Rules&) { return true; };
};

Operation Generator::Next() {
  if (cursor_uses_ == 0) return Draw();
  --cursor_uses_;
  Operation operation{.verb = OneIn(2) ? Verb::kNext : Verb::kSeek};
  operation.verb == Verb::kNext ? NextEntries(operation) : Seek(operation);
  return operation;
}

Operation Generator::Draw() {
  constexpr auto kWritable = [](const Rules& rules) {
    return rules.can.access == Access::kReadWrite;
  };
  constexpr auto kExpires = [](const Rules& rules) { return rules.expiry(); };
  constexpr auto kSnapshots = [](const Rules& rules) {
    return rules.can.snapshots != Support::kAbsent;
  };
  constexpr auto kOrdered = [](const Rules& rules) { return rules.ordered(); };
  static constexpr Choice kChoices[] = {
      {Verb::kPut, 220, &Generator::Put},
      {Verb::kDelete, 80, &Generator::Delete},
      {Verb::kExpire, 30, &Generator::Expire, kExpires},
      {Verb::kApply, 50, &Generator::Apply},
      {Verb::kBatch, 60, &Generator::Batch},
      {Verb::kDeleteRange, 10, &Generator::DeleteRange, kWritable},
      {Verb::kSync, 5, &Generator::Sync},
      {Verb::kReopen, 1, &Generator::Nothing},
      {Verb::kPass, 10, &Generator::Pass, kExpires},
      {Verb::kGet, 180, &Generator::Get},
      {Verb::kHas, 60, &Generator::ReadOne},
      {Verb::kSize, 60, &Generator::ReadOne},
      {Verb::kStat, 40, &Generator::ReadOne},
      {Verb::kGetMany, 50, &Generator::GetMany},
      {Verb::kQuery, 60, &Generator::Query},
      {Verb::kSnapshot, 8, &Generator::Nothing, kSnapshots},
      {Verb::kRelease, 3, &Generator::Nothing, kSnapshots},
      {Verb::kCursor, 15, &Generator::Cursor, kOrdered},
      {Verb::kNext, 30, &Generator::NextEntries, kOrdered},
      {Verb::kSeek, 20, &Generator::Seek, kOrdered},
  };
  constexpr std::uint64_t kTotal =
      std::accumulate(std::begin(kChoices), std::end(kChoices), std::uint64_t{0},
                      [](std::uint64_t sum, const Choice& choice) { return sum + choice.weight; });
  for (;;) {
    std::uint64_t drawn = random_.Below(kTotal);
    const Choice* choice = kChoices;
    while (drawn >= choice->weight) drawn -= (choice++)->weight;
    if (!choice->allowed(rules_)) continue;
    Operation operation{.verb = choice->verb};
    (this->*choice->draw)(operation);
    if (operation.verb == Verb::kSnapshot) snapshot_ = true;
    if (operation.verb == Verb::kRelease || operation.verb == Verb::kPass ||
        operation.verb == Verb::kReopen) {
      snapshot_ = false;
    }
    return operation;
  }
}

const std::string& Generator::Key() { return rules_.keys[random_.Below(rules_.keys.size())]; }

const std::string& Generator::AnyKey() {
  const auto& strange = rules_.strange_keys;
  return strange.empty() || !OneIn(12) ? Key() : strange[random_.Below(strange.size())];
}

// The bounds of ranges need not be keys.
std::string Generator::Bound() {
  std::string bound = AnyKey();
  if (OneIn(6) && !bound.empty()) bound.pop_back();
  if (OneIn(6)) bound += '\0';
  if (OneIn(12)) bound += '\xff';
  return bound;
}

Bytes Generator::NewValue() {
  constexpr std::array<std::uint64_t, 5> kSizes = {0, 12, 300, 4096, 70'000};
  const std::uint64_t draw = random_.Below(100);
  const std::size_t kind = draw < 10 ? 0 : draw < 50 ? 1 : draw < 92 ? 2 : draw < 99 ? 3 : 4;
  const std::uint64_t most = std::min(kSizes[kind], rules_.can.value_bytes_max);
  const std::uint64_t size = most == 0 ? 0 : random_.Below(most) + 1;
  // From few seeds, so that equal values come up.
  if (kind == 1) return {.literal = Bytes{.size = size, .seed = random_.Below(3)}.Make()};
  return {.size = size, .seed = size == 0 ? 0 : random_.Below(1000)};
}

Demand Generator::DrawDemand(bool among_others) {
  if (rules_.can.conditional_write == ConditionScope::kAbsent || !OneIn(4)) return Demand::kNothing;
  const bool versions = rules_.can.versions != VersionSupport::kAbsent && !among_others;
  // Conditions that do not hold end the whole; so among others rarely.
  if (among_others && !OneIn(3)) return Demand::kNothing;
  return static_cast<Demand>(1 + random_.Below(versions ? 4 : 2));
}

Durability Generator::DrawDurability() {
  if (!OneIn(25)) return Durability::kStoreDefault;
  const auto strongest = static_cast<std::uint64_t>(rules_.can.durability_max);
  return static_cast<Durability>(random_.Below(strongest + 1));
}

Window Generator::DrawWindow() {
  if (!OneIn(4)) return {};
  Window window;
  if (OneIn(2)) window.offset = random_.Below(OneIn(2) ? 20 : 5000);
  if (OneIn(2)) window.length = random_.Below(OneIn(2) ? 20 : 5000);
  return window;
}

Change Generator::DrawPut(bool among_others) {
  Change change{.key = Key(), .value = NewValue(), .demand = DrawDemand(among_others)};
  if (rules_.expiry() && OneIn(8)) {
    change.in_seconds = static_cast<std::int32_t>(random_.Below(60)) - 2;
  }
  return change;
}

Change Generator::DrawDelete(bool among_others) {
  return {.kind = Change::Kind::kDelete, .key = AnyKey(), .demand = DrawDemand(among_others)};
}

// Of few keys mostly, or nothing would ever be there.
Change Generator::DrawDeleteRange() {
  Change change{.kind = Change::Kind::kDeleteRange, .key = Bound()};
  if (OneIn(20)) {
    DrawBounds(change.key, change.to);
    return change;
  }
  const auto at = std::ranges::lower_bound(rules_.keys, change.key) - rules_.keys.begin();
  const std::size_t end = static_cast<std::size_t>(at) + random_.Below(6);
  change.to = end < rules_.keys.size() ? rules_.keys[end] : change.key;
  return change;
}

void Generator::DrawBounds(std::string& from, std::optional<std::string>& to) {
  if (!OneIn(4)) from = Bound();
  if (!OneIn(4)) to = Bound();
}

std::string Generator::DrawFilter() {
  const auto op = static_cast<Op>(random_.Below(6));
  if (OneIn(4)) {
    return Filter::Value(op, Bytes{.size = random_.Below(12) + 1, .seed = random_.Below(3)}.Make())
        .ToString();
  }
  if (OneIn(4)) return Filter::KeyPrefix(Bound()).ToString();
  return Filter::Key(op, Bound()).ToString();
}

void Generator::DrawOrder(Listing& listing) {
  constexpr std::array<std::string_view, 4> kOrders = {"key", "-key", "value", "-value"};
  if (OneIn(3)) {
    for (std::uint64_t i = random_.Below(2) + 1; i > 0; --i) {
      listing.orders.emplace_back(kOrders[random_.Below(kOrders.size())]);
    }
  } else {
    listing.reverse = OneIn(3);
  }
}

void Generator::Put(Operation& operation) {
  operation.changes.push_back(DrawPut(false));
  operation.durability = DrawDurability();
}

void Generator::Delete(Operation& operation) {
  operation.changes.push_back(DrawDelete(false));
  operation.durability = DrawDurability();
}

void Generator::Expire(Operation& operation) {
  Change change{.kind = Change::Kind::kExpire, .key = Key()};
  if (!OneIn(3)) change.in_seconds = static_cast<std::int32_t>(random_.Below(60)) - 2;
  operation.changes.push_back(std::move(change));
}

// What lies in several parts cannot check conditions in more than one of them.
void Generator::Apply(Operation& operation) {
  const bool ranges = rules_.can.delete_range != Support::kAbsent;
  const bool atomic = rules_.can.batch_atomicity == Atomicity::kAllOrNothing;
  bool conditional = false;
  for (std::uint64_t i = random_.Below(6) + 2; i > 0; --i) {
    operation.changes.push_back(ranges && OneIn(20) ? DrawDeleteRange()
                                : OneIn(3)          ? DrawDelete(true)
                                                    : DrawPut(true));
    Demand& demand = operation.changes.back().demand;
    if (conditional && !atomic) demand = Demand::kNothing;
    conditional = conditional || demand != Demand::kNothing;
  }
  operation.all_or_nothing = rules_.can.batch_atomicity >= Atomicity::kWhenReopened && OneIn(3);
}

void Generator::Batch(Operation& operation) {
  for (std::uint64_t i = random_.Below(OneIn(20) ? 200 : 12) + 1; i > 0; --i) {
    Change change{.key = Key()};
    if (OneIn(3)) {
      change.kind = Change::Kind::kDelete;
    } else {
      change.value = NewValue();
    }
    operation.changes.push_back(std::move(change));
  }
  operation.durability = DrawDurability();
  operation.all_or_nothing = rules_.can.batch_atomicity >= Atomicity::kWhenReopened && OneIn(3);
  if (OneIn(8)) operation.end = OneIn(2) ? BatchEnd::kDiscarded : BatchEnd::kDropped;
}

void Generator::DeleteRange(Operation& operation) {
  operation.changes.push_back(DrawDeleteRange());
}

void Generator::Sync(Operation& operation) {
  if (OneIn(2)) DrawBounds(operation.listing.from, operation.listing.to);
}

void Generator::Pass(Operation& operation) { operation.number = random_.Below(20) + 1; }

void Generator::ReadOne(Operation& operation) {
  operation.keys.push_back(AnyKey());
  operation.old = snapshot_ && OneIn(6);
}

void Generator::Get(Operation& operation) {
  ReadOne(operation);
  operation.window = DrawWindow();
}

void Generator::GetMany(Operation& operation) {
  for (std::uint64_t i = random_.Below(12) + 1; i > 0; --i) operation.keys.push_back(AnyKey());
  operation.window = DrawWindow();
  operation.old = snapshot_ && OneIn(6);
}

void Generator::Query(Operation& operation) {
  Listing& listing = operation.listing;
  if (OneIn(4)) listing.prefix = Bound();
  if (OneIn(3)) DrawBounds(listing.from, listing.to);
  for (std::uint64_t i = OneIn(3) ? random_.Below(2) + 1 : 0; i > 0; --i) {
    listing.filters.push_back(DrawFilter());
  }
  DrawOrder(listing);
  if (OneIn(3)) listing.offset = static_cast<std::int64_t>(random_.Below(20));
  if (!OneIn(4)) listing.limit = static_cast<std::int64_t>(random_.Below(20));
  listing.keys_only = OneIn(2);
  listing.sizes = OneIn(3);
  listing.expirations = rules_.expiry() && OneIn(3);
  operation.old = snapshot_ && OneIn(6);
}

void Generator::Cursor(Operation& operation) {
  Listing& listing = operation.listing;
  if (OneIn(3)) DrawBounds(listing.from, listing.to);
  listing.reverse = rules_.can.reverse_scan != Support::kAbsent && OneIn(2);
  listing.keys_only = OneIn(2);
  listing.sizes = OneIn(3);
  operation.old = snapshot_ && OneIn(4);
  // Many a cursor is gone with the next write.
  if (OneIn(2)) cursor_uses_ = random_.Below(6) + 1;
}

void Generator::NextEntries(Operation& operation) { operation.number = random_.Below(30) + 1; }

void Generator::Seek(Operation& operation) { operation.keys.push_back(Bound()); }

}  // namespace anystore::conformance::torture

// What outlives the process and the power.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::array<Durability, 2> kSurvivals = {Durability::kSurvivesProcess,
                                                  Durability::kSurvivesPower};

// What a key may hold after a crash: one of several values, or no record.
using States = std::vector<std::optional<std::string>>;

std::string Describe(const States& states) {
  std::string text;
  for (const auto& state : states) {
    if (!text.empty()) text += " or ";
    text += state.has_value() ? Quoted(*state, 48) : "no record";
  }
  return text;
}

// Writes to a store, keeps account of what each key may hold after a crash that takes all but
// `survived`, and looks at what is left.
class Ledger {
 public:
  Ledger(Context& kit, TracedStore& store, Durability survived)
      : kit_(kit), store_(store), survived_(survived) {}

  // Whether a write or Sync of the store promises to survive this crash at all.
  [[nodiscard]] bool CanKeep() const { return CanAsk() || CanSync(); }
  [[nodiscard]] bool CanAsk() const { return kit_.can().durability_max >= survived_; }
  [[nodiscard]] bool CanSync() const { return kit_.can().sync_durability >= survived_; }

  // The options of a write that asks to survive, where that can be asked for.
  [[nodiscard]] WriteOptions Asking() const {
    return {.durability = CanAsk() ? survived_ : Durability::kStoreDefault};
  }

  bool Put(const std::string& key, const std::string& value, const WriteOptions& options = {}) {
    return Wrote(key, value, store_.Put(key, value, {.write = options}), options);
  }
  bool Delete(const std::string& key, const WriteOptions& options = {}) {
    return Wrote(key, std::nullopt, store_.Delete(key, {.write = options}), options);
  }
  // One batch of these changes, of keys that differ.
  bool Commit(const std::vector<std::pair<std::string, std::optional<std::string>>>& changes,
              const WriteOptions& options = {}) {
    TracedBatch batch = kit_.Must(store_.NewBatch(), "NewBatch");
    for (const auto& [key, value] : changes) {
      kit_.MustOk(value.has_value() ? batch.Put(key, *value) : batch.Delete(key), "batch");
    }
    const Result<Receipt> receipt = batch.Commit(options);
    Group group;
    for (const auto& [key, value] : changes) {
      if (Of(key).size() == 1 && Of(key).front() != value) group[key] = {Of(key).front(), value};
      Wrote(key, value, receipt, options);
    }
    const Atomicity atomicity = kit_.can().batch_atomicity;
    const bool is_whole = atomicity == Atomicity::kAllOrNothing ||
                          (atomicity == Atomicity::kWhenReopened && options.all_or_nothing);
    if (is_whole) groups_.push_back(std::move(group));
    return receipt.has_value();
  }
  bool Sync(const KeyRange& range = {}) {
    const Status synced = store_.Sync(range);
    if (!cutting_) kit_.MustOk(synced, "Sync");
    if (!synced.has_value() || !CanSync()) return synced.has_value();
    for (auto& [key, states] : states_) {
      if (range.Contains(key)) states = {states.back()};
    }
    return true;
  }
  // Records that promise to survive, whichever way the store has of promising it.
  void Keep(const Model& records) {
    for (const auto& [key, value] : records) Put(key, value, Asking());
    if (!CanAsk()) Sync();
  }
  // From now on writes may fail: the power is cut.
  void ExpectCut() { cutting_ = true; }

  // Holds what is left against the account.
  void Check(TracedStore& left) {
    Model found;
    for (const auto& [key, states] : states_) {
      const Result<Value> value = left.Get(key);
      std::optional<std::string> state;
      if (value.has_value()) {
        state = value->bytes();
        found[key] = *state;
      } else if (!kit_.ExpectCode(value, Code::kNotFound, "Get after a crash, if not the value")) {
        continue;
      }
      kit_.Expect(std::ranges::find(states, state) != states.end(), "Get after a crash",
                  Describe(states), Describe(States{state}));
    }
    for (const Group& group : groups_) CheckGroup(group, found);
    kit_.ExpectHolds(left, found, "a listing after a crash, compared with Get");
  }

 private:
  // The keys of a batch that held one certain state before, with that and the state after.
  struct Change {
    std::optional<std::string> before;
    std::optional<std::string> after;
  };
  using Group = std::map<std::string, Change, std::less<>>;

  States& Of(const std::string& key) {
    return states_.try_emplace(key, States{std::nullopt}).first->second;
  }

  bool Wrote(const std::string& key, std::optional<std::string> state,
             const Result<Receipt>& receipt, const WriteOptions& options) {
    if (!cutting_) kit_.MustOk(receipt, "a write before a crash");
    // What is written again tells nothing of an earlier batch.
    for (Group& group : groups_) group.erase(key);
    const Durability promised = options.durability == Durability::kStoreDefault
                                    ? kit_.can().put_durability
                                    : options.durability;
    States& states = Of(key);
    if (receipt.has_value() && promised >= survived_) states.clear();
    states.push_back(std::move(state));
    return receipt.has_value();
  }

  void CheckGroup(const Group& group, const Model& found) {
    std::size_t old = 0;
    std::string text;
    for (const auto& [key, change] : group) {
      const auto record = found.find(key);
      const bool is_old =
          record == found.end() ? !change.before.has_value() : change.before == record->second;
      if (is_old) ++old;
      text += (text.empty() ? "" : ", ") + Quoted(key) + (is_old ? " old" : " new");
    }
    kit_.Expect(old == 0 || old == group.size(), "what a crash left of a batch", "all or nothing",
                text);
  }

  Context& kit_;
  TracedStore& store_;
  const Durability survived_;
  std::map<std::string, States, std::less<>> states_;
  std::vector<Group> groups_;
  bool cutting_ = false;
};

// Calls `round(survived)` again and again for both crashes, with the dice of the chapter.
template <class Round>
void EachCrash(Context& kit, const Round& round) {
  const std::uint64_t rounds = kit.Scaled(100, 20);
  for (const Durability survived : kSurvivals) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      round(survived);
      kit.CountCase();
      kit.EndIfFailed();
    }
  }
}

// Values from a few bytes to several sectors and pages.
std::string NewValue(Context& kit) {
  constexpr std::array<std::size_t, 5> kSizes = {1, 40, 700, 5000, 20'000};
  return kit.RandomBytes(kSizes[kit.random().Below(kSizes.size())] + kit.random().Below(100));
}

// Keys that a store which goes by parts of them does not keep in one place.
std::string Key(char letter, std::uint64_t number) { return PlainKey(letter, number * 137); }

Model NewRecords(Context& kit, char letter, std::uint64_t count) {
  Model records;
  for (std::uint64_t i = 1; i <= count; ++i) records[Key(letter, i)] = NewValue(kit);
  return records;
}

// The store that a crash left works, and keeps what it is told to keep.
void ExpectUsable(Context& kit, TracedStore left) {
  kit.MustOk(left.Put("/C", "after"), "Put after a crash");
  kit.ExpectValue(left.Get("/C"), "after", "Get after Put after a crash");
  kit.ExpectOk(left.Close(), "Close after a crash");
}

void CrashAndCheck(Context& kit, Durability survived, TracedStore store, Ledger& ledger) {
  TracedStore left = kit.Crash(survived, std::move(store));
  ledger.Check(left);
  ExpectUsable(kit, std::move(left));
}

void ExpectSurvives(Context& kit, TracedStore left, const Model& kept) {
  for (const auto& [key, value] : kept) {
    kit.ExpectValue(left.Get(key), value, "Get after a crash of what was promised to survive it");
  }
  ExpectUsable(kit, std::move(left));
}

// Whether the store promises that anything survives, itself included.
bool Promises(const Capabilities& can, Durability survived) {
  return std::max({can.put_durability, can.durability_max, can.sync_durability}) >= survived;
}

}  // namespace

void CrashAfterCreate(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    if (!Promises(kit.can(), survived)) return;
    TracedStore left = kit.Crash(survived, kit.Open());
    kit.ExpectHolds(left, {}, "a listing of a new store after a crash");
    ExpectUsable(kit, std::move(left));
  });
}

// What was asked to survive a crash does, and so does what a plain Put promises.
void CrashAfterWrites(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Model kept;
    kit.MustOk(store.Put("/PLAIN", "plain"), "Put");
    if (kit.can().put_durability >= survived) kept["/PLAIN"] = "plain";
    if (kit.can().durability_max >= survived) {
      kit.MustOk(store.Put("/A", "asked", {.write = {.durability = survived}}),
                 "Put that asks to survive");
      kept["/A"] = "asked";
      TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
      kit.MustOk(batch.Put("/B", "asked"), "batch Put");
      kit.MustOk(batch.Commit({.durability = survived}), "Commit that asks to survive");
      kept["/B"] = "asked";
    }
    ExpectSurvives(kit, kit.Crash(survived, std::move(store)), kept);
  });
}

void CrashAfterOverwrites(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    const Model records = NewRecords(kit, 'A', 6);
    ledger.Keep(records);
    for (const auto& [key, value] : records) {
      for (std::uint64_t times = kit.random().Below(3); times > 0; --times) {
        ledger.Put(key, NewValue(kit),
                   kit.random().Below(3) == 0 ? ledger.Asking() : WriteOptions{});
      }
    }
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

void CrashAfterDeletes(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    const Model records = NewRecords(kit, 'A', 6);
    ledger.Keep(records);
    for (const auto& [key, value] : records) {
      if (kit.random().Below(3) == 0) continue;
      ledger.Delete(key, kit.random().Below(2) == 0 ? ledger.Asking() : WriteOptions{});
    }
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

void CrashAfterBatches(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    ledger.Keep(NewRecords(kit, 'A', 12));
    // Each batch replaces, removes and adds.
    for (std::uint64_t i = 1; i <= 3; ++i) {
      WriteOptions options = kit.random().Below(3) == 0 ? ledger.Asking() : WriteOptions{};
      options.all_or_nothing = kit.can().batch_atomicity >= Atomicity::kWhenReopened && i != 2;
      ledger.Commit({{Key('A', 4 * i), NewValue(kit)},
                     {Key('A', 4 * i - 1), std::nullopt},
                     {Key('A', 4 * i - 2), NewValue(kit)},
                     {Key('B', i), NewValue(kit)}},
                    options);
    }
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

// What was written before Sync survives what `sync_durability` says.
void CrashAfterSync(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    if (!ledger.CanSync()) return;
    for (const auto& [key, value] : NewRecords(kit, 'P', 5)) ledger.Put(key, value);
    ledger.Sync();
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

void CrashAfterSyncOfChanges(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    if (!ledger.CanSync()) return;
    ledger.Keep(NewRecords(kit, 'A', 6));
    ledger.Put(Key('A', 1), NewValue(kit));
    ledger.Delete(Key('A', 2));
    ledger.Delete(Key('A', 3));
    ledger.Put(Key('A', 3), NewValue(kit));
    ledger.Put(Key('B', 1), NewValue(kit));
    ledger.Delete(Key('B', 1));
    // All, or those that are named; what comes after is not covered.
    ledger.Sync(kit.random().Below(2) == 0 ? KeyRange::All() : KeyRange::StartingWith("/A"));
    ledger.Put(Key('A', 4), NewValue(kit));
    ledger.Delete(Key('A', 5));
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

void CrashAfterSyncOfBatches(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    if (!ledger.CanSync()) return;
    ledger.Keep(NewRecords(kit, 'A', 4));
    ledger.Commit(
        {{Key('A', 1), NewValue(kit)}, {Key('A', 2), std::nullopt}, {Key('B', 1), NewValue(kit)}});
    ledger.Sync();
    ledger.Commit({{Key('A', 3), NewValue(kit)}, {Key('B', 2), NewValue(kit)}});
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

// A handle that is closed need not have made anything survive the power; the next one's Sync does.
void CrashAfterSyncOfOthers(Context& kit) {
  EachCrash(kit, [&](Durability survived) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, survived);
    if (!ledger.CanSync()) return;
    for (const auto& [key, value] : NewRecords(kit, 'A', 4)) ledger.Put(key, value);
    kit.MustOk(store.Close(), "Close");
    store = kit.Reopen();
    for (const auto& [key, value] : NewRecords(kit, 'B', 2)) ledger.Put(key, value);
    ledger.Sync();
    CrashAndCheck(kit, survived, std::move(store), ledger);
  });
}

void CrashWhileCreating(Context& kit) {
  if (!Promises(kit.can(), Durability::kSurvivesPower)) kit.Skip("nothing survives a power cut");
  const std::uint64_t draws = kit.Scaled(20, 5);
  bool opened = false;
  // A cut after each step, until there are no more.
  for (std::uint64_t steps = 0; !opened; ++steps) {
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      std::optional<TracedStore> store = kit.OpenAndCut(steps);
      opened = store.has_value();
      TracedStore left =
          opened ? kit.Crash(Durability::kSurvivesPower, *std::move(store)) : kit.Recover();
      kit.ExpectHolds(left, {}, "a listing of a new store after a crash");
      ExpectUsable(kit, std::move(left));
      kit.CountCase();
      kit.EndIfFailed();
    }
  }
}

void CrashWhileOpening(Context& kit) {
  const std::uint64_t draws = kit.Scaled(20, 5);
  bool opened = false;
  for (std::uint64_t steps = 0; !opened; ++steps) {
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      TracedStore store = kit.Open();
      Ledger ledger(kit, store, Durability::kSurvivesPower);
      if (!ledger.CanKeep()) kit.Skip("nothing survives a power cut");
      ledger.Keep(NewRecords(kit, 'A', 4));
      ledger.Put(Key('A', 1), NewValue(kit));
      ledger.Delete(Key('A', 2));
      ledger.Commit({{Key('B', 1), NewValue(kit)}, {Key('B', 2), NewValue(kit)}});
      std::optional<TracedStore> again = kit.CrashAndCut(std::move(store), steps);
      opened = again.has_value();
      TracedStore left =
          opened ? kit.Crash(Durability::kSurvivesPower, *std::move(again)) : kit.Recover();
      ledger.Check(left);
      ExpectUsable(kit, std::move(left));
      kit.CountCase();
      kit.EndIfFailed();
    }
  }
}

void CrashWhileWriting(Context& kit) {
  const std::uint64_t rounds = kit.Scaled(500, 100);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, Durability::kSurvivesPower);
    if (!ledger.CanKeep()) kit.Skip("nothing survives a power cut");
    ledger.Keep(NewRecords(kit, 'A', 4));
    kit.CutAfter(kit.random().Below(80));
    ledger.ExpectCut();
    const auto key = [&] { return Key('A', 1 + kit.random().Below(6)); };
    const auto options = [&] {
      return kit.random().Below(4) == 0 ? ledger.Asking() : WriteOptions{};
    };
    const auto write = [&] {
      switch (kit.random().Below(8)) {
        case 0:
          return ledger.Sync();
        case 1:
          return ledger.Commit({{Key('A', 1), NewValue(kit)},
                                {Key('A', 2), std::nullopt},
                                {Key('A', 7), NewValue(kit)}},
                               options());
        case 2:
        case 3:
          return ledger.Delete(key(), options());
        default:
          return ledger.Put(key(), NewValue(kit), options());
      }
    };
    // A store that asks nothing of its medium for a long time has not been cut.
    constexpr int kWritesMax = 1000;
    int writes = 0;
    while (writes < kWritesMax && write()) ++writes;
    CrashAndCheck(kit, Durability::kSurvivesPower, std::move(store), ledger);
    kit.CountCase();
    kit.EndIfFailed();
  }
}

// A batch that is cut off in the middle is the one that the promise is about.
void CrashWhileCommitting(Context& kit) {
  constexpr std::uint64_t kBatches = 8;
  const std::uint64_t rounds = kit.Scaled(200, 40);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    TracedStore store = kit.Open();
    Ledger ledger(kit, store, Durability::kSurvivesPower);
    if (!ledger.CanKeep()) kit.Skip("nothing survives a power cut");
    ledger.Keep(NewRecords(kit, 'A', 2 * kBatches));
    // Of some stores a batch is one step, of others many.
    kit.CutAfter(kit.random().Below(kit.random().Below(2) == 0 ? kBatches : 20 * kBatches));
    ledger.ExpectCut();
    for (std::uint64_t i = 1; i <= kBatches; ++i) {
      WriteOptions options = kit.random().Below(4) == 0 ? ledger.Asking() : WriteOptions{};
      options.all_or_nothing = true;
      if (!ledger.Commit({{Key('A', 2 * i), NewValue(kit)},
                          {Key('A', 2 * i - 1), std::nullopt},
                          {Key('B', i), NewValue(kit)}},
                         options)) {
        break;
      }
    }
    CrashAndCheck(kit, Durability::kSurvivesPower, std::move(store), ledger);
    kit.CountCase();
    kit.EndIfFailed();
  }
}

}  // namespace anystore::conformance

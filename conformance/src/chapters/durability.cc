// What outlives the call, the handle, the process and the power.
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::array<Durability, 3> kLevels = {Durability::kApplied, Durability::kSurvivesProcess,
                                               Durability::kSurvivesPower};

constexpr std::array<Durability, 2> kSurvivals = {Durability::kSurvivesProcess,
                                                  Durability::kSurvivesPower};

void ExpectSurvives(Context& kit, TracedStore left, const Model& kept) {
  for (const auto& [key, value] : kept) {
    kit.ExpectValue(left.Get(key), value, "Get after a crash of what was promised to survive it");
  }
  kit.MustOk(left.Put("/C", "after"), "Put after a crash");
  kit.ExpectValue(left.Get("/C"), "after", "Get after Put after a crash");
  kit.ExpectOk(left.Close(), "Close after a crash");
}

}  // namespace

void DurabilityLevels(Context& kit) {
  TracedStore store = kit.Open();
  for (const Durability level : kLevels) {
    const bool offered = level <= kit.can().durability_max;
    const std::string what = "that asks for " + std::string(anystore::Name(level));
    const WriteOptions options{.durability = level};
    const Code code = offered ? Code::kOk : Code::kUnsupported;
    kit.MustOk(store.Put("/A", "old"), "Put");
    kit.ExpectCode(store.Put("/A", "new", {.write = options}), code, "Put " + what);
    kit.ExpectValue(store.Get("/A"), offered ? "new" : "old", "Get after Put " + what);
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    kit.MustOk(batch.Put("/B", "new"), "batch Put");
    kit.ExpectCode(batch.Commit(options), code, "Commit " + what);
    kit.ExpectCode(store.Delete("/A", {.write = options}), code, "Delete " + what);
    kit.ExpectCode(store.Get("/A"), offered ? Code::kNotFound : Code::kOk,
                   "Get after Delete " + what);
  }
}

void Sync(Context& kit) {
  TracedStore store = kit.Open();
  kit.ExpectOk(store.Sync(), "Sync of an empty store");
  kit.MustOk(store.Put("/A", "1"), "Put");
  for (const KeyRange& range : {KeyRange::All(), KeyRange::Only("/A"), KeyRange::StartingWith("/B"),
                                KeyRange::From("/Z"), KeyRange::None()}) {
    kit.ExpectOk(store.Sync(range), "Sync");
  }
  kit.ExpectValue(store.Get("/A"), "1", "Get after Sync");
}

// What was asked to survive a crash does, and so does what a plain Put promises.
void CrashAfterWrites(Context& kit) {
  for (const Durability survived : kSurvivals) {
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
  }
}

// What was written before Sync survives what `sync_durability` says.
void CrashAfterSync(Context& kit) {
  for (const Durability survived : kSurvivals) {
    if (kit.can().sync_durability < survived) continue;
    TracedStore store = kit.Open();
    Model kept;
    for (std::uint64_t i = 1; i <= 5; ++i) {
      kit.MustOk(store.Put(PlainKey('P', i), "synced"), "Put");
      kept[PlainKey('P', i)] = "synced";
    }
    kit.MustOk(store.Sync(), "Sync");
    ExpectSurvives(kit, kit.Crash(survived, std::move(store)), kept);
  }
}

void Reopening(Context& kit) {
  Model model;
  {
    TracedStore store = kit.Open();
    for (std::uint64_t i = 1; i <= 200; ++i) {
      const std::string key = PlainKey('R', i);
      model[key] = "value " + std::to_string(i);
      kit.MustOk(store.Put(key, model[key]), "Put");
    }
    for (std::uint64_t i = 3; i <= 200; i += 3) {
      model.erase(PlainKey('R', i));
      kit.MustOk(store.Delete(PlainKey('R', i)), "Delete");
    }
    kit.MustOk(store.Put("/LAST", "the last write"), "Put");
    model["/LAST"] = "the last write";
    kit.MustOk(store.Close(), "Close");
  }
  {
    TracedStore store = kit.Reopen();
    kit.ExpectHolds(store, model, "a listing after Close and opening again");
    for (const auto& [key, value] : model) {
      kit.ExpectValue(store.Get(key), value, "Get after Close and opening again");
    }
    kit.MustOk(store.Put("/LAST", "newer"), "Put");
    model["/LAST"] = "newer";
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    kit.MustOk(batch.Put("/BATCH", "committed"), "batch Put");
    model["/BATCH"] = "committed";
    kit.MustOk(batch.Commit(), "Commit");
    TracedBatch dropped = kit.Must(store.NewBatch(), "NewBatch");
    kit.MustOk(dropped.Put("/DROPPED", "never committed"), "batch Put");
    store.Destroy();  // closes as well as Close does
  }
  TracedStore store = kit.Reopen();
  kit.ExpectHolds(store, model, "a listing after the store was destroyed and opened again");
}

void OpenTwice(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "1"), "Put");
  Result<Store> second = kit.target().reopen();
  if (kit.can().sharing == Sharing::kOneHandle) {
    kit.ExpectCode(second, Code::kBusy, "opening a store that is open");
  } else if (kit.ExpectOk(second, "opening a store that is open")) {
    kit.ExpectValue(second->Get("/A"), "1", "Get through a second handle");
    if (kit.can().sharing != Sharing::kOneWriterManyProcesses) {
      kit.ExpectOk(second->Put("/B", "2"), "Put through a second handle");
      kit.ExpectValue(store.Get("/B"), "2", "Get through the first handle");
    }
    kit.ExpectOk(second->Close(), "Close of the second handle");
  }
  kit.ExpectValue(store.Get("/A"), "1", "Get after a second handle was tried");
}

}  // namespace anystore::conformance

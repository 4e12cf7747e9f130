// What outlives the call and the handle.
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::array<Durability, 3> kLevels = {Durability::kApplied, Durability::kSurvivesProcess,
                                               Durability::kSurvivesPower};

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

// How stores come and go: Create, Open, Exists, Destroy, and who a store is.
#include <string>

#include "anystore/features.h"
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

/// The place, with nothing there when a chapter begins and when it ends.
class Place {
 public:
  explicit Place(Context& kit) : kit_(kit), life_(*kit.target().life) { Clear(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { Clear(); }

  Status Create() {
    kit_.Note("create");
    return life_.create();
  }
  Result<Store> Open() {
    kit_.Note("open");
    return life_.open();
  }
  Result<bool> Exists() {
    kit_.Note("exists");
    return life_.exists();
  }
  Status Destroy() {
    kit_.Note("destroy");
    return life_.destroy();
  }
  /// A new store, open, with one record.
  Store Make() {
    kit_.MustOk(Create(), "Create where there is no store");
    Store store = kit_.Must(Open(), "Open after Create");
    kit_.MustOk(store.Put("/A", "kept"), "Put into a new store");
    return store;
  }

 private:
  // What an earlier chapter left in the place, or this one when it ended early.
  void Clear() { static_cast<void>(life_.destroy()); }

  Context& kit_;
  const LifeCycle& life_;
};

}  // namespace

void LifeOfNothing(Context& kit) {
  Place place(kit);
  kit.ExpectEqual(place.Exists(), false, "Exists where there is no store");
  kit.ExpectCode(place.Open(), Code::kNotFound, "Open where there is no store");
  kit.ExpectCode(place.Destroy(), Code::kNotFound, "Destroy where there is no store");
  kit.ExpectEqual(place.Exists(), false, "Exists after Open and Destroy found nothing");
}

void LifeOfAStore(Context& kit) {
  Place place(kit);
  Store store = place.Make();
  kit.ExpectEqual(place.Exists(), true, "Exists of an open store");
  kit.MustOk(store.Close(), "Close");
  kit.ExpectEqual(place.Exists(), true, "Exists after Close");
  kit.ExpectOk(place.Destroy(), "Destroy of a closed store");
  kit.ExpectEqual(place.Exists(), false, "Exists after Destroy");
  kit.ExpectCode(place.Open(), Code::kNotFound, "Open after Destroy");
  kit.EndIfFailed();
  kit.MustOk(place.Create(), "Create after Destroy");
  Store anew = kit.Must(place.Open(), "Open after Destroy and Create");
  kit.ExpectEqual(anew.Has("/A"), false, "Has of a record of the store that was destroyed");
}

void CreateOverAStore(Context& kit) {
  Place place(kit);
  kit.MustOk(place.Make().Close(), "Close");
  kit.ExpectCode(place.Create(), Code::kAlreadyExists, "Create where a store is");
  Store store = kit.Must(place.Open(), "Open after Create was refused");
  kit.ExpectValue(store.Get("/A"), "kept", "Get after Create was refused");
}

void DestroyWhatIsOpen(Context& kit) {
  Place place(kit);
  Store store = place.Make();
  kit.ExpectCode(place.Destroy(), Code::kBusy, "Destroy of an open store");
  kit.ExpectEqual(place.Exists(), true, "Exists after Destroy was refused");
  kit.ExpectValue(store.Get("/A"), "kept", "Get after Destroy was refused");
  kit.ExpectOk(store.Put("/B", "2"), "Put after Destroy was refused");
  kit.MustOk(store.Close(), "Close");
  kit.ExpectOk(place.Destroy(), "Destroy after Close");
}

void CreateOverWhatIsOpen(Context& kit) {
  Place place(kit);
  Store store = place.Make();
  kit.ExpectCode(place.Create(), Code::kBusy, "Create over an open store");
  kit.ExpectValue(store.Get("/A"), "kept", "Get after Create was refused");
  kit.ExpectOk(store.Put("/B", "2"), "Put after Create was refused");
}

void IdentityStays(Context& kit) {
  Place place(kit);
  const auto identity_of = [&](Store& store) {
    const auto* const identified = store.feature<IdentifiedDatastore>();
    return identified != nullptr ? identified->identity() : StoreIdentity{};
  };
  Store store = place.Make();
  const StoreIdentity first = identity_of(store);
  kit.MustOk(store.Close(), "Close");
  if (first.id.empty()) kit.Skip("the store keeps no identity record");
  Store again = kit.Must(place.Open(), "Open again");
  kit.Expect(identity_of(again).id == first.id, "the id when opened again", first.id,
             identity_of(again).id);
  kit.Expect(identity_of(again).created_at == first.created_at,
             "the moment of creation when opened again", "the same", "another");
  kit.MustOk(again.Close(), "Close");
  kit.MustOk(place.Destroy(), "Destroy");
  kit.MustOk(place.Create(), "Create in the same place");
  Store anew = kit.Must(place.Open(), "Open of a store made anew");
  kit.Expect(identity_of(anew).id != first.id, "the id of a store made anew", "another",
             identity_of(anew).id);
}

}  // namespace anystore::conformance

// Records that go away by themselves.
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// Long by a clock that the kit moves; as short as a busy machine allows by one it waits for.
struct Pace {
  Duration soon;
  Duration late;
};

Pace PaceOf(const Context& kit) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  if (kit.target().clock != nullptr) return {.soon = hours(1), .late = hours(1000)};
  return {.soon = milliseconds(300), .late = hours(1000)};
}

std::string DescribeMoment(const std::optional<Instant>& moment) {
  return moment.has_value() ? std::to_string(moment->time_since_epoch().count()) + " ns" : "never";
}

void ExpectExpiry(Context& kit, const TracedReader& store, std::string_view key,
                  std::optional<Instant> expected, std::string_view check) {
  const EntryInfo info = kit.Must(store.Stat(key, Wanted::kExpiry), check);
  kit.Expect(info.expires_at == expected, check, DescribeMoment(expected),
             DescribeMoment(info.expires_at));
}

void ExpectGone(Context& kit, const TracedReader& store, std::string_view key) {
  kit.ExpectCode(store.Get(key), Code::kNotFound, "Get of an expired record");
  kit.ExpectEqual(store.Has(key), false, "Has of an expired record");
  kit.ExpectCode(store.GetSize(key), Code::kNotFound, "GetSize of an expired record");
  kit.ExpectCode(store.Stat(key, Wanted::kExpiry), Code::kNotFound, "Stat of an expired record");
}

}  // namespace

void Expiry(Context& kit) {
  TracedStore store = kit.Open();
  const Pace pace = PaceOf(kit);
  const Instant soon = kit.Now() + pace.soon;
  const Instant late = kit.Now() + pace.late;
  kit.MustOk(store.Put("/A", "1", {.expires_at = soon}), "Put that expires soon");
  kit.MustOk(store.Put("/B", "2", {.expires_at = late}), "Put that expires late");
  kit.MustOk(store.Put("/C", "3"), "Put that does not expire");
  kit.MustOk(store.Put("/D", "4", {.expires_at = soon}), "Put that expires soon");
  kit.MustOk(store.Put("/D", "5"), "Put without expiry over one with");
  kit.ExpectValue(store.Get("/A"), "1", "Get before expiry");
  ExpectExpiry(kit, store, "/A", soon, "Stat tells the expiry");
  ExpectExpiry(kit, store, "/C", std::nullopt, "Stat of a record that does not expire");
  ExpectExpiry(kit, store, "/D", std::nullopt, "a Put without expiry clears an older one");
  EntryInfo info;
  kit.ExpectValue(store.Get("/B", {.info = &info}), "2", "Get with info");
  kit.Expect(info.expires_at == late, "Get fills in the expiry", DescribeMoment(late),
             DescribeMoment(info.expires_at));
  TracedResults listing =
      kit.Must(store.Query({.return_expirations = true}), "Query with expirations");
  for (const Entry& entry : kit.Must(listing.Rest(), "Rest")) {
    const std::optional<Instant> expected = entry.key == "/A"   ? std::optional(soon)
                                            : entry.key == "/B" ? std::optional(late)
                                                                : std::nullopt;
    kit.Expect(entry.info.expires_at == expected, "the expiry in a listing",
               DescribeMoment(expected), DescribeMoment(entry.info.expires_at));
  }

  kit.Pass(pace.soon + std::chrono::milliseconds(1));
  ExpectGone(kit, store, "/A");
  kit.ExpectHolds(store, {{"/B", "2"}, {"/C", "3"}, {"/D", "5"}},
                  "a listing leaves out what has expired");
  kit.ExpectOk(store.Delete("/A"), "Delete of an expired record");
  kit.MustOk(store.Put("/A", "6"), "Put over an expired record");
  kit.ExpectValue(store.Get("/A"), "6", "Get after Put over an expired record");

  const Instant past = kit.Now() - std::chrono::hours(1);
  kit.MustOk(store.Put("/C", "7", {.expires_at = past}), "Put that has expired already");
  ExpectGone(kit, store, "/C");
}

void SetExpiry(Context& kit) {
  TracedStore store = kit.Open();
  const Pace pace = PaceOf(kit);
  const Instant soon = kit.Now() + pace.soon;
  kit.ExpectCode(store.SetExpiry("/A", soon), Code::kNotFound, "SetExpiry of a missing key");
  for (const std::string_view key : {"/A", "/B", "/C"}) {
    kit.MustOk(store.Put(key, "1"), "Put");
  }
  kit.ExpectOk(store.SetExpiry("/A", soon), "SetExpiry");
  ExpectExpiry(kit, store, "/A", soon, "Stat after SetExpiry");
  kit.ExpectValue(store.Get("/A"), "1", "SetExpiry leaves the value alone");
  kit.ExpectOk(store.SetExpiry("/B", soon), "SetExpiry");
  kit.ExpectOk(store.SetExpiry("/B", std::nullopt), "SetExpiry of no moment");
  ExpectExpiry(kit, store, "/B", std::nullopt, "SetExpiry of no moment clears the expiry");
  kit.Pass(pace.soon + std::chrono::milliseconds(1));
  ExpectGone(kit, store, "/A");
  kit.ExpectValue(store.Get("/B"), "1", "Get of a record whose expiry was cleared");
  kit.ExpectCode(store.SetExpiry("/A", soon), Code::kNotFound, "SetExpiry of an expired record");
  kit.ExpectOk(store.SetExpiry("/C", kit.Now() - std::chrono::hours(1)),
               "SetExpiry to a moment that has passed");
  ExpectGone(kit, store, "/C");
}

void ExpiryCondition(Context& kit) {
  TracedStore store = kit.Open();
  const Pace pace = PaceOf(kit);
  const Instant soon = kit.Now() + pace.soon;
  kit.MustOk(store.Put("/A", "1", {.expires_at = soon}), "Put that expires");
  kit.Pass(pace.soon + std::chrono::milliseconds(1));
  kit.ExpectCode(store.Put("/A", "2", {.condition = Condition::IfPresent()}),
                 Code::kPreconditionFailed, "Put if present, over an expired record");
  kit.ExpectOk(store.Put("/A", "3", {.condition = Condition::IfAbsent()}),
               "Put if absent, over an expired record");
  kit.ExpectValue(store.Get("/A"), "3", "Get after Put over an expired record");
}

}  // namespace anystore::conformance

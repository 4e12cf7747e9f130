// Calls that must not be carried out: past their deadline, cancelled, or with an option that the
// store does not have.
#include "anystore/features.h"
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// Every verb with `call` ends with `code`, and nothing is written.
void ExpectAllEnd(Context& kit, TracedStore& store, const CallOptions& call, Code code,
                  const std::string& when) {
  const WriteOptions write{.call = call};
  const auto what = [&](std::string_view verb) { return std::string(verb) + when; };
  kit.ExpectCode(store.Get("/A", {.call = call}), code, what("Get"));
  kit.ExpectCode(store.Has("/A", call), code, what("Has"));
  kit.ExpectCode(store.GetSize("/A", call), code, what("GetSize"));
  kit.ExpectCode(store.Stat("/A", Wanted::kSize, call), code, what("Stat"));
  const std::array<std::string_view, 2> keys = {"/A", "/MISSING"};
  std::vector<Result<Value>> out(2);
  kit.ExpectOk(store.GetMany(keys, out, {.call = call}), what("GetMany itself"));
  for (const Result<Value>& value : out) {
    kit.ExpectCode(value, code, what("each answer of GetMany"));
  }
  kit.ExpectCode(store.Scan({}, {.call = call}), code, what("Scan"));
  Result<TracedResults> results = store.Query({.call = call});
  if (results.has_value()) {  // a query may begin when its results are pulled
    kit.Expect(!results->Next(), what("Next of results"), "false", "true");
    kit.ExpectCode(results->status(), code, what("the status of results"));
  } else {
    kit.ExpectCode(results, code, what("Query"));
  }
  const Result<Receipt> put = store.Put("/A", "new", {.write = write});
  if (kit.ExpectCode(put, code, what("Put"))) {
    kit.Expect(put.error().applied() == Applied::kNo,
               what("Put") + " is known to have changed nothing", "no", "unknown");
  }
  kit.ExpectCode(store.Delete("/A", {.write = write}), code, what("Delete"));
  kit.ExpectCode(store.DeleteRange(KeyRange::All(), write), code, what("DeleteRange"));
  const std::array<Mutation, 2> mutations = {
      {{.key = "/A", .value = "new"}, {.key = "/B", .value = "new"}}};
  kit.ExpectCode(store.Apply(mutations, write), code, what("Apply"));
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.MustOk(batch.Put("/A", "from the batch"), "batch Put");
  kit.ExpectCode(batch.Commit(write), code, what("Commit"));
  kit.ExpectCode(store.Sync({}, call), code, what("Sync"));
  if (kit.can().snapshots != Support::kAbsent) {
    kit.ExpectCode(store.NewSnapshot(call), code, what("NewSnapshot"));
  }
  if (kit.can().expiry != Support::kAbsent) {
    kit.ExpectCode(store.SetExpiry("/A", std::nullopt, write), code, what("SetExpiry"));
  }
  kit.ExpectValue(store.Get("/A"), "old", what("nothing is written"));
  kit.ExpectCode(store.Get("/B"), Code::kNotFound, what("nothing is written"));
  // A commit that is known not to have happened keeps the batch, and may be repeated.
  kit.ExpectOk(batch.Commit(), what("Commit again"));
  kit.ExpectValue(store.Get("/A"), "from the batch", what("Get after Commit again"));
}

}  // namespace

void Deadlines(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "old"), "Put");
  ExpectAllEnd(kit, store, {.deadline = kit.Now() - std::chrono::seconds(1)}, Code::kTimeout,
               " past its deadline");
  kit.ExpectValue(store.Get("/A", {.call = {.deadline = kit.Now() + std::chrono::hours(1)}}),
                  "from the batch", "Get before its deadline");
}

void Cancelling(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "old"), "Put");
  std::stop_source source;
  kit.ExpectValue(store.Get("/A", {.call = {.stop = source.get_token()}}), "old",
                  "Get with a stop token");
  TracedCursor cursor =
      kit.Must(store.Scan({}, {.call = {.stop = source.get_token()}}), "Scan with a stop token");
  source.request_stop();
  std::array<EntryView, 1> view;
  kit.ExpectCode(cursor.Next(view), Code::kCancelled, "Next of a cancelled scan");
  ExpectAllEnd(kit, store, {.stop = source.get_token()}, Code::kCancelled, " when cancelled");
}

bool LacksSomething(const Capabilities& can, const Target&) {
  return can.conditional_write == ConditionScope::kAbsent ||
         can.versions == VersionSupport::kAbsent || can.expiry == Support::kAbsent ||
         can.batch_atomicity < Atomicity::kWhenReopened || can.delete_range == Support::kAbsent ||
         can.reverse_scan == Support::kAbsent || can.ordered_scan == Support::kAbsent ||
         can.snapshots == Support::kAbsent;
}

void AbsentOptions(Context& kit) {
  const Capabilities& can = kit.can();
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "old"), "Put");
  const auto unsupported = [&](const auto& result, std::string_view check) {
    kit.ExpectCode(result, Code::kUnsupported, check);
    kit.ExpectValue(store.Get("/A"), "old", std::string(check) + ", which touches nothing");
  };
  if (can.conditional_write == ConditionScope::kAbsent) {
    const Condition absent = Condition::IfAbsent();
    unsupported(store.Put("/A", "new", {.condition = Condition::IfPresent()}), "Put if present");
    unsupported(store.Put("/B", "new", {.condition = absent}), "Put if absent");
    unsupported(store.Delete("/A", {.condition = Condition::IfPresent()}), "Delete if present");
  }
  if (can.versions == VersionSupport::kAbsent) {
    unsupported(store.Put("/A", "new", {.condition = Condition::IfVersion({})}),
                "Put if the version is");
    unsupported(store.Put("/A", "new", {.write = {.want_version = true}}),
                "Put that wants the version");
    unsupported(store.Stat("/A", Wanted::kVersion), "Stat of a version");
    unsupported(store.Scan({}, {.wanted = Wanted::kVersion}), "Scan of versions");
  }
  if (can.expiry == Support::kAbsent) {
    const Instant now = kit.Now();
    unsupported(store.Put("/A", "new", {.expires_at = now}), "Put with an expiry");
    unsupported(store.SetExpiry("/A", now), "SetExpiry");
    unsupported(store.Stat("/A", Wanted::kExpiry), "Stat of an expiry");
    unsupported(store.Query({.return_expirations = true}), "Query with expirations");
  }
  if (can.batch_atomicity < Atomicity::kWhenReopened) {
    const std::array<Mutation, 2> mutations = {
        {{.key = "/A", .value = "new"}, {.key = "/B", .value = "new"}}};
    unsupported(store.Apply(mutations, {.all_or_nothing = true}), "Apply of all or nothing");
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    kit.MustOk(batch.Put("/A", "new"), "batch Put");
    kit.MustOk(batch.Put("/B", "new"), "batch Put");
    unsupported(batch.Commit({.all_or_nothing = true}), "Commit of all or nothing");
  }
  if (can.delete_range == Support::kAbsent) {
    const Mutation mutation{.kind = Mutation::Kind::kDeleteRange, .key = "/A"};
    unsupported(store.Apply({&mutation, 1}), "Apply of a range to delete");
  }
  if (can.reverse_scan == Support::kAbsent) {
    unsupported(store.Scan({}, {.reverse = true}), "Scan in reverse");
  }
  if (can.ordered_scan == Support::kAbsent) {
    TracedCursor cursor = kit.Must(store.Scan({}), "Scan");
    unsupported(cursor.Seek("/A"), "Seek without order");
  }
  if (can.snapshots == Support::kAbsent) unsupported(store.NewSnapshot(), "NewSnapshot");
  kit.ExpectCode(store.Get("/B"), Code::kNotFound, "nothing was written");
}

// A claim must not contradict another, and a feature is there when its capability says so.
void Claims(Context& kit) {
  TracedStore store = kit.Open();
  const Capabilities& can = kit.can();
  const auto expect = [&](bool holds, std::string_view check, std::string_view expected) {
    kit.Expect(holds, check, expected, "not so");
  };
  expect(store.store().capabilities() == can, "capabilities are fixed",
         "the same at every opening");
  expect(can.put_durability != Durability::kStoreDefault &&
             can.durability_max != Durability::kStoreDefault &&
             can.sync_durability != Durability::kStoreDefault,
         "durabilities in capabilities", "a level, not the store's default");
  expect(can.durability_max >= can.put_durability, "durability_max",
         "at least put_durability: what a plain Put gives may be asked for");
  expect(can.reverse_scan == Support::kAbsent || can.ordered_scan != Support::kAbsent,
         "reverse_scan", "absent where ordered_scan is");
  expect(can.keys.bytes_min <= can.keys.bytes_max, "keys", "bytes_min at most bytes_max");
  expect(can.value_bytes_max > 0, "value_bytes_max", "more than nothing");
  expect(can.batch_bytes_max >= can.keys.bytes_min, "batch_bytes_max", "room for a key");
  expect(can.persistence == Persistence::kReopen || can.put_durability == Durability::kApplied,
         "put_durability", "no more than applied where records do not outlive the handle");
  expect(
      (store.store().feature<SnapshotSource>() != nullptr) == (can.snapshots != Support::kAbsent),
      "feature SnapshotSource", "there exactly when `snapshots` is claimed");
  expect((store.store().feature<TransactionSource>() != nullptr) ==
             (can.transactions != Support::kAbsent),
         "feature TransactionSource", "there exactly when `transactions` is claimed");
  expect(!store.store().name().empty(), "the store's name", "not empty");
  if (store.store().feature<SnapshotSource>() != nullptr) {
    expect(store.store().feature<SnapshotSource>() == store.store().feature<SnapshotSource>(),
           "a feature asked for twice", "the same interface");
  }
}

// Features without keys work, and leave the records alone.
void KeyFreeFeatures(Context& kit) {
  TracedStore store = kit.Open();
  Model model;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    model[PlainKey('F', i)] = std::string(1000, 'f');
    kit.MustOk(store.Put(PlainKey('F', i), model[PlainKey('F', i)]), "Put");
  }
  bool any = false;
  if (auto* const disk = store.store().feature<PersistentDatastore>()) {
    any = true;
    kit.MustOk(store.Sync(), "Sync");
    const Result<std::uint64_t> usage = disk->DiskUsage({});
    if (kit.ExpectOk(usage, "DiskUsage")) {
      kit.Expect(*usage > 0, "DiskUsage of a store that holds something", "more than 0", "0");
    }
  }
  if (auto* const garbage = store.store().feature<GcDatastore>()) {
    any = true;
    kit.ExpectOk(garbage->CollectGarbage({}), "CollectGarbage");
  }
  const auto no_findings = [&](const Result<std::vector<Finding>>& findings,
                               std::string_view what) {
    any = true;
    if (!kit.ExpectOk(findings, what)) return;
    kit.Expect(findings->empty(), std::string(what) + " of a sound store", "no findings",
               findings->empty() ? "" : findings->front().where + ": " + findings->front().what);
  };
  if (auto* const checked = store.store().feature<CheckedDatastore>()) {
    no_findings(checked->Check({}), "Check");
  }
  if (auto* const scrubbed = store.store().feature<ScrubbedDatastore>()) {
    no_findings(scrubbed->Scrub({}), "Scrub");
  }
  if (!any) kit.Skip("no feature without keys");
  kit.ExpectHolds(store, model, "a listing after the features were used");
}

void ReadOnly(Context& kit) {
  TracedStore store = kit.Open();
  const auto refused = [&](const auto& result, std::string_view check) {
    if (kit.ExpectCode(result, Code::kReadOnly, check)) {
      kit.Expect(result.error().applied() == Applied::kNo,
                 std::string(check) + " is known to have changed nothing", "no", "unknown");
    }
    kit.ExpectCode(store.Get("/A"), Code::kNotFound,
                   std::string(check) + ", which changes nothing");
    kit.ExpectHolds(store, {}, std::string(check) + ", which changes nothing");
  };
  refused(store.Put("/A", "1"), "Put");
  refused(store.Put("/A", ""), "Put of an empty value");
  refused(store.Delete("/A"), "Delete");
  for (const std::string_view key : {"", "/a/B c"}) {
    if (!store.CheckKey(key).has_value()) {
      refused(store.Delete(key), "Delete of a key that the store does not take");
    }
  }
  refused(store.DeleteRange(KeyRange::All()), "DeleteRange");
  const std::array<Mutation, 2> mutations = {
      {{.key = "/A", .value = "1"}, {.kind = Mutation::Kind::kDelete, .key = "/B"}}};
  refused(store.Apply(mutations), "Apply");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.MustOk(batch.Put("/A", "1"), "batch Put");
  refused(batch.Commit(), "Commit");
  kit.ExpectOk(store.Sync(), "Sync");
  kit.ExpectOk(store.Close(), "Close");
}

}  // namespace anystore::conformance

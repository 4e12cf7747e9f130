// What cursors and snapshots show of writes made while they are open.
#include <algorithm>
#include <set>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::uint64_t kRecords = 200;

// Records "/S00001" to "/S00200".
Model PutRecords(Context& kit, TracedStore& store) {
  Model model;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    const std::string key = PlainKey('S', i);
    model[key] = "old " + std::to_string(i);
    kit.MustOk(store.Put(key, model[key]), "Put");
  }
  return model;
}

// Deletes every fourth record, overwrites every fourth, and puts new ones between them all; leaves
// half of the records alone.
void WriteMeanwhile(Context& kit, TracedStore& store, Model& now) {
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    const std::string key = PlainKey('S', i);
    if (i % 4 == 0) {
      kit.MustOk(store.Delete(key), "Delete while a cursor is open");
      now.erase(key);
    } else if (i % 4 == 1) {
      now[key] = "new " + std::to_string(i);
      kit.MustOk(store.Put(key, now[key]), "Put while a cursor is open");
    }
    if (i % 10 == 0) {
      now[key + "N"] = "between";
      kit.MustOk(store.Put(key + "N", "between"), "Put of a new key while a cursor is open");
    }
  }
}

// Reads half of the entries, lets `write` happen before and behind, and reads on.
Result<std::vector<Entry>> ReadAround(Context& kit, TracedStore& store,
                                      const std::function<void()>& write) {
  TracedCursor cursor = kit.Must(store.Scan({}), "Scan");
  std::array<EntryView, 1> view;
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < kRecords / 2; ++i) {
    kit.ExpectEqual(cursor.Next(view), 1, "Next");
    entries.push_back({.key = std::string(view[0].key), .value = Value::Copy(view[0].value)});
  }
  write();
  ANYSTORE_ASSIGN_OR_RETURN(std::vector<Entry> rest, Drain(cursor));
  std::ranges::move(rest, std::back_inserter(entries));
  return entries;
}

}  // namespace

void ScanWhileWriting(Context& kit) {
  TracedStore store = kit.Open();
  const Model before = PutRecords(kit, store);
  Model now = before;
  Result<std::vector<Entry>> seen =
      ReadAround(kit, store, [&] { WriteMeanwhile(kit, store, now); });
  // Even without any isolation a scan ends, and what comes after it is right.
  kit.ExpectOk(seen, "a scan that goes on while others write");
  kit.ExpectHolds(store, now, "a listing after writes under an open cursor");
}

void EntryExists(Context& kit) {
  TracedStore store = kit.Open();
  const Model before = PutRecords(kit, store);
  Model now = before;
  const std::vector<Entry> seen = kit.Must(
      ReadAround(kit, store, [&] { WriteMeanwhile(kit, store, now); }), "a scan around writes");
  std::set<std::string_view> keys;
  for (const Entry& entry : seen) {
    kit.Expect(keys.insert(entry.key).second, "a key is shown at most once", "once",
               Quoted(entry.key) + " again");
    const auto was = before.find(entry.key);
    const auto is = now.find(entry.key);
    kit.Expect((was != before.end() && was->second == entry.value.bytes()) ||
                   (is != now.end() && is->second == entry.value.bytes()),
               "each entry shown existed at some moment of the scan", "an old or a new record",
               Describe(entry));
  }
  for (const auto& [key, value] : before) {
    const auto is = now.find(key);
    if (is == now.end() || is->second != value) continue;
    kit.Expect(keys.contains(key), "an untouched key is shown", Quoted(key), "not shown");
  }
}

void ScanSnapshot(Context& kit) {
  TracedStore store = kit.Open();
  const Model before = PutRecords(kit, store);
  Model now = before;
  kit.ExpectSameEntries(ReadAround(kit, store, [&] { WriteMeanwhile(kit, store, now); }),
                        EntriesOf(before), "a scan shows the moment of its start");
  // Even before the first entry was asked for.
  TracedCursor cursor = kit.Must(store.Scan({}), "Scan");
  const Model then = now;
  WriteMeanwhile(kit, store, now);
  kit.MustOk(store.Put("/Z", "late"), "Put after Scan");
  kit.ExpectSameEntries(Drain(cursor), EntriesOf(then),
                        "a scan shows the moment of its start, read later");
}

void DeleteWhileListing(Context& kit) {
  TracedStore store = kit.Open();
  const Model before = PutRecords(kit, store);
  TracedResults results = kit.Must(store.Query({.keys_only = true}), "Query");
  std::vector<Entry> seen;
  while (results.Next()) {
    seen.push_back({.key = std::string(results.entry().key)});
    kit.MustOk(store.Delete(seen.back().key), "Delete of the entry that results stand at");
  }
  kit.ExpectOk(results.status(), "the status of results whose entries are deleted");
  kit.ExpectSameEntries(std::move(seen), EntriesOf(before),
                        "deleting each entry as it is listed misses none", Compare::kKeys);
  kit.ExpectHolds(store, {}, "a listing after each listed entry was deleted");
}

void Snapshots(Context& kit) {
  TracedStore store = kit.Open();
  const Model before = PutRecords(kit, store);
  Model now = before;
  const TracedSnapshot snapshot = kit.Must(store.NewSnapshot(), "NewSnapshot");
  WriteMeanwhile(kit, store, now);
  const auto check = [&](const TracedSnapshot& s, const Model& model) {
    for (const std::uint64_t i : {1U, 2U, 3U, 4U, 50U}) {
      const std::string key = PlainKey('S', i);
      const auto record = model.find(key);
      if (record == model.end()) {
        kit.ExpectCode(s.Get(key), Code::kNotFound, "Get from a snapshot");
        kit.ExpectEqual(s.Has(key), false, "Has in a snapshot");
        continue;
      }
      kit.ExpectValue(s.Get(key), record->second, "Get from a snapshot");
      kit.ExpectEqual(s.Has(key), true, "Has in a snapshot");
      kit.ExpectEqual(s.GetSize(key), record->second.size(), "GetSize in a snapshot");
    }
    kit.ExpectCode(s.Get(PlainKey('S', 10) + "NONE"), Code::kNotFound,
                   "Get of a missing key from a snapshot");
    kit.ExpectHolds(s, model, "a listing of a snapshot");
    const std::array<std::string_view, 2> keys = {"/S00002", "/NONE"};
    std::vector<Result<Value>> out(2);
    kit.ExpectOk(s.GetMany(keys, out), "GetMany from a snapshot");
    kit.ExpectValue(out[0], model.find("/S00002")->second, "GetMany from a snapshot");
    kit.ExpectCode(out[1], Code::kNotFound, "GetMany from a snapshot");
  };
  check(snapshot, before);
  const TracedSnapshot second = kit.Must(store.NewSnapshot(), "a second NewSnapshot");
  const Model then = now;
  kit.MustOk(store.Put(PlainKey('S', 2), "newest"), "Put");
  kit.MustOk(store.Put("/Z", "newest"), "Put");
  check(second, then);
  check(snapshot, before);
}

void SnapshotsEnd(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "1"), "Put");
  const TracedSnapshot snapshot = kit.Must(store.NewSnapshot(), "NewSnapshot");
  TracedCursor cursor = kit.Must(snapshot.Scan({}), "Scan of a snapshot");
  TracedResults results = kit.Must(snapshot.Query({}), "Query of a snapshot");
  kit.ExpectOk(store.Close(), "Close with a snapshot open");
  kit.ExpectCode(snapshot.Get("/A"), Code::kClosed, "Get from a snapshot after Close");
  kit.ExpectCode(snapshot.Has("/A"), Code::kClosed, "Has in a snapshot after Close");
  kit.ExpectCode(snapshot.Stat("/A"), Code::kClosed, "Stat in a snapshot after Close");
  kit.ExpectCode(snapshot.Query({}), Code::kClosed, "Query of a snapshot after Close");
  kit.ExpectCode(snapshot.Scan({}), Code::kClosed, "Scan of a snapshot after Close");
  std::array<EntryView, 1> view;
  kit.ExpectCode(cursor.Next(view), Code::kClosed, "Next of a snapshot's cursor after Close");
  kit.Expect(!results.Next(), "Next of a snapshot's results after Close", "false", "true");
  kit.ExpectCode(results.status(), Code::kClosed, "the status of a snapshot's results");
  store.Destroy();
  kit.ExpectCode(snapshot.Get("/A"), Code::kClosed, "Get from a snapshot without its store");
}

}  // namespace anystore::conformance

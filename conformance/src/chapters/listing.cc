// What Query and Scan show, in which order, and where Seek goes. Nothing is written meanwhile.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// Keys with gaps, put in an order that is not theirs: "/L00010", "/L00020", ...
Model PutRecords(Context& kit, TracedStore& store, std::uint64_t count) {
  Model model;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string key = PlainKey('L', ((i * 7) % count + 1) * 10);
    model[key] = "value " + std::to_string(i);
    kit.MustOk(store.Put(key, model[key]), "Put");
  }
  return model;
}

// The part of the model in a range.
Model In(const Model& model, const KeyRange& range) {
  Model part;
  for (const auto& [key, value] : model) {
    if (range.Contains(key)) part[key] = value;
  }
  return part;
}

std::vector<Entry> Reversed(std::vector<Entry> entries) {
  std::ranges::reverse(entries);
  return entries;
}

Result<std::vector<Entry>> ScanAll(TracedStore& store, const KeyRange& range,
                                   const ScanOptions& options, std::size_t at_once = 7) {
  ANYSTORE_ASSIGN_OR_RETURN(TracedCursor cursor, store.Scan(range, options));
  return Drain(cursor, at_once);
}

// The ranges around and between the keys of PutRecords.
std::vector<KeyRange> Ranges() {
  return {
      KeyRange::All(),
      KeyRange::Between(PlainKey('L', 20), PlainKey('L', 50)),
      KeyRange::Between(PlainKey('L', 20), PlainKey('L', 21)),
      KeyRange::Between(PlainKey('L', 15), PlainKey('L', 45)),
      KeyRange::Between(PlainKey('L', 11), PlainKey('L', 19)),
      KeyRange::Between("", PlainKey('L', 30)),
      KeyRange::Between(PlainKey('A'), PlainKey('B')),
      KeyRange::Between(PlainKey('Y'), PlainKey('Z')),
      KeyRange::From(PlainKey('L', 30)),
      KeyRange::From(PlainKey('L', 31)),
      KeyRange::From(PlainKey('M')),
      KeyRange::Only(PlainKey('L', 40)),
      KeyRange::Only(PlainKey('L', 41)),
      KeyRange::StartingWith("/L0001"),
      KeyRange::StartingWith(PlainKey('L', 30)),
      KeyRange::StartingWith("/"),
      KeyRange::None(),
      KeyRange::Between(PlainKey('L', 50), PlainKey('L', 20)),
  };
}

// Where a cursor stands after Seek: its next key, or "the end".
Result<std::string> KeyAfterSeek(TracedCursor& cursor, std::string_view key) {
  ANYSTORE_TRY(cursor.Seek(key));
  std::array<EntryView, 1> entry;
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, cursor.Next(entry));
  return count == 0 ? std::string("the end") : std::string(entry[0].key);
}

void ExpectKeyAfterSeek(Context& kit, TracedCursor& cursor, std::string_view key,
                        std::string_view expected, std::string_view check) {
  const Result<std::string> found = KeyAfterSeek(cursor, key);
  kit.Expect(found.has_value() && *found == expected, check, expected,
             found.has_value() ? *found : Describe(found.error()));
}

}  // namespace

void Listing(Context& kit) {
  TracedStore store = kit.Open();
  kit.ExpectHolds(store, {}, "a listing of an empty store");
  Model model = PutRecords(kit, store, 60);
  kit.ExpectHolds(store, model, "a listing after puts");
  for (const std::uint64_t i : {10U, 300U, 310U, 600U}) {
    kit.MustOk(store.Delete(PlainKey('L', i)), "Delete");
    model.erase(PlainKey('L', i));
  }
  kit.ExpectHolds(store, model, "a listing after deletes");
  kit.MustOk(store.Put(PlainKey('L', 20), "overwritten"), "Put over a record");
  model[PlainKey('L', 20)] = "overwritten";
  kit.ExpectHolds(store, model, "a listing after Put over a record");

  const std::vector<Entry> expected = EntriesOf(model);
  for (const std::size_t at_once : {1U, 2U, 64U, 1000U}) {
    kit.ExpectSameEntries(ScanAll(store, KeyRange::All(), {}, at_once), expected,
                          "Scan, " + std::to_string(at_once) + " entries asked for at once");
  }
  TracedCursor cursor = kit.Must(store.Scan(KeyRange::All()), "Scan");
  kit.ExpectOk(Drain(cursor), "Scan to the end");
  std::array<EntryView, 4> views;
  kit.ExpectEqual(cursor.Next(views), 0, "Next at the end");
  kit.ExpectEqual(cursor.Next(views), 0, "Next at the end, again");
}

void ListingParts(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 30);
  const std::vector<Entry> expected = EntriesOf(model);
  const auto values_and_sizes = [&](const Result<std::vector<Entry>>& found, bool values,
                                    bool sizes, std::string_view check) {
    if (!kit.ExpectSameEntries(found.has_value() ? *found : std::vector<Entry>{}, expected, check,
                               values ? Compare::kValues : Compare::kKeys)) {
      return;
    }
    for (const Entry& entry : *found) {
      if (!values) {
        kit.Expect(entry.value.empty(), check, "no value", Describe(entry));
      }
      const std::uint64_t size = model.find(entry.key)->second.size();
      if (sizes) {
        kit.Expect(entry.info.size == size, check, "a size of " + Describe(size),
                   Describe(entry.info.size));
      }
    }
  };
  values_and_sizes(ScanAll(store, {}, {}), true, true, "Scan with values tells sizes");
  values_and_sizes(ScanAll(store, {}, {.values = false}), false, false, "Scan without values");
  values_and_sizes(ScanAll(store, {}, {.values = false, .wanted = Wanted::kSize}), false, true,
                   "Scan of sizes without values");
  const auto query = [&](Query q) {
    TracedResults results = kit.Must(store.Query(std::move(q)), "Query");
    return results.Rest();
  };
  values_and_sizes(query({}), true, true, "Query tells sizes with values");
  values_and_sizes(query({.keys_only = true}), false, false, "Query of keys only");
  values_and_sizes(query({.keys_only = true, .return_sizes = true}), false, true,
                   "Query of keys and sizes");
}

void Ranges(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 40);
  for (const KeyRange& range : Ranges()) {
    const std::vector<Entry> expected = EntriesOf(In(model, range));
    const std::string what =
        "from " + Quoted(range.from()) +
        (range.to().has_value() ? " up to, not including, " + Quoted(*range.to()) : " on");
    kit.ExpectSameEntries(ScanAll(store, range, {}), expected, "Scan " + what);
    TracedResults results = kit.Must(store.Query({.range = range}), "Query of a range");
    kit.ExpectSameEntries(results.Rest(), expected, "Query " + what);
  }
}

void OrderedScan(Context& kit) {
  TracedStore store = kit.Open();
  Model model = PutRecords(kit, store, 100);
  const auto check = [&](std::string_view what) {
    for (const KeyRange& range : {KeyRange::All(), KeyRange::From(PlainKey('L', 123)),
                                  KeyRange::Between(PlainKey('L', 200), PlainKey('L', 700))}) {
      const std::vector<Entry> expected = EntriesOf(In(model, range));
      kit.ExpectEntries(ScanAll(store, range, {}), expected, what);
      kit.ExpectEntries(ScanAll(store, range, {}, 1), expected, what);
      kit.ExpectEntries(ScanAll(store, range, {.values = false}), expected, what, Compare::kKeys);
    }
  };
  check("Scan in key order");
  for (const std::string_view key : {"/LA", "/L00010A", "/L", "/AB", "/L0001"}) {
    model[std::string(key)] = "late";
    kit.MustOk(store.Put(key, "late"), "Put between the others");
  }
  check("Scan in key order, when keys are prefixes of each other");
}

void ReverseScan(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 50);
  for (const KeyRange& range : Ranges()) {
    const std::vector<Entry> expected = Reversed(EntriesOf(In(model, range)));
    const std::string what =
        "Scan in reverse from " + Quoted(range.from()) +
        (range.to().has_value() ? " up to, not including, " + Quoted(*range.to()) : " on");
    kit.ExpectEntries(ScanAll(store, range, {.reverse = true}), expected, what);
    kit.ExpectEntries(ScanAll(store, range, {.reverse = true, .values = false}, 1), expected, what,
                      Compare::kKeys);
  }
}

void Seek(Context& kit) {
  TracedStore store = kit.Open();
  PutRecords(kit, store, 50);
  TracedCursor cursor = kit.Must(store.Scan(KeyRange::All()), "Scan");
  const auto check = [&](std::string_view key, std::string_view expected, std::string_view what) {
    ExpectKeyAfterSeek(kit, cursor, key, expected, what);
  };
  check(PlainKey('L', 250), PlainKey('L', 250), "Seek to a key that is there");
  check(PlainKey('L', 400), PlainKey('L', 400), "Seek forwards");
  check(PlainKey('L', 20), PlainKey('L', 20), "Seek backwards");
  check(PlainKey('L', 255), PlainKey('L', 260), "Seek between two keys");
  check("", PlainKey('L', 10), "Seek before the first key");
  check(PlainKey('L', 10), PlainKey('L', 10), "Seek to the first key");
  check(PlainKey('L', 500), PlainKey('L', 500), "Seek to the last key");
  check(PlainKey('M'), "the end", "Seek behind the last key");
  check(PlainKey('L', 490), PlainKey('L', 490), "Seek back from the end");
  const Result<std::vector<Entry>> rest = Drain(cursor);
  kit.Expect(rest.has_value() && rest->size() == 1 && rest->front().key == PlainKey('L', 500),
             "Next goes on from where Seek and Next came to", "1 entry, the last",
             rest.has_value() ? Describe(std::span(*rest)) : Describe(rest.error()));

  TracedCursor part = kit.Must(
      store.Scan(KeyRange::Between(PlainKey('L', 100), PlainKey('L', 200))), "Scan of a range");
  const auto check_part = [&](std::string_view key, std::string_view expected,
                              std::string_view what) {
    ExpectKeyAfterSeek(kit, part, key, expected, what);
  };
  check_part(PlainKey('L', 50), PlainKey('L', 100), "Seek before the range goes to its start");
  check_part(PlainKey('L', 150), PlainKey('L', 150), "Seek inside the range");
  check_part(PlainKey('L', 200), "the end", "Seek to the end of the range");
  check_part(PlainKey('L', 300), "the end", "Seek behind the range");
}

void ReverseSeek(Context& kit) {
  TracedStore store = kit.Open();
  PutRecords(kit, store, 50);
  TracedCursor cursor = kit.Must(store.Scan({}, {.reverse = true}), "Scan in reverse");
  const auto check = [&](std::string_view key, std::string_view expected, std::string_view what) {
    ExpectKeyAfterSeek(kit, cursor, key, expected, what);
  };
  check(PlainKey('L', 250), PlainKey('L', 250), "reverse Seek to a key that is there");
  check(PlainKey('L', 255), PlainKey('L', 250), "reverse Seek between two keys");
  check(PlainKey('L', 40), PlainKey('L', 40), "reverse Seek further");
  check(PlainKey('L', 400), PlainKey('L', 400), "reverse Seek back");
  check(PlainKey('M'), PlainKey('L', 500), "reverse Seek behind the last key");
  check(PlainKey('A'), "the end", "reverse Seek before the first key");
  TracedCursor part = kit.Must(
      store.Scan(KeyRange::Between(PlainKey('L', 100), PlainKey('L', 200)), {.reverse = true}),
      "Scan of a range in reverse");
  const auto check_part = [&](std::string_view key, std::string_view expected,
                              std::string_view what) {
    ExpectKeyAfterSeek(kit, part, key, expected, what);
  };
  check_part(PlainKey('L', 200), PlainKey('L', 190), "reverse Seek to the end of the range");
  check_part(PlainKey('L', 300), PlainKey('L', 190), "reverse Seek behind the range");
  check_part(PlainKey('L', 105), PlainKey('L', 100), "reverse Seek inside the range");
  check_part(PlainKey('L', 50), "the end", "reverse Seek before the range");
}

}  // namespace anystore::conformance

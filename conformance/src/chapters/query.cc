// Query: filters, orders, offset and limit, prefixes, and the results themselves. The oracle is
// `Evaluate` over the records that were put.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// Records with equal values, so that orders by value have ties.
Model PutRecords(Context& kit, TracedStore& store, std::uint64_t count) {
  Model model;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::string key = PlainKey(static_cast<char>('A' + i % 4), (i * 37) % 101 + 1);
    model[key] = "v" + std::to_string(i % 9) + std::string(i % 5, '.');
    kit.MustOk(store.Put(key, model[key]), "Put");
  }
  return model;
}

// Holds the answer to one query against the oracle's.
void CheckQuery(Context& kit, const TracedStore& store, const Model& model, const Query& query) {
  const std::string text = query.ToString();
  Result<std::vector<Entry>> expected = Evaluate(query, EntriesOf(model));
  kit.MustOk(expected, "Evaluate of " + text);
  Result<TracedResults> results = store.Query(query);
  if (!kit.ExpectOk(results, "Query " + text)) return;
  const Result<std::vector<Entry>> found = results->Rest();
  const Compare compare = query.keys_only ? Compare::kKeys : Compare::kValues;
  const bool ordered =
      !query.orders.empty() || query.reverse || kit.can().ordered_scan != Support::kAbsent;
  if (ordered) {
    kit.ExpectEntries(found, *expected, text, compare);
  } else if (query.offset <= 0 && query.limit <= 0) {
    kit.ExpectSameEntries(found.has_value() ? *found : std::vector<Entry>{}, *expected, text,
                          compare);
  } else {
    // Which entries an offset and a limit leave depends on the store's order; how many does not.
    kit.Expect(found.has_value() && found->size() == expected->size(), text,
               Describe(expected->size()) + " entries",
               found.has_value() ? Describe(std::span(*found)) : Describe(found.error()));
  }
  if (!found.has_value() || !query.return_sizes) return;
  for (const Entry& entry : *found) {
    const auto record = model.find(entry.key);
    if (record == model.end()) continue;
    kit.Expect(entry.info.size == record->second.size(), text + ": the size of an entry",
               Describe(record->second.size()), Describe(entry.info.size));
  }
}

constexpr std::array<Op, 6> kOps = {Op::kEqual,       Op::kNotEqual, Op::kLess,
                                    Op::kLessOrEqual, Op::kGreater,  Op::kGreaterOrEqual};

Filter EvenKeys() {
  return Filter::Function([](const EntryView& entry) { return (entry.key.back() - '0') % 2 == 0; },
                          false);
}

Order ByLength() {
  return Order::Function([](const EntryView& a, const EntryView& b) {
    return static_cast<int>(a.value.size()) - static_cast<int>(b.value.size());
  });
}

}  // namespace

void Filters(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 80);
  const std::string middle = std::next(model.begin(), 30)->first;
  const std::string value = std::next(model.begin(), 30)->second;
  std::vector<std::vector<Filter>> choices;
  for (const Op op : kOps) {
    choices.push_back({Filter::Key(op, middle)});
    choices.push_back({Filter::Value(op, value)});
    choices.push_back({Filter::Key(op, middle), Filter::Value(Op::kNotEqual, value)});
  }
  choices.push_back({Filter::KeyPrefix("/B")});
  choices.push_back({Filter::KeyPrefix("/B0001")});
  choices.push_back({Filter::KeyPrefix("/NONE")});
  choices.push_back({EvenKeys()});
  choices.push_back({Filter::Key(Op::kGreater, "/B"), Filter::Key(Op::kLess, "/C"), EvenKeys()});
  choices.push_back({Filter::Key(Op::kEqual, "/NONE")});
  for (const std::vector<Filter>& filters : choices) {
    CheckQuery(kit, store, model, {.filters = filters});
    // The value is not returned, but the filter still sees it.
    CheckQuery(kit, store, model, {.filters = filters, .keys_only = true});
    CheckQuery(kit, store, model, {.filters = filters, .keys_only = true, .return_sizes = true});
  }
}

void Orders(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 80);
  const std::vector<std::vector<Order>> choices = {
      {Order::Key()},
      {Order::KeyDescending()},
      {Order::Value()},
      {Order::ValueDescending()},
      {ByLength()},
      {ByLength(), Order::ValueDescending()},
      {Order::Value(), Order::KeyDescending()},
      {Order::KeyDescending(), Order::Value()},
  };
  for (const std::vector<Order>& orders : choices) {
    CheckQuery(kit, store, model, {.orders = orders});
    CheckQuery(kit, store, model, {.orders = orders, .keys_only = true});
    CheckQuery(kit, store, model, {.filters = {EvenKeys()}, .orders = orders, .keys_only = true});
  }
  CheckQuery(kit, store, model, {.reverse = true});
  CheckQuery(kit, store, model, {.reverse = true, .keys_only = true});
  kit.ExpectCode(store.Query({.orders = {Order::Key()}, .reverse = true}), Code::kInvalidArgument,
                 "Query with orders and reverse");
}

void OffsetLimit(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 60);
  for (const std::int64_t offset : {-1, 0, 1, 5, 30, 59, 60, 100}) {
    for (const std::int64_t limit : {-1, 0, 1, 2, 10, 59, 60, 100}) {
      CheckQuery(kit, store, model, {.offset = offset, .limit = limit});
      CheckQuery(kit, store, model, {.orders = {Order::Key()}, .offset = offset, .limit = limit});
      CheckQuery(kit, store, model, {.reverse = true, .offset = offset, .limit = limit});
      CheckQuery(kit, store, model,
                 {.orders = {Order::ValueDescending()}, .offset = offset, .limit = limit});
      CheckQuery(kit, store, model, {.filters = {EvenKeys()}, .offset = offset, .limit = limit});
    }
  }
}

void Prefixes(Context& kit) {
  TracedStore store = kit.Open();
  Model model;
  for (const std::string_view key : {"/A", "/A/B", "/A/B/C", "/A/C", "/A-B", "/A.B", "/A0", "/AB",
                                     "/AB/C", "/A/", "/B/A", "/", "A", "A/B", "B"}) {
    if (!store.CheckKey(key).has_value()) continue;
    model[std::string(key)] = "value of " + std::string(key);
    kit.MustOk(store.Put(key, "value of " + std::string(key)), "Put");
  }
  for (const std::string_view prefix : {"", "/", ".", "/A", "A", "/A/", "//A//", "/X/../A", "/A/B",
                                        "/A/B/C", "/AB", "/NONE", "..", "/A/.."}) {
    CheckQuery(kit, store, model, {.prefix = std::string(prefix)});
    CheckQuery(kit, store, model, {.prefix = std::string(prefix), .keys_only = true});
    CheckQuery(kit, store, model, {.prefix = std::string(prefix), .range = KeyRange::From("/A/C")});
  }
}

void RandomQueries(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 90);
  SeededRandom& random = kit.random();
  const auto key = [&] {
    return PlainKey(static_cast<char>('A' + random.Below(5)), random.Below(103));
  };
  const std::uint64_t rounds = kit.Scaled(2000, 400);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Query query;
    if (random.Below(3) == 0) query.range = KeyRange::Between(key(), key());
    if (random.Below(3) == 0) {
      query.filters.push_back(Filter::Key(kOps[random.Below(kOps.size())], key()));
    }
    if (random.Below(3) == 0) {
      query.filters.push_back(Filter::Value(kOps[random.Below(kOps.size())],
                                            "v" + std::to_string(random.Below(9)) + "."));
    }
    if (random.Below(2) == 0) {
      query.orders = std::array<std::vector<Order>, 4>{{{Order::Key()},
                                                        {Order::KeyDescending()},
                                                        {Order::Value()},
                                                        {ByLength()}}}[random.Below(4)];
    } else {
      query.reverse = random.Below(3) == 0;
    }
    if (random.Below(2) == 0) query.offset = static_cast<std::int64_t>(random.Below(20));
    if (random.Below(2) == 0) query.limit = static_cast<std::int64_t>(random.Below(20));
    query.keys_only = random.Below(2) == 0;
    query.return_sizes = random.Below(2) == 0;
    CheckQuery(kit, store, model, query);
    kit.CountCase();
  }
}

void QueryResults(Context& kit) {
  TracedStore store = kit.Open();
  const Model model = PutRecords(kit, store, 70);
  const std::vector<Entry> all = EntriesOf(model);

  const Query asked{.prefix = "//A/",
                    .range = KeyRange::Between("/A", "/Z"),
                    .filters = {Filter::KeyPrefix("/")},
                    .orders = {Order::ValueDescending()},
                    .offset = 2,
                    .limit = 3,
                    .keys_only = true,
                    .return_sizes = true};
  TracedResults results = kit.Must(store.Query(asked), "Query");
  const Query& given = results.query();
  kit.Expect(given.ToString() == asked.ToString() && given.prefix == asked.prefix &&
                 given.range == asked.range && given.return_sizes && !given.reverse,
             "Results::query returns the query unchanged", asked.ToString(), given.ToString());

  TracedResults walked = kit.Must(store.Query({}), "Query");
  std::vector<Entry> seen;
  for (const EntryView& entry : walked) {
    seen.push_back({.key = std::string(entry.key), .value = Value::Copy(entry.value)});
  }
  kit.ExpectOk(walked.status(), "the status after a range-for");
  kit.ExpectSameEntries(std::move(seen), all, "a range-for over results");
  kit.Expect(!walked.Next(), "Next at the end", "false", "true");

  TracedResults partly = kit.Must(store.Query({}), "Query");
  std::vector<Entry> pieces;
  for (int i = 0; i < 5 && partly.Next(); ++i) {
    pieces.push_back(
        {.key = std::string(partly.entry().key), .value = Value::Copy(partly.entry().value)});
  }
  const std::vector<Entry> rest = kit.Must(partly.Rest(), "Rest after five entries");
  pieces.insert(pieces.end(), rest.begin(), rest.end());
  kit.ExpectSameEntries(std::move(pieces), all, "five entries and then Rest are all entries");
  kit.ExpectEntries(partly.Rest(), {}, "a second Rest");

  TracedResults closed = kit.Must(store.Query({}), "Query");
  kit.Expect(closed.Next(), "Next", "true", "false");
  closed.Close();
  closed.Close();
  kit.Expect(!closed.Next(), "Next after closing the results", "false", "true");
  kit.ExpectOk(closed.status(), "the status after closing the results");

  for (int i = 0; i < 200; ++i) {  // what an early close leaves behind would pile up
    TracedResults early = kit.Must(store.Query({}), "Query");
    kit.Expect(early.Next(), "Next of results that are dropped early", "true", "false");
  }
  kit.ExpectHolds(store, model, "a listing after many results were dropped early");
}

}  // namespace anystore::conformance

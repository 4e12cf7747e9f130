// The equivalent of go-datastore's own suite, which every one of its stores passes: thirteen tests,
// on the keys that it uses.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// The suite's keys are lower-case paths; a store that takes no such key is mounted in the original,
// and skipped here.
TracedStore OpenForPaths(Context& kit) {
  TracedStore store = kit.Open();
  for (const std::string_view key : {"/foo", "/prefix/sub/0key0", "/capital/0KEY0"}) {
    if (!store.CheckKey(key).has_value()) {
      kit.Skip("the store takes no key such as " + Quoted(key));
    }
  }
  return store;
}

// The records that queries are asked of: 4 * n.
Model PutPaths(Context& kit, TracedStore& store, std::uint64_t n) {
  Model model;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::string number = std::to_string(i);
    const std::string name = number + "key" + number;
    for (const std::string& key : {"/" + name, "/prefix/" + name, "/prefix/sub/" + name,
                                   "/capital/" + number + "KEY" + number}) {
      model[key] = kit.RandomBytes(64);
      kit.MustOk(store.Put(key, model[key]), "Put");
    }
  }
  return model;
}

void DeleteAll(Context& kit, TracedStore& store, const Model& model) {
  for (const auto& [key, value] : model) kit.MustOk(store.Delete(key), "Delete");
}

// Asks, and compares with the reference evaluator: the query reported back, Rest, a range-for, and
// a range-for that is left after one entry.
void AskOf(Context& kit, TracedStore& store, const Model& model, const Query& query) {
  const std::string text = query.ToString();
  std::vector<Entry> expected = kit.Must(Evaluate(query, EntriesOf(model)), "Evaluate of " + text);
  const Compare compare = query.keys_only ? Compare::kKeys : Compare::kValues;
  const auto check = [&](Result<std::vector<Entry>> found) {
    if (query.orders.empty()) {
      kit.ExpectSameEntries(std::move(found), expected, text, compare);
    } else {
      kit.ExpectEntries(found, expected, text, compare);
    }
  };
  TracedResults results = kit.Must(store.Query(query), "Query");
  kit.Expect(results.query().ToString() == text, "Results::query returns the query unchanged", text,
             results.query().ToString());
  check(results.Rest());

  TracedResults walked = kit.Must(store.Query(query), "Query");
  std::vector<Entry> seen;
  for (const EntryView& entry : walked) {
    seen.push_back({.key = std::string(entry.key), .value = Value::Copy(entry.value)});
  }
  kit.ExpectOk(walked.status(), "the status after a range-for");
  check(std::move(seen));

  TracedResults left = kit.Must(store.Query(query), "Query");
  if (!expected.empty()) {
    kit.Expect(left.Next(), "Next of results that are left early", "true", "false");
    left.Close();
    kit.Expect(!left.Next(), "Next after results were closed early", "false", "true");
  }
}

// The body that the suite's query tests share.
void AskAll(Context& kit, std::span<const Query> queries, std::uint64_t n) {
  TracedStore store = OpenForPaths(kit);
  const Model model = PutPaths(kit, store, n);
  for (const auto& [key, value] : model) {
    kit.ExpectValue(store.Get(key), value, "Get of all records");
  }
  for (const Query& query : queries) {
    AskOf(kit, store, model, query);
    kit.CountCase();
  }
  DeleteAll(kit, store, model);
  kit.ExpectHolds(store, {}, "a listing after everything was deleted");
}

std::uint64_t ElementCount(const Context& kit) { return kit.Scaled(100, 20); }

Order ByFunction() {
  return Order::Function(
      [](const EntryView& a, const EntryView& b) { return a.value.compare(b.value); });
}

constexpr std::uint64_t kBatchValueBytes = 256 << 10;
constexpr std::uint64_t kBatchRecords = 20;

// Twenty records of 256 KiB.
Model BatchRecords(Context& kit) {
  Model model;
  for (std::uint64_t i = 0; i < kBatchRecords; ++i) {
    model["/foo" + std::to_string(i)] = kit.RandomBytes(kBatchValueBytes);
  }
  return model;
}

}  // namespace

void GoBasicPutGet(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  const std::string value = "Hello Datastore!";
  const auto check = [&] {
    kit.ExpectEqual(store.Has("/foo"), true, "Has");
    kit.ExpectEqual(store.GetSize("/foo"), value.size(), "GetSize");
    kit.ExpectValue(store.Get("/foo"), value, "Get");
  };
  kit.MustOk(store.Put("/foo", value), "Put");
  check();
  check();
  kit.MustOk(store.Delete("/foo"), "Delete");
  kit.ExpectEqual(store.Has("/foo"), false, "Has after Delete");
  kit.ExpectCode(store.GetSize("/foo"), Code::kNotFound, "GetSize after Delete");
}

void GoNotFounds(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  kit.ExpectCode(store.Get("/notreal"), Code::kNotFound, "Get");
  kit.ExpectEqual(store.Has("/notreal"), false, "Has");
  kit.ExpectCode(store.GetSize("/notreal"), Code::kNotFound, "GetSize");
  kit.ExpectOk(store.Delete("/notreal"), "Delete");
}

void GoPrefix(Context& kit) {
  std::vector<Query> queries;
  for (const char* const prefix : {"", "/", "/./", "/.././/", "/prefix/../", "/prefix", "/prefix/",
                                   "/prefix/sub/", "/0/", "/bad/"}) {
    queries.push_back({.prefix = prefix});
  }
  AskAll(kit, queries, ElementCount(kit));
}

void GoOrder(Context& kit) {
  std::vector<Query> queries;
  for (const std::vector<Order>& orders : {std::vector<Order>{Order::Key()},
                                           {Order::KeyDescending()},
                                           {Order::Value()},
                                           {Order::Value(), Order::Key()},
                                           {ByFunction()}}) {
    queries.push_back({.orders = orders});
  }
  AskAll(kit, queries, ElementCount(kit));
}

void GoLimit(Context& kit) {
  const auto n = static_cast<std::int64_t>(ElementCount(kit));
  std::vector<Query> queries;
  for (const auto& [offset, limit] : {std::pair<std::int64_t, std::int64_t>{0, 0},
                                      {0, 10},
                                      {0, 4 * n},
                                      {0, 10 * n},
                                      {10, 0},
                                      {10, 10},
                                      {n, n},
                                      {4 * n - 1, 10},
                                      {4 * n, 10},
                                      {4 * n + 1, 10},
                                      {10 * n, 0}}) {
    queries.push_back(
        {.orders = {Order::Key()}, .offset = offset, .limit = limit, .keys_only = true});
  }
  AskAll(kit, queries, ElementCount(kit));
}

void GoFilter(Context& kit) {
  std::vector<Query> queries;
  for (const Filter& filter :
       {Filter::Key(Op::kEqual, "/0key0"), Filter::Key(Op::kLess, "/2"),
        Filter::KeyPrefix("/0key0"), Filter::KeyPrefix("/pre"), Filter::Value(Op::kLess, "\x80"),
        Filter::Function([](const EntryView& entry) { return entry.key.size() % 2 == 0; })}) {
    queries.push_back({.filters = {filter}});
  }
  AskAll(kit, queries, ElementCount(kit));
}

void GoManyKeysAndQuery(Context& kit) {
  const std::array<Query, 1> queries = {{{.keys_only = true}}};
  AskAll(kit, queries, ElementCount(kit));
}

void GoReturnSizes(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  const Model model = PutPaths(kit, store, ElementCount(kit));
  TracedResults results =
      kit.Must(store.Query({.keys_only = true, .return_sizes = true}), "Query of sizes");
  for (const Entry& entry : kit.Must(results.Rest(), "Rest")) {
    kit.Expect(entry.info.size == 64, "the size of an entry", "64", Describe(entry.info.size));
  }
  DeleteAll(kit, store, model);
}

void GoBasicSync(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  const auto sync = [&] {
    for (const std::string_view prefix : {"/prefix", "/prefix/sub", "/"}) {
      kit.ExpectOk(store.Sync(KeyRange::StartingWith(prefix)), "Sync");
    }
  };
  sync();
  for (const std::string_view key : {"/prefix", "/prefix/sub", "/foo"}) {
    kit.MustOk(store.Put(key, "foo"), "Put");
    sync();
  }
}

void GoCombinations(Context& kit) {
  const std::uint64_t most = ElementCount(kit);
  const auto tenth = static_cast<std::int64_t>(most) / 10;
  const std::array<std::int64_t, 4> offsets = {0, tenth, 2 * tenth, 8 * tenth};
  const std::array<std::int64_t, 4> limits = {0, tenth, 2 * tenth, 8 * tenth};
  const std::array<std::vector<Filter>, 2> filters = {
      {{Filter::Key(Op::kEqual, "/0key0")}, {Filter::Key(Op::kLess, "/2")}}};
  const std::array<std::vector<Order>, 4> orders = {
      {{Order::Key()}, {Order::KeyDescending()}, {Order::Value(), Order::Key()}, {ByFunction()}}};
  const std::array<std::string, 3> prefixes = {"", "/prefix", "/prefix/sub"};
  const std::array<std::uint64_t, 3> sizes = {0, 1, most};

  TracedStore store = OpenForPaths(kit);
  constexpr std::size_t kAll = 4 * 4 * 2 * 4 * 3 * 3;
  for (std::size_t number = 1; number < kAll; ++number) {  // 0, the all-zero one, is left out
    std::size_t rest = number;
    const auto pick = [&](const auto& choices) -> const auto& {
      const std::size_t choice = rest % choices.size();
      rest /= choices.size();
      return choices[choice];
    };
    Query query;
    query.offset = pick(offsets);
    query.limit = pick(limits);
    query.filters = pick(filters);
    query.orders = pick(orders);
    query.prefix = pick(prefixes);
    const Model model = PutPaths(kit, store, pick(sizes));
    AskOf(kit, store, model, query);
    DeleteAll(kit, store, model);
    kit.CountCase();
  }
}

void GoBatch(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  const Model model = BatchRecords(kit);
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  for (const auto& [key, value] : model) kit.MustOk(batch.Put(key, value), "batch Put");
  for (const auto& [key, value] : model) {
    kit.ExpectCode(store.Get(key), Code::kNotFound, "Get before Commit");
  }
  kit.MustOk(batch.Commit(), "Commit");
  for (const auto& [key, value] : model) {
    kit.ExpectValue(store.Get(key), value, "Get after Commit");
  }
}

void GoBatchDelete(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  const Model model = BatchRecords(kit);
  for (const auto& [key, value] : model) kit.MustOk(store.Put(key, value), "Put");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  for (const auto& [key, value] : model) kit.MustOk(batch.Delete(key), "batch Delete");
  kit.MustOk(batch.Commit(), "Commit");
  for (const auto& [key, value] : model) {
    kit.ExpectCode(store.Get(key), Code::kNotFound, "Get after a batch of deletes");
  }
}

void GoBatchPutAndDelete(Context& kit) {
  TracedStore store = OpenForPaths(kit);
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.MustOk(batch.Put("/a", "1"), "batch Put");
  kit.MustOk(batch.Put("/b", "2"), "batch Put");
  kit.MustOk(batch.Delete("/a"), "batch Delete");
  kit.MustOk(batch.Delete("/b"), "batch Delete");
  kit.MustOk(batch.Put("/b", "3"), "batch Put");
  kit.MustOk(batch.Commit(), "Commit");
  kit.ExpectCode(store.Get("/a"), Code::kNotFound, "Get of a key put and deleted");
  kit.ExpectValue(store.Get("/b"), "3", "Get of a key put, deleted and put");
}

}  // namespace anystore::conformance

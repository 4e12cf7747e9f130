// Deleting ranges.
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::uint64_t kRecords = 30;

Model PutRecords(Context& kit, TracedStore& store) {
  Model model;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    const std::string key = PlainKey('D', i);
    model[key] = std::to_string(i);
    kit.MustOk(store.Put(key, model[key]), "Put");
  }
  return model;
}

void ExpectExactly(Context& kit, const TracedStore& store, const Model& model,
                   std::string_view check) {
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    const std::string key = PlainKey('D', i);
    const auto record = model.find(key);
    if (record != model.end()) {
      kit.ExpectValue(store.Get(key), record->second, check);
    } else {
      kit.ExpectCode(store.Get(key), Code::kNotFound, check);
    }
  }
}

}  // namespace

void DeleteRange(Context& kit) {
  TracedStore store = kit.Open();
  Model model = PutRecords(kit, store);
  const auto remove = [&](const KeyRange& range, std::string_view check) {
    kit.ExpectOk(store.DeleteRange(range), check);
    std::erase_if(model, [&](const auto& record) { return range.Contains(record.first); });
    ExpectExactly(kit, store, model, check);
  };
  remove(KeyRange::None(), "DeleteRange of nothing");
  remove(KeyRange::Between(PlainKey('D', 9), PlainKey('D', 9)), "DeleteRange of an empty range");
  remove(KeyRange::Between(PlainKey('D', 5), PlainKey('D', 8)),
         "DeleteRange up to, not including, a key");
  remove(KeyRange::Only(PlainKey('D', 12)), "DeleteRange of one key");
  remove(KeyRange::Between(PlainKey('A'), PlainKey('B')), "DeleteRange where no key is");
  kit.MustOk(store.Put(PlainKey('D', 6), "again"), "Put after DeleteRange");
  model[PlainKey('D', 6)] = "again";
  ExpectExactly(kit, store, model, "Put after DeleteRange");
  remove(KeyRange::From(PlainKey('D', 20)), "DeleteRange without an end");
  remove(KeyRange::StartingWith(PlainKey('D', 10)), "DeleteRange of a byte prefix");
  remove(KeyRange::All(), "DeleteRange of everything");
  for (std::uint64_t i = 0; i < 600; ++i) {
    kit.MustOk(store.Put(PlainKey('M', i + 1), "many"), "Put of many");
  }
  kit.ExpectOk(store.DeleteRange(KeyRange::StartingWith("/M")), "DeleteRange of many");
  kit.ExpectHolds(store, {}, "a listing after DeleteRange of everything");
}

void DeleteRangeMutation(Context& kit) {
  TracedStore store = kit.Open();
  Model model = PutRecords(kit, store);
  const std::string from = PlainKey('D', 3);
  const std::string inside = PlainKey('D', 4);
  const std::string to = PlainKey('D', 6);
  const std::array<Mutation, 3> mutations = {{
      {.key = inside, .value = "put before the range went"},
      {.kind = Mutation::Kind::kDeleteRange, .key = from, .range_to = to},
      {.key = from, .value = "put after the range went"},
  }};
  kit.ExpectOk(store.Apply(mutations), "Apply of put, delete range, put");
  for (const std::uint64_t i : {3U, 4U, 5U}) model.erase(PlainKey('D', i));
  model[from] = "put after the range went";
  ExpectExactly(kit, store, model, "the mutations take effect in order");
}

}  // namespace anystore::conformance

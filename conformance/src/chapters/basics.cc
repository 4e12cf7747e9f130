// One record at a time: Get, Has, GetSize, Stat, Put, Delete. Each chapter looks through one verb
// only, so that a defect in one of them fails one of them.
#include "chapters/chapters.h"

namespace anystore::conformance {

void PutGet(Context& kit) {
  TracedStore store = kit.Open();
  const Receipt receipt = kit.Must(store.Put("/A", "first"), "Put");
  kit.Expect(receipt.applied == 1, "the receipt of Put counts one mutation", "1",
             std::to_string(receipt.applied));
  kit.ExpectValue(store.Get("/A"), "first", "Get after Put");
  kit.ExpectValue(store.Get("/A"), "first", "a second Get");
  kit.MustOk(store.Put("/B", "other"), "Put of another key");
  kit.ExpectValue(store.Get("/A"), "first", "Get after Put of another key");
  kit.MustOk(store.Put("/A", "second, and longer"), "Put over a record");
  kit.ExpectValue(store.Get("/A"), "second, and longer", "Get after Put over a record");
  kit.MustOk(store.Put("/A", "3"), "Put of a shorter value");
  kit.ExpectValue(store.Get("/A"), "3", "Get after Put of a shorter value");

  EntryInfo info{.size = 77};
  kit.ExpectValue(store.Get("/A", {.info = &info}), "3", "Get with info");
  kit.Expect(info.size == 1, "Get fills in the size of the value", "1", Describe(info.size));

  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  kit.MustOk(store.Put("/C", all_bytes), "Put of every byte value");
  kit.ExpectValue(store.Get("/C"), all_bytes, "Get of every byte value");

  constexpr std::uint64_t kRecords = 500;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    kit.MustOk(store.Put(PlainKey('M', i), "value " + std::to_string(i)), "Put of many");
  }
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    kit.ExpectValue(store.Get(PlainKey('M', i)), "value " + std::to_string(i), "Get of many");
  }

  const std::array<Mutation, 3> mutations = {{
      {.key = "/D", .value = "one"},
      {.key = "/E", .value = "two"},
      {.key = "/D", .value = "three"},
  }};
  const Receipt applied = kit.Must(store.Apply(mutations), "Apply");
  kit.Expect(applied.applied == 3, "the receipt of Apply counts its mutations", "3",
             Describe(applied.applied));
  kit.ExpectValue(store.Get("/D"), "three", "Get after Apply: a later mutation wins");
  kit.ExpectValue(store.Get("/E"), "two", "Get after Apply");
  kit.ExpectOk(store.Apply({}), "Apply of nothing");
}

void MissingKeys(Context& kit) {
  TracedStore store = kit.Open();
  const auto missing = [&](std::string_view key) {
    kit.ExpectCode(store.Get(key), Code::kNotFound, "Get of a missing key");
    kit.ExpectEqual(store.Has(key), false, "Has of a missing key");
    kit.ExpectCode(store.GetSize(key), Code::kNotFound, "GetSize of a missing key");
    kit.ExpectCode(store.Stat(key, Wanted::kExistence), Code::kNotFound, "Stat of a missing key");
  };
  missing("/A");  // of an empty store
  kit.MustOk(store.Put("/B", "1"), "Put");
  missing("/A");
  missing("/B0");
  missing("/C");
}

void Deletes(Context& kit) {
  TracedStore store = kit.Open();
  kit.ExpectOk(store.Delete("/A"), "Delete of a missing key");
  kit.MustOk(store.Put("/A", "1"), "Put");
  kit.MustOk(store.Put("/B", "2"), "Put");
  const Receipt receipt = kit.Must(store.Delete("/A"), "Delete");
  kit.Expect(receipt.applied == 1, "the receipt of Delete counts one mutation", "1",
             Describe(receipt.applied));
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after Delete");
  kit.ExpectValue(store.Get("/B"), "2", "Get of another key after Delete");
  kit.ExpectOk(store.Delete("/A"), "a second Delete");
  kit.MustOk(store.Put("/A", "3"), "Put after Delete");
  kit.ExpectValue(store.Get("/A"), "3", "Get after Delete and Put");
  kit.MustOk(store.Put("/A", "4"), "Put over a record");
  kit.MustOk(store.Delete("/A"), "Delete of an overwritten record");
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after Delete of an overwritten record");
  constexpr std::uint64_t kRecords = 300;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    kit.MustOk(store.Put(PlainKey('M', i), "value"), "Put of many");
  }
  for (std::uint64_t i = 2; i <= kRecords; i += 2) {
    kit.MustOk(store.Delete(PlainKey('M', i)), "Delete of every second one");
  }
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    kit.ExpectCode(store.Get(PlainKey('M', i)), i % 2 == 0 ? Code::kNotFound : Code::kOk,
                   "Get after Delete of every second one");
  }
}

void Has(Context& kit) {
  TracedStore store = kit.Open();
  kit.ExpectEqual(store.Has("/A"), false, "Has before Put");
  kit.MustOk(store.Put("/A", "1"), "Put");
  kit.ExpectEqual(store.Has("/A"), true, "Has after Put");
  kit.ExpectEqual(store.Has("/B"), false, "Has of another key");
  kit.MustOk(store.Delete("/A"), "Delete");
  kit.ExpectEqual(store.Has("/A"), false, "Has after Delete");
  kit.MustOk(store.Put("/A", "2"), "Put after Delete");
  kit.ExpectEqual(store.Has("/A"), true, "Has after Put again");
  kit.ExpectOk(store.Stat("/A", Wanted::kExistence), "Stat after Put");
}

void Sizes(Context& kit) {
  TracedStore store = kit.Open();
  for (const std::uint64_t size : {1U, 2U, 15U, 16U, 17U, 100U, 255U, 256U, 1000U, 4096U}) {
    kit.MustOk(store.Put("/A", std::string(size, 'v')), "Put");
    kit.ExpectEqual(store.GetSize("/A"), size, "GetSize after Put");
    const Result<EntryInfo> info = store.Stat("/A", Wanted::kSize);
    if (kit.ExpectOk(info, "Stat after Put")) {
      kit.Expect(info->size == size, "the size that Stat tells", Describe(size),
                 Describe(info->size));
    }
  }
  kit.MustOk(store.Delete("/A"), "Delete");
  kit.ExpectCode(store.GetSize("/A"), Code::kNotFound, "GetSize after Delete");
  kit.ExpectCode(store.Stat("/A"), Code::kNotFound, "Stat after Delete");
}

}  // namespace anystore::conformance

// Closed stores: every verb says so, whatever was open is safe to use and to destroy.
#include <atomic>
#include <thread>

#include "anystore/features.h"
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

void ExpectReadsClosed(Context& kit, const TracedStore& store) {
  kit.ExpectCode(store.Get("/A"), Code::kClosed, "Get after Close");
  kit.ExpectCode(store.Get("/MISSING"), Code::kClosed, "Get of a missing key after Close");
  kit.ExpectCode(store.Has("/A"), Code::kClosed, "Has after Close");
  kit.ExpectCode(store.GetSize("/A"), Code::kClosed, "GetSize after Close");
  kit.ExpectCode(store.Stat("/A"), Code::kClosed, "Stat after Close");
  const std::array<std::string_view, 1> keys = {"/A"};
  std::vector<Result<Value>> out(1);
  kit.ExpectCode(store.GetMany(keys, out), Code::kClosed, "GetMany after Close");
  kit.ExpectCode(store.Query({}), Code::kClosed, "Query after Close");
  kit.ExpectCode(store.Scan({}), Code::kClosed, "Scan after Close");
  kit.ExpectCode(store.CheckKey("/A"), Code::kClosed, "CheckKey after Close");
}

void ExpectWritesClosed(Context& kit, TracedStore& store) {
  kit.ExpectCode(store.Put("/A", "2"), Code::kClosed, "Put after Close");
  kit.ExpectCode(store.Delete("/A"), Code::kClosed, "Delete after Close");
  kit.ExpectCode(store.DeleteRange(KeyRange::All()), Code::kClosed, "DeleteRange after Close");
  kit.ExpectCode(store.SetExpiry("/A", std::nullopt), Code::kClosed, "SetExpiry after Close");
  const Mutation mutation{.key = "/A", .value = "2"};
  kit.ExpectCode(store.Apply({&mutation, 1}), Code::kClosed, "Apply after Close");
  kit.ExpectCode(store.NewBatch(), Code::kClosed, "NewBatch after Close");
  kit.ExpectCode(store.NewSnapshot(), Code::kClosed, "NewSnapshot after Close");
  kit.ExpectCode(store.Sync(), Code::kClosed, "Sync after Close");
}

}  // namespace

void Closed(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "1"), "Put");
  kit.ExpectOk(store.Close(), "Close");
  ExpectReadsClosed(kit, store);
  ExpectWritesClosed(kit, store);
  kit.Expect(store.store().feature<PersistentDatastore>() == nullptr, "a feature after Close",
             "none", "an interface");
  kit.ExpectOk(store.Close(), "a second Close");
}

void ClosedUnderUse(Context& kit) {
  TracedStore store = kit.Open();
  for (std::uint64_t i = 1; i <= 50; ++i) {
    kit.MustOk(store.Put(PlainKey('C', i), "value"), "Put");
  }
  TracedCursor cursor = kit.Must(store.Scan({}), "Scan");
  std::array<EntryView, 1> view;
  kit.ExpectEqual(cursor.Next(view), 1, "Next");
  TracedResults results = kit.Must(store.Query({}), "Query");
  kit.Expect(results.Next(), "Next of results", "true", "false");
  TracedResults sorted = kit.Must(store.Query({.orders = {Order::Value()}}), "Query in order");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.MustOk(batch.Put("/B", "1"), "batch Put");
  TracedBatch unused = kit.Must(store.NewBatch(), "NewBatch");
  kit.ExpectOk(store.Close(), "Close with a cursor, results and a batch open");

  kit.ExpectCode(cursor.Next(view), Code::kClosed, "Next of a cursor after Close");
  kit.ExpectCode(cursor.Seek("/C"), Code::kClosed, "Seek of a cursor after Close");
  kit.Expect(!results.Next(), "Next of results after Close", "false", "true");
  kit.ExpectCode(results.status(), Code::kClosed, "the status of results after Close");
  kit.ExpectCode(results.Rest(), Code::kClosed, "Rest of results after Close");
  kit.Expect(!sorted.Next(), "Next of ordered results after Close", "false", "true");
  kit.ExpectCode(sorted.status(), Code::kClosed, "the status of ordered results after Close");
  kit.ExpectCode(batch.Put("/B", "2"), Code::kClosed, "batch Put after Close");
  kit.ExpectCode(batch.Delete("/B"), Code::kClosed, "batch Delete after Close");
  kit.ExpectCode(batch.Commit(), Code::kClosed, "Commit after Close");
  batch.Discard();
  store.Destroy();
  kit.ExpectCode(cursor.Next(view), Code::kClosed, "Next of a cursor without its store");
  kit.ExpectCode(batch.Commit(), Code::kClosed, "Commit without its store");
}

void CloseWhileBusy(Context& kit) {
  constexpr std::size_t kThreads = 3;
  for (std::uint64_t round = 0; round < kit.Scaled(20, 5); ++round) {
    TracedStore store = kit.Open();
    std::atomic<std::uint64_t> calls = 0;
    std::atomic<std::size_t> running = kThreads;
    kit.Parallel(kThreads + 1, [&](std::size_t thread) {
      if (thread == kThreads) {
        while (calls.load() < 200 && running.load() > 0) std::this_thread::yield();
        kit.ExpectOk(store.Close(), "Close while other threads call");
        return;
      }
      const auto check = [&](Code code, std::string_view what) {
        if (code == Code::kOk) return true;
        running.fetch_sub(1);
        kit.Expect(code == Code::kClosed, what, "ok or closed", CodeName(code));
        return false;
      };
      for (;;) {
        const std::uint64_t call = calls.fetch_add(1);
        const std::string key = PlainKey('T', call % 50 + 1);
        if (!check(CodeOf(store.Put(key, "value")), "Put while the store is closed")) break;
        if (!check(CodeOf(store.Has(key)), "Has while the store is closed")) break;
        // One that streams, one that filters and one that sorts: all look at what they list.
        Result<TracedResults> results = store.Query(
            call % 3 == 0   ? Query{.limit = 5}
            : call % 3 == 1 ? Query{.filters = {Filter::Value(Op::kNotEqual, "nothing")}}
                            : Query{.orders = {Order::ValueDescending()}});
        if (!check(CodeOf(results), "Query while the store is closed")) break;
        if (!check(CodeOf(results->Rest()), "Rest while the store is closed")) break;
        Result<TracedBatch> batch = store.NewBatch();
        if (!check(CodeOf(batch), "NewBatch while the store is closed")) break;
        if (!check(CodeOf(batch->Put(key, "batched")), "batch Put while the store is closed") ||
            !check(CodeOf(batch->Commit()), "Commit while the store is closed")) {
          break;
        }
      }
    });
    kit.EndIfFailed();
    kit.ExpectCode(store.Get("/A"), Code::kClosed, "Get after Close");
  }
}

}  // namespace anystore::conformance

// Batches: nothing before Commit, everything after it.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

}  // namespace

void Batches(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/OLD", "1"), "Put");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.ExpectOk(batch.Commit(), "Commit of an empty batch");
  kit.MustOk(batch.Put("/A", "1"), "batch Put");
  kit.MustOk(batch.Put("/B", "2"), "batch Put");
  kit.MustOk(batch.Delete("/OLD"), "batch Delete");
  kit.MustOk(batch.Delete("/MISSING"), "batch Delete of a missing key");
  const Receipt receipt = kit.Must(batch.Commit(), "Commit");
  kit.Expect(receipt.applied > 0, "the receipt of Commit counts its mutations", "more than 0",
             Describe(receipt.applied));
  kit.ExpectValue(store.Get("/A"), "1", "Get after Commit");
  kit.ExpectValue(store.Get("/B"), "2", "Get after Commit");
  kit.ExpectCode(store.Get("/OLD"), Code::kNotFound, "Get of a key that a batch deleted");

  kit.MustOk(batch.Put("/A", "3"), "batch Put after Commit");
  kit.MustOk(store.Put("/B", "4"), "Put beside a batch");
  kit.MustOk(batch.Commit(), "a second Commit");
  kit.ExpectValue(store.Get("/A"), "3", "Get after a second Commit");
  kit.ExpectValue(store.Get("/B"), "4", "a batch is empty after Commit");
}

void BatchOrder(Context& kit) {
  TracedStore store = kit.Open();
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  for (const std::string_view value : {"1", "2", "3"}) {
    kit.MustOk(batch.Put("/A", value), "batch Put");
  }
  kit.MustOk(batch.Put("/B", "1"), "batch Put");
  kit.MustOk(batch.Delete("/B"), "batch Delete");
  kit.MustOk(batch.Put("/B", "2"), "batch Put after batch Delete");
  kit.MustOk(batch.Delete("/C"), "batch Delete");
  kit.MustOk(batch.Put("/C", "1"), "batch Put after batch Delete");
  kit.MustOk(batch.Put("/D", "1"), "batch Put");
  kit.MustOk(batch.Delete("/D"), "batch Delete");
  kit.MustOk(batch.Commit(), "Commit");
  kit.ExpectValue(store.Get("/A"), "3", "put, put, put: the last one wins");
  kit.ExpectValue(store.Get("/B"), "2", "put, delete, put: the last one wins");
  kit.ExpectValue(store.Get("/C"), "1", "delete, put: the put wins");
  kit.ExpectCode(store.Get("/D"), Code::kNotFound, "put, delete: the delete wins");
}

void BatchVisibility(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "old"), "Put");
  kit.MustOk(store.Put("/B", "old"), "Put");
  const auto untouched = [&](std::string_view when) {
    const std::string what = "the store " + std::string(when);
    kit.ExpectValue(store.Get("/A"), "old", what);
    kit.ExpectValue(store.Get("/B"), "old", what);
    kit.ExpectCode(store.Get("/C"), Code::kNotFound, what);
  };
  const auto fill = [&](TracedBatch& batch) {
    kit.MustOk(batch.Put("/A", "new"), "batch Put");
    kit.MustOk(batch.Delete("/B"), "batch Delete");
    kit.MustOk(batch.Put("/C", std::string(100'000, 'c')), "batch Put of a long value");
  };
  {
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    fill(batch);
    untouched("before Commit");
    batch.Discard();
    untouched("after Discard");
    kit.ExpectOk(batch.Commit(), "Commit after Discard");
    untouched("after Commit of a discarded batch");
    fill(batch);
  }
  untouched("after a batch was destroyed");
}

void BatchBytes(Context& kit) {
  TracedStore store = kit.Open();
  const std::uint64_t most = std::min(kit.Scaled(64 * kMiB, 8 * kMiB), kit.can().batch_bytes_max);
  const std::uint64_t piece = std::min({kMiB, kit.can().value_bytes_max, most / 4 + 1});
  const std::string bytes = kit.RandomBytes(piece);
  const auto key = [](std::uint64_t i) { return PlainKey('B', i + 1); };
  const std::uint64_t each = piece + key(0).size();
  const std::uint64_t pieces = most / each;
  TracedBatch batch = kit.Must(store.NewBatch({.bytes_hint = most}), "NewBatch");
  for (std::uint64_t i = 0; i < pieces; ++i) {
    kit.MustOk(batch.Put(key(i), bytes), "batch Put up to the limit");
  }
  const std::uint64_t room = most - pieces * each;
  if (kit.can().batch_bytes_max <= most) {
    kit.ExpectCode(batch.Put(key(pieces), std::string_view(bytes).substr(0, room)), Code::kTooLarge,
                   "batch Put over the limit");
  }
  kit.MustOk(batch.Commit(),
             "Commit of " + std::to_string(pieces * each) + " bytes, which batch_bytes_max allows");
  for (std::uint64_t i = 0; i < pieces; ++i) {
    kit.ExpectValue(store.Get(key(i)), bytes, "Get after Commit of a large batch");
  }
  kit.ExpectCode(store.Get(key(pieces)), Code::kNotFound, "Get of what was refused");
}

void BatchFailures(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "old"), "Put");
  const std::array<Mutation, 3> mutations = {{
      {.key = "/B", .value = "new"},
      {.key = "/A", .value = "new", .condition = Condition::IfAbsent()},
      {.key = "/C", .value = "new"},
  }};
  for (const bool all_or_nothing : {false, true}) {
    if (all_or_nothing && kit.can().batch_atomicity < Atomicity::kWhenReopened) break;
    const Result<Receipt> failed = store.Apply(mutations, {.all_or_nothing = all_or_nothing});
    kit.ExpectCode(failed, Code::kPreconditionFailed, "Apply with a condition that fails");
    if (!failed.has_value()) {
      kit.Expect(failed.error().applied() == Applied::kNo,
                 "a failed condition is known to have applied nothing", "no", "unknown");
    }
    kit.ExpectValue(store.Get("/A"), "old", "Get after Apply whose condition failed");
    kit.ExpectCode(store.Get("/B"), Code::kNotFound, "a failed condition writes nothing before");
    kit.ExpectCode(store.Get("/C"), Code::kNotFound, "a failed condition writes nothing behind");
  }
}

// A writer commits pairs of equal numbers. Whoever reads the two keys one after the other, in
// either order, must never see the second one older than the first.
void BatchAtomicity(Context& kit) {
  TracedStore store = kit.Open();
  constexpr std::array<std::string_view, 2> kKeys = {"/A", "/B"};
  const auto commit = [&](std::uint64_t number) {
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    for (const std::string_view key : kKeys) {
      kit.MustOk(batch.Put(key, std::to_string(number)), "batch Put");
    }
    kit.MustOk(batch.Commit({.all_or_nothing = true}), "Commit");
  };
  commit(0);
  const auto read = [&](std::string_view key) {
    return std::stoull(std::string(kit.Must(store.Get(key), "Get beside commits").bytes()));
  };
  const std::uint64_t last = kit.BesideReaders(
      kit.Scaled(4000, 800), [&](std::uint64_t round) { commit(round + 1); },
      [&](std::size_t reader) {
        const std::string_view first = kKeys[reader % 2];
        const std::string_view second = kKeys[(reader + 1) % 2];
        const std::uint64_t earlier = read(first);
        const std::uint64_t later = read(second);
        if (later >= earlier) return;
        kit.Expect(false, "a reader sees all of a batch or nothing",
                   Quoted(second) + " at least as new as " + Quoted(first) + ": " +
                       std::to_string(earlier),
                   std::to_string(later));
        throw Context::Ended{};
      });
  for (const std::string_view key : kKeys) {
    kit.ExpectValue(store.Get(key), std::to_string(last), "Get after all commits");
  }
}

}  // namespace anystore::conformance

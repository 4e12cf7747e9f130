// Conditional writes, and versions.
#include <atomic>
#include <set>
#include <thread>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

Version VersionOf(Context& kit, const TracedReader& store, std::string_view key) {
  const EntryInfo info = kit.Must(store.Stat(key, Wanted::kVersion), "Stat of a version");
  if (!kit.Expect(info.version.has_value(), "Stat tells the version", "a version", "none")) {
    throw Context::Ended{};
  }
  return *info.version;
}

}  // namespace

void ConditionalWrites(Context& kit) {
  TracedStore store = kit.Open();
  const PutOptions absent{.condition = Condition::IfAbsent()};
  const PutOptions present{.condition = Condition::IfPresent()};
  const DeleteOptions delete_absent{.condition = Condition::IfAbsent()};
  const DeleteOptions delete_present{.condition = Condition::IfPresent()};
  const auto refused = [&](const Result<Receipt>& result, std::string_view check) {
    if (kit.ExpectCode(result, Code::kPreconditionFailed, check)) {
      kit.Expect(result.error().applied() == Applied::kNo,
                 "a failed condition is known to have changed nothing", "no", "unknown");
    }
  };
  refused(store.Put("/A", "1", present), "Put if present, of a missing key");
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after a refused Put");
  kit.ExpectOk(store.Put("/A", "2", absent), "Put if absent, of a missing key");
  kit.ExpectValue(store.Get("/A"), "2", "Get after Put if absent");
  refused(store.Put("/A", "3", absent), "Put if absent, over a record");
  kit.ExpectValue(store.Get("/A"), "2", "Get after a refused Put");
  kit.ExpectOk(store.Put("/A", "4", present), "Put if present, over a record");
  kit.ExpectValue(store.Get("/A"), "4", "Get after Put if present");

  refused(store.Delete("/B", delete_present), "Delete if present, of a missing key");
  kit.ExpectOk(store.Delete("/B", delete_absent), "Delete if absent, of a missing key");
  refused(store.Delete("/A", delete_absent), "Delete if absent, of a record");
  kit.ExpectValue(store.Get("/A"), "4", "Get after a refused Delete");
  kit.ExpectOk(store.Delete("/A", delete_present), "Delete if present, of a record");
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after Delete if present");
  kit.ExpectOk(store.Put("/A", "5", absent), "Put if absent, after Delete");
}

void ConditionalApply(Context& kit) {
  TracedStore store = kit.Open();
  // The second mutation's condition holds only because of the first.
  const std::array<Mutation, 2> chained = {{
      {.key = "/A", .value = "1", .condition = Condition::IfAbsent()},
      {.key = "/A", .value = "2", .condition = Condition::IfPresent()},
  }};
  kit.ExpectOk(store.Apply(chained), "Apply: a condition sees earlier mutations");
  kit.ExpectValue(store.Get("/A"), "2", "Get after Apply of chained conditions");
  kit.ExpectCode(store.Apply(chained), Code::kPreconditionFailed,
                 "Apply whose first condition fails");
  kit.ExpectValue(store.Get("/A"), "2", "Get after Apply whose condition failed");
}

// Many threads put one key if absent: one of them wins, and its value stays.
void ConditionalRace(Context& kit) {
  TracedStore store = kit.Open();
  constexpr std::size_t kThreads = 4;
  const std::uint64_t rounds = kit.Scaled(1000, 200);
  std::vector<std::atomic<int>> winners(rounds);
  std::vector<std::atomic<std::size_t>> winner(rounds);
  std::atomic<std::uint64_t> arrived = 0;
  std::atomic<bool> broken = false;
  kit.Parallel(kThreads, [&](std::size_t thread) {
    for (std::uint64_t round = 0; round < rounds && !broken.load(); ++round) {
      arrived.fetch_add(1);
      while (arrived.load() < (round + 1) * kThreads && !broken.load()) std::this_thread::yield();
      const Result<Receipt> put = store.Put(PlainKey('R', round + 1), std::to_string(thread),
                                            {.condition = Condition::IfAbsent()});
      if (put.has_value()) {
        winners[round].fetch_add(1);
        winner[round].store(thread);
      } else if (put.error().code() != Code::kPreconditionFailed) {
        broken.store(true);
        kit.ExpectCode(put, Code::kPreconditionFailed, "Put if absent of a thread that lost");
      }
    }
  });
  kit.EndIfFailed();
  for (std::uint64_t round = 0; round < rounds; ++round) {
    kit.Expect(winners[round].load() == 1, "Put if absent by four threads: exactly one wins", "1",
               Describe(winners[round].load()));
    kit.ExpectValue(store.Get(PlainKey('R', round + 1)), std::to_string(winner[round].load()),
                    "the value is the winner's");
    kit.CountCase();
  }
}

void Versions(Context& kit) {
  TracedStore store = kit.Open();
  const PutOptions asking{.write = {.want_version = true}};
  const Receipt receipt = kit.Must(store.Put("/A", "1", asking), "Put that wants the version");
  const Version first = VersionOf(kit, store, "/A");
  if (kit.Expect(receipt.version.has_value(), "the receipt of Put tells the version", "a version",
                 "none")) {
    kit.Expect(*receipt.version == first, "the receipt's version is the record's", "the same",
               "another");
  }
  kit.Expect(VersionOf(kit, store, "/A") == first, "the version of an untouched record", "the same",
             "another");
  kit.MustOk(store.Put("/B", "2"), "Put of another key");
  kit.Expect(VersionOf(kit, store, "/A") == first,
             "the version of a record after a write to another key", "the same", "another");
  EntryInfo info;
  kit.ExpectValue(store.Get("/A", {.info = &info}), "1", "Get with info");
  kit.Expect(info.version == first, "Get fills in the version", "the version of Stat",
             info.version.has_value() ? "another" : "none");
  kit.MustOk(store.Put("/A", "2"), "Put of another value");
  const Version second = VersionOf(kit, store, "/A");
  kit.Expect(second != first, "the version after Put of another value", "another", "the same");

  TracedCursor cursor = kit.Must(store.Scan({}, {.wanted = Wanted::kVersion}), "Scan of versions");
  for (const Entry& entry : kit.Must(Drain(cursor), "Scan of versions")) {
    kit.Expect(entry.info.version == VersionOf(kit, store, entry.key),
               "Scan tells the version of Stat", "the same",
               entry.info.version.has_value() ? "another" : "none");
  }
}

void MonotoneVersions(Context& kit) {
  TracedStore store = kit.Open();
  std::set<Version> seen;
  const auto fresh = [&](std::string_view what) {
    kit.Expect(seen.insert(VersionOf(kit, store, "/A")).second, what, "a version never seen",
               "one that was there before");
  };
  for (int round = 0; round < 20; ++round) {
    kit.MustOk(store.Put("/A", "1"), "Put");
    fresh("the version after Put of a value that was there before");
    kit.MustOk(store.Put("/A", "1"), "Put of the same value");
    fresh("the version after Put of the same value");
    kit.MustOk(store.Put("/A", "2"), "Put of another value");
    fresh("the version after Put of another value");
    kit.MustOk(store.Delete("/A"), "Delete");
  }
}

void VersionConditions(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "1"), "Put");
  const Version first = VersionOf(kit, store, "/A");
  const PutOptions if_first{.condition = Condition::IfVersion(first)};
  kit.ExpectOk(store.Put("/A", "2", if_first), "Put if the version is the present one");
  kit.ExpectValue(store.Get("/A"), "2", "Get after Put with the right version");
  kit.ExpectCode(store.Put("/A", "3", if_first), Code::kPreconditionFailed,
                 "Put if the version is an old one");
  kit.ExpectValue(store.Get("/A"), "2", "Get after Put with an old version");
  kit.ExpectCode(store.Delete("/A", {.condition = Condition::IfVersion(first)}),
                 Code::kPreconditionFailed, "Delete if the version is an old one");
  kit.ExpectCode(store.Put("/B", "1", if_first), Code::kPreconditionFailed,
                 "Put with a version, of a missing key");
  kit.ExpectCode(store.Get("/B"), Code::kNotFound, "Get after a refused Put");
  const Version present = VersionOf(kit, store, "/A");
  kit.ExpectOk(store.Delete("/A", {.condition = Condition::IfVersion(present)}),
               "Delete if the version is the present one");
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after Delete with the right version");
}

}  // namespace anystore::conformance

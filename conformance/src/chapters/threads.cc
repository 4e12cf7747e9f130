// Many threads on one store.
#include <atomic>
#include <thread>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::size_t kThreads = 4;

// A value that shows when two writes are mixed up: one letter, repeated.
std::string Uniform(char letter) { return std::string(200, letter); }

bool IsUniform(std::string_view value) {
  return value.size() == 200 && value.find_first_not_of(value.front()) == std::string_view::npos;
}

// What one thread does with keys of its own, held against its own model, and with shared ones.
class Worker {
 public:
  Worker(Context& kit, TracedStore& store, std::size_t thread, std::uint64_t seed)
      : kit_(kit), store_(store), letter_(static_cast<char>('A' + thread)), random_(seed) {}

  void Step() {
    const std::string key = PlainKey(letter_, random_.Below(60) + 1);
    const std::string shared = PlainKey('S', random_.Below(5) + 1);
    switch (random_.Below(8)) {
      case 0:
      case 1:
      case 2:
        model_[key] = std::to_string(random_.Next());
        kit_.MustOk(store_.Put(key, model_[key]), "Put beside other threads");
        break;
      case 3:
        model_.erase(key);
        kit_.MustOk(store_.Delete(key), "Delete beside other threads");
        break;
      case 4:
        Check(key);
        break;
      case 5:
        kit_.MustOk(store_.Put(shared, Uniform(letter_)), "Put of a shared key");
        break;
      case 6:
        CheckShared(shared);
        break;
      default:
        Commit();
    }
  }

  void Check(const std::string& key) {
    const auto record = model_.find(key);
    if (record != model_.end()) {
      kit_.ExpectValue(store_.Get(key), record->second, "Get beside other threads");
    } else {
      kit_.ExpectCode(store_.Get(key), Code::kNotFound, "Get beside other threads");
    }
  }

  void CheckAll() {
    for (std::uint64_t i = 1; i <= 60; ++i) Check(PlainKey(letter_, i));
  }

  // Nobody else writes in this range, so any isolation but none shows it as it is.
  void CheckListing() {
    if (kit_.can().scan_isolation == ScanIsolation::kNone) return;
    const std::string from = {'/', letter_};
    Result<TracedResults> results = store_.Query({.range = KeyRange::StartingWith(from)});
    kit_.MustOk(results, "Query beside other threads");
    kit_.ExpectSameEntries(results->Rest(), EntriesOf(model_),
                           "a listing of keys that only this thread writes");
  }

 private:
  void CheckShared(std::string_view key) {
    const Result<Value> value = store_.Get(key);
    if (!value.has_value()) {
      kit_.ExpectCode(value, Code::kNotFound, "Get of a shared key");
      return;
    }
    kit_.Expect(IsUniform(value->bytes()), "Get of a key that several threads put",
                "the value of one of the puts", Quoted(value->bytes(), 60));
  }

  void Commit() {
    TracedBatch batch = kit_.Must(store_.NewBatch(), "NewBatch");
    for (int i = 0; i < 5; ++i) {
      const std::string key = PlainKey(letter_, random_.Below(60) + 1);
      model_[key] = "batch " + std::to_string(random_.Next());
      kit_.MustOk(batch.Put(key, model_[key]), "batch Put");
    }
    kit_.MustOk(batch.Commit(), "Commit beside other threads");
  }

  Context& kit_;
  TracedStore& store_;
  const char letter_;
  SeededRandom random_;
  Model model_ = {};
};

}  // namespace

void Threads(Context& kit) {
  TracedStore store = kit.Open();
  const std::uint64_t steps = kit.Scaled(10'000, 1500);
  const std::uint64_t seed = kit.random().Next();
  kit.Parallel(kThreads, [&](std::size_t thread) {
    Worker worker(kit, store, thread, seed + thread);
    for (std::uint64_t i = 0; i < steps; ++i) {
      worker.Step();
      if (i % 100 == 0) worker.CheckListing();
    }
    worker.CheckAll();
    worker.CheckListing();
  });
}

// A read sees the last write that had returned when it began, whichever thread wrote.
void ReadsSeeWrites(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", "0"), "Put");
  std::atomic<std::uint64_t> written = 0;
  std::atomic<std::uint64_t> reads = 0;
  kit.BesideReaders(
      kit.Scaled(20'000, 2000),
      [&](std::uint64_t round) {
        kit.MustOk(store.Put("/A", std::to_string(round + 1)), "Put beside readers");
        written.store(round + 1);
        // Leaves each value standing for a few reads now and then: a store that lags behind only
        // for a moment would otherwise be overtaken by the next write before anybody can tell.
        const std::uint64_t enough = reads.load() + 4;
        for (int i = 0; i < 200 && round % 8 == 0 && reads.load() < enough; ++i) {
          std::this_thread::yield();
        }
      },
      [&](std::size_t) {
        const std::uint64_t least = written.load();
        const Value value = kit.Must(store.Get("/A"), "Get beside a writer");
        const std::uint64_t seen = std::stoull(std::string(value.bytes()));
        reads.fetch_add(1);
        if (seen >= least) return;
        kit.Expect(false, "a read sees the last completed write", Describe(least) + " or later",
                   Describe(seen));
        throw Context::Ended{};
      });
}

}  // namespace anystore::conformance

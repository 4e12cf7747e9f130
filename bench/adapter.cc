// What anystore adds to an engine: the rocksdb backend through `Store` against direct calls into
// the same open database, and a store whose backend does nothing.
#include <rocksdb/db.h>
#include <rocksdb/version.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/store.h"
#include "backends/rocksdb/database.h"
#include "backends/rocksdb/engine_options.h"
#include "constant_store.h"
#include "core/health.h"
#include "harness.h"

namespace anystore {
namespace {

constexpr std::size_t kValueBytes = 100;
constexpr std::uint64_t kOperationsInSlice = 100;
constexpr std::size_t kEntriesInScan = 1000;
constexpr std::size_t kEntriesInBatch = 64;

template <class T>
T OrDie(Result<T> result) {
  if (result.has_value()) return *std::move(result);
  std::fprintf(stderr, "adapter: %s\n", result.error().ToString().c_str());
  std::exit(2);
}

void OrDie(const ::rocksdb::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "adapter: %s\n", status.ToString().c_str());
  std::exit(2);
}

std::string KeyOf(std::uint64_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "key%013llu", static_cast<unsigned long long>(number));
  return text.data();
}

std::string PeerName() {
  return "RocksDB " + std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." +
         std::to_string(ROCKSDB_PATCH) +
         (ANYSTORE_ROCKSDB_HAS_ASSERTIONS ? " with assertions" : " without assertions");
}

/// One database, reached both ways.
struct Subject {
  Subject(const std::filesystem::path& path, std::uint64_t count) {
    const Config config{.scheme = "rocksdb", .path = path.string()};
    const CheckedConfig checked = OrDie(CheckedConfig::Make(config, &rocksdb::Spec()));
    auto health = std::make_shared<internal::Health>();
    ::rocksdb::Options options = rocksdb::EngineOptions(checked, Environment::Host(), health);
    options.create_if_missing = true;
    std::filesystem::create_directory(path);
    std::unique_ptr<rocksdb::Database> database =
        OrDie(rocksdb::Database::Open(options, path, /*sync=*/false, std::move(health)));
    direct = &database->engine();
    store.emplace(std::move(database), "rocksdb:bench");
    for (std::uint64_t i = 0; i < count; ++i) keys.push_back(KeyOf(i));
    const std::string value(kValueBytes, 'v');
    for (const std::string& key : keys) OrDie(direct->Put({}, key, value));
  }
  ~Subject() { static_cast<void>(OrDie(CloseToResult())); }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// From memtables into tables.
  void Compact() { OrDie(direct->CompactRange({}, nullptr, nullptr)); }

  std::vector<std::string> keys;
  std::optional<Store> store;
  ::rocksdb::DB* direct = nullptr;

 private:
  Result<bool> CloseToResult() {
    if (Status closed = store->Close(); !closed.has_value()) return std::move(closed).error();
    return true;
  }
};

/// Walks through keys in an order that is the same for both sides: each has its own.
class Walk {
 public:
  explicit Walk(const std::vector<std::string>& keys) : keys_(keys) {}
  const std::string& Next() { return keys_[order_.Below(keys_.size())]; }

 private:
  const std::vector<std::string>& keys_;
  bench::Shuffle order_{42};
};

void GetThroughStore(const Store& store, Walk& walk, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Result<Value> value = store.Get(walk.Next());
    if (!value.has_value() || value->size() != kValueBytes) std::abort();
    bench::Keep(value->bytes().data());
  }
}

void GetDirectly(::rocksdb::DB& db, Walk& walk, std::uint64_t count) {
  const ::rocksdb::ReadOptions options;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string value;
    if (!db.Get(options, walk.Next(), &value).ok() || value.size() != kValueBytes) std::abort();
    bench::Keep(value.data());
  }
}

void PutThroughStore(Store& store, Walk& walk, std::string_view value, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!store.Put(walk.Next(), value).has_value()) std::abort();
  }
}

void PutDirectly(::rocksdb::DB& db, Walk& walk, std::string_view value, std::uint64_t count) {
  const ::rocksdb::WriteOptions options;
  const ::rocksdb::Slice slice(value.data(), value.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!db.Put(options, walk.Next(), slice).ok()) std::abort();
  }
}

/// What one scan walks through.
KeyRange RangeOf(const Subject& subject) {
  const std::size_t last = std::min(kEntriesInScan, subject.keys.size() - 1);
  return KeyRange::Between(subject.keys.front(), subject.keys[last]);
}

std::uint64_t ScanThroughStore(const Store& store, const KeyRange& range) {
  const std::unique_ptr<Cursor> cursor = OrDie(store.Scan(range));
  std::array<EntryView, kEntriesInBatch> batch;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (;;) {
    const Result<std::size_t> got = cursor->Next(batch);
    if (!got.has_value()) std::abort();
    if (*got == 0) break;
    for (const EntryView& entry : std::span(batch).first(*got)) {
      bytes += entry.key.size() + entry.value.size();
      bench::Keep(entry.value.data());
    }
    count += *got;
  }
  bench::Keep(bytes);
  return count;
}

std::uint64_t QueryThroughStore(const Store& store, const KeyRange& range) {
  Results results = OrDie(store.Query({.range = range}));
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (const EntryView& entry : results) {
    bytes += entry.key.size() + entry.value.size();
    bench::Keep(entry.value.data());
    ++count;
  }
  if (!results.status().has_value()) std::abort();
  bench::Keep(bytes);
  return count;
}

std::uint64_t ScanDirectly(::rocksdb::DB& db, const KeyRange& range) {
  const ::rocksdb::Slice end(*range.to());
  ::rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<::rocksdb::Iterator> iterator(db.NewIterator(options));
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (iterator->Seek(range.from()); iterator->Valid(); iterator->Next()) {
    const ::rocksdb::Slice key = iterator->key();
    const ::rocksdb::Slice value = iterator->value();
    bytes += key.size() + value.size();
    bench::Keep(value.data());
    ++count;
  }
  if (!iterator->status().ok()) std::abort();
  bench::Keep(bytes);
  return count;
}

void MeasureTimes(bench::Bench& bench, Subject& subject) {
  ::rocksdb::DB& db = *subject.direct;
  Store& store = *subject.store;
  Walk our_walk(subject.keys);
  Walk their_walk(subject.keys);
  const std::string value(kValueBytes, 'w');
  const auto row = [](std::string name, std::optional<double> bound, std::string note) {
    return bench::Row{.name = std::move(name),
                      .peer_name = PeerName(),
                      .bound = bound,
                      .note = std::move(note),
                      .clock = bench::RowClock::kThread,
                      .slices_factor = 10};
  };
  const KeyRange range = RangeOf(subject);
  const auto slice = [](auto work) -> bench::Slice {
    return [work] {
      work(kOperationsInSlice);
      return kOperationsInSlice;
    };
  };
  bench.Compare(row("get", 60, "value: ns more; both sides return bytes of their own"),
                slice([&](auto n) { GetThroughStore(store, our_walk, n); }),
                slice([&](auto n) { GetDirectly(db, their_walk, n); }));
  bench.Compare(
      row("scan entry", 8, "value: ns more; cursor, 64 entries a call"),
      [&] { return ScanThroughStore(store, range); }, [&] { return ScanDirectly(db, range); });
  bench.Compare(
      row("query entry", {}, "results, one entry at a time"),
      [&] { return QueryThroughStore(store, range); }, [&] { return ScanDirectly(db, range); });
  bench.Compare(row("put", 60, "value: ns more"),
                slice([&](auto n) { PutThroughStore(store, our_walk, value, n); }),
                slice([&](auto n) { PutDirectly(db, their_walk, value, n); }));
}

std::optional<double> Difference(std::optional<double> a, std::optional<double> b) {
  return a.has_value() && b.has_value() ? std::optional<double>(*a - *b) : std::nullopt;
}

void MeasureCounts(bench::Bench& bench, Subject& subject, const std::string& where) {
  ::rocksdb::DB& db = *subject.direct;
  const Store& store = *subject.store;
  const auto ours = [&](std::uint64_t n) {
    Walk walk(subject.keys);
    GetThroughStore(store, walk, n);
  };
  const auto theirs = [&](std::uint64_t n) {
    Walk walk(subject.keys);
    GetDirectly(db, walk, n);
  };
  // Every block into the cache, which would otherwise count for whoever comes first.
  bench::Keep(ScanDirectly(db, KeyRange::Between("", "z")));
  const std::string note =
      "more than " + PeerName() + " into a fresh std::string: a value usable after return, as ours";
  bench.Record(
      {.name = "get instructions, " + where, .unit = "instructions", .bound = 150, .note = note},
      Difference(bench.Instructions("ours " + where, ours),
                 bench.Instructions("theirs " + where, theirs)));
  bench.Record(
      {.name = "get allocations, " + where, .unit = "allocations", .bound = 0, .note = note},
      Difference(bench.AllocationsOf(ours), bench.AllocationsOf(theirs)));
}

void MeasureConstant(bench::Bench& bench) {
  const Store store(std::make_unique<bench::ConstantStore>(), "constant:");
  const std::string key = KeyOf(1);
  const auto get = [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      const Result<Value> value = store.Get(key);
      bench::Keep(value->bytes().data());
    }
  };
  const std::string note = "Store::Get over a backend that returns one pinned value";
  bench.Record(
      {.name = "constant get instructions", .unit = "instructions", .bound = 100, .note = note},
      bench.Instructions("constant", get));
  bench.Record(
      {.name = "constant get allocations", .unit = "allocations", .bound = 0, .note = note},
      bench.AllocationsOf(get));
}

int Run(int argc, char** argv) {
  bench::Bench bench("adapter", argc, argv);
  const bench::ScratchDirectory scratch("adapter", bench::ScratchDirectory::InMemory::kYes);
  {
    // Small enough for caches, so that what is measured is code and not memory.
    Subject subject(scratch.path() / "memtable", bench.Scaled(10'000, 500));
    MeasureCounts(bench, subject, "memtable");
  }
  {
    Subject subject(scratch.path() / "table", bench.Scaled(10'000, 500));
    subject.Compact();
    MeasureCounts(bench, subject, "table");
    MeasureTimes(bench, subject);
  }
  MeasureConstant(bench);
  return bench.Finish();
}

}  // namespace
}  // namespace anystore

int main(int argc, char** argv) { return anystore::Run(argc, argv); }

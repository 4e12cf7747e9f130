// What each layer adds to a Get: instructions and allocations over a store that does nothing; and
// what a hit of the cache takes.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/layer.h"
#include "anystore/store.h"
#include "constant_store.h"
#include "harness.h"

namespace anystore {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

/// A layer to measure, and what it may cost.
struct Subject {
  std::string layer = {};
  double instructions_max = 20;
  Fields fields = {};
  /// What is said of each child; one child for each.
  std::vector<Fields> children = {{}};
  /// What is got.
  std::string key = "key0000000000001";
  /// Told in the row.
  std::string note = {};
};

std::vector<Fields> Mounted(std::initializer_list<std::string_view> points) {
  std::vector<Fields> mounts;
  for (const std::string_view point : points)
    mounts.push_back({{"mountpoint", std::string(point)}});
  return mounts;
}

/// The layers that pass everything through, or change no more than the key.
std::vector<Subject> Subjects() {
  return {{.layer = "fault", .note = "with no fault to make"},
          {.layer = "log",
           .instructions_max = 120,
           .fields = {{"errors_only", "true"}},
           .note = "of failures only; reads the clock"},
          {.layer = "metrics", .note = "times every 1,024th"},
          {.layer = "autobatch", .note = "nothing gathered"},
          {.layer = "mount",
           .instructions_max = 120,
           .children = Mounted({"/", "/blocks", "/keys", "/local", "/pins", "/pkg", "/a", "/a/b"}),
           .key = "/a/key0000000000001",
           .note = "the seventh of 8 by length"},
          {.layer = "namespace", .instructions_max = 80, .fields = {{"prefix", "/users"}}},
          {.layer = "sharded",
           .instructions_max = 200,
           .children = std::vector<Fields>(4),
           .note = "4 shards"},
          {.layer = "read-only"},
          {.layer = "retry"},
          {.layer = "timeout", .instructions_max = 120, .note = "reads the clock"}};
}

template <class T>
T OrDie(Result<T> result) {
  if (result.has_value()) return *std::move(result);
  std::fprintf(stderr, "layers: %s\n", result.error().ToString().c_str());
  std::exit(2);
}

CheckedConfig Checked(const std::string& scheme, const Fields& fields, const ConfigSpec& spec) {
  return OrDie(CheckedConfig::Make({.scheme = scheme, .fields = fields}, &spec));
}

std::unique_ptr<Datastore> Wrapped(const Subject& subject) {
  const LayerType* const type = Registry::Global().FindLayer(subject.layer);
  if (type == nullptr) OrDie(Result<int>(Error(Code::kNotFound, "layer " + subject.layer)));
  const ConfigSpec& spec = type->config_spec();
  const ConfigSpec child_spec{.fields = spec.child_fields};
  std::vector<LayerChild> children;
  for (const Fields& fields : subject.children) {
    children.push_back({.fields = Checked(subject.layer, fields, child_spec),
                        .name = "constant:",
                        .store = std::make_unique<bench::ConstantStore>()});
  }
  return OrDie(
      type->Wrap(Checked(subject.layer, subject.fields, spec), children, Environment::Host()));
}

void GetMany(const Store& store, std::string_view key, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Result<Value> value = store.Get(key);
    if (!value.has_value()) std::abort();
    bench::Keep(value->bytes().data());
  }
}

std::optional<double> Difference(std::optional<double> a, std::optional<double> b) {
  return a.has_value() && b.has_value() ? std::optional<double>(*a - *b) : std::nullopt;
}

void MeasurePassThrough(bench::Bench& bench, const Subject& subject) {
  const Store bare(std::make_unique<bench::ConstantStore>(), "constant:");
  const Store layered(Wrapped(subject), "layered:");
  const auto through = [&](const Store& store) {
    return [&](std::uint64_t count) { GetMany(store, subject.key, count); };
  };
  const std::optional<double> ours = bench.Instructions(subject.layer, through(layered));
  const std::optional<double> theirs = bench.Instructions("below " + subject.layer, through(bare));
  bench.Record({.name = subject.layer + " instructions",
                .unit = "instructions",
                .bound = subject.instructions_max,
                .note = "more than without it" + (subject.note.empty() ? "" : "; " + subject.note)},
               Difference(ours, theirs));
  bench.Record({.name = subject.layer + " allocations", .unit = "allocations", .bound = 0.0},
               bench.AllocationsOf(through(layered)));
}

/// Hits of a cache that holds all of some keys, as the layer's own, without what `Store` adds.
class Hits {
 public:
  explicit Hits(std::uint64_t count) : cache_(Wrapped({.layer = "cache"})) {
    const std::string value(100, 'v');
    for (std::uint64_t i = 0; i < count; ++i) {
      std::array<char, 24> text;
      std::snprintf(text.data(), text.size(), "key%013llu", static_cast<unsigned long long>(i));
      keys_.emplace_back(text.data());
      const Mutation put{.key = keys_.back(), .value = value};
      static_cast<void>(OrDie(cache_->Apply({&put, 1}, {})));
    }
  }
  Hits(const Hits&) = delete;
  Hits& operator=(const Hits&) = delete;
  ~Hits() { static_cast<void>(cache_->Close()); }

  /// Gets keys in a random order that `seed` gives.
  std::uint64_t Get(std::uint64_t seed, std::uint64_t count) const {
    bench::Shuffle order(seed);
    const ReadOptions options;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Result<Value> value = cache_->Get(keys_[order.Below(keys_.size())], options);
      // What the store below has is shorter.
      if (!value.has_value() || value->size() != 100) std::abort();
      bench::Keep(value->bytes().data());
    }
    return count;
  }
  /// Does everything but that.
  std::uint64_t Walk(std::uint64_t seed, std::uint64_t count) const {
    bench::Shuffle order(seed);
    for (std::uint64_t i = 0; i < count; ++i) {
      bench::Keep(keys_[order.Below(keys_.size())].data());
    }
    return count;
  }

 private:
  const std::unique_ptr<Datastore> cache_;
  std::vector<std::string> keys_;
};

void MeasureCache(bench::Bench& bench) {
  const Hits hits(bench.Scaled(10'000, 10'000));
  const std::uint64_t slice = bench.Scaled(50'000, 2'000);
  const auto get = [&](std::uint64_t count) { hits.Get(1, count); };
  const auto walk = [&](std::uint64_t count) { hits.Walk(1, count); };
  const std::optional<double> ours = bench.Instructions("cache hit", get);
  const std::optional<double> theirs = bench.Instructions("no cache hit", walk);
  bench.Record({.name = "cache hit instructions",
                .unit = "instructions",
                .bound = 150,
                .note = "10,000 entries of 16 and 100 bytes"},
               Difference(ours, theirs));
  bench.Record({.name = "cache hit allocations", .unit = "allocations", .bound = 0.0},
               bench.AllocationsOf(get));
  bench.Compare(
      {.name = "cache hit",
       .peer_name = "only choosing the keys",
       .bound = 300,
       .note = "value: ns a hit",
       .clock = bench::RowClock::kThread},
      [&] { return hits.Get(1, slice); }, [&] { return hits.Walk(1, slice); });
  bench.Compare(
      {.name = "cache hit 2 threads cpu growth",
       .peer_name = "the same cache, one thread",
       .note = "CPU a hit with two threads at once against one alone"},
      [&] {
        const std::jthread other([&] { hits.Get(2, slice / 2); });
        return hits.Get(3, slice / 2) + slice / 2;
      },
      [&] { return hits.Get(4, slice); });
}

int Run(int argc, char** argv) {
  bench::Bench bench("layers", argc, argv);
  for (const Subject& subject : Subjects()) MeasurePassThrough(bench, subject);
  MeasureCache(bench);
  return bench.Finish();
}

}  // namespace
}  // namespace anystore

int main(int argc, char** argv) { return anystore::Run(argc, argv); }

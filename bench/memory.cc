/// The memory store against `absl::btree_map<std::string, std::string>` behind a shared mutex:
/// 1 M random keys of 16 bytes with values of 100, every value read in full after its Get returned.
#include <absl/container/btree_map.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "anystore/store.h"
#include "backends/memory/memory.h"
#include "harness.h"

namespace {

using anystore::bench::Bench;
using anystore::bench::Shuffle;

constexpr std::size_t kValueBytes = 100;
/// How many keys one GetMany asks for.
constexpr std::size_t kTogether = 64;

/// The key with this number: 16 hexadecimal digits in an order that has nothing to do with it.
class KeyText {
 public:
  explicit KeyText(std::uint64_t number) {
    std::uint64_t bits = Shuffle(number).Next();
    for (char& c : text_) {
      c = "0123456789abcdef"[bits & 15U];
      bits >>= 4U;
    }
  }
  operator std::string_view() const { return {text_.data(), text_.size()}; }  // NOLINT

 private:
  std::array<char, 16> text_;
};

/// Reads every byte, as whoever asked for a value does.
std::uint64_t Sum(std::string_view bytes) {
  std::uint64_t sum = 0;
  for (; bytes.size() >= sizeof(sum); bytes.remove_prefix(sizeof(sum))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    sum += word;
  }
  return sum;
}

/// The store under test, through the handle that programs hold.
class Ours {
 public:
  void Put(std::string_view key, std::string_view value) {
    if (!store_.Put(key, value).has_value()) std::abort();
  }
  std::uint64_t Get(std::string_view key) {
    const auto value = store_.Get(key);
    if (!value.has_value()) std::abort();
    return Sum(value->bytes());
  }
  void GetMany(std::span<const std::string_view> keys) {
    if (!store_.GetMany(keys, std::span(values_).first(keys.size())).has_value()) std::abort();
    for (const auto& value : std::span(values_).first(keys.size())) {
      anystore::bench::Keep(Sum(value->bytes()));
    }
  }
  std::uint64_t ScanAll() {
    auto cursor = store_.Scan({});
    std::array<anystore::EntryView, 64> entries;
    std::uint64_t count = 0;
    for (;;) {
      const std::size_t got = *(*cursor)->Next(entries);
      if (got == 0) return count;
      count += got;
      for (std::size_t i = 0; i < got; ++i) anystore::bench::Keep(Sum(entries[i].value));
    }
  }
  anystore::Store& store() { return store_; }

 private:
  anystore::Store store_{anystore::memory::NewMemoryStore(anystore::Environment::Host())};
  std::array<anystore::Result<anystore::Value>, kTogether> values_;
};

/// What a program would write itself.
class Peer {
 public:
  void Put(std::string_view key, std::string_view value) {
    const std::unique_lock lock(mutex_);
    if (const auto at = map_.find(Lookup(key)); at != map_.end()) {
      at->second = value;
    } else {
      map_.emplace(key, value);
    }
  }
  void GetMany(std::span<const std::string_view> keys) {
    for (const std::string_view key : keys) anystore::bench::Keep(Get(key));
  }
  std::uint64_t Get(std::string_view key) {
    std::string value;
    {
      const std::shared_lock lock(mutex_);
      const auto at = map_.find(Lookup(key));
      if (at == map_.end()) std::abort();
      value = at->second;
    }
    return Sum(value);
  }
  std::uint64_t ScanAll() {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, value] : map_) anystore::bench::Keep(Sum(value));
    return map_.size();
  }

 private:
  // A lookup without a copy of the key; this Abseil may have a string_view of its own.
  static absl::string_view Lookup(std::string_view key) { return {key.data(), key.size()}; }

  std::shared_mutex mutex_;
  absl::btree_map<std::string, std::string> map_;
};

/// The same slices of work for either side; each side and thread has its own order.
template <class Side>
class Work {
 public:
  Work(Side& side, std::uint64_t key_count, std::uint64_t seed)
      : side_(side), key_count_(key_count), next_new_(key_count), random_(seed) {}

  /// Gets of random keys, all there.
  std::uint64_t Gets(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      anystore::bench::Keep(side_.Get(KeyText(random_.Below(key_count_))));
    }
    return count;
  }
  /// The same, many keys at a time.
  std::uint64_t GetManys(std::uint64_t count) {
    std::vector<KeyText> texts;
    for (std::uint64_t done = 0; done < count; done += kTogether) {
      texts.clear();
      for (std::size_t i = 0; i < kTogether; ++i) texts.emplace_back(random_.Below(key_count_));
      const std::vector<std::string_view> keys(texts.begin(), texts.end());
      side_.GetMany(keys);
    }
    return (count + kTogether - 1) / kTogether * kTogether;
  }
  /// Puts, of a random key that is there and of one that is new in turn.
  std::uint64_t Puts(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t number = i % 2 == 0 ? random_.Below(key_count_) : next_new_++;
      value_[0] = static_cast<char>(number);
      side_.Put(KeyText(number), {value_.data(), value_.size()});
    }
    return count;
  }
  /// Keeps the keys that two threads add apart.
  void StartNewKeysAt(std::uint64_t number) { next_new_ = number; }

 private:
  Side& side_;
  std::uint64_t key_count_;
  std::uint64_t next_new_;
  Shuffle random_;
  std::array<char, kValueBytes> value_ = {};
};

/// Runs both in threads of their own, started together.
template <class Run>
std::uint64_t InTwoThreads(const Run& run) {
  std::array<std::uint64_t, 2> operations = {};
  {
    const std::jthread other([&] { operations[1] = run(1); });
    operations[0] = run(0);
  }
  return operations[0] + operations[1];
}

template <class Side>
void Fill(Side& side, std::uint64_t key_count) {
  const std::string value(kValueBytes, 'v');
  for (std::uint64_t number = 0; number < key_count; ++number) side.Put(KeyText(number), value);
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench("memory", argc, argv);
  const std::uint64_t key_count = bench.Scaled(1'000'000, 10'000);
  const std::uint64_t gets = bench.Scaled(20'000, 200);
  const std::uint64_t puts = bench.Scaled(4'000, 200);
  constexpr const char* kPeerName = "absl::btree_map, std::shared_mutex";
  // CPU time may grow by no more than 30 percent.
  constexpr double kGrowthGoal = 1 / 1.3;

  Ours ours;
  Peer peer;
  Fill(ours, key_count);
  Fill(peer, key_count);
  std::array ours_work{Work(ours, key_count, 1), Work(ours, key_count, 2)};
  std::array peer_work{Work(peer, key_count, 1), Work(peer, key_count, 2)};
  ours_work[1].StartNewKeysAt(1ULL << 40U);
  peer_work[1].StartNewKeysAt(1ULL << 40U);

  bench.Compare(
      {.name = "get_1_thread",
       .peer_name = kPeerName,
       .goal = 2.0,
       .note = "random keys that are there; the value is read in full"},
      [&] { return ours_work[0].Gets(gets); }, [&] { return peer_work[0].Gets(gets); });
  bench.Compare(
      {.name = "get_2_threads", .peer_name = kPeerName, .note = "as get_1_thread"},
      [&] { return InTwoThreads([&](std::size_t i) { return ours_work[i].Gets(gets / 2); }); },
      [&] { return InTwoThreads([&](std::size_t i) { return peer_work[i].Gets(gets / 2); }); });
  bench.Compare(
      {.name = "get_2_threads_cpu_growth",
       .peer_name = "the same store, one thread",
       .goal = kGrowthGoal,
       .note = "CPU per Get with two threads at once against one alone; 0.77 is a growth of 1.3"},
      [&] { return InTwoThreads([&](std::size_t i) { return ours_work[i].Gets(gets / 2); }); },
      [&] { return ours_work[0].Gets(gets); });
  bench.Compare(
      {.name = "get_many_per_key",
       .peer_name = kPeerName,
       .note = "64 keys a call; the peer takes its lock for each"},
      [&] { return ours_work[0].GetManys(gets); }, [&] { return peer_work[0].GetManys(gets); });
  bench.Compare(
      {.name = "scan_all_per_entry", .peer_name = kPeerName}, [&] { return ours.ScanAll(); },
      [&] { return peer.ScanAll(); });
  bench.Compare(
      {.name = "put_1_thread",
       .peer_name = kPeerName,
       .goal = 1.0,
       .note = "half of them overwrite random keys, half add random new ones"},
      [&] { return ours_work[0].Puts(puts); }, [&] { return peer_work[0].Puts(puts); });
  bench.Compare(
      {.name = "put_2_threads", .peer_name = kPeerName, .note = "as put_1_thread"},
      [&] { return InTwoThreads([&](std::size_t i) { return ours_work[i].Puts(puts / 2); }); },
      [&] { return InTwoThreads([&](std::size_t i) { return peer_work[i].Puts(puts / 2); }); });
  bench.Compare(
      {.name = "put_2_threads_cpu_growth",
       .peer_name = "the same store, one thread",
       .goal = kGrowthGoal,
       .note = "as put_1_thread"},
      [&] { return InTwoThreads([&](std::size_t i) { return ours_work[i].Puts(puts / 2); }); },
      [&] { return ours_work[0].Puts(puts); });
  bench.Record({.name = "get_allocations", .unit = "allocations", .bound = 0.0},
               bench.AllocationsOf([&](std::uint64_t count) { ours_work[0].Gets(count); }));
  return bench.Finish();
}

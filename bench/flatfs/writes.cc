// Batches and single puts that survive a power cut.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "disk_bench.h"
#include "flatfs/counts.h"
#include "flatfs/rows.h"

namespace anystore::bench {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kThreads = 16;
/// What a store must sync of one record: its bytes, and its name.
constexpr double kSyncsOfOne = 2;

using Release = Original::Release;

struct BatchGoals {
  std::optional<double> release_05 = {};
  std::optional<double> release_06 = {};
};

/// One kind of batch, all ways of writing it.
class BatchRows {
 public:
  BatchRows(Bench& bench, Ground& ground, std::size_t count, std::size_t size, Spread spread)
      : bench_(bench),
        ground_(ground),
        count_(count),
        blocks_(size, spread),
        options_{.sync = true, .spread = spread},
        name_("batch of " + SizeText(count, size) + ", " + ground.name() +
              (spread == Spread::kNarrow ? ", 64 directories" : "")) {}

  void Compare(const std::string& peer, std::optional<double> goal, const Slice& write) {
    bench_.Compare(
        {.name = name_ + ": " + peer,
         .peer_name = peer,
         .goal = goal,
         .note = "a record, durable",
         .clock = RowClock::kWall,
         .slices_factor = 0.05,
         .before_slice = [this] { Prepare(); }},
        [this] { return Ours(); }, write);
  }
  void CompareAll(const BatchGoals& goals) {
    Compare("release 0.6", goals.release_06, [this] { return Theirs(Release::k06); });
    Compare("release 0.5", goals.release_05, [this] { return Theirs(Release::k05); });
    Compare("open, write, close", {}, [this] { return Bare(); });
    CountCosts(bench_, ground_,
               {.name = name_,
                .prepare = [this] { Prepare(); },
                .operations = static_cast<double>(count_),
                .sides = {{.name = "ours", .run = [this] { Ours(); }},
                          {.name = "release 0.6", .run = [this] { Theirs(Release::k06); }},
                          {.name = "release 0.5", .run = [this] { Theirs(Release::k05); }}}});
  }

 private:
  void Prepare() {
    ground_.StartFresh(options_);
    blocks_.Draw(count_);
  }
  std::uint64_t Ours() {
    PutBatch(ground_.store(), blocks_.keys(), blocks_.value());
    return count_;
  }
  std::uint64_t Theirs(Release release) {
    ground_.original().PutBatch(release, blocks_.keys(), blocks_.value());
    return count_;
  }
  std::uint64_t Bare() {
    for (const std::string& key : blocks_.keys()) ground_.floor().Write(key, blocks_.value());
    return count_;
  }

  Bench& bench_;
  Ground& ground_;
  std::size_t count_;
  Blocks blocks_;
  GroundOptions options_;
  std::string name_;
};

void PutInto(Store& store, const std::string& key, std::string_view value) {
  static_cast<void>(OrThrow(store.Put(key, value)));
}

/// Calls `put` with every key, by several threads.
template <class Put>
void PutInThreads(std::span<const std::string> keys, const Put& put) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::future<void>> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (std::size_t i = next++; i < keys.size(); i = next++) put(keys[i]);
    }));
  }
  for (std::future<void>& thread : threads) thread.get();
}

/// How often the floor makes the disk flush for a record; none where that is not told.
std::optional<double> FlushesOfFloor(Ground& ground, Blocks& blocks, std::size_t count) {
  if (ground.image() == nullptr) return std::nullopt;
  ground.StartFresh();
  blocks.Draw(count);
  const std::optional<std::uint64_t> before = ground.image()->Flushes();
  for (const std::string& key : blocks.keys()) ground.floor().WriteDurably(key, blocks.value());
  const std::optional<std::uint64_t> after = ground.image()->Flushes();
  if (!before.has_value() || !after.has_value()) return std::nullopt;
  return static_cast<double>(*after - *before) / static_cast<double>(count);
}

void CompareOneByOne(Bench& bench, Ground& ground) {
  constexpr std::size_t kPuts = 4;
  const std::string name = "put 4 KiB, durable, " + ground.name();
  Blocks blocks(kBlock);
  const auto slice = [&](auto put) -> Slice {
    return [&blocks, put] {
      for (const std::string& key : blocks.keys()) put(key);
      return blocks.keys().size();
    };
  };
  const Slice ours =
      slice([&](const std::string& key) { PutInto(ground.store(), key, blocks.value()); });
  const Slice theirs =
      slice([&](const std::string& key) { ground.original().Put(key, blocks.value()); });
  const Slice bare =
      slice([&](const std::string& key) { ground.floor().WriteDurably(key, blocks.value()); });
  const auto compare = [&](const std::string& peer, const Slice& peers) {
    ground.StartFresh();
    bench.Compare({.name = name + ": " + peer,
                   .peer_name = peer,
                   .goal = Target(bench, 0.95),
                   .note = "a put",
                   .clock = RowClock::kWall,
                   .slices_factor = 4,
                   .by_median = true,
                   .before_slice = [&] { blocks.Draw(kPuts); }},
                  ours, peers);
  };
  compare("the original", theirs);
  compare("open, write, fsync, close, rename, fsync", bare);
  constexpr std::size_t kCounted = 100;
  const std::optional<double> floor = FlushesOfFloor(ground, blocks, kCounted);
  // The journal has a life of its own.
  constexpr double kSlack = 1.02;
  CountCosts(
      bench, ground,
      {.name = name,
       .prepare =
           [&] {
             ground.StartFresh();
             blocks.Draw(kCounted);
             // So that whatever it keeps of directories is there.
             for (const std::string& key : blocks.keys()) {
               static_cast<void>(OrThrow(ground.store().Delete(key)));
             }
           },
       .operations = kCounted,
       .sides = {{.name = "ours",
                  .run = ours,
                  .syncs_max = Target(bench, kSyncsOfOne),
                  .flushes_max = floor.has_value() ? Target(bench, *floor * kSlack) : std::nullopt},
                 {.name = "the original", .run = theirs, .calls_max = 13},
                 {.name = "the floor", .run = bare, .calls_max = 6}}});
}

void CompareInThreads(Bench& bench, Ground& ground) {
  const std::size_t count = bench.Scaled(128, 32);
  const std::string name = "put 4 KiB, durable, 16 threads, " + ground.name();
  Blocks blocks(kBlock);
  const Slice ours = [&] {
    PutInThreads(blocks.keys(),
                 [&](const std::string& key) { PutInto(ground.store(), key, blocks.value()); });
    return count;
  };
  const Slice theirs = [&] {
    PutInThreads(blocks.keys(),
                 [&](const std::string& key) { ground.original().Put(key, blocks.value()); });
    return count;
  };
  ground.StartFresh();
  FlushMeter our_flushes(ground.image());
  FlushMeter their_flushes(ground.image());
  bench.Compare({.name = name,
                 .peer_name = "the original",
                 .goal = Target(bench, 1.3),
                 .note = "a put",
                 .clock = RowClock::kWall,
                 .slices_factor = 0.5,
                 .by_median = true,
                 .before_slice = [&] { blocks.Draw(count); }},
                our_flushes.Around(ours), their_flushes.Around(theirs));
  const auto record = [&](const std::string& side, const FlushMeter& meter,
                          std::optional<double> bound) {
    if (!meter.per_operation().has_value()) return;
    bench.Record({.name = name + ", flushes: " + side,
                  .unit = "flushes",
                  .bound = bound,
                  .note = "requests to the disk, in all of the rounds"},
                 meter.per_operation());
  };
  record("ours", our_flushes, Target(bench, 0.5));
  record("the original", their_flushes, {});
  CountCosts(bench, ground,
             {.name = name,
              .flushes = false,
              .prepare =
                  [&] {
                    ground.StartFresh();
                    blocks.Draw(count);
                  },
              .operations = static_cast<double>(count),
              .sides = {{.name = "ours", .run = ours}, {.name = "the original", .run = theirs}}});
}

}  // namespace

void CompareDurableBatches(Bench& bench, Ground& ground) {
  const std::size_t many = bench.Scaled(1000, 50);
  const BatchGoals small{.release_05 = Target(bench, 20), .release_06 = Target(bench, 4)};
  BatchRows(bench, ground, many, kBlock, Spread::kWide).CompareAll(small);
  if (bench.quick()) return;
  BatchRows(bench, ground, many, kBlock, Spread::kNarrow).CompareAll(small);
  BatchRows(bench, ground, many, 64 * kBlock, Spread::kWide)
      .CompareAll({.release_06 = Target(bench, 1.3)});
}

void CompareDurablePuts(Bench& bench, Ground& ground) {
  CompareOneByOne(bench, ground);
  CompareInThreads(bench, ground);
}

}  // namespace anystore::bench

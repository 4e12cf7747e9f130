// Single calls in memory, and listings.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "anystore/results.h"
#include "disk_bench.h"
#include "flatfs/counts.h"
#include "flatfs/rows.h"

namespace anystore::bench {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr GroundOptions kUnsynced{.sync = false};

/// Rows of one kind of call, each made with many keys.
class CallRows {
 public:
  using Call = std::function<void(const std::string& key)>;
  struct Sides {
    Call ours = {};
    Call theirs = {};
    Call floor = {};
  };
  struct Goals {
    std::optional<double> ratio = {};
    std::optional<double> our_calls = {};
    double their_calls = 0;
    double slices_factor = 1;
  };

  CallRows(Bench& bench, Ground& ground, std::string name, Sides sides)
      : bench_(bench), ground_(ground), name_(std::move(name)), sides_(std::move(sides)) {}

  /// Before each slice, `draw` gives the keys.
  void Run(const Goals& goals, std::function<std::span<const std::string>()> draw) {
    draw_ = std::move(draw);
    slices_factor_ = goals.slices_factor;
    Compare("the original", goals.ratio, sides_.theirs);
    if (sides_.floor) Compare("the floor", {}, sides_.floor);
    Counting counting{
        .name = name_,
        .prepare =
            [this] {
              ground_.Open();
              // So that whatever it keeps of directories is there.
              for (const std::string& key : KeyForEachDirectory(Spread::kWide)) sides_.ours(key);
              keys_ = draw_();
            },
        .operations = static_cast<double>(draw_().size()),
        .sides = {
            {.name = "ours", .run = [this] { Each(sides_.ours); }, .calls_max = goals.our_calls},
            {.name = "the original",
             .run = [this] { Each(sides_.theirs); },
             .calls_max = goals.their_calls}}};
    CountCosts(bench_, ground_, counting);
    ground_.Open();
  }

 private:
  void Compare(const std::string& peer, std::optional<double> goal, const Call& call) {
    bench_.Compare(
        {.name = name_ + ": " + peer,
         .peer_name = peer,
         .goal = goal,
         .note = "a call",
         .before_slice = [this] { keys_ = draw_(); }},
        [this] { return Each(sides_.ours); }, [&] { return Each(call); });
  }
  std::uint64_t Each(const Call& call) {
    for (const std::string& key : keys_) call(key);
    return keys_.size();
  }

  Bench& bench_;
  Ground& ground_;
  std::string name_;
  Sides sides_;
  double slices_factor_ = 1;
  std::function<std::span<const std::string>()> draw_ = {};
  std::span<const std::string> keys_ = {};
};

/// Removes what either side has of it.
void Remove(Ground& ground, std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    static_cast<void>(OrThrow(ground.store().Delete(key)));
    if (ground.original().Has(key)) ground.original().Delete(key);
    ground.floor().Remove(key);
  }
}

/// Goes on to keys that neither side has, not even from a child that counted, and forgets the
/// others.
void DrawAnew(Ground& ground, Blocks& blocks, std::size_t count) {
  Remove(ground, blocks.keys());
  blocks.Draw(count);
  Remove(ground, blocks.keys());
}

void CompareDeletes(Bench& bench, Ground& ground) {
  ground.StartFresh(kUnsynced);
  Blocks blocks(kBlock);
  const std::size_t count = bench.Scaled(500, 50);
  CallRows(
      bench, ground, "delete, " + ground.name(),
      {.ours =
           [&](const std::string& key) { static_cast<void>(OrThrow(ground.store().Delete(key))); },
       .theirs = [&](const std::string& key) { ground.original().Delete(key); },
       .floor = [&](const std::string& key) { ground.floor().Remove(key); }})
      .Run({.our_calls = {}, .their_calls = 2}, [&] {
        DrawAnew(ground, blocks, count);
        for (const std::string& key : blocks.keys()) {
          static_cast<void>(OrThrow(ground.store().Put(key, blocks.value())));
          ground.original().Put(key, blocks.value());
          ground.floor().Write(key, blocks.value());
        }
        return blocks.keys();
      });
}

/// Puts `count` blocks of 4 KiB into both repositories, and returns their keys.
std::vector<std::string> Fill(Ground& ground, std::size_t count) {
  constexpr std::size_t kBatch = 1000;
  Blocks blocks(kBlock);
  std::vector<std::string> keys;
  while (keys.size() < count) {
    blocks.Draw(std::min(kBatch, count - keys.size()));
    PutBatch(ground.store(), blocks.keys(), blocks.value());
    ground.original().PutBatch(Original::Release::k06, blocks.keys(), blocks.value());
    keys.insert(keys.end(), blocks.keys().begin(), blocks.keys().end());
  }
  return keys;
}

void CompareLookups(Bench& bench, Ground& ground) {
  ground.StartFresh(kUnsynced);
  const std::vector<std::string> keys = Fill(ground, bench.Scaled(20'000, 500));
  std::vector<char> room(kBlock + 1);
  const std::string value(kBlock, 'f');
  for (const std::string& key : keys) ground.floor().Write(key, value);
  Shuffle random(keys.size());
  std::vector<std::string> drawn(bench.Scaled(1000, 100));
  const auto draw = [&] {
    for (std::string& key : drawn) key = keys[random.Below(keys.size())];
    return std::span<const std::string>(drawn);
  };
  CallRows(
      bench, ground, "get 4 KiB, random, " + ground.name(),
      {.ours =
           [&](const std::string& key) { Keep(OrThrow(ground.store().Get(key)).bytes().data()); },
       .theirs = [&](const std::string& key) { Keep(ground.original().Get(key)); },
       .floor = [&](const std::string& key) { Keep(ground.floor().Read(key, room)); }})
      .Run({.ratio = Target(bench, 1.3), .our_calls = Target(bench, 4), .their_calls = 6}, draw);
  CallRows(bench, ground, "has, random, " + ground.name(),
           {.ours = [&](const std::string& key) { Keep(OrThrow(ground.store().Has(key))); },
            .theirs = [&](const std::string& key) { Keep(ground.original().Has(key)); }})
      .Run({.ratio = Target(bench, 1.1), .our_calls = Target(bench, 1), .their_calls = 1}, draw);
}

/// How many entries a query yields; the bytes of their values are added to `bytes`.
std::uint64_t QueryAll(Store& store, bool keys_only, std::uint64_t* bytes) {
  Results results = OrThrow(store.Query({.keys_only = keys_only}));
  std::uint64_t count = 0;
  for (; results.Next(); ++count) {
    Keep(results.entry().key.data());
    *bytes += results.entry().value.size();
  }
  OrThrow(results.status());
  return count;
}

std::uint64_t ListBare(const std::filesystem::path& root) {
  std::uint64_t count = 0;
  for (PlainListing directories(root); directories.Next();) {
    if (!directories.is_directory() || directories.name().starts_with('.')) continue;
    count += ListPlainly(root / directories.name());
  }
  return count;
}

void CompareKeys(Bench& bench, Ground& ground) {
  ground.StartFresh(kUnsynced);
  const std::size_t count = bench.Scaled(200'000, 2000) + DirectoryCount(Spread::kWide);
  ground.Close();
  for (std::size_t i = DirectoryCount(Spread::kWide); i < count; ++i) {
    const std::string key = BlockKey(i);
    const Descriptor made(AT_FDCWD, (ground.our_root() / DirectoryOf(key)).native() + key + ".data",
                          O_CREAT | O_WRONLY);
  }
  ground.Open();
  const auto all = [count](std::uint64_t listed) {
    if (listed != count) throw std::runtime_error("a listing left something out");
    return listed;
  };
  const Slice ours = [&] {
    std::uint64_t bytes = 0;
    return all(QueryAll(ground.store(), /*keys_only=*/true, &bytes));
  };
  const Slice bare = [&] { return all(ListBare(ground.our_root())); };
  const std::string name = "list " + std::to_string(count) + " keys, " + ground.name();
  constexpr double kTimesTheCost = 1.3;
  bench.Compare({.name = name,
                 .peer_name = "getdents64",
                 .goal = Target(bench, 1 / kTimesTheCost),
                 .note = "an entry; from memory; at most 1.3 times the cost",
                 .slices_factor = 0.2},
                ours, bare);
  CountCosts(bench, ground,
             {.name = name,
              .prepare = [&] { ground.Open(); },
              .operations = static_cast<double>(count),
              .sides = {{.name = "ours", .run = ours}, {.name = "getdents64", .run = bare}}});
}

/// Reads of many records.
struct ManyReads {
  std::string name = {};
  std::string unit = {};
  std::optional<double> cold_goal = {};
  std::size_t operations = 0;
  Slice ours = {};
  Slice theirs = {};
};

/// Against the original, from a medium that nothing was read from yet, where there is one, and
/// from memory.
void CompareColdAndInMemory(Bench& bench, Ground& ground, const ManyReads& reads) {
  if (ground.image() != nullptr) {
    bench.Compare({.name = reads.name + ", cold, " + ground.name(),
                   .peer_name = "the original",
                   .goal = reads.cold_goal,
                   .note = reads.unit + "; mounted anew",
                   .clock = RowClock::kWall,
                   .slices_factor = 0.05,
                   .before_slice =
                       [&] {
                         ground.ForgetAll();
                         ground.Open();
                       }},
                  reads.ours, reads.theirs);
  }
  ground.Close();
  ground.Open();  // closed, if anything was counted before
  bench.Compare({.name = reads.name + ", in memory, " + ground.name(),
                 .peer_name = "the original",
                 .note = reads.unit,
                 .slices_factor = 0.2},
                reads.ours, reads.theirs);
  CountCosts(bench, ground,
             {.name = reads.name + ", " + ground.name(),
              .prepare = [&] { ground.Open(); },
              .operations = static_cast<double>(reads.operations),
              .sides = {{.name = "ours", .run = reads.ours},
                        {.name = "the original", .run = reads.theirs}}});
}

/// GetMany of a part of the records against the original's one by one.
void CompareManyReads(Bench& bench, Ground& ground, std::span<const std::string> keys) {
  Shuffle random(keys.size());
  std::vector<std::string_view> drawn(bench.Scaled(1000, 100));
  for (std::string_view& key : drawn) key = keys[random.Below(keys.size())];
  const Slice ours = [&] {
    std::vector<Result<Value>> values(drawn.size());
    OrThrow(ground.store().GetMany(drawn, values));
    for (const Result<Value>& value : values) {
      if (!value.has_value() || value->size() != kBlock) throw std::runtime_error("no such value");
    }
    return drawn.size();
  };
  const Slice theirs = [&] {
    for (const std::string_view key : drawn) Keep(ground.original().Get(key));
    return drawn.size();
  };
  CompareColdAndInMemory(bench, ground,
                         {.name = "get many, " + SizeText(drawn.size(), kBlock),
                          .unit = "a key",
                          .operations = drawn.size(),
                          .ours = ours,
                          .theirs = theirs});
}

void CompareValues(Bench& bench, Ground& ground) {
  ground.StartFresh(kUnsynced);
  const std::vector<std::string> keys = Fill(ground, bench.Scaled(20'000, 500));
  const std::size_t count = keys.size();
  const auto all = [count](std::uint64_t bytes) {
    if (bytes != count * kBlock) throw std::runtime_error("a listing left something out");
    return count;
  };
  const Slice ours = [&] {
    std::uint64_t bytes = 0;
    QueryAll(ground.store(), /*keys_only=*/false, &bytes);
    return all(bytes);
  };
  const Slice theirs = [&] { return all(ground.original().QueryValues()); };
  CompareColdAndInMemory(bench, ground,
                         {.name = "list " + SizeText(count, kBlock) + " values",
                          .unit = "an entry",
                          .cold_goal = Target(bench, 1.5),
                          .operations = count,
                          .ours = ours,
                          .theirs = theirs});
  CompareManyReads(bench, ground, keys);
}

}  // namespace

void CompareUnsyncedPuts(Bench& bench, Ground& ground) {
  ground.StartFresh(kUnsynced);
  Blocks blocks(kBlock);
  // What outlives a power cut is marked, which is a call.
  const bool on_disk = ground.image() != nullptr;
  const std::size_t count = bench.Scaled(500, 50);
  CallRows(bench, ground, "put 4 KiB, unsynced, " + ground.name(),
           {.ours =
                [&](const std::string& key) {
                  static_cast<void>(OrThrow(ground.store().Put(key, blocks.value())));
                },
            .theirs = [&](const std::string& key) { ground.original().Put(key, blocks.value()); },
            .floor = [&](const std::string& key) { ground.floor().Write(key, blocks.value()); }})
      .Run({.ratio = Target(bench, on_disk ? 1.0 : 1.5),
            .our_calls = Target(bench, 4),
            .their_calls = 9},
           [&] {
             DrawAnew(ground, blocks, count);
             return blocks.keys();
           });
}

void CompareCalls(Bench& bench, Ground& ground) {
  CompareDeletes(bench, ground);
  CompareLookups(bench, ground);
}

void CompareListings(Bench& bench, Ground& ground) {
  CompareKeys(bench, ground);
  CompareValues(bench, ground);
}

}  // namespace anystore::bench

/// What every bench program is made of: interleaved rounds, a table, and build/bench/NAME.json.
///
/// Time on a shared machine means little by itself, so a row is either a ratio against a peer
/// measured in the same minute, or a count. CPU time per operation decides; wall time is shown.
///
///     int main(int argc, char** argv) {
///       bench::Bench bench("memory", argc, argv);
///       Tree tree;  std::map<...> map;
///       bench.Compare({.name = "get", .peer_name = "std::map", .goal = 2.0},
///                     [&] { return GetAThousand(tree); }, [&] { return GetAThousand(map); });
///       bench.Record({.name = "get instructions", .unit = "instructions", .bound = 100},
///                    bench.Instructions("get", [&](std::uint64_t n) { Get(tree, n); }));
///       return bench.Finish();
///     }
///
/// Instructions are counted by running the same program a second time under callgrind; there
/// `counting()` is true, comparisons do nothing, and only the counted work runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anystore::bench {

/// Keeps the compiler from removing the computation of `value`.
template <class T>
void Keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

/// How often this thread has called `operator new`, by anyone, so far.
[[nodiscard]] std::uint64_t Allocations() noexcept;

/// Which time decides a comparison; another one is told in the note.
enum class RowClock : std::uint8_t {
  kProcess,  ///< CPU time of all threads: for engines that work in the background.
  kThread,   ///< Of the calling thread alone: for differences between two ways to one engine.
  kWall,     ///< What passes: where a disk is waited for.
};

/// Whether a row's figure should be small or large.
enum class Better : std::uint8_t { kLower, kHigher };

/// What names a row and says what it must reach. `name` never changes once it is published.
struct Row {
  std::string name = {};
  /// Of `ours`, `peer` and `value`.
  std::string unit = "ns";
  std::string peer_name = {};
  /// Least ratio, where there is a target: how many times better ours is than the peer.
  std::optional<double> goal = {};
  /// Limit of `value`, where there is one: the largest, or with `kHigher` the smallest allowed.
  std::optional<double> bound = {};
  Better better = Better::kLower;
  std::string note = {};
  RowClock clock = RowClock::kProcess;
  /// How many slices a side and round, times the usual number: many short ones where a difference
  /// must be exact, few where one takes long.
  double slices_factor = 1;
  /// A round's figure is that of its median slice, not of all together: where one that is disturbed
  /// takes many times as long.
  bool by_median = false;
  /// Called before every slice of either side, untimed: makes what the slice uses up.
  std::function<void()> before_slice = {};
};

/// One side of a comparison: does a slice of work, some 1 to 50 ms of it where nothing forces it to
/// take longer, and returns how many operations that were.
using Slice = std::function<std::uint64_t()>;

/// A run of one bench program. Command line: --rounds N, --slices N, --quick (a smoke run: little
/// data, times are not held against targets, counts are), --only TEXT (rows whose name contains
/// it), --out FILE.
class Bench {
 public:
  Bench(std::string name, int argc, char** argv);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// Whether this is a smoke run.
  [[nodiscard]] bool quick() const noexcept { return quick_; }
  /// Whether this process runs under callgrind, to count.
  [[nodiscard]] bool counting() const noexcept { return !counts_file_.empty(); }
  /// How much data to use: `full`, or `small` in a smoke run and where instructions are counted.
  [[nodiscard]] std::uint64_t Scaled(std::uint64_t full, std::uint64_t small) const noexcept {
    return quick() || counting() ? small : full;
  }

  /// Whether a row of this name is asked for.
  [[nodiscard]] bool Wants(std::string_view name) const {
    return name.find(only_) != std::string_view::npos;
  }

  /// Measures both sides in interleaved slices, round after round, and adds a row. With a bound,
  /// `value` is how much more ours takes per operation than the peer, in slices that strangers on
  /// the machine did not slow down: the difference of the tenths that took least.
  void Compare(Row row, const Slice& ours, const Slice& peer);
  /// Adds a row with one absolute figure. None: it could not be measured, which fails a bound.
  void Record(Row row, std::optional<double> value);
  /// Instructions per operation of `work`, which does the given number of operations: counted for
  /// N and for 2 N, of which the difference is taken. None where valgrind is missing.
  [[nodiscard]] std::optional<double> Instructions(std::string_view name,
                                                   const std::function<void(std::uint64_t)>& work);
  /// Allocations per operation of `work`, on this thread, likewise.
  [[nodiscard]] std::optional<double> AllocationsOf(const std::function<void(std::uint64_t)>& work);

  /// Prints the table, writes the file, and returns the exit code: 1 when a goal or a bound was
  /// missed, 2 when the file could not be written.
  [[nodiscard]] int Finish();

 private:
  struct Measured;
  struct Line {
    Row row = {};
    std::optional<double> ours = {};
    std::optional<double> peer = {};
    std::optional<double> ratio = {};
    /// Of single rounds.
    std::optional<double> ratio_min = {};
    std::optional<double> ratio_max = {};
    /// By the clock that does not decide.
    std::optional<double> ours_beside = {};
    std::optional<double> peer_beside = {};
    std::optional<double> value = {};
    int rounds = 0;
    bool timed = false;
  };

  [[nodiscard]] bool Missed(const Line& line) const;
  [[nodiscard]] Measured MeasureRound(const Row& row, const Slice& ours, const Slice& peer,
                                      bool ours_first);
  void CountHere(std::string_view name, const std::function<void(std::uint64_t)>& work);
  void CountElsewhere();
  void PrintTable() const;
  [[nodiscard]] bool WriteJson() const;

  std::string name_;
  std::filesystem::path out_;
  std::string counts_file_;
  std::string only_;
  int rounds_ = 7;
  int slices_ = 20;
  bool quick_ = false;
  bool counted_elsewhere_ = false;
  std::map<std::string, double, std::less<>> counts_;
  double best_calibration_ = 0;
  std::vector<Line> lines_;
};

/// Runs a program found by $PATH, waits for it, and returns its wait status; -1: it could not be
/// started. What it prints goes to the file `log`.
[[nodiscard]] int RunProgram(std::vector<std::string> command, const std::filesystem::path& log);

/// A directory of one's own for the length of a run; removed at the end.
class ScratchDirectory {
 public:
  /// Whether files in memory serve better than ones on a disk: where the disk is not measured.
  enum class InMemory : std::uint8_t { kNo, kYes };
  /// Below $ANYSTORE_BENCH_DIR, else /dev/shm for files in memory, else the system's directory for
  /// temporary files.
  explicit ScratchDirectory(std::string_view name, InMemory in_memory = InMemory::kNo);
  /// Below $ANYSTORE_BENCH_DIR, else `parent`, which is made: where the disk itself is measured,
  /// and the directory for temporary files may not be on one.
  ScratchDirectory(std::string_view name, const std::filesystem::path& parent);
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void Make(std::string_view name, const std::filesystem::path& parent);

  std::filesystem::path path_;
};

/// A small fast generator for keys and orders; the same seed gives the same numbers.
class Shuffle {
 public:
  explicit Shuffle(std::uint64_t seed) : state_(seed) {}
  /// 64 bits.
  std::uint64_t Next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  /// A number below `bound`, which is not 0.
  std::uint64_t Below(std::uint64_t bound) noexcept { return Next() % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace anystore::bench

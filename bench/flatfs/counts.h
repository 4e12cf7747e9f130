/// What operations cost that is exact where time is noisy: system calls and flushes of the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "flatfs/ground.h"
#include "harness.h"

namespace anystore::bench {

/// One side of a comparison, to be counted.
struct Counted {
  /// "ours".
  std::string name = {};
  /// Does all the operations.
  std::function<void()> run = {};
  /// Limits for each operation, where there are any.
  std::optional<double> calls_max = {};
  std::optional<double> syncs_max = {};
  std::optional<double> flushes_max = {};
};

/// Both sides, and what they do.
struct Counting {
  /// The rows' names begin with it.
  std::string name = {};
  /// Whether to count flushes, where the ground is an image.
  bool flushes = true;
  /// Run before each side, uncounted.
  std::function<void()> prepare = {};
  double operations = 1;
  std::vector<Counted> sides = {};
};

/// Adds rows for each side: system calls (in a child that is traced), those that sync, and flushes
/// where the ground is an image. Ours is closed afterwards.
void CountCosts(Bench& bench, Ground& ground, const Counting& counting);

/// Flushes of one side of a comparison, in all its slices together: for threads, who share more or
/// fewer of them every time.
class FlushMeter {
 public:
  /// `image` is null where no flushes are counted.
  explicit FlushMeter(const LoopImage* image) : image_(image) {}
  /// The slice, metered. Must not outlive the meter.
  [[nodiscard]] Slice Around(Slice slice);
  /// For each operation; none where nothing was metered.
  [[nodiscard]] std::optional<double> per_operation() const;

 private:
  const LoopImage* image_;
  std::uint64_t flushes_ = 0;
  std::uint64_t operations_ = 0;
};

}  // namespace anystore::bench

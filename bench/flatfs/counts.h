/// What operations cost that is exact where time is noisy: system calls and flushes of the disk.
#pragma once

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
  /// Run before each side, uncounted.
  std::function<void()> prepare = {};
  double operations = 1;
  std::vector<Counted> sides = {};
};

/// Adds rows for each side: system calls (in a child that is traced), those that sync, and flushes
/// where the ground is an image. Ours is closed afterwards.
void CountCosts(Bench& bench, Ground& ground, const Counting& counting);

}  // namespace anystore::bench

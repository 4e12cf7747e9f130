/// The rows of the flatfs benchmark.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "flatfs/ground.h"
#include "harness.h"

namespace anystore::bench {

/// A target, but for a smoke run, which has none.
[[nodiscard]] inline std::optional<double> Target(const Bench& bench, double target) {
  return bench.quick() ? std::nullopt : std::optional(target);
}

/// Batches that survive a power cut, against both releases and the floor.
void CompareDurableBatches(Bench& bench, Ground& ground);
/// Single puts that survive one: by one thread, and by 16.
void CompareDurablePuts(Bench& bench, Ground& ground);
/// Single puts that need not survive one.
void CompareUnsyncedPuts(Bench& bench, Ground& ground);
/// Single calls in memory: Get, Has, Delete.
void CompareCalls(Bench& bench, Ground& ground);
/// Listings of many keys, and of values that are not in memory.
void CompareListings(Bench& bench, Ground& ground);

/// How much memory a process takes at most that writes a batch of 1 GiB: a child's.
void MeasureBatchMemory(Bench& bench, Ground& ground);
/// What that child does, with the repository that the URL names: writes it, and prints the peak in
/// bytes. Returns its exit code.
[[nodiscard]] int RunBatchChild(const std::string& url);
inline constexpr const char* kBatchChild = "--batch-of-1-gib";

}  // namespace anystore::bench

/// What the benchmarks share that wait for a disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "anystore/error.h"
#include "harness.h"

namespace anystore::bench {

/// The value. An error is thrown as std::runtime_error.
template <class T>
T OrThrow(Result<T> result) {
  if (!result.has_value()) throw std::runtime_error(result.error().ToString());
  return *std::move(result);
}
/// Throws an error as std::runtime_error.
inline void OrThrow(const Status& status) {
  if (!status.has_value()) throw std::runtime_error(status.error().ToString());
}

/// Runs a benchmark with as many open files as it may have. What `run` throws is told, and is exit
/// code 2. SIGINT, SIGTERM and SIGHUP do no more than `ThrowIfInterrupted` tells, so that what was
/// made is removed.
[[nodiscard]] int RunDiskBench(Bench& bench, const std::string& name, void (*run)(Bench& bench));
/// Ends the run when somebody has lost patience. To be called between slices.
void ThrowIfInterrupted();

/// "1000 x 4 KiB".
[[nodiscard]] std::string SizeText(std::size_t count, std::size_t size);

/// What a flush costs that has nothing to write: on a disk that promises more than this machine's
/// host does, everything else costs so much more a flush. `ground` names the filesystem.
void MeasureFlush(Bench& bench, const std::filesystem::path& directory, const std::string& ground);

}  // namespace anystore::bench

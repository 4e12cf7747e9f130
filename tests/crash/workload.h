// Random workloads, and the bytes of the values in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/simulated_disk.h"
#include "crash/script.h"

namespace anystore::crash {

// How much of what.
struct WorkloadOptions {
  std::uint64_t seed = 1;
  DiskProfile profile = DiskProfile::kStrict;
  std::size_t operations = 200;
  std::size_t keys = 24;
  std::uint32_t value_bytes_max = 20 * 1024;
  // Whether the store is moved now and then.
  bool moves = false;
};

// A workload that follows from its options alone. Its keys are "/" and capital letters or digits,
// which every store takes; some end alike, so that stores that share out keys by their ends put
// them together.
[[nodiscard]] Script MakeWorkload(const WorkloadOptions& options);

// The value of a key at its `position`-th put of a script. Two of them, or a piece of one, are
// never alike, but for the empty one and very short ones.
[[nodiscard]] std::string ValueBytes(std::string_view key, std::uint64_t position,
                                     std::size_t size);

// A number that depends on all of these.
[[nodiscard]] std::uint64_t Mix(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) noexcept;

}  // namespace anystore::crash

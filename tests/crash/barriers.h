// Which syncs a store asks for, and how often the power was cut behind each.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "anystore/file.h"
#include "anystore/simulated_disk.h"

namespace anystore::crash {

inline constexpr std::size_t kSurvivorCount = 4;

// "filesystem/file_batch.cc:121 SyncOpenFiles": what a barrier is called.
[[nodiscard]] std::string SiteName(const SyncSite& site);

// Images of one class taken of disks whose last barrier was one of one site.
struct BarrierCell {
  std::uint64_t right_after = 0;  // nothing had changed since
  std::uint64_t last = 0;         // these included
  std::uint64_t broken = 0;       // without the barrier: images in which something is wrong

  void Add(const BarrierCell& other) {
    right_after += other.right_after;
    last += other.last;
    broken += other.broken;
  }
};

// By site, then by class.
using BarrierTable = std::map<std::string, std::array<BarrierCell, kSurvivorCount>, std::less<>>;

void Merge(BarrierTable& into, const BarrierTable& from);

// The table for people, a line a site. `mutated`: with what became of the store without each.
[[nodiscard]] std::string ToText(const BarrierTable& table, bool mutated);

}  // namespace anystore::crash

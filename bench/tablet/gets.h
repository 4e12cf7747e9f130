/// Gets in random order, of keys that are in a table and of ones that are not.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "harness.h"
#include "tablet/entries.h"

namespace anystore::bench {

/// How many a slice has.
inline constexpr std::uint64_t kGets = 2000;

template <class Table>
std::uint64_t GetHits(Table& table, RandomKeys& keys) {
  for (std::uint64_t i = 0; i < kGets; ++i) {
    if (!table.Get(keys.Next())) std::abort();
  }
  return kGets;
}

template <class Table>
std::uint64_t GetMisses(Table& table, Shuffle& random) {
  for (std::uint64_t i = 0; i < kGets; ++i) {
    if (table.Get(ViewOf(KeyOf((1ULL << 40U) + random.Next() % 1'000'000)))) std::abort();
  }
  return kGets;
}

}  // namespace anystore::bench

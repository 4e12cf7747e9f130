#include "layers/sharded/rendezvous.h"

#include "base/crc.h"

namespace anystore::layers {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

/// Spreads any difference over all bits: the last step of SplitMix64.
std::uint64_t Mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
  return x ^ (x >> 31U);
}

}  // namespace

void Rendezvous::Add(std::string_view name, std::uint64_t weight) {
  const std::uint64_t hash =
      std::uint64_t{base::Crc32c(name)} << 32U | std::uint64_t{base::Crc32(name)};
  for (std::uint64_t i = 1; i <= weight; ++i) {
    draws_.push_back({.seed = Mix(hash + i * kGolden), .shard = shards_});
  }
  ++shards_;
}

std::size_t Rendezvous::Find(std::string_view key) const noexcept {
  // Keys with one CRC share a shard, which is no harm: there are four thousand million of them.
  const std::uint64_t hash = base::Crc32c(key);
  // Mixing takes no two seeds to one number, so that there is one highest.
  const Draw* best = &draws_.front();
  std::uint64_t highest = 0;
  for (const Draw& draw : draws_) {
    const std::uint64_t number = Mix(hash ^ draw.seed);
    if (number <= highest) continue;
    highest = number;
    best = &draw;
  }
  return best->shard;
}

}  // namespace anystore::layers

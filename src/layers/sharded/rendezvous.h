/// `Rendezvous`: which of several shards a key belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace anystore::layers {

/// Highest random weight: every shard draws a number for the key, and the highest has it. So a
/// shard that is added takes keys from all others and moves none between them, and the order of the
/// shards means nothing. What it answers is a format: records lie where it says.
///
/// Threads: thread-compatible.
class Rendezvous {
 public:
  /// Adds a shard that draws `weight` numbers for each key, and so gets that many parts of them.
  void Add(std::string_view name, std::uint64_t weight);
  /// The shard of `key`, by the order of Add.
  ///
  /// Requires: there is a shard.
  [[nodiscard]] std::size_t Find(std::string_view key) const noexcept;

 private:
  struct Draw {
    std::uint64_t seed;
    std::size_t shard;
  };

  std::vector<Draw> draws_ = {};
  std::size_t shards_ = 0;
};

}  // namespace anystore::layers

/// `BlockBuilder`: entries become the payload of a block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tablet/block/entry.h"
#include "tablet/writing/out_buffer.h"

namespace anystore::tablet {

/// Writes payloads where they will stay: at the end of a buffer, to which nobody else adds
/// meanwhile.
///
/// Threads: single-thread.
class BlockBuilder {
 public:
  BlockBuilder(std::uint32_t restart_interval, std::uint32_t shared_bytes_min)
      : restart_interval_(restart_interval), shared_bytes_min_(shared_bytes_min) {}

  /// Begins a payload at the end of a buffer.
  void Begin(const OutBuffer& out) noexcept;
  /// So many bytes were removed from the front of the buffer.
  void MoveBack(std::size_t bytes) noexcept { begin_ -= bytes; }
  /// Adds an entry. `shared`: how many bytes its key has in common with the one before.
  ///
  /// Requires: its key comes after the one before.
  void Add(OutBuffer& out, const TabletEntry& entry, std::size_t shared);
  [[nodiscard]] bool empty() const noexcept { return entries_ == 0; }
  /// How many bytes the payload has, were it finished now.
  [[nodiscard]] std::size_t size(const OutBuffer& out) const noexcept;
  /// Adds the restart points. Returns the payload.
  [[nodiscard]] std::string_view Finish(OutBuffer& out);

 private:
  const std::uint32_t restart_interval_;
  const std::uint32_t shared_bytes_min_;
  std::size_t begin_ = 0;  // in the buffer
  std::vector<std::uint32_t> restarts_ = {};
  std::uint64_t entries_ = 0;
  std::uint32_t until_restart_ = 0;
};

}  // namespace anystore::tablet

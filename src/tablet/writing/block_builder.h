/// `BlockBuilder`: entries become the payload of a block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tablet/block/entry.h"

namespace anystore::tablet {

/// Threads: single-thread.
class BlockBuilder {
 public:
  BlockBuilder(std::uint32_t restart_interval, std::uint32_t shared_bytes_min)
      : restart_interval_(restart_interval), shared_bytes_min_(shared_bytes_min) {}

  /// Adds an entry. `shared`: how many bytes its key has in common with the one before.
  ///
  /// Requires: its key comes after the one before.
  void Add(const TabletEntry& entry, std::size_t shared);
  [[nodiscard]] bool empty() const noexcept { return entries_ == 0; }
  /// How many bytes the payload has, were it finished now.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Appends the restart points. The payload lives until `Clear`.
  [[nodiscard]] std::string_view Finish();
  void Clear();

 private:
  const std::uint32_t restart_interval_;
  const std::uint32_t shared_bytes_min_;
  /// Makes room for so many more bytes and returns where they go.
  [[nodiscard]] char* Grow(std::size_t bytes);

  std::unique_ptr<char[]> payload_ = {};  // not a string: that would be filled with zeros first
  std::size_t size_ = 0;                  // of what is in payload_
  std::size_t capacity_ = 0;
  std::vector<std::uint32_t> restarts_ = {};
  std::uint64_t entries_ = 0;
  std::uint32_t until_restart_ = 0;
};

}  // namespace anystore::tablet

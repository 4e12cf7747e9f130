/// `MountTable`: which mount a key belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/composite.h"

namespace anystore::layers {

/// A key lives in the mount with the longest mount point strictly above it; a key that is a mount
/// point so lives in the mount above. Above every key is "/", also above one without a slash.
///
/// Threads: immutable.
class MountTable {
 public:
  /// The table of these mount points, one a child: clean hierarchical keys, no two the same.
  explicit MountTable(std::span<const std::string> points);
  MountTable(const MountTable&) = delete;
  MountTable& operator=(const MountTable&) = delete;

  /// Where `key` lives.
  [[nodiscard]] Place Find(std::string_view key) const noexcept;
  /// Appends the pieces of the keys from `from` up to `to`, in key order. They do not overlap.
  void Split(std::string_view from, std::optional<std::string_view> to,
             std::vector<Piece>& pieces) const;

 private:
  struct Mount {
    std::uint64_t word;  // the first eight bytes of `below`, filled up with zeros
    std::uint64_t mask;  // which of them are of `below`
    std::string below;   // what the keys begin with: the mount point and a slash; for "/" nothing
    std::size_t stripped;
    std::size_t child;
  };
  /// The keys from `from` up to the next segment all belong to one mount, or to none.
  struct Segment {
    std::string from;
    const Mount* mount;
  };

  [[nodiscard]] const Mount* MountOf(std::string_view key) const noexcept;

  std::vector<Mount> mounts_;  // the longest first
  std::vector<Segment> segments_;
};

}  // namespace anystore::layers

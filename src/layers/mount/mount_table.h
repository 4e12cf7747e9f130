/// `MountTable`: which mount a key belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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
  [[nodiscard]] Place Find(std::string_view key) const noexcept {
    const Mount& mount = MountOf(key);
    return {.child = mount.child,
            .key = {key.data() + mount.stripped, key.size() - mount.stripped}};
  }
  /// Appends the pieces of the keys from `from` up to `to`, in key order. They do not overlap.
  void Split(std::string_view from, std::optional<std::string_view> to,
             std::vector<Piece>& pieces) const;

 private:
  struct Mount {
    std::uint64_t word;    // the first eight bytes of `below`, filled up with zeros
    std::uint64_t mask;    // which of them are of `below`
    std::string below;     // what the keys begin with: the mount point and a slash; for "/" nothing
    std::size_t stripped;  // how much of that they do not have in the child
    std::size_t child;
  };
  /// The keys from `from` up to the next segment all belong to one mount, or to none.
  struct Segment {
    std::string from;
    const Mount* mount;  // has no child where no store is mounted
  };

  /// The first eight bytes, filled up with zeros.
  [[nodiscard]] static std::uint64_t FirstBytes(std::string_view bytes) noexcept {
    std::uint64_t word = 0;
    if (bytes.size() >= sizeof(word)) {
      std::memcpy(&word, bytes.data(), sizeof(word));
    } else if (!bytes.empty()) {
      std::memcpy(&word, bytes.data(), bytes.size());
    }
    return word;
  }

  [[nodiscard]] const Mount& MountOf(std::string_view key) const noexcept {
    const std::uint64_t word = FirstBytes(key);
    const Mount* mount = mounts_.data();
    for (;; ++mount) {
      if ((word & mount->mask) != mount->word || key.size() < mount->below.size()) continue;
      if (mount->below.size() <= sizeof(word) || key.starts_with(mount->below)) return *mount;
    }
  }

  // The longest first. The last one is above every key: that of "/", or one that is nowhere.
  std::vector<Mount> mounts_;
  std::vector<Segment> segments_;
};

}  // namespace anystore::layers

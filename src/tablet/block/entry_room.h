/// Room for entries.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "tablet/block/entry.h"

namespace anystore::tablet {

/// Room for `kCount` entries, each of which is written before it is read. Nothing is in it at
/// first: to clear it would take as long as a short scan.
template <std::size_t kCount>
class EntryRoom {
 public:
  // Not defaulted: `= {}` would clear it then.
  EntryRoom() noexcept {}

  [[nodiscard]] static constexpr std::size_t size() noexcept { return kCount; }
  [[nodiscard]] TabletEntry& operator[](std::size_t at) noexcept { return data()[at]; }
  /// The first entries.
  [[nodiscard]] std::span<const TabletEntry> First(std::size_t count) const noexcept {
    return {data(), count};
  }

 private:
  static_assert(std::is_trivially_copyable_v<TabletEntry>);

  [[nodiscard]] TabletEntry* data() noexcept {
    return std::launder(reinterpret_cast<TabletEntry*>(bytes_));
  }
  [[nodiscard]] const TabletEntry* data() const noexcept {
    return std::launder(reinterpret_cast<const TabletEntry*>(bytes_));
  }

  alignas(TabletEntry) std::byte bytes_[kCount * sizeof(TabletEntry)];
};

}  // namespace anystore::tablet

/// `EntryBuffer`: entries in any order in memory, to be read in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tablet/block/entry.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// Threads: single-thread.
class EntryBuffer {
 public:
  /// Copies an entry. One of the same key that came before is forgotten by `Sort`.
  void Add(const TabletEntry& entry);
  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }
  /// How much memory the entries take.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_ + slots_.size() * sizeof(Slot);
  }
  /// Puts the entries in order, of each key the last one. Does nothing where they came in order.
  void Sort();
  /// The first key.
  ///
  /// Requires: `Sort` was called, and there are entries.
  [[nodiscard]] std::string_view first_key() const noexcept { return slots_.front().key(); }
  /// The last key.
  ///
  /// Requires: as above.
  [[nodiscard]] std::string_view last_key() const noexcept { return slots_.back().key(); }
  /// The entries in order. The buffer must outlive it, unchanged.
  ///
  /// Requires: `Sort` was called.
  [[nodiscard]] std::unique_ptr<EntrySource> NewSource() const;
  void Clear() noexcept;

 private:
  class Source;

  /// An entry; its bytes lie in a chunk.
  struct Slot {
    std::uint64_t prefix;
    std::uint64_t number;  // how many came before
    const char* bytes;     // the key, and the value behind it
    std::uint32_t key_bytes;
    std::uint32_t value_bytes;  // kDeleted: no value

    static constexpr std::uint32_t kDeleted = 0xffffffff;

    [[nodiscard]] std::string_view key() const noexcept { return {bytes, key_bytes}; }
    [[nodiscard]] TabletEntry entry() const noexcept;
  };

  [[nodiscard]] char* Allocate(std::size_t size);

  std::vector<Slot> slots_ = {};
  std::vector<std::unique_ptr<char[]>> chunks_ = {};
  char* free_ = nullptr;  // in the last chunk
  std::size_t free_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  bool in_order_ = true;
};

}  // namespace anystore::tablet

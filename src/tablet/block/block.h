/// The payload of a data block: entries that share prefixes, and restart points (docs/formats/
/// tablet.md, "Data block").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_order.h"
#include "tablet/block/entry.h"
#include "tablet/format/constants.h"
#include "tablet/format/or_fault.h"

namespace anystore::tablet {

/// A payload, divided. A view; nothing but the division is checked.
class Block {
 public:
  Block() = default;
  /// Divides a payload. The fault's offset counts from the payload's begin.
  [[nodiscard]] static OrFault<Block> Divide(std::string_view payload);

  /// What was divided before: the entries, with so many restart points behind them in memory.
  Block(std::string_view entries, std::uint32_t restart_count)
      : entries_(entries), restart_count_(restart_count) {}

  /// The entries, one behind the other.
  [[nodiscard]] std::string_view entries() const noexcept { return entries_; }
  [[nodiscard]] std::uint32_t restart_count() const noexcept { return restart_count_; }
  /// Where the entry of a restart point begins, from the payload's begin.
  ///
  /// Requires: `at` is below `restart_count`.
  [[nodiscard]] std::uint32_t restart(std::uint32_t at) const noexcept {
    return base::LoadBig<std::uint32_t>(entries_.data() + entries_.size() + kRestartBytes * at);
  }
  /// The last restart point before or at an offset; 0 when there is none.
  [[nodiscard]] std::uint32_t RestartBefore(std::size_t offset) const noexcept;

 private:
  std::string_view entries_ = {};
  std::uint32_t restart_count_ = 0;
};

/// Where an entry was found.
struct EntryPlace {
  std::size_t offset = 0;   // of the entry; where the entries end: there is none
  std::size_t next = 0;     // behind it
  WrittenEntry entry = {};  // as written there
  bool equal = false;       // its key is the one that was looked for
  bool damaged = false;     // bytes on the way are no entry
};

/// The first entry, from `offset` on, whose key is not before `key`.
///
/// Requires: the entry at `offset` shares nothing with the one before. What the entry that is found
/// shares with the one before it, it shares with `key`.
[[nodiscard]] EntryPlace FindFrom(std::string_view entries, std::size_t offset,
                                  std::string_view key) noexcept;

/// The entry of `key`, if it is the whole one at `offset` or one of those behind it that share
/// bytes with the one before.
[[nodiscard]] EntryPlace FindInRun(std::string_view entries, std::size_t offset,
                                   std::string_view key) noexcept;

/// So much is read from a restart point on until a key is found, mostly.
inline constexpr std::size_t kRunBytes = 2048;

/// The same as FindFrom over the whole block, by its restart points. `prefetch_bytes`: so much will
/// be read from the one before the entry on; memory is asked for all of it at once.
[[nodiscard]] EntryPlace FindIn(const Block& block, std::string_view key,
                                std::size_t prefetch_bytes = kRunBytes) noexcept;

/// Statistics of a payload that was found right, and its last key.
struct CheckedBlock {
  Block block = {};
  std::uint64_t entries = 0;
  std::uint64_t deleted = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::string first_key = {};
  std::string last_key = {};
};

/// What a payload is held against, as in `ReaderOptions`.
struct BlockRules {
  std::uint64_t key_bytes_max = 0;
  bool java_tombstones = false;
};

/// Reads all of a payload, once: entries are whole, their keys ascend, restart points are where
/// entries begin that share nothing. The fault's offset counts from the payload's begin.
[[nodiscard]] OrFault<CheckedBlock> CheckBlock(std::string_view payload, const BlockRules& rules);

}  // namespace anystore::tablet

/// `BatchDecoder`: the entries of a block in ascending order, a batch at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "tablet/block/entry.h"
#include "tablet/block/entry_room.h"
#include "tablet/block/key_arena.h"

namespace anystore::tablet {

/// Threads: single-thread.
class BatchDecoder {
 public:
  /// `java_tombstones`: as in `ReaderOptions`. `limit_hint`: as in `ScanOptions`.
  explicit BatchDecoder(bool java_tombstones, std::uint64_t limit_hint = kUnknown)
      : java_tombstones_(java_tombstones), expected_(limit_hint == kUnknown ? 0 : limit_hint) {}
  // It has views of itself.
  BatchDecoder(const BatchDecoder&) = delete;
  BatchDecoder& operator=(const BatchDecoder&) = delete;

  /// Goes to the entry at `offset` of the entries of a block, which must live as long as they are
  /// decoded. `previous`: what that entry may share with the one before.
  void Enter(std::string_view entries, std::size_t offset = 0, std::string_view previous = {});
  /// The next entries, which live until the next call; none at the end of the block. Unexpected:
  /// the offset of bytes that are no entry, which those of a block that was found right never are.
  [[nodiscard]] std::expected<std::span<const TabletEntry>, std::size_t> Next();

 private:
  static constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kFirstBatch = 16;

  /// How many entries the next batch has: whoever wants few should not wait for many.
  [[nodiscard]] std::size_t NextSize() noexcept;
  /// Keeps the last key of a batch, which the next entry may share bytes with.
  void Remember(std::string_view key);

  const bool java_tombstones_;
  std::string_view entries_ = {};
  std::size_t offset_ = 0;                // of the next entry
  std::uint64_t expected_;                // so many entries will be looked at; 0: that is not known
  std::size_t batch_size_ = kFirstBatch;  // then
  std::string_view previous_ = {};        // what that may share with the entry before
  std::string joined_ = {};               // that, where no block has it
  KeyArena arena_ = {};
  EntryRoom<kBatch> batch_ = {};
};

}  // namespace anystore::tablet

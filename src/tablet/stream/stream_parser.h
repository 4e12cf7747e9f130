/// `StreamParser`: follows a tablet from its first byte to its last, whatever pieces it comes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/tablet/stream.h"
#include "anystore/tablet/writer.h"
#include "anystore/value.h"
#include "tablet/block/block.h"
#include "tablet/block/payload.h"
#include "tablet/format/envelope.h"
#include "tablet/format/layout.h"
#include "tablet/format/or_fault.h"
#include "tablet/index/block_index.h"
#include "tablet/stream/seen_blocks.h"

namespace anystore::tablet {

/// A data block that was found right; it lies in `pin`.
struct StreamedBlock {
  Block block = {};
  Value pin = {};
};

/// What it finds follows from the bytes alone, not from how they are cut. Not to be used after a
/// fault or an error.
///
/// Threads: single-thread.
class StreamParser {
 public:
  explicit StreamParser(const StreamOptions& options) : options_(options) {}

  /// Takes from the front of `bytes` until a data block is complete, or all.
  ///
  /// Errors: resource_exhausted.
  [[nodiscard]] Result<OrFault<std::optional<StreamedBlock>>> Take(std::string_view& bytes);
  /// There are no more bytes.
  [[nodiscard]] OrFault<void> Finish();
  [[nodiscard]] const TabletSummary& summary() const noexcept { return summary_; }

 private:
  enum class Part : std::uint8_t { kHeader, kBlocks, kMetaIndex, kDataIndex };

  /// The next `size` bytes of the file in one piece, from `held_` or from `bytes`; until `Drop`.
  /// None: they are not there yet, and what is there of them is held.
  [[nodiscard]] std::optional<std::string_view> Gather(std::string_view& bytes, std::size_t size);
  void Drop(std::string_view& bytes, std::size_t size, bool was_held);

  OrFault<void> TakeHeader(std::string_view& bytes);
  [[nodiscard]] Result<OrFault<std::optional<StreamedBlock>>> TakeBlock(std::string_view& bytes);
  OrFault<void> TakeEnvelope(std::string_view& bytes);
  OrFault<void> TryEnvelope(std::string_view front);
  OrFault<void> CheckEnvelope(const Envelope& envelope) const;
  [[nodiscard]] OrFault<StreamedBlock> AcceptBlock(const Payload& payload, std::uint64_t length);
  [[nodiscard]] Result<Value> Keep(std::string_view stored);

  OrFault<void> TakeIndexes(std::string_view& bytes);
  OrFault<void> ReadIndexes(bool ended);
  OrFault<bool> ReadMetaIndex();
  OrFault<bool> ReadDataIndex(bool ended);
  OrFault<bool> TakeMagic(std::string_view magic);
  [[nodiscard]] OrFault<std::optional<IndexRecord>> TakeRecord(std::size_t behind);
  OrFault<void> FinishMetaIndex();
  OrFault<void> CheckFooter() const;

  [[nodiscard]] std::string_view window() const noexcept {
    return std::string_view(held_).substr(front_);
  }
  void Advance(std::size_t bytes) noexcept {
    front_ += bytes;
    position_ += bytes;
  }
  [[nodiscard]] IndexLimits limits() const noexcept {
    return {.key_bytes_max = options_.key_bytes_max, .blocks_end = layout_.meta_index.offset};
  }
  /// Which data block a fault of the block at `position_` is about.
  [[nodiscard]] std::optional<std::uint64_t> BlockNumber() const noexcept {
    if (!meta_.empty()) return {};
    return data_.count();
  }

  const StreamOptions options_;
  Part part_ = Part::kHeader;
  std::uint64_t position_ = 0;             // of what is read next
  std::string held_ = {};                  // bytes that came and are not read yet
  std::size_t front_ = 0;                  // in it: the byte at `position_`
  std::optional<Envelope> envelope_ = {};  // of the block at `position_`
  std::string last_key_ = {};
  SeenDataBlocks data_ = {};
  SeenMetaBlocks meta_ = {};
  bool magic_taken_ = false;  // of the index that is read
  Layout layout_ = {};        // as it is, not as the footer says
  TabletSummary summary_ = {};
};

}  // namespace anystore::tablet

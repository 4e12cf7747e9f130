/// `TabletEncoder`: entries become the bytes of a tablet, without any file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/tablet/writer.h"
#include "tablet/block/entry.h"
#include "tablet/format/layout.h"
#include "tablet/writing/block_builder.h"
#include "tablet/writing/out_buffer.h"

namespace anystore::tablet {

/// Threads: single-thread.
class TabletEncoder {
 public:
  /// Requires: `CheckOptions` accepted them.
  explicit TabletEncoder(const WriterOptions& options);

  /// Whether options make sense.
  ///
  /// Errors: invalid_argument.
  [[nodiscard]] static Status CheckOptions(const WriterOptions& options);

  /// Whether an entry fits into a tablet, apart from the order of keys.
  ///
  /// Errors: too_large · unsupported (a deletion).
  [[nodiscard]] static Status CheckEntry(const WriterOptions& options, const TabletEntry& entry);

  /// Adds an entry; nothing was added when it fails.
  ///
  /// Errors: invalid_argument (the order of keys) · too_large · unsupported (a deletion).
  Status Add(const TabletEntry& entry);
  /// Ends the tablet.
  ///
  /// Errors: unsupported (it is empty) · too_large (the index).
  Status Finish();

  /// The bytes that were not taken yet.
  [[nodiscard]] std::string_view bytes() const noexcept { return out_.view().substr(0, whole_); }
  /// Forgets them: somebody took them.
  void TakeBytes();
  [[nodiscard]] const TabletSummary& summary() const noexcept { return summary_; }

 private:
  [[nodiscard]] Status Check(const TabletEntry& entry, std::size_t shared) const;
  /// Whether the block stays within its limit with this entry.
  [[nodiscard]] bool HasRoomFor(const TabletEntry& entry) const noexcept;
  /// Leaves room for an envelope, and begins a block behind it.
  void BeginBlock();
  void EndBlock();
  /// Compresses the payload of the block, if that pays; returns the type of the block.
  [[nodiscard]] std::uint32_t Compress(std::string_view payload);
  /// Where the bytes that are whole end in the file.
  [[nodiscard]] std::uint64_t at() const noexcept { return taken_ + whole_; }

  const WriterOptions options_;
  BlockBuilder block_;
  std::string first_key_ = {};  // of the block
  std::string last_key_ = {};
  std::string index_ = {};
  std::string compressed_ = {};
  OutBuffer out_ = {};
  std::size_t whole_ = 0;  // bytes of out_ that are done; the block being built begins behind them
  std::uint64_t taken_ = 0;
  TabletSummary summary_ = {};
};

}  // namespace anystore::tablet

/// The entries of a range of one tablet, forwards and backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/key_range.h"
#include "tablet/block/batch_decoder.h"
#include "tablet/block/key_arena.h"
#include "tablet/reading/entry_source.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {

/// In ascending order. A batch ends where a block does.
class ForwardSource final : public EntrySource {
 public:
  /// `limit_hint`: as in `ScanOptions`.
  ForwardSource(std::shared_ptr<const Tablet> tablet, const KeyRange& range,
                std::uint64_t limit_hint)
      : tablet_(std::move(tablet)),
        range_(range),
        decoder_(tablet_->options().java_tombstones, limit_hint) {}

  [[nodiscard]] Result<std::span<const TabletEntry>> Next() override;
  Status Seek(std::string_view key) override;

 private:
  Status Enter(std::size_t block);
  /// The entries of a batch, which has some, that are in the range.
  [[nodiscard]] std::span<const TabletEntry> InRange(
      std::span<const TabletEntry> batch) const noexcept;

  const std::shared_ptr<const Tablet> tablet_;
  const KeyRange range_;
  bool started_ = false;
  bool ended_ = false;
  std::size_t block_ = 0;
  LoadedBlock loaded_ = {};  // block_
  BatchDecoder decoder_;
};

/// In descending order. A batch ends where a run between two restart points begins.
class BackwardSource final : public EntrySource {
 public:
  BackwardSource(std::shared_ptr<const Tablet> tablet, const KeyRange& range)
      : tablet_(std::move(tablet)), range_(range) {}

  [[nodiscard]] Result<std::span<const TabletEntry>> Next() override;
  Status Seek(std::string_view key) override;

 private:
  /// A longer run is read anew for each so many of its entries.
  static constexpr std::size_t kBatch = 256;
  static constexpr std::size_t kKeyBytes = 64 * 1024;

  /// The last entries of a stretch of a block.
  struct Tail {
    std::size_t skipped = 0;    // entries of the stretch that do not belong to it
    std::size_t count = 0;      // entries that do
    std::size_t offset = 0;     // where they begin
    std::size_t key_bytes = 0;  // of all of them
  };

  Status Enter(std::size_t block);
  Status SeekBehind(std::string_view key, bool inclusive);
  Status SeekToEnd();
  [[nodiscard]] Result<Tail> MeasureTail(std::size_t begin) const;
  Status Fill();
  [[nodiscard]] std::size_t InRange() const noexcept;

  const std::shared_ptr<const Tablet> tablet_;
  const KeyRange range_;
  bool started_ = false;
  bool ended_ = false;
  std::size_t block_ = 0;
  LoadedBlock loaded_ = {};  // block_
  std::size_t end_ = 0;      // in it: the entries before this are still to come
  KeyArena arena_ = {};
  std::vector<TabletEntry> batch_ = {};
};

}  // namespace anystore::tablet

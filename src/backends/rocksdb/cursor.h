/// A RocksDB iterator as a `Cursor`.
#pragma once

#include <rocksdb/iterator.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/key_range.h"
#include "backends/rocksdb/reads.h"

namespace anystore::rocksdb {

/// Walks through a range, in one moment of the database.
///
/// An iterator shows one entry at a time and forgets it when it moves. So all entries of a batch
/// but the last are copied, into one buffer of bounded size that is used again and again; the
/// last one is a view into the iterator, which stays there until the next call. An entry too
/// large for the buffer ends its batch, and is never copied.
///
/// Threads: single-thread.
class RangeCursor final : public Cursor {
 public:
  /// Requires: `range` is not empty; the database outlives the cursor.
  RangeCursor(const View& view, const KeyRange& range, const ScanOptions& options);

  Result<std::size_t> Next(std::span<EntryView> out) override;
  Status Seek(std::string_view key) override;

 private:
  /// Where the iterator stands.
  enum class Place : std::uint8_t {
    kStart,   ///< Nowhere yet: begin at `target_`, or without one at the range's start.
    kNext,    ///< At the next entry, or at the end.
    kOnLast,  ///< At the last entry returned.
    kFailed,  ///< Nowhere since a read failed: go on behind `target_`, the last entry returned.
  };

  Result<std::size_t> Fill(std::span<EntryView> out);
  void Position();
  void GoTo(std::string_view key);
  void Step() { reverse_ ? iterator_->Prev() : iterator_->Next(); }
  void Describe(EntryView& entry, std::string_view value) const;

  const KeyRange range_;  // the bounds are views into it
  ::rocksdb::Slice lower_;
  ::rocksdb::Slice upper_;
  const bool reverse_;
  const bool values_;
  const bool versions_;
  bool has_target_ = false;
  Place place_ = Place::kStart;
  std::uint64_t limit_hint_;
  std::string target_;
  std::unique_ptr<char[]> buffer_;
  std::unique_ptr<::rocksdb::Iterator> iterator_;
};

}  // namespace anystore::rocksdb

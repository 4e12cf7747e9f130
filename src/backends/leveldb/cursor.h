/// A scan of a LevelDB database.
#pragma once

#include <leveldb/db.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/query.h"

namespace anystore::leveldb {

/// Keys and values as LevelDB takes them.
[[nodiscard]] inline ::leveldb::Slice ToSlice(std::string_view bytes) noexcept {
  return {bytes.data(), bytes.size()};
}
/// And as they come from it.
[[nodiscard]] inline std::string_view ToView(const ::leveldb::Slice& slice) noexcept {
  return {slice.data(), slice.size()};
}

/// Walks through the range of a query, in one moment of the database. Shows the iterator's own
/// bytes, which it forgets when it moves: one entry at a time.
///
/// Threads: single-thread.
class RangeCursor final : public Cursor {
 public:
  /// Requires: the database outlives the cursor.
  RangeCursor(::leveldb::DB& db, const Query& query);

  Result<std::size_t> Next(std::span<EntryView> out) override;
  Status Seek(std::string_view key) override;

 private:
  void Position();
  void PositionBackwards();
  [[nodiscard]] bool InRange() const;

  const KeyRange range_;
  const bool reverse_;
  const bool values_;
  bool on_entry_ = false;    // the iterator stands on the last entry returned
  bool at_end_ = false;      // until the next Seek
  bool has_target_ = false;  // where to begin, when not on an entry
  std::string target_;
  std::unique_ptr<::leveldb::Iterator> iterator_;
};

}  // namespace anystore::leveldb

#include "backends/leveldb/cursor.h"

#include <algorithm>

#include "backends/leveldb/status.h"

namespace anystore::leveldb {

RangeCursor::RangeCursor(::leveldb::DB& db, const Query& query)
    : range_(query.range), reverse_(query.reverse), values_(!query.keys_only) {
  ::leveldb::ReadOptions options;
  options.verify_checksums = true;
  iterator_.reset(db.NewIterator(options));
}

Status RangeCursor::Seek(std::string_view key) {
  return Guarded([&]() -> Status {
    target_.assign(key);
    has_target_ = true;
    on_entry_ = at_end_ = false;
    return Ok();
  });
}

Result<std::size_t> RangeCursor::Next(std::span<EntryView> out) {
  return Guarded([&]() -> Result<std::size_t> {
    if (at_end_) return std::size_t{0};
    if (on_entry_) {
      reverse_ ? iterator_->Prev() : iterator_->Next();
    } else {
      Position();
    }
    // A damaged block is passed over by the iterator, and remembered.
    if (const auto status = iterator_->status(); !status.ok()) return FromStatus(status);
    on_entry_ = iterator_->Valid() && InRange();
    at_end_ = !on_entry_;
    if (at_end_) return std::size_t{0};
    const std::string_view value = ToView(iterator_->value());
    out.front() = {.key = ToView(iterator_->key()),
                   .value = values_ ? value : std::string_view(),
                   .info = {.size = value.size()}};
    return std::size_t{1};
  });
}

void RangeCursor::Position() {
  if (reverse_) return PositionBackwards();
  iterator_->Seek(ToSlice(has_target_ ? std::max<std::string_view>(range_.from(), target_)
                                      : std::string_view(range_.from())));
}

void RangeCursor::PositionBackwards() {
  const auto& to = range_.to();
  const bool at_target = has_target_ && (!to.has_value() || target_ < *to);
  if (!at_target && !to.has_value()) return iterator_->SeekToLast();
  const std::string_view bound = at_target ? std::string_view(target_) : std::string_view(*to);
  iterator_->Seek(ToSlice(bound));
  if (!iterator_->Valid()) {
    if (iterator_->status().ok()) iterator_->SeekToLast();
    return;
  }
  // The target itself is wanted, the end of the range is not.
  if (!at_target || ToView(iterator_->key()) != bound) iterator_->Prev();
}

bool RangeCursor::InRange() const { return range_.Contains(ToView(iterator_->key())); }

}  // namespace anystore::leveldb

#include "backends/rocksdb/cursor.h"

#include <algorithm>
#include <cstring>

#include "backends/rocksdb/status.h"
#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10U;

/// Copies 16 bytes, as one load and one store.
inline void Copy16(char* to, const char* from) { std::memcpy(to, from, 16); }

/// memcpy for what entries mostly are: short, so that the call would cost more than the copy.
inline void CopyShort(char* to, const char* from, std::size_t size) {
  if (size > 128) [[unlikely]] {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    // Whole steps from the front, and one from the back that may overlap them.
    for (std::size_t at = 0; at + 16 < size; at += 16) Copy16(to + at, from + at);
    Copy16(to + size - 16, from + size - 16);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else {
    for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
  }
}

/// Copies `bytes` to `to`, which moves on behind them.
inline std::string_view CopyTo(char*& to, std::string_view bytes) {
  CopyShort(to, bytes.data(), bytes.size());
  const std::string_view copy(to, bytes.size());
  to += bytes.size();
  return copy;
}

}  // namespace

RangeCursor::RangeCursor(const View& view, const KeyRange& range, const ScanOptions& options)
    : range_(range),
      reverse_(options.reverse),
      values_(options.values),
      versions_(Wants(options.wanted, Wanted::kVersion)),
      limit_hint_(std::max<std::uint64_t>(options.limit_hint, 1)) {
  ::rocksdb::ReadOptions read_options = view.options;
  if (!range_.from().empty()) {
    lower_ = ToSlice(range_.from());
    read_options.iterate_lower_bound = &lower_;
  }
  if (range_.to().has_value()) {
    upper_ = ToSlice(*range_.to());
    read_options.iterate_upper_bound = &upper_;
  }
  iterator_.reset(view.db->NewIterator(read_options));
}

Result<std::size_t> RangeCursor::Next(std::span<EntryView> out) {
  return Guarded([&] { return Fill(out); });
}

Status RangeCursor::Seek(std::string_view key) {
  return Guarded([&]() -> Status {
    target_.assign(key);
    has_target_ = true;
    place_ = Place::kStart;
    return Ok();
  });
}

void RangeCursor::GoTo(std::string_view key) {
  // RocksDB moves targets outside the bounds to the bound, but not past the one it moves to.
  if (reverse_) {
    iterator_->SeekForPrev(ToSlice(key));
  } else {
    iterator_->Seek(ToSlice(key));
  }
}

void RangeCursor::Position() {
  switch (place_) {
    case Place::kNext:
      return;
    case Place::kOnLast:
      target_.assign(ToView(iterator_->key()));
      has_target_ = true;
      Step();
      return;
    case Place::kStart:
      if (has_target_) {
        GoTo(target_);
      } else if (reverse_) {
        iterator_->SeekToLast();
      } else {
        iterator_->SeekToFirst();
      }
      return;
    case Place::kFailed:
      GoTo(target_);
      if (iterator_->Valid() && ToView(iterator_->key()) == target_) Step();
      return;
  }
}

void RangeCursor::Describe(EntryView& entry, std::string_view value) const {
  entry.info.size = value.size();
  entry.info.expires_at.reset();
  if (versions_) [[unlikely]] {
    entry.info.version = VersionOf(value);
  } else {
    entry.info.version.reset();
  }
}

Result<std::size_t> RangeCursor::Fill(std::span<EntryView> out) {
  const bool was_start = place_ == Place::kStart;
  Position();
  if (!iterator_->Valid()) {
    if (const auto status = iterator_->status(); !status.ok()) {
      // From the start again, or on behind the last entry returned.
      if (!was_start) place_ = Place::kFailed;
      return FromStatus(status);
    }
    place_ = Place::kNext;
    return std::size_t{0};
  }
  // No further ahead than the caller will look, when it said so.
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), limit_hint_));
  if (most > 1 && buffer_ == nullptr) {
    buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  }
  char* to = buffer_.get();
  char* const end = to + (most > 1 ? kBufferBytes : 0);
  std::size_t count = 0;
  place_ = Place::kNext;
  while (iterator_->Valid()) {
    const std::string_view key = ToView(iterator_->key());
    const std::string_view value = ToView(iterator_->value());
    const std::string_view shown = values_ ? value : std::string_view();
    EntryView& entry = out[count++];
    Describe(entry, value);
    if (count == most || key.size() + shown.size() > static_cast<std::size_t>(end - to)) {
      entry.key = key;
      entry.value = shown;
      place_ = Place::kOnLast;
      break;
    }
    entry.key = CopyTo(to, key);
    entry.value = CopyTo(to, shown);
    Step();
  }
  if (place_ == Place::kNext && !iterator_->status().ok()) {
    // The entries before the failure are returned first; the next call tries again behind them.
    target_.assign(out[count - 1].key);
    has_target_ = true;
    place_ = Place::kFailed;
  }
  // A caller who goes on beyond its hint has no hint.
  limit_hint_ = limit_hint_ > count ? limit_hint_ - count : ScanOptions{}.limit_hint;
  return count;
}

}  // namespace anystore::rocksdb

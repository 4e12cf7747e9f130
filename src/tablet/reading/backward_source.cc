#include <algorithm>
#include <array>
#include <utility>

#include "tablet/reading/tablet_source.h"

namespace anystore::tablet {

Status BackwardSource::Enter(std::size_t block) {
  ANYSTORE_ASSIGN_OR_RETURN(loaded_, tablet_->Load(block, Keep::kYes));
  block_ = block;
  end_ = loaded_.block.entries().size();
  return Ok();
}

Status BackwardSource::Seek(std::string_view key) {
  const auto& to = range_.to();
  if (to.has_value() && key >= *to) return SeekToEnd();
  return SeekBehind(key, /*inclusive=*/true);
}

Status BackwardSource::SeekToEnd() {
  if (range_.to().has_value()) return SeekBehind(*range_.to(), /*inclusive=*/false);
  started_ = false;
  if (const std::size_t blocks = tablet_->index().size(); blocks > 0) {
    ANYSTORE_TRY(Enter(blocks - 1));
  }
  started_ = true;
  ended_ = tablet_->index().size() == 0;
  return Ok();
}

Status BackwardSource::SeekBehind(std::string_view key, bool inclusive) {
  const BlockIndex& index = tablet_->index();
  started_ = false;
  if (index.size() > 0) {
    const std::size_t block = index.Find(key);
    ANYSTORE_TRY(Enter(block));
    const EntryPlace place = FindIn(loaded_.block, key);
    if (place.damaged) return tablet_->DamageIn(block, place.offset);
    end_ = inclusive && place.equal ? place.next : place.offset;
  }
  started_ = true;
  ended_ = index.size() == 0;
  return Ok();
}

Result<std::span<const TabletEntry>> BackwardSource::Next() {
  if (!started_) ANYSTORE_TRY(SeekToEnd());
  while (!ended_ && end_ == 0) {
    if (block_ == 0) {
      ended_ = true;
    } else {
      ANYSTORE_TRY(Enter(block_ - 1));
    }
  }
  if (ended_) return std::span<const TabletEntry>();
  ANYSTORE_TRY(Fill());
  const std::size_t in_range = InRange();
  ended_ = in_range < batch_.size();
  return std::span<const TabletEntry>(batch_).first(in_range);
}

Result<BackwardSource::Tail> BackwardSource::MeasureTail(std::size_t begin) const {
  const std::string_view entries = loaded_.block.entries().substr(0, end_);
  // Of the last kBatch entries: where they begin, and how long their keys are.
  std::array<std::pair<std::size_t, std::size_t>, kBatch> ring;
  std::size_t count = 0;
  WrittenEntry entry;
  std::string_view rest = entries.substr(std::min(begin, entries.size()));
  while (!rest.empty()) {
    const std::size_t offset = entries.size() - rest.size();
    if (!TakeEntry(rest, entry)) return tablet_->DamageIn(block_, offset);
    ring[count++ % kBatch] = {offset, entry.key_bytes()};
  }
  Tail tail{.skipped = count, .offset = end_};
  while (tail.skipped > 0 && tail.count < kBatch) {
    const auto [offset, key_bytes] = ring[(tail.skipped - 1) % kBatch];
    if (tail.count > 0 && tail.key_bytes + key_bytes > kKeyBytes) break;
    tail.offset = offset;
    tail.key_bytes += key_bytes;
    ++tail.count;
    --tail.skipped;
  }
  if (tail.count == 0) return tablet_->DamageIn(block_, begin);
  return tail;
}

Status BackwardSource::Fill() {
  const Block& block = loaded_.block;
  const std::size_t begin =
      block.restart_count() == 0 ? 0 : block.restart(block.RestartBefore(end_ - 1));
  ANYSTORE_ASSIGN_OR_RETURN(const Tail tail, MeasureTail(begin));
  const std::string_view entries = block.entries().substr(0, end_);
  std::string_view rest = entries.substr(begin);
  std::string before;
  std::string_view key;
  arena_.Clear(tail.key_bytes);
  batch_.resize(tail.count);
  WrittenEntry entry;
  for (std::size_t at = 0; at < tail.skipped + tail.count; ++at) {
    const std::size_t offset = entries.size() - rest.size();
    if (!TakeEntry(rest, entry) || entry.common > key.size())
      return tablet_->DamageIn(block_, offset);
    if (entry.common == 0) {
      key = entry.suffix;
    } else if (at < tail.skipped) {
      std::string joined(key.substr(0, entry.common));
      joined.append(entry.suffix);
      before = std::move(joined);
      key = before;
    } else {
      const char* const joined = arena_.Join(key.substr(0, entry.common), entry.suffix);
      if (joined == nullptr) return tablet_->DamageIn(block_, offset);
      key = std::string_view(joined, entry.key_bytes());
    }
    if (at >= tail.skipped) {
      TabletEntry& to = batch_[tail.skipped + tail.count - 1 - at];
      to = {.key = key, .value = entry.value, .deleted = entry.deleted};
      if (tablet_->options().java_tombstones) TakeJavaTombstone(to);
    }
  }
  end_ = tail.offset;
  return Ok();
}

std::size_t BackwardSource::InRange() const noexcept {
  if (batch_.back().key >= range_.from()) return batch_.size();
  const auto end = std::lower_bound(
      batch_.begin(), batch_.end(), range_.from(),
      [](const TabletEntry& entry, std::string_view key) { return entry.key >= key; });
  return static_cast<std::size_t>(end - batch_.begin());
}

}  // namespace anystore::tablet

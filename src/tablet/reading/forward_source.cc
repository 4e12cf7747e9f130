#include <algorithm>
#include <utility>

#include "tablet/reading/tablet_source.h"

namespace anystore::tablet {

Status ForwardSource::Enter(std::size_t block) {
  ANYSTORE_ASSIGN_OR_RETURN(loaded_, tablet_->Load(block, Keep::kNo));
  block_ = block;
  offset_ = 0;
  previous_.clear();
  return Ok();
}

Status ForwardSource::Seek(std::string_view key) {
  const std::string_view from = std::max<std::string_view>(key, range_.from());
  const BlockIndex& index = tablet_->index();
  if (index.size() == 0) {
    ended_ = true;
    return Ok();
  }
  started_ = false;
  const std::size_t block = index.Find(from);
  ANYSTORE_TRY(Enter(block));
  const EntryPlace place = FindIn(loaded_.block, from);
  if (place.damaged) return tablet_->DamageIn(block, place.offset);
  offset_ = place.offset;
  previous_.assign(from.substr(0, place.entry.common));
  started_ = true;
  ended_ = false;
  return Ok();
}

Result<std::span<const TabletEntry>> ForwardSource::Next() {
  if (!started_ && !ended_) ANYSTORE_TRY(Seek(range_.from()));
  while (!ended_) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, Fill());
    if (count > 0) {
      const std::size_t in_range = InRange(count);
      ended_ = in_range < count;
      return std::span<const TabletEntry>(batch_).first(in_range);
    }
    if (block_ + 1 == tablet_->index().size()) break;
    ANYSTORE_TRY(Enter(block_ + 1));
  }
  ended_ = true;
  return std::span<const TabletEntry>();
}

Result<std::size_t> ForwardSource::Fill() {
  const std::string_view entries = loaded_.block.entries();
  const char* at = entries.data() + std::min(offset_, entries.size());
  const char* const end = entries.data() + entries.size();
  std::string_view key = previous_;  // of the entry before
  arena_.Clear();
  std::size_t count = 0;
  while (count < kBatch && at != end) {
    // Where the next entry begins is only known when this one was read, so nothing else would get
    // its bytes ahead of time over the end of a page.
    __builtin_prefetch(at + kPrefetchBytes);
    WrittenEntry entry;
    const char* const next = ReadEntry(at, end, entry);
    if (next == nullptr || entry.common > key.size()) [[unlikely]]
      return tablet_->DamageIn(block_, static_cast<std::size_t>(at - entries.data()));
    if (entry.common == 0) {
      key = entry.suffix;
    } else {
      const char* const joined = arena_.Join(key.substr(0, entry.common), entry.suffix);
      if (joined == nullptr) break;
      key = std::string_view(joined, entry.key_bytes());
    }
    batch_[count++] = {.key = key,
                       .value = entry.value,
                       .deleted = tablet_->IsDeleted(entry.value, entry.deleted)};
    at = next;
  }
  offset_ = static_cast<std::size_t>(at - entries.data());
  if (count > 0) previous_.assign(key);
  return count;
}

std::size_t ForwardSource::InRange(std::size_t count) const noexcept {
  const auto& to = range_.to();
  if (!to.has_value() || batch_[count - 1].key < *to) return count;
  const auto end = std::lower_bound(
      batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(count), *to,
      [](const TabletEntry& entry, std::string_view key) { return entry.key < key; });
  return static_cast<std::size_t>(end - batch_.begin());
}

}  // namespace anystore::tablet

#include <algorithm>
#include <utility>

#include "tablet/reading/tablet_source.h"

namespace anystore::tablet {
namespace {

/// Whoever looks for a place will read on from there.
constexpr std::size_t kPrefetchBytes = 8192;

}  // namespace

Status ForwardSource::Enter(std::size_t block) {
  ANYSTORE_ASSIGN_OR_RETURN(loaded_, tablet_->Load(block, Keep::kYes));
  block_ = block;
  decoder_.Enter(loaded_.block.entries());
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
  const EntryPlace place = FindIn(loaded_.block, from, kPrefetchBytes);
  if (place.damaged) return tablet_->DamageIn(block, place.offset);
  decoder_.Enter(loaded_.block.entries(), place.offset, from.substr(0, place.entry.common));
  started_ = true;
  ended_ = false;
  return Ok();
}

Result<std::span<const TabletEntry>> ForwardSource::Next() {
  if (!started_ && !ended_) ANYSTORE_TRY(Seek(range_.from()));
  while (!ended_) {
    const auto batch = decoder_.Next();
    if (!batch.has_value()) return tablet_->DamageIn(block_, batch.error());
    if (!batch->empty()) {
      const std::span<const TabletEntry> in_range = InRange(*batch);
      ended_ = in_range.size() < batch->size();
      return in_range;
    }
    if (block_ + 1 == tablet_->index().size()) break;
    ANYSTORE_TRY(Enter(block_ + 1));
  }
  ended_ = true;
  return std::span<const TabletEntry>();
}

std::span<const TabletEntry> ForwardSource::InRange(
    std::span<const TabletEntry> batch) const noexcept {
  const auto& to = range_.to();
  if (!to.has_value() || batch.back().key < *to) return batch;
  const auto end = std::ranges::lower_bound(batch, std::string_view(*to), {}, &TabletEntry::key);
  return batch.first(static_cast<std::size_t>(end - batch.begin()));
}

}  // namespace anystore::tablet

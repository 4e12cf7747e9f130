#include "backends/memory/reclaimer.h"

#include <iterator>
#include <utility>

namespace anystore::memory {

std::uint64_t Block::birth() const noexcept {
  switch (kind()) {
    case kRecord:
      return as<Record>()->birth();
    case kNode:
      return as<Node>()->birth;
    default:
      return as<Separator>()->birth();
  }
}

std::size_t Block::footprint() const noexcept {
  switch (kind()) {
    case kRecord:
      return as<Record>()->footprint();
    case kNode:
      return Footprint(as<Node>());
    default:
      return as<Separator>()->footprint();
  }
}

void Block::Free() const noexcept {
  switch (kind()) {
    case kRecord:
      return as<Record>()->Release();
    case kNode:
      return DeleteNode(as<Node>());
    default:
      return Separator::Delete(as<Separator>());
  }
}

Reclaimer::~Reclaimer() {
  for (const auto& retired : by_epoch_) {
    for (const Retired& each : retired) each.block.Free();
  }
}

void Reclaimer::Retire(Block block, std::uint64_t unlinked) {
  by_epoch_[epochs_.current() % by_epoch_.size()].push_back({block, unlinked});
  ++retired_since_look_;
}

void Reclaimer::Collect() {
  if (retired_since_look_ < kWorthLooking) return;
  retired_since_look_ = 0;
  if (!epochs_.TryAdvance()) return;
  // The place of the epoch that begins held what was unlinked kGrace + 1 epochs ago and was
  // emptied kGrace epochs after; what may go now stands in the place behind it.
  Sort(by_epoch_[(epochs_.current() + 1) % by_epoch_.size()]);
}

void Reclaimer::Sort(std::vector<Retired>& retired) noexcept {
  {
    const std::lock_guard lock(publication_);
    if (!snapshots_.empty()) {
      std::erase_if(retired, [&](const Retired& each) {
        // The newest snapshot before the unlinking; it has the block unless it is older than it.
        const auto behind = snapshots_.lower_bound(each.unlinked);
        if (behind == snapshots_.begin()) return false;
        auto& [number, snapshot] = *std::prev(behind);
        if (number < each.block.birth()) return false;
        snapshot.held.push_back(each);
        return true;
      });
    }
  }
  for (const Retired& each : retired) Free(each.block);
  retired.clear();
}

void Reclaimer::OpenSnapshot(std::uint64_t number) { ++snapshots_[number].opened; }

void Reclaimer::CloseSnapshot(std::uint64_t number) noexcept {
  std::vector<Retired> held;
  {
    const std::lock_guard lock(publication_);
    const auto snapshot = snapshots_.find(number);
    if (--snapshot->second.opened != 0) return;
    held = std::move(snapshot->second.held);
    snapshots_.erase(snapshot);
  }
  Sort(held);
}

void Reclaimer::Free(Block block) noexcept {
  bytes_.fetch_sub(block.footprint(), std::memory_order_relaxed);
  block.Free();
}

}  // namespace anystore::memory

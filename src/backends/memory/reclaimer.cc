#include "backends/memory/reclaimer.h"

#include <algorithm>
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

void Block::Free(NodePool& nodes) const noexcept {
  switch (kind()) {
    case kRecord:
      return as<Record>()->Release();
    case kNode:
      return nodes.Delete(as<Node>());
    default:
      return Separator::Delete(as<Separator>());
  }
}

Reclaimer::~Reclaimer() {
  for (const Stripe& stripe : stripes_) {
    for (const Retired& each : stripe.waiting) each.block.Free(nodes_);
  }
}

void Reclaimer::Settle(const Outcome& outcome) {
  Stripe& stripe = MyStripe();
  stripe.CountBytes(outcome.fresh_bytes);
  if (outcome.dropped.empty()) return;
  std::size_t next = 0;
  {
    const std::lock_guard lock(stripe.lock);
    Retire(stripe, outcome);
    if (stripe.retired - stripe.looked_at < kWorthLooking) return;
    stripe.looked_at = stripe.retired;
    static_cast<void>(epochs_.TryAdvance());
    Collect(stripe);
    next = std::exchange(stripe.next, (stripe.next + kVisits) % base::kStripes);
  }
  for (std::size_t i = 0; i < kVisits; ++i) Visit(stripes_[(next + i) % base::kStripes]);
}

void Reclaimer::Visit(Stripe& other) noexcept {
  const std::unique_lock lock(other.lock, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (other.visited_at == other.retired) Collect(other);
  other.visited_at = other.retired;
}

void Reclaimer::Retire(Stripe& stripe, const Outcome& outcome) {
  const std::uint64_t epoch = epochs_.current();
  for (const Block block : outcome.dropped) {
    if (block.birth() == outcome.number) {
      Free(block);  // made by the write, and dropped before anybody saw it
    } else {
      stripe.waiting.push_back({block, outcome.number, epoch});
      ++stripe.retired;
    }
  }
}

void Reclaimer::Collect(Stripe& stripe) noexcept {
  const std::uint64_t epoch = epochs_.current();
  const auto unripe = std::ranges::partition_point(stripe.waiting, [&](const Retired& each) {
    return each.epoch + base::Epochs::kGrace <= epoch;
  });
  if (unripe == stripe.waiting.begin()) return;
  std::vector<Retired> ripe(stripe.waiting.begin(), unripe);
  stripe.waiting.erase(stripe.waiting.begin(), unripe);
  // After a large batch.
  if (stripe.waiting.size() < stripe.waiting.capacity() / 16) stripe.waiting.shrink_to_fit();
  Sort(std::move(ripe));
}

void Reclaimer::Sort(std::vector<Retired> retired) noexcept {
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
}

void Reclaimer::OpenSnapshot(std::uint64_t number) {
  ++snapshots_[number].opened;
  NoteNewestSnapshot();
}

void Reclaimer::CloseSnapshot(std::uint64_t number) noexcept {
  std::vector<Retired> held;
  {
    const std::lock_guard lock(publication_);
    const auto snapshot = snapshots_.find(number);
    if (--snapshot->second.opened != 0) return;
    held = std::move(snapshot->second.held);
    snapshots_.erase(snapshot);
    NoteNewestSnapshot();
  }
  Sort(std::move(held));
}

void Reclaimer::NoteNewestSnapshot() noexcept {
  newest_snapshot_.store(snapshots_.empty() ? 0 : snapshots_.rbegin()->first,
                         std::memory_order_release);
}

void Reclaimer::Free(Block block) noexcept {
  MyStripe().CountBytes(-std::uint64_t{block.footprint()});
  block.Free(nodes_);
}

std::uint64_t Reclaimer::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) sum += stripe.bytes.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace anystore::memory

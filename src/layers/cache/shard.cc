#include "layers/cache/shard.h"

#include <algorithm>
#include <utility>

namespace anystore::layers {

Shard::Shard(base::Epochs& epochs, std::size_t capacity)
    : epochs_(epochs), capacity_(capacity), owned_table_(std::make_unique<Table>(kFirstBuckets)) {
  table_ = owned_table_.get();
}

Shard::~Shard() {
  for (EntryQueue* const queue : {&small_, &main_}) {
    while (Entry* const entry = queue->oldest()) {
      queue->Remove(*entry);
      entry->Release();
    }
  }
  for (const auto& each : retired_) each.block->Release();
}

void Shard::Fill(Entry* entry, const Moment& before) {
  {
    const std::lock_guard lock(mutex_);
    if (Now(entry->hash()) == before && UnderWay(before.lane) == 0 && UnderWay(before.all) == 0) {
      DropKey(entry->hash(), entry->key());
      return Insert(*entry);
    }
  }
  entry->Release();
}

Shard::Moment Shard::BeginWrite(std::uint64_t hash, std::string_view key) {
  const std::lock_guard lock(mutex_);
  lanes_[Lane(hash)].fetch_add(kBegun + kUnderWay, std::memory_order_release);
  DropKey(hash, key);
  return Now(hash);
}

void Shard::EndWrite(std::uint64_t hash, Entry* entry, const Moment& begun) {
  {
    const std::lock_guard lock(mutex_);
    const bool alone = Now(hash) == begun && UnderWay(begun.lane) == 1 && UnderWay(begun.all) == 0;
    lanes_[Lane(hash)].fetch_sub(kUnderWay, std::memory_order_release);
    if (entry == nullptr) return;
    if (alone) return Insert(*entry);
  }
  entry->Release();
}

void Shard::BeginWrites() {
  const std::lock_guard lock(mutex_);
  all_.fetch_add(kBegun + kUnderWay, std::memory_order_release);
}

void Shard::EndWrites() {
  const std::lock_guard lock(mutex_);
  all_.fetch_sub(kUnderWay, std::memory_order_release);
}

void Shard::Remove(std::uint64_t hash, std::string_view key) {
  const std::lock_guard lock(mutex_);
  DropKey(hash, key);
}

void Shard::RemoveRange(std::string_view from, const std::optional<std::string_view>& to) {
  const std::lock_guard lock(mutex_);
  for (const EntryQueue* const queue : {&small_, &main_}) {
    for (Entry* entry = queue->oldest(); entry != nullptr;) {
      Entry* const after = entry->newer;
      if (entry->key() >= from && (!to.has_value() || entry->key() < *to)) Drop(*entry);
      entry = after;
    }
  }
}

std::size_t Shard::bytes() const {
  const std::lock_guard lock(mutex_);
  return BytesHeld();
}

std::size_t Shard::BytesHeld() const noexcept {
  return small_.bytes() + main_.bytes() + owned_table_->footprint();
}

void Shard::Insert(Entry& entry) {
  if (count_ > owned_table_->mask) GrowTable();
  std::uint32_t& ghost = owned_table_->ghosts[entry.hash() & owned_table_->mask];
  const bool came_back = ghost == Fingerprint(entry.hash());
  if (came_back) ghost = 0;
  MakeRoom(entry.footprint());
  (came_back ? main_ : small_).PushNewest(entry);
  ++count_;
  std::atomic<Entry*>& bucket = owned_table_->buckets[entry.hash() & owned_table_->mask];
  entry.next.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
  bucket.store(&entry, std::memory_order_seq_cst);
}

void Shard::MakeRoom(std::size_t footprint) {
  while (count_ != 0 && BytesHeld() + footprint > capacity_) {
    const bool small_is_large = small_.bytes() > capacity_ / 10;
    if (small_.oldest() != nullptr && (small_is_large || main_.oldest() == nullptr)) {
      EvictFromSmall();
    } else {
      EvictFromMain();
    }
  }
}

void Shard::EvictFromSmall() {
  Entry& entry = *small_.oldest();
  if (entry.Forgive()) {
    small_.Remove(entry);
    main_.PushNewest(entry);
    return;
  }
  owned_table_->ghosts[entry.hash() & owned_table_->mask] = Fingerprint(entry.hash());
  Drop(entry);
}

void Shard::EvictFromMain() {
  Entry& entry = *main_.oldest();
  if (!entry.Forgive()) return Drop(entry);
  main_.Remove(entry);
  main_.PushNewest(entry);
}

void Shard::DropKey(std::uint64_t hash, std::string_view key) {
  if (Entry* const entry = Find(hash, key); entry != nullptr) Drop(*entry);
}

void Shard::Drop(Entry& entry) {
  Unlink(entry);
  (entry.queue == Entry::Queue::kSmall ? small_ : main_).Remove(entry);
  --count_;
  retired_.push_back({&entry, epochs_.current()});
  retired_bytes_ += entry.footprint();
  // Few are let wait, and little memory.
  constexpr std::size_t kWorthLooking = 32;
  if (retired_.size() % kWorthLooking == 0 || retired_bytes_ > capacity_ / 16) Collect();
}

void Shard::Unlink(const Entry& entry) noexcept {
  std::atomic<Entry*>* link = &owned_table_->buckets[entry.hash() & owned_table_->mask];
  while (link->load(std::memory_order_relaxed) != &entry) {
    link = &link->load(std::memory_order_relaxed)->next;
  }
  // Who is at the entry finds its way on: `next` stays.
  link->store(entry.next.load(std::memory_order_relaxed), std::memory_order_seq_cst);
}

void Shard::GrowTable() {
  auto larger = std::make_unique<Table>(2 * (owned_table_->mask + 1));
  // A reader of the old table may be led into a chain of the new one, and miss what it looks for.
  // It always arrives at an end: links lead from what has not moved to what has, never back.
  for (std::size_t i = 0; i <= owned_table_->mask; ++i) {
    Entry* entry = owned_table_->buckets[i].load(std::memory_order_relaxed);
    while (entry != nullptr) {
      Entry* const after = entry->next.load(std::memory_order_relaxed);
      std::atomic<Entry*>& bucket = larger->buckets[entry->hash() & larger->mask];
      entry->next.store(bucket.load(std::memory_order_relaxed), std::memory_order_seq_cst);
      bucket.store(entry, std::memory_order_relaxed);
      entry = after;
    }
  }
  table_.store(larger.get(), std::memory_order_seq_cst);
  retired_tables_.push_back({std::exchange(owned_table_, std::move(larger)), epochs_.current()});
}

void Shard::Collect() {
  for (std::uint64_t i = 0; i < base::Epochs::kGrace && epochs_.TryAdvance(); ++i) {
  }
  const std::uint64_t epoch = epochs_.current();
  const auto ripe = [epoch](const auto& each) {
    return each.epoch + base::Epochs::kGrace <= epoch;
  };
  std::erase_if(retired_tables_, ripe);
  // They retired one after the other.
  const auto unripe = std::ranges::find_if_not(retired_, ripe);
  for (auto each = retired_.begin(); each != unripe; ++each) {
    retired_bytes_ -= each->block->footprint();
    each->block->Release();
  }
  retired_.erase(retired_.begin(), unripe);
}

}  // namespace anystore::layers

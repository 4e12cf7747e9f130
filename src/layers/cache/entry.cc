#include "layers/cache/entry.h"

#include <algorithm>
#include <new>

namespace anystore::layers {

std::size_t Entry::Footprint(std::size_t key_size, std::size_t value_size) noexcept {
  // What the allocator keeps for itself, and rounds up.
  constexpr std::size_t kAllocator = 16;
  return sizeof(Entry) + key_size + value_size + kAllocator;
}

Entry* Entry::New(std::uint64_t hash, std::string_view key, std::string_view value,
                  const Facts& facts) noexcept {
  void* const memory = ::operator new(sizeof(Entry) + key.size() + value.size(), std::nothrow);
  return memory == nullptr ? nullptr : new (memory) Entry(hash, key, value, facts);
}

Entry::Entry(std::uint64_t hash, std::string_view key, std::string_view value,
             const Facts& facts) noexcept
    : ValueOwner(&Destroy),
      plain_(!facts.absent && facts.expires_at == kNever),
      key_size_(static_cast<std::uint32_t>(key.size())),
      value_size_(static_cast<std::uint32_t>(value.size())),
      hash_(hash),
      facts_(facts) {
  std::ranges::copy(value, std::ranges::copy(key, reinterpret_cast<char*>(this + 1)).out);
}

void Entry::Destroy(ValueOwner* owner) noexcept {
  auto* const entry = static_cast<Entry*>(owner);
  entry->~Entry();
  ::operator delete(static_cast<void*>(entry));
}

void EntryQueue::PushNewest(Entry& entry) noexcept {
  entry.queue = name_;
  entry.newer = nullptr;
  entry.older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = &entry;
  newest_ = &entry;
  bytes_ += entry.footprint();
}

void EntryQueue::Remove(Entry& entry) noexcept {
  (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
  (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
  entry.queue = Entry::Queue::kNone;
  bytes_ -= entry.footprint();
}

}  // namespace anystore::layers

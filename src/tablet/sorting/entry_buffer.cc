#include "tablet/sorting/entry_buffer.h"

#include <algorithm>
#include <array>
#include <span>

namespace anystore::tablet {
namespace {

constexpr std::size_t kChunkBytes = 1U << 20U;

}  // namespace

TabletEntry EntryBuffer::Slot::entry() const noexcept {
  if (value_bytes == kDeleted) return {.key = key(), .deleted = true};
  return {.key = key(), .value = {bytes + key_bytes, value_bytes}};
}

/// Hands out the slots one after another.
class EntryBuffer::Source final : public EntrySource {
 public:
  explicit Source(std::span<const Slot> slots) : slots_(slots) {}

  Result<std::span<const TabletEntry>> Next() override {
    const std::size_t count = std::min(kBatch, slots_.size() - at_);
    for (std::size_t i = 0; i < count; ++i) batch_[i] = slots_[at_ + i].entry();
    at_ += count;
    return std::span<const TabletEntry>(batch_).first(count);
  }

  Status Seek(std::string_view key) override {
    at_ = static_cast<std::size_t>(std::ranges::lower_bound(slots_, key, {}, &Slot::key) -
                                   slots_.begin());
    return Ok();
  }

 private:
  static constexpr std::size_t kBatch = 64;

  const std::span<const Slot> slots_;
  std::size_t at_ = 0;
  std::array<TabletEntry, kBatch> batch_ = {};
};

char* EntryBuffer::Allocate(std::size_t size) {
  if (size > free_bytes_) {
    free_bytes_ = std::max(size, kChunkBytes);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
    free_ = chunks_.back().get();
    bytes_ += free_bytes_;
  }
  char* const place = free_;
  free_ += size;
  free_bytes_ -= size;
  return place;
}

void EntryBuffer::Add(const TabletEntry& entry) {
  char* const place = Allocate(entry.key.size() + entry.value.size());
  entry.key.copy(place, entry.key.size());
  entry.value.copy(place + entry.key.size(), entry.value.size());
  if (in_order_ && !slots_.empty()) in_order_ = slots_.back().key() < entry.key;
  slots_.push_back({.prefix = KeyPrefix(entry.key),
                    .number = slots_.size(),
                    .bytes = place,
                    .key_bytes = static_cast<std::uint32_t>(entry.key.size()),
                    .value_bytes = entry.deleted ? Slot::kDeleted
                                                 : static_cast<std::uint32_t>(entry.value.size())});
}

void EntryBuffer::Sort() {
  if (in_order_) return;
  // Of equal keys, the last one comes first, and is the one that stays.
  std::ranges::sort(slots_, [](const Slot& a, const Slot& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = a.key().compare(b.key());
    return order != 0 ? order < 0 : a.number > b.number;
  });
  const auto repeated = std::ranges::unique(slots_, {}, &Slot::key);
  slots_.erase(repeated.begin(), repeated.end());
  in_order_ = true;
}

std::unique_ptr<EntrySource> EntryBuffer::NewSource() const {
  return std::make_unique<Source>(slots_);
}

void EntryBuffer::Clear() noexcept {
  slots_.clear();
  chunks_.clear();
  free_ = nullptr;
  free_bytes_ = 0;
  bytes_ = 0;
  in_order_ = true;
}

}  // namespace anystore::tablet

#include "tablet/writing/block_builder.h"

#include <algorithm>
#include <cstring>

#include "base/byte_order.h"
#include "tablet/format/constants.h"

namespace anystore::tablet {
namespace {

/// A number, the size of the suffix, the size of the value.
constexpr std::size_t kEntryHeadMax = 15;

char* StoreBytes(char* to, std::string_view bytes) noexcept {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

}  // namespace

void BlockBuilder::Add(const TabletEntry& entry, std::size_t shared) {
  std::size_t common = shared < shared_bytes_min_ ? 0 : shared;
  if (until_restart_ == 0) {
    restarts_.push_back(static_cast<std::uint32_t>(size_));
    until_restart_ = restart_interval_;
    common = 0;
  }
  --until_restart_;
  ++entries_;
  const std::string_view suffix = entry.key.substr(common);
  char* const begin = Grow(kEntryHeadMax + suffix.size() + entry.value.size());
  char* to = StoreUint(begin, common);
  to = StoreBytes(StoreRawSize(to, suffix.size()), suffix);
  if (entry.deleted) {
    *to++ = kNil;
  } else {
    to = StoreBytes(StoreRawSize(to, entry.value.size()), entry.value);
  }
  size_ += static_cast<std::size_t>(to - begin);
}

char* BlockBuilder::Grow(std::size_t bytes) {
  if (capacity_ - size_ < bytes) {
    capacity_ = std::max(2 * capacity_, size_ + bytes);
    auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(grown.get(), payload_.get(), size_);
    payload_ = std::move(grown);
  }
  return payload_.get() + size_;
}

std::size_t BlockBuilder::size() const noexcept {
  return size_ + kRestartBytes * (restarts_.size() + 1);
}

std::string_view BlockBuilder::Finish() {
  restarts_.push_back(static_cast<std::uint32_t>(restarts_.size()));
  char* to = Grow(kRestartBytes * restarts_.size());
  for (const std::uint32_t number : restarts_) {
    base::StoreBig(to, number);
    to += kRestartBytes;
  }
  restarts_.pop_back();
  return {payload_.get(), static_cast<std::size_t>(to - payload_.get())};
}

void BlockBuilder::Clear() {
  size_ = 0;
  restarts_.clear();
  entries_ = 0;
  until_restart_ = 0;
}

}  // namespace anystore::tablet

#include "tablet/reading/block_cache.h"

#include <utility>

namespace anystore::tablet {

BlockCache::Places::Places(std::shared_ptr<BlockCache> cache, std::size_t blocks)
    : cache_(std::move(cache)), places_(std::make_unique<Place[]>(blocks)) {}

BlockCache::Places::~Places() {
  const std::lock_guard lock(cache_->mutex_);
  std::erase_if(cache_->kept_, [this](const Kept& kept) {
    if (kept.places != this) return false;
    cache_->bytes_ -= kept.bytes;
    return true;
  });
  cache_->hand_ = 0;
}

bool BlockCache::Places::Find(std::size_t block, CachedBlock& found) {
  Place& place = places_[block];
  const std::lock_guard lock(place.lock);
  if (place.block.entries_bytes == 0) return false;
  place.asked_for = true;
  found = place.block;
  return true;
}

void BlockCache::Places::Keep(std::size_t block, const CachedBlock& loaded) {
  const std::size_t bytes = loaded.payload.size();
  // One that would throw out everything else is not worth it.
  if (bytes > cache_->bytes_max_ / 4 || loaded.entries_bytes == 0) return;
  const std::lock_guard lock(cache_->mutex_);
  {
    const std::lock_guard place_lock(places_[block].lock);
    if (places_[block].block.entries_bytes != 0) return;  // another thread was faster
    places_[block].block = loaded;
    places_[block].asked_for = false;
  }
  cache_->MakeRoom(bytes);
  cache_->kept_.push_back({.places = this, .block = block, .bytes = bytes});
  cache_->bytes_ += bytes;
}

bool BlockCache::Places::TryForget(std::size_t block) {
  Place& place = places_[block];
  CachedBlock forgotten;  // freed behind the lock
  const std::lock_guard lock(place.lock);
  if (std::exchange(place.asked_for, false)) return false;
  std::swap(forgotten, place.block);
  return true;
}

void BlockCache::MakeRoom(std::size_t bytes) {
  while (!kept_.empty() && bytes_ + bytes > bytes_max_) {
    if (hand_ >= kept_.size()) hand_ = 0;
    Kept& kept = kept_[hand_];
    if (!kept.places->TryForget(kept.block)) {
      ++hand_;
      continue;
    }
    bytes_ -= kept.bytes;
    kept = kept_.back();
    kept_.pop_back();
  }
}

std::uint64_t BlockCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace anystore::tablet

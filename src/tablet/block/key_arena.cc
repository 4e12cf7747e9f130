#include "tablet/block/key_arena.h"

#include <algorithm>
#include <cstring>

namespace anystore::tablet {

void KeyArena::Clear(std::size_t bytes) {
  used_ = 0;
  if (bytes > size_) Grow(bytes);
}

void KeyArena::Grow(std::size_t bytes) {
  size_ = std::max(kBytesMin, bytes);
  bytes_ = std::make_unique_for_overwrite<char[]>(size_);
}

const char* KeyArena::Join(std::string_view front, std::string_view back) {
  const std::size_t bytes = front.size() + back.size();
  if (bytes > size_ - used_) {
    if (used_ != 0) return nullptr;
    Grow(bytes);
  }
  char* const key = bytes_.get() + used_;
  used_ += bytes;
  std::memcpy(key, front.data(), front.size());
  std::memcpy(key + front.size(), back.data(), back.size());
  return key;
}

}  // namespace anystore::tablet

#include "core/copied_changes.h"

#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/sanitizer.h"

namespace anystore::internal {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10U;
/// What is larger gets a block of its own, and what is left of the current one stays in use.
constexpr std::size_t kSharedBytesMax = kBlockBytes / 4;

std::unique_ptr<char[]> NewBlock(std::size_t bytes) {
  return std::unique_ptr<char[]>(new (std::nothrow) char[bytes]);
}

std::string_view CopyTo(char*& to, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  const std::string_view copy(to, bytes.size());
  to += bytes.size();
  return copy;
}

}  // namespace

Status CopiedChanges::Add(const Mutation& change) {
  const std::size_t bytes = change.key.size() + change.value.size();
  char* to = Reserve(bytes);
  if (to == nullptr) {
    return Error(Code::kResourceExhausted,
                 "no memory for a value of " + std::to_string(change.value.size()) + " bytes");
  }
  Mutation copy{.kind = change.kind};
  copy.key = CopyTo(to, change.key);
  copy.value = CopyTo(to, change.value);
  changes_.push_back(copy);
  bytes_ += bytes;
  return Ok();
}

char* CopiedChanges::Reserve(std::size_t bytes) {
  if (bytes > kSharedBytesMax) {
    std::unique_ptr<char[]> block = NewBlock(bytes);
    if (block == nullptr) return nullptr;
    large_.push_back(std::move(block));
    return large_.back().get();
  }
  // Even nothing gets a place: the empty key with an empty value.
  if ((free_ == nullptr || bytes > free_bytes_) && !NextBlock()) return nullptr;
  free_bytes_ -= bytes;
  return std::exchange(free_, free_ + bytes);
}

bool CopiedChanges::NextBlock() {
  if (blocks_used_ == blocks_.size()) {
    std::unique_ptr<char[]> block = NewBlock(kBlockBytes);
    if (block == nullptr) return false;
    blocks_.push_back(std::move(block));
  }
  free_ = blocks_[blocks_used_++].get();
  free_bytes_ = kBlockBytes;
  return true;
}

void CopiedChanges::Clear() {
  changes_.clear();
  large_.clear();
  if (base::kFreedMemoryIsWatched) blocks_.clear();
  blocks_used_ = 0;
  free_ = nullptr;
  free_bytes_ = 0;
  bytes_ = 0;
}

}  // namespace anystore::internal

#include "filesystem/memory/content.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace anystore::filesystem {
namespace {

/// So much is copied at most when a shared chunk is written.
constexpr std::uint64_t kChunkBytes = 256U << 10U;

}  // namespace

/// Counted bytes; those that were never written are zero. From `calloc`, so that a large reserve
/// costs memory only where it is touched.
class Content::Chunk final : public ValueOwner {
 public:
  static Chunk* TryNew(std::size_t capacity) noexcept {
    void* const memory = std::calloc(1, sizeof(Chunk) + capacity);
    return memory == nullptr ? nullptr : ::new (memory) Chunk(capacity);
  }

  [[nodiscard]] char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] const char* bytes() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// How many of the bytes count; the others are zero.
  [[nodiscard]] std::size_t filled() const noexcept { return filled_; }
  void set_filled(std::size_t filled) noexcept { filled_ = filled; }
  /// Whether somebody else reads it, or did: whoever wants to write makes a copy.
  [[nodiscard]] bool shared() const noexcept { return shared_.load(std::memory_order_relaxed); }
  void Share() noexcept {
    shared_.store(true, std::memory_order_relaxed);
    Retain();
  }

 private:
  explicit Chunk(std::size_t capacity) noexcept : ValueOwner(&Free), capacity_(capacity) {}
  static void Free(ValueOwner* owner) noexcept {
    auto* const self = static_cast<Chunk*>(owner);
    self->~Chunk();
    std::free(static_cast<void*>(self));
  }

  const std::size_t capacity_;
  std::size_t filled_ = 0;
  std::atomic<bool> shared_ = false;
};

Content::Content(Content&& other) noexcept
    : pieces_(std::move(other.pieces_)),
      size_(std::exchange(other.size_, 0)),
      held_(std::exchange(other.held_, 0)) {
  other.pieces_.clear();
}

Content& Content::operator=(Content&& other) noexcept {
  std::swap(pieces_, other.pieces_);
  std::swap(size_, other.size_);
  std::swap(held_, other.held_);
  return *this;
}

Content::~Content() {
  for (const Piece& piece : pieces_) piece.chunk->Release();
}

Content Content::Share() const {
  Content copy;
  copy.pieces_ = pieces_;
  copy.size_ = size_;
  copy.held_ = held_;
  for (const Piece& piece : pieces_) piece.chunk->Share();
  return copy;
}

Content::Part Content::FirstPart(std::uint64_t offset, std::uint64_t length) noexcept {
  const std::uint64_t within = offset % kChunkBytes;
  return {.index = offset / kChunkBytes,
          .offset = within,
          .length = std::min(length, kChunkBytes - within)};
}

std::size_t Content::Find(std::uint64_t index) const noexcept {
  // Without holes before it, a piece is where its index says.
  if (index < pieces_.size() && pieces_[index].index == index) return index;
  const auto found = std::lower_bound(
      pieces_.begin(), pieces_.end(), index,
      [](const Piece& piece, std::uint64_t wanted) { return piece.index < wanted; });
  return static_cast<std::size_t>(found - pieces_.begin());
}

const Content::Chunk* Content::ChunkAt(std::uint64_t index) const noexcept {
  const std::size_t at = Find(index);
  return at < pieces_.size() && pieces_[at].index == index ? pieces_[at].chunk : nullptr;
}

Content::Chunk* Content::Own(std::uint64_t index, std::size_t bytes) {
  const std::size_t at = Find(index);
  const bool there = at < pieces_.size() && pieces_[at].index == index;
  Chunk* chunk = there ? pieces_[at].chunk : nullptr;
  if (!there || chunk->shared() || chunk->capacity() < bytes) {
    // The first write often is the only one: no room to spare. Later ones double.
    const std::size_t filled = there ? chunk->filled() : 0;
    std::size_t capacity = std::max(bytes, filled);
    if (there && chunk->capacity() < bytes) {
      capacity = std::max(capacity, std::min<std::size_t>(2 * chunk->capacity(), kChunkBytes));
    }
    Chunk* const larger = Chunk::TryNew(capacity);
    if (larger == nullptr) return nullptr;
    if (there) {
      std::memcpy(larger->bytes(), chunk->bytes(), filled);
      larger->set_filled(filled);
      chunk->Release();
      pieces_[at].chunk = larger;
    } else {
      pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at), {index, larger});
    }
    chunk = larger;
  }
  if (bytes > chunk->filled()) {
    held_ += bytes - chunk->filled();
    chunk->set_filled(bytes);
  }
  return chunk;
}

std::uint64_t Content::Growth(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return 0;
  const std::uint64_t end = offset + length;
  const std::uint64_t first = offset / kChunkBytes;
  const std::uint64_t last = (end - 1) / kChunkBytes;
  // Every chunk but the last is held whole afterwards.
  std::uint64_t held = (last - first) * kChunkBytes + (end - last * kChunkBytes);
  for (std::size_t at = Find(first); at < pieces_.size() && pieces_[at].index <= last; ++at) {
    const std::uint64_t wanted = pieces_[at].index == last ? end - last * kChunkBytes : kChunkBytes;
    held -= std::min<std::uint64_t>(pieces_[at].chunk->filled(), wanted);
  }
  return held;
}

std::size_t Content::Read(std::uint64_t offset, std::span<char> out) const {
  if (offset >= size_) return 0;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
  for (std::size_t done = 0; done < count;) {
    const Part part = FirstPart(offset + done, count - done);
    const Chunk* const chunk = ChunkAt(part.index);
    const std::size_t filled = chunk == nullptr ? 0 : chunk->filled();
    const std::size_t stored =
        filled <= part.offset ? 0 : std::min(part.length, filled - part.offset);
    char* const to = out.data() + done;
    if (stored != 0) std::memcpy(to, chunk->bytes() + part.offset, stored);
    if (stored != part.length) std::memset(to + stored, 0, part.length - stored);
    done += part.length;
  }
  return count;
}

bool Content::Write(std::uint64_t offset, std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const Part part = FirstPart(offset + done, bytes.size() - done);
    Chunk* const chunk = Own(part.index, part.offset + part.length);
    if (chunk == nullptr) return false;
    std::memcpy(chunk->bytes() + part.offset, bytes.data() + done, part.length);
    done += part.length;
    size_ = std::max(size_, offset + done);
  }
  return true;
}

bool Content::Resize(std::uint64_t size) {
  if (size < size_) {
    const std::uint64_t index = size / kChunkBytes;
    const auto within = static_cast<std::size_t>(size % kChunkBytes);
    std::size_t keep = Find(index);
    if (within != 0 && keep < pieces_.size() && pieces_[keep].index == index) {
      // What is cut off must read as zeros if the file grows again.
      Chunk* const chunk = Own(index, 0);
      if (chunk == nullptr) return false;
      if (chunk->filled() > within) {
        std::memset(chunk->bytes() + within, 0, chunk->filled() - within);
        held_ -= chunk->filled() - within;
        chunk->set_filled(within);
      }
      ++keep;
    }
    for (std::size_t at = keep; at < pieces_.size(); ++at) {
      held_ -= pieces_[at].chunk->filled();
      pieces_[at].chunk->Release();
    }
    pieces_.resize(keep);
  }
  size_ = size;
  return true;
}

bool Content::Reserve(std::uint64_t offset, std::uint64_t length) {
  while (length != 0) {
    const Part part = FirstPart(offset, length);
    if (Own(part.index, part.offset + part.length) == nullptr) return false;
    offset += part.length;
    length -= part.length;
  }
  return true;
}

bool Content::Zero(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  for (std::size_t at = Find(offset / kChunkBytes); at < pieces_.size(); ++at) {
    const std::uint64_t begin = pieces_[at].index * kChunkBytes;
    if (begin >= end) break;
    const std::uint64_t from = std::max(offset, begin) - begin;
    const std::uint64_t to = std::min<std::uint64_t>(end - begin, pieces_[at].chunk->filled());
    if (from >= to) continue;
    Chunk* const chunk = Own(pieces_[at].index, 0);
    if (chunk == nullptr) return false;
    std::memset(chunk->bytes() + from, 0, to - from);
  }
  return true;
}

Result<Value> Content::Map(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= size_) return Value();
  const std::uint64_t count = std::min(length, size_ - offset);
  if (count == 0) return Value();
  const std::size_t at = Find(offset / kChunkBytes);
  const std::uint64_t within = offset % kChunkBytes;
  if (at < pieces_.size() && pieces_[at].index == offset / kChunkBytes &&
      within + count <= pieces_[at].chunk->filled()) {
    Chunk* const chunk = pieces_[at].chunk;
    chunk->Share();
    return Value({chunk->bytes() + within, count}, chunk);
  }
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value value, Value::Allocate(count, &data));
  Read(offset, {data, count});
  return value;
}

}  // namespace anystore::filesystem

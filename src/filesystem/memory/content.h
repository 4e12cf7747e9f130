/// The bytes of a file in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "anystore/value.h"

namespace anystore::filesystem {

/// A sparse run of bytes in counted chunks. Ranges that nobody wrote hold no memory and read as
/// zeros. Copies made by `Share` and values made by `Map` share chunks; whoever writes next copies
/// those it touches.
///
/// Threads: thread-compatible. Read, Map and Share are reads.
class Content {
 public:
  Content() noexcept = default;
  Content(Content&& other) noexcept;
  Content& operator=(Content&& other) noexcept;
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content();

  /// The same bytes.
  [[nodiscard]] Content Share() const;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// How many bytes are held, be they within the size or not.
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
  /// By how much `held` would grow if this range were written or reserved.
  [[nodiscard]] std::uint64_t Growth(std::uint64_t offset, std::uint64_t length) const;

  /// Returns how many bytes there were.
  std::size_t Read(std::uint64_t offset, std::span<char> out) const;
  /// False: no memory, and any part may have been written.
  [[nodiscard]] bool Write(std::uint64_t offset, std::string_view bytes);
  /// Cuts, or grows by a hole. False: no memory, and nothing happened.
  [[nodiscard]] bool Resize(std::uint64_t size);
  /// Holds a range, so that writing it needs no more. The size stays. False: no memory.
  [[nodiscard]] bool Reserve(std::uint64_t offset, std::uint64_t length);
  /// Makes what is there of a range zero. False: no memory, and any part may have been.
  [[nodiscard]] bool Zero(std::uint64_t offset, std::uint64_t length);
  /// The bytes from `offset`, at most `length` and cut to what is there: pinned if they lie in one
  /// chunk, else copied.
  ///
  /// Errors: resource_exhausted.
  [[nodiscard]] Result<Value> Map(std::uint64_t offset, std::uint64_t length) const;

 private:
  class Chunk;
  /// `chunk` holds the first bytes of the range of `kChunkBytes` that `index` numbers.
  struct Piece {
    std::uint64_t index;
    Chunk* chunk;
  };
  /// The part of a range that lies in one chunk.
  struct Part {
    std::uint64_t index;
    std::size_t offset;
    std::size_t length;
  };

  static Part FirstPart(std::uint64_t offset, std::uint64_t length) noexcept;
  /// Where the piece of `index` is, or would be put.
  [[nodiscard]] std::size_t Find(std::uint64_t index) const noexcept;
  [[nodiscard]] const Chunk* ChunkAt(std::uint64_t index) const noexcept;
  /// The chunk of `index`, nobody else's, holding at least its first `bytes`. Null: no memory.
  [[nodiscard]] Chunk* Own(std::uint64_t index, std::size_t bytes);

  std::vector<Piece> pieces_;  // in the order of their index
  std::uint64_t size_ = 0;
  std::uint64_t held_ = 0;
};

}  // namespace anystore::filesystem

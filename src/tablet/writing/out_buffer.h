/// `OutBuffer`: bytes on their way to a file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace anystore::tablet {

/// Bytes that are written at the end and taken from the front. Not a string, which
/// would fill what it grows by with zeros first.
///
/// Threads: single-thread.
class OutBuffer {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view view(std::size_t from = 0) const noexcept {
    return {bytes_.get() + from, size_ - from};
  }
  /// The byte at `at`; it and those behind it may be changed until the buffer grows.
  [[nodiscard]] char* data(std::size_t at) noexcept { return bytes_.get() + at; }

  /// Room for `bytes` more, at the end; `Commit` says how many were written there.
  [[nodiscard]] char* Room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    return bytes_.get() + size_;
  }
  void Commit(const char* end) noexcept { size_ = static_cast<std::size_t>(end - bytes_.get()); }
  void Append(std::string_view bytes) {
    char* const to = Room(bytes.size());
    std::memcpy(to, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  /// Removes so many bytes from the front.
  void Take(std::size_t bytes) noexcept {
    size_ -= bytes;
    std::memmove(bytes_.get(), bytes_.get() + bytes, size_);
  }
  /// Cuts off what is behind `size`.
  void Cut(std::size_t size) noexcept { size_ = size; }

 private:
  static constexpr std::size_t kBytesMin = 4096;

  void Grow(std::size_t bytes) {
    const std::size_t capacity = std::max({kBytesMin, 2 * capacity_, size_ + bytes});
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_ = {};
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace anystore::tablet

/// `Record`: one key with its value, version and expiry, in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "anystore/value.h"

namespace anystore::memory {

/// The expiry of a record that stays, in nanoseconds since 1970.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// An immutable record. A reader that found one pins it by its count and points a `Value` into
/// it, so a read copies nothing; the tree holds one count of its own for as long as any reader
/// can find the record there.
///
/// Key and value follow the header directly: whoever has compared the key has most of a small
/// value in cache.
///
/// Threads: thread-safe once it is in the tree.
class Record final : public ValueOwner {
 public:
  /// A record with one reference, born in no write yet; null when memory runs out.
  [[nodiscard]] static Record* New(std::string_view key, std::string_view value,
                                   std::int64_t expires_at) noexcept;

  [[nodiscard]] std::string_view key() const noexcept { return {bytes(), key_size_}; }
  [[nodiscard]] std::string_view value() const noexcept {
    return {bytes() + key_size_, value_size_};
  }
  /// When the record goes away, or `kNever`.
  [[nodiscard]] std::int64_t expires_at() const noexcept { return expires_at_; }
  /// The number of the write that made it; what its version is made of.
  [[nodiscard]] std::uint64_t birth() const noexcept { return birth_; }
  /// Sets the number of the write. Before the record is published.
  void set_birth(std::uint64_t birth) noexcept { birth_ = birth; }
  /// How many bytes of memory it takes.
  [[nodiscard]] std::size_t footprint() const noexcept {
    return sizeof(Record) + key_size_ + value_size_;
  }

 private:
  Record(std::string_view key, std::string_view value, std::int64_t expires_at) noexcept;
  static void Destroy(ValueOwner* owner) noexcept;

  [[nodiscard]] const char* bytes() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }

  std::uint32_t key_size_;
  std::uint32_t value_size_;
  std::uint64_t birth_ = 0;
  std::int64_t expires_at_;
};

}  // namespace anystore::memory

/// `Entry`: what a cache keeps of one key.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "anystore/options.h"
#include "anystore/value.h"

namespace anystore::layers {

/// The expiry of a record that stays, in nanoseconds since 1970.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// One key with its value and what else is known of the record, or that there is none, in one block
/// of memory. Readers pin it by its count and point values into it.
///
/// Threads: what is const, and `next`, `Use` and the count: thread-safe. The rest belongs to
/// whoever holds the lock of the entry's shard.
class Entry final : public ValueOwner {
 public:
  /// What is known of the record at the time.
  struct Facts {
    std::optional<Version> version = {};
    std::int64_t expires_at = kNever;
    /// There is no record.
    bool absent = false;
  };
  /// Which queue it is in.
  enum class Queue : std::uint8_t { kNone, kSmall, kMain };

  /// What an entry of this size takes.
  [[nodiscard]] static std::size_t Footprint(std::size_t key_size, std::size_t value_size) noexcept;
  /// An entry with one reference; null when memory runs out.
  [[nodiscard]] static Entry* New(std::uint64_t hash, std::string_view key, std::string_view value,
                                  const Facts& facts) noexcept;

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] std::string_view key() const noexcept { return {bytes(), key_size_}; }
  [[nodiscard]] std::string_view value() const noexcept {
    return {bytes() + key_size_, value_size_};
  }
  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  /// Whether there is a record, which never expires.
  [[nodiscard]] bool plain() const noexcept { return plain_; }
  [[nodiscard]] std::size_t footprint() const noexcept { return Footprint(key_size_, value_size_); }

  /// Counts a hit, up to three: whoever reads it often has only to look.
  void Use() noexcept {
    const std::uint8_t uses = uses_.load(std::memory_order_relaxed);
    if (uses < kUsesMax) uses_.store(uses + 1, std::memory_order_relaxed);
  }
  /// Takes back one of the hits; false when there is none.
  [[nodiscard]] bool Forgive() noexcept {
    const std::uint8_t uses = uses_.load(std::memory_order_relaxed);
    if (uses == 0) return false;
    uses_.store(uses - 1, std::memory_order_relaxed);
    return true;
  }

  /// The next one in the same bucket.
  std::atomic<Entry*> next{nullptr};
  Entry* newer = nullptr;
  Entry* older = nullptr;
  Queue queue = Queue::kNone;

 private:
  static constexpr std::uint8_t kUsesMax = 3;

  Entry(std::uint64_t hash, std::string_view key, std::string_view value,
        const Facts& facts) noexcept;
  static void Destroy(ValueOwner* owner) noexcept;
  [[nodiscard]] const char* bytes() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }

  std::atomic<std::uint8_t> uses_{0};
  const bool plain_;
  const std::uint32_t key_size_;
  const std::uint32_t value_size_;
  const std::uint64_t hash_;
  const Facts facts_;
};

/// Entries in the order they came in.
///
/// Threads: thread-compatible.
class EntryQueue {
 public:
  explicit EntryQueue(Entry::Queue name) noexcept : name_(name) {}
  void PushNewest(Entry& entry) noexcept;
  void Remove(Entry& entry) noexcept;
  /// Null when there is none.
  [[nodiscard]] Entry* oldest() const noexcept { return oldest_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  const Entry::Queue name_;
  Entry* newest_ = nullptr;
  Entry* oldest_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace anystore::layers

/// `Shard`: a part of a cache, chosen by the hash of the key: a table that is read without a lock,
/// the queues that say what goes when it is full, and what keeps it from holding old values.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "anystore/key_range.h"
#include "base/epoch.h"
#include "base/key_hash.h"
#include "layers/cache/entry.h"

namespace anystore::layers {

/// The table: buckets of chained entries. A reader inside an epoch may walk it at any time; at
/// worst it misses an entry that is just being moved or removed.
///
/// What goes when the shard is full: new entries join the small queue, a tenth of the shard. What
/// was hit there by the time it is the oldest moves to the main queue, the rest goes, and only its
/// hash is remembered: when it comes back soon, it joins the main queue at once. There the oldest
/// gets another round for each of its hits. So what is read once never displaces what is read often
/// (S3-FIFO: Yang et al., SOSP 2023).
///
/// Why it never holds an old value: writes are counted, by lanes into which keys are hashed, when
/// they begin and when they end; beginning takes the key out. A value that was read goes in only if
/// no write of its lane began since before the read, and none was under way then. A value that was
/// written goes in only if no other write of the lane overlapped with it. A write of very many keys
/// counts for all lanes.
///
/// Threads: thread-safe.
class alignas(64) Shard {
 public:
  /// The writes of a lane, and those of all lanes: begun so far, and under way.
  struct Moment {
    std::uint64_t lane = 0;
    std::uint64_t all = 0;
    friend bool operator==(const Moment&, const Moment&) = default;
  };

  /// Keeps up to `capacity` bytes, its table included.
  Shard(base::Epochs& epochs, std::size_t capacity);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  /// The entry of `key`, null when there is none.
  ///
  /// Requires: the caller is inside an epoch, and pins what it keeps.
  [[nodiscard]] Entry* Find(std::uint64_t hash, std::string_view key) const noexcept {
    const Table* const table = table_.load(std::memory_order_seq_cst);
    Entry* entry = table->buckets[hash & table->mask].load(std::memory_order_seq_cst);
    while (entry != nullptr && (entry->hash() != hash || !base::SameKey(entry->key(), key))) {
      entry = entry->next.load(std::memory_order_seq_cst);
    }
    return entry;
  }

  /// Whether an entry of this size would be kept.
  [[nodiscard]] bool Takes(std::size_t footprint) const noexcept {
    return footprint <= capacity_ / 4;
  }
  /// To be taken before a value is read from below.
  [[nodiscard]] Moment Now(std::uint64_t hash) const noexcept {
    return {.lane = lanes_[Lane(hash)].load(std::memory_order_acquire),
            .all = all_.load(std::memory_order_acquire)};
  }
  /// Takes in what was read after `before`, unless it may be old. Takes over the entry.
  void Fill(Entry* entry, const Moment& before);

  /// Before a write of `key`: takes its entry out, and keeps others from coming in.
  [[nodiscard]] Moment BeginWrite(std::uint64_t hash, std::string_view key);
  /// After it, with what `BeginWrite` returned. Takes in, and over, `entry`, which is null when
  /// nothing is known of the record.
  void EndWrite(std::uint64_t hash, Entry* entry, const Moment& begun);
  /// Before a write of very many keys: keeps all from coming in.
  void BeginWrites();
  /// Takes out one of them.
  void Remove(std::uint64_t hash, std::string_view key);
  /// Takes out all keys in [from, to).
  void RemoveRange(std::string_view from, const std::optional<std::string_view>& to);
  /// After it.
  void EndWrites();

  /// The bytes of what is kept and of the table. What readers may still be at is not in it.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Table {
    explicit Table(std::size_t size)
        : mask(size - 1), buckets(new std::atomic<Entry*>[size]()), ghosts(size) {}
    [[nodiscard]] std::size_t footprint() const noexcept {
      return (mask + 1) * (sizeof(std::atomic<Entry*>) + sizeof(std::uint32_t));
    }
    const std::size_t mask;
    const std::unique_ptr<std::atomic<Entry*>[]> buckets;
    std::vector<std::uint32_t> ghosts;  // of what has gone from the small queue; requires mutex_
  };
  /// What readers may still be at.
  template <class T>
  struct Retired {
    T block;
    std::uint64_t epoch;
  };

  static constexpr std::size_t kLanes = 256;
  static constexpr std::size_t kFirstBuckets = 16;
  /// In a count of writes: one that has begun, which is under way; and one that is over.
  static constexpr std::uint64_t kUnderWay = 1;
  static constexpr std::uint64_t kBegun = std::uint64_t{1} << 24U;
  [[nodiscard]] static std::uint64_t UnderWay(std::uint64_t count) noexcept {
    return count % kBegun;
  }
  [[nodiscard]] static std::size_t Lane(std::uint64_t hash) noexcept {
    return (hash >> 48U) % kLanes;
  }
  [[nodiscard]] static std::uint32_t Fingerprint(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 24U) | 1U;
  }

  // All below: requires mutex_.
  [[nodiscard]] std::size_t BytesHeld() const noexcept;
  void Insert(Entry& entry);
  void MakeRoom(std::size_t footprint);
  void EvictFromSmall();
  void EvictFromMain();
  void Drop(Entry& entry);
  void DropKey(std::uint64_t hash, std::string_view key);
  void Unlink(const Entry& entry) noexcept;
  void GrowTable();
  void Collect();

  base::Epochs& epochs_;
  const std::size_t capacity_;
  std::atomic<Table*> table_;
  std::array<std::atomic<std::uint64_t>, kLanes> lanes_ = {};
  std::atomic<std::uint64_t> all_{0};

  mutable std::mutex mutex_;  // guards everything below, and all writes to what is above
  std::unique_ptr<Table> owned_table_;
  std::size_t count_ = 0;
  EntryQueue small_{Entry::Queue::kSmall};
  EntryQueue main_{Entry::Queue::kMain};
  std::vector<Retired<Entry*>> retired_;
  std::vector<Retired<std::unique_ptr<Table>>> retired_tables_;
  std::size_t retired_bytes_ = 0;
};

}  // namespace anystore::layers

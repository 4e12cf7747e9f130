/// Locks that make check and write of a conditional write one step.
#pragma once

#include <pthread.h>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/byte_order.h"

namespace anystore::rocksdb {

/// Readers-writer locks, one for every 256th of the keys. A plain write shares the lock of its
/// key's stripe with other plain writes; a conditional one has it alone. So plain writes never
/// wait for each other here, and a condition holds until its write is done.
///
/// Locks are taken in the order of stripes, so writers of many keys never wait in a circle. A
/// waiting conditional write goes before plain ones that come later.
///
/// Threads: thread-safe.
class StripedLocks {
 public:
  static constexpr std::size_t kCount = 256;

  StripedLocks();
  StripedLocks(const StripedLocks&) = delete;
  StripedLocks& operator=(const StripedLocks&) = delete;
  ~StripedLocks();

  /// The stripe of a key: equal keys have equal stripes. Made from the length and up to 32 bytes
  /// of the key's end, where keys differ.
  [[nodiscard]] static std::size_t StripeOf(std::string_view key) noexcept;

  /// Which stripes to lock, and which of them alone.
  struct Set {
    std::bitset<kCount> stripes = {};
    std::bitset<kCount> alone = {};

    /// Adds the stripe of a key.
    void Add(std::string_view key, bool is_alone) {
      const std::size_t stripe = StripeOf(key);
      stripes.set(stripe);
      if (is_alone) alone.set(stripe);
    }
    /// Adds every stripe.
    void AddAll(bool is_alone) {
      stripes.set();
      if (is_alone) alone.set();
    }
  };

  /// Holds one stripe, shared or alone.
  class [[nodiscard]] One {
   public:
    One(StripedLocks& locks, std::string_view key, bool alone);
    One(const One&) = delete;
    One& operator=(const One&) = delete;
    ~One() { pthread_rwlock_unlock(lock_); }

   private:
    pthread_rwlock_t* lock_;
  };

  /// Holds a set of stripes.
  class [[nodiscard]] Many {
   public:
    Many(StripedLocks& locks, const Set& set);
    Many(const Many&) = delete;
    Many& operator=(const Many&) = delete;
    ~Many();

   private:
    StripedLocks& locks_;
    const std::bitset<kCount> held_;
  };

 private:
  struct alignas(64) Stripe {
    pthread_rwlock_t lock;
  };
  std::unique_ptr<std::array<Stripe, kCount>> stripes_;
};

inline std::size_t StripedLocks::StripeOf(std::string_view key) noexcept {
  constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
  std::uint64_t hash = key.size() * kMultiplier;
  const char* const end = key.data() + key.size();
  if (key.size() >= 8) {
    for (std::size_t back = 8; back <= 32 && back <= key.size(); back += 8) {
      hash = (hash ^ base::LoadLittle<std::uint64_t>(end - back)) * kMultiplier;
      hash ^= hash >> 32U;
    }
  } else {
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * kMultiplier;
  }
  return static_cast<std::size_t>(hash >> 56U);
}

}  // namespace anystore::rocksdb

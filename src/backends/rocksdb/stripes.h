/// Locks that make check and write of a conditional write one step.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/byte_order.h"
#include "base/share_lock.h"
#include "core/gate.h"

namespace anystore::rocksdb {

using base::ShareLock;

/// Locks, one for every 256th of the keys. A plain write shares the lock of its key's stripe with
/// other plain writes; a conditional one has it alone. So plain writes never wait for each other
/// here, and a condition holds until its write is done.
///
/// As long as nobody writes conditionally, plain writes take no lock at all but count themselves
/// in a lane of their core, which is always in the processor's cache when a lock chosen by key
/// seldom is. The first conditional write waits until the lanes are empty.
///
/// Locks are taken in the order of stripes, and none while in a lane, so writers never wait in a
/// circle.
///
/// Threads: thread-safe.
class StripedLocks {
  using Gate = internal::Gate;

 public:
  static constexpr std::size_t kCount = 256;

  StripedLocks() : stripes_(std::make_unique<std::array<Stripe, kCount>>()) {}

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

  /// A write of one key: plain, or alone with the key.
  class [[nodiscard]] One {
   public:
    One(StripedLocks& locks, std::string_view key, bool alone) noexcept
        : locks_(locks), lane_(alone ? Gate::Pass() : Gate::Pass(locks.lanes_)) {
      if (!lane_) [[unlikely]]
        Lock(key, alone);
    }
    One(const One&) = delete;
    One& operator=(const One&) = delete;
    ~One() {
      if (!lane_) [[unlikely]]
        Unlock();
    }

   private:
    void Lock(std::string_view key, bool alone) noexcept;
    void Unlock() noexcept;

    StripedLocks& locks_;
    const Gate::Pass lane_;
    ShareLock* lock_ = nullptr;
    bool alone_ = false;
  };

  /// A write of many keys, some of them perhaps alone.
  class [[nodiscard]] Many {
   public:
    Many(StripedLocks& locks, const Set& set) noexcept;
    Many(const Many&) = delete;
    Many& operator=(const Many&) = delete;
    ~Many();

   private:
    StripedLocks& locks_;
    const Gate::Pass lane_;
    const Set held_;
  };

 private:
  struct alignas(64) Stripe {
    ShareLock lock;
  };

  std::unique_ptr<std::array<Stripe, kCount>> stripes_;
  Gate lanes_;  // closed by conditional writers
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

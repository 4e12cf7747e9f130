/// `Counters`: what a store was asked, how it answered, and how long that took.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "base/stripe.h"
#include "layers/prometheus_text.h"
#include "layers/verb.h"

namespace anystore::layers {

/// How long calls took: how many stayed within each of a row of bounds.
///
/// Threads: thread-safe.
class Histogram {
 public:
  /// The bounds in nanoseconds: 250 ns to 10 s, in steps of 2, 2.5 and 2.
  static constexpr std::size_t kBounds = 24;
  [[nodiscard]] static std::uint64_t bound(std::size_t index) noexcept;

  void Add(std::uint64_t nanoseconds) noexcept;
  /// Writes the samples of one verb; nothing when there was no call.
  void Write(PrometheusWriter& writer, std::string_view label) const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds + 1> counts_ = {};  // the last: beyond all bounds
  std::atomic<std::uint64_t> nanoseconds_{0};
};

/// Counts calls exactly, in few instructions, and picks every n-th on a stripe to be measured.
///
/// Threads: thread-safe.
class Countdown {
 public:
  explicit Countdown(std::int64_t sample) noexcept : sample_(sample) {}

  /// Counts a call. True when it is one to measure. `local` is the address of a local variable.
  [[nodiscard]] bool Count(const void* local) noexcept {
    Stripe& stripe = At(local);
    if (stripe.left.fetch_sub(1, std::memory_order_relaxed) != 1) [[likely]]
      return false;
    stripe.rounds.fetch_add(1, std::memory_order_release);
    stripe.left.fetch_add(sample_, std::memory_order_release);
    return true;
  }
  /// How many calls were counted.
  [[nodiscard]] std::uint64_t total() const noexcept;
  [[nodiscard]] std::uint64_t sample() const noexcept {
    return static_cast<std::uint64_t>(sample_);
  }

 private:
  /// Counted so far: rounds * sample + 1 - left. The first call of a stripe is measured.
  struct alignas(base::kStackStripeBytes) Stripe {
    std::atomic<std::int64_t> left{1};
    std::atomic<std::int64_t> rounds{0};
  };
  static_assert(sizeof(Stripe) == base::kStackStripeBytes);

  [[nodiscard]] Stripe& At(const void* local) noexcept {
    // In bytes, since the offset is at hand in bytes.
    return *reinterpret_cast<Stripe*>(reinterpret_cast<char*>(stripes_.data()) +
                                      base::StackStripeOffset(local));
  }

  std::array<Stripe, base::kStackStripes> stripes_ = {};
  const std::int64_t sample_;
};

/// Calls, misses, errors and bytes are counted exactly, but for the bytes of Get; of Get and Stat
/// every n-th call is timed, of the other verbs every one.
///
/// Threads: thread-safe.
class Counters {
 public:
  /// Times every `sample`-th Get and Stat, all by `clock`.
  Counters(Clock& clock, std::int64_t sample) noexcept
      : gets_(sample), stats_(sample), clock_(clock) {}

  [[nodiscard]] Countdown& gets() noexcept { return gets_; }
  [[nodiscard]] Countdown& stats() noexcept { return stats_; }
  /// Counts a call of another verb.
  void Count(Verb verb) noexcept {
    MyStripe().calls[Index(verb)].fetch_add(1, std::memory_order_relaxed);
  }
  /// Counts how a call ended that did not end well: a miss is no error of a read.
  [[gnu::cold]] void CountFailure(Verb verb, Code code) noexcept;
  void CountBytes(Verb verb, std::uint64_t bytes) noexcept {
    MyStripe().bytes[Index(verb)].fetch_add(bytes, std::memory_order_relaxed);
  }
  void CountEntries(std::uint64_t entries) noexcept {
    MyStripe().entries.fetch_add(entries, std::memory_order_relaxed);
  }
  /// Notes how long a call took.
  void CountTime(Verb verb, Duration duration) noexcept;
  [[nodiscard]] Clock& clock() const noexcept { return clock_; }

  void Write(PrometheusWriter& writer) const;

 private:
  struct alignas(64) Stripe {
    std::array<std::atomic<std::uint64_t>, kVerbNames.size()> calls = {};
    std::array<std::atomic<std::uint64_t>, kVerbNames.size()> misses = {};
    std::array<std::atomic<std::uint64_t>, kVerbNames.size()> bytes = {};
    std::atomic<std::uint64_t> entries{0};
  };
  using PerVerb = std::array<std::atomic<std::uint64_t>, kVerbNames.size()> Stripe::*;

  [[nodiscard]] static constexpr std::size_t Index(Verb verb) noexcept {
    return static_cast<std::size_t>(verb);
  }
  [[nodiscard]] Stripe& MyStripe() noexcept { return stripes_[base::CurrentStripe()]; }
  [[nodiscard]] std::uint64_t Sum(PerVerb counter, Verb verb) const noexcept;
  [[nodiscard]] std::uint64_t Calls(Verb verb) const noexcept;
  void WriteErrors(PrometheusWriter& writer) const;
  void WriteBytes(PrometheusWriter& writer) const;

  Countdown gets_;
  Countdown stats_;
  Clock& clock_;
  std::array<Stripe, base::kStripes> stripes_ = {};
  std::array<std::array<std::atomic<std::uint64_t>, kCodeCount>, kVerbNames.size()> errors_ = {};
  std::array<Histogram, kVerbNames.size()> times_ = {};
};

/// One call that is timed: counted at its beginning, timed when this goes.
///
/// Threads: single-thread.
class TimedCall {
 public:
  TimedCall(Counters& counters, Verb verb) noexcept
      : counters_(counters), verb_(verb), start_(counters.clock().Now()) {
    counters.Count(verb);
  }
  TimedCall(const TimedCall&) = delete;
  TimedCall& operator=(const TimedCall&) = delete;
  ~TimedCall() { counters_.CountTime(verb_, counters_.clock().Now() - start_); }

 private:
  Counters& counters_;
  const Verb verb_;
  const Instant start_;
};

}  // namespace anystore::layers

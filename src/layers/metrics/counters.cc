#include "layers/metrics/counters.h"

#include <algorithm>
#include <string>
#include <thread>

namespace anystore::layers {
namespace {

// Those that are counted: the others belong to a scan, or to nobody yet.
constexpr std::array kCounted = {Verb::kGet,   Verb::kStat,   Verb::kGetMany,     Verb::kScan,
                                 Verb::kPut,   Verb::kDelete, Verb::kDeleteRange, Verb::kSetExpiry,
                                 Verb::kBatch, Verb::kSync};

constexpr bool Reads(Verb verb) { return verb <= Verb::kScan; }

std::string Label(Verb verb) { return "verb=\"" + std::string(Name(verb)) + '"'; }

}  // namespace

std::uint64_t Histogram::bound(std::size_t index) noexcept {
  constexpr std::array<std::uint64_t, 3> kSteps = {250, 500, 1000};
  std::uint64_t bound = kSteps[index % kSteps.size()];
  for (std::size_t i = 0; i < index / kSteps.size(); ++i) bound *= 10;
  return bound;
}

void Histogram::Add(std::uint64_t nanoseconds) noexcept {
  std::size_t index = 0;
  while (index < kBounds && nanoseconds > bound(index)) ++index;
  counts_[index].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(nanoseconds, std::memory_order_relaxed);
}

void Histogram::Write(PrometheusWriter& writer, std::string_view label) const {
  std::array<std::uint64_t, kBounds + 1> counts;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  if (total == 0) return;
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    so_far += counts[i];
    const std::string le = i < kBounds ? InSeconds(bound(i)) : "+Inf";
    writer.Sample("_bucket", std::string(label) + ",le=\"" + le + '"', so_far);
  }
  writer.Seconds("_sum", label, nanoseconds_.load(std::memory_order_relaxed));
  writer.Sample("_count", label, total);
}

std::uint64_t Countdown::total() const noexcept {
  std::int64_t total = 0;
  for (const Stripe& stripe : stripes_) {
    for (;;) {
      const std::int64_t rounds = stripe.rounds.load(std::memory_order_acquire);
      const std::int64_t left = stripe.left.load(std::memory_order_acquire);
      // Otherwise somebody is beginning a round.
      if (left > 0 && rounds == stripe.rounds.load(std::memory_order_acquire)) {
        total += rounds * sample_ + 1 - left;
        break;
      }
      std::this_thread::yield();
    }
  }
  return static_cast<std::uint64_t>(total);
}

void Counters::CountFailure(Verb verb, Code code) noexcept {
  const std::size_t index = Index(verb);
  if (code == Code::kNotFound && Reads(verb)) {
    MyStripe().misses[index].fetch_add(1, std::memory_order_relaxed);
  } else {
    errors_[index][static_cast<std::size_t>(code) % kCodeCount].fetch_add(
        1, std::memory_order_relaxed);
  }
}

void Counters::CountTime(Verb verb, Duration duration) noexcept {
  // The host's clock may be set back.
  const std::int64_t nanoseconds = std::max<std::int64_t>(duration.count(), 0);
  times_[Index(verb)].Add(static_cast<std::uint64_t>(nanoseconds));
}

std::uint64_t Counters::Sum(PerVerb counter, Verb verb) const noexcept {
  std::uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    sum += (stripe.*counter)[Index(verb)].load(std::memory_order_relaxed);
  }
  return sum;
}

std::uint64_t Counters::Calls(Verb verb) const noexcept {
  if (verb == Verb::kGet) return gets_.total();
  if (verb == Verb::kStat) return stats_.total();
  return Sum(&Stripe::calls, verb);
}

void Counters::WriteErrors(PrometheusWriter& writer) const {
  writer.Family("errors_total", "counter", "Calls that failed; a miss of a read is no error");
  for (const Verb verb : kCounted) {
    for (std::uint8_t code = 0; code < kCodeCount; ++code) {
      const std::uint64_t count = errors_[Index(verb)][code].load(std::memory_order_relaxed);
      if (count == 0) continue;
      writer.Sample(Label(verb) + ",code=\"" + std::string(CodeName(Code{code})) + '"', count);
    }
  }
}

void Counters::WriteBytes(PrometheusWriter& writer) const {
  writer.Family("read_bytes_total", "counter",
                "Bytes of values read; of get, as far as the timed calls tell");
  for (const Verb verb : {Verb::kGet, Verb::kGetMany, Verb::kScan}) {
    writer.Sample(Label(verb), Sum(&Stripe::bytes, verb));
  }
  writer.Family("written_bytes_total", "counter", "Bytes of values written");
  for (const Verb verb : {Verb::kPut, Verb::kBatch}) {
    writer.Sample(Label(verb), Sum(&Stripe::bytes, verb));
  }
}

void Counters::Write(PrometheusWriter& writer) const {
  writer.Family("operations_total", "counter", "Calls");
  for (const Verb verb : kCounted) writer.Sample(Label(verb), Calls(verb));
  writer.Family("not_found_total", "counter", "Keys read that have no record");
  for (const Verb verb : {Verb::kGet, Verb::kStat, Verb::kGetMany}) {
    writer.Sample(Label(verb), Sum(&Stripe::misses, verb));
  }
  WriteErrors(writer);
  WriteBytes(writer);
  writer.Family("scanned_entries_total", "counter", "Entries that scans have yielded");
  std::uint64_t entries = 0;
  for (const Stripe& stripe : stripes_) entries += stripe.entries.load(std::memory_order_relaxed);
  writer.Sample("", entries);
  writer.Family("operation_seconds", "histogram",
                "Time of the calls that were timed; of a scan, the time inside all its calls");
  for (const Verb verb : kCounted) times_[Index(verb)].Write(writer, Label(verb));
}

}  // namespace anystore::layers

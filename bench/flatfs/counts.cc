#include "flatfs/counts.h"

#include <utility>

#include "system_calls.h"

namespace anystore::bench {
namespace {

constexpr const char* kCalls = "system calls";
constexpr const char* kSyncs = "syncs";
constexpr const char* kFlushes = "flushes";

/// What the rows are called.
std::string NameOf(const Counting& counting, const std::string& what, const Counted& side) {
  return counting.name + ", " + what + ": " + side.name;
}

void CountCalls(Bench& bench, const Counting& counting, const Counted& side) {
  std::string why_not;
  const auto calls = CountSystemCalls(counting.prepare, side.run, &why_not);
  const auto record = [&](const std::string& what, std::optional<double> bound,
                          std::uint64_t (SystemCalls::*number)() const, const std::string& note) {
    Row row{.name = NameOf(counting, what, side), .unit = "calls", .note = note};
    if (!calls.has_value()) {
      // Which is no fault of the store's.
      row.note = why_not;
      bench.Record(std::move(row), {});
      return;
    }
    row.bound = bound;
    bench.Record(std::move(row), static_cast<double>(((*calls).*number)()) / counting.operations);
  };
  record(kCalls, side.calls_max, &SystemCalls::on_files,
         calls.has_value() ? calls->Text(counting.operations) : "");
  if (side.syncs_max.has_value()) {
    record(kSyncs, side.syncs_max, &SystemCalls::syncs, "fsync, fdatasync, syncfs");
  }
}

void CountFlushes(Bench& bench, Ground& ground, const Counting& counting, const Counted& side) {
  counting.prepare();
  const std::optional<std::uint64_t> before = ground.image()->Flushes();
  side.run();
  const std::optional<std::uint64_t> after = ground.image()->Flushes();
  bench.Record({.name = NameOf(counting, kFlushes, side),
                .unit = "flushes",
                .bound = side.flushes_max,
                .note = "requests to the disk"},
               before.has_value() && after.has_value()
                   ? std::optional(static_cast<double>(*after - *before) / counting.operations)
                   : std::nullopt);
}

}  // namespace

Slice FlushMeter::Around(Slice slice) {
  if (image_ == nullptr) return slice;
  return [this, slice = std::move(slice)] {
    const std::uint64_t before = image_->Flushes().value_or(0);
    const std::uint64_t operations = slice();
    flushes_ += image_->Flushes().value_or(0) - before;
    operations_ += operations;
    return operations;
  };
}

std::optional<double> FlushMeter::per_operation() const {
  if (operations_ == 0) return std::nullopt;
  return static_cast<double>(flushes_) / static_cast<double>(operations_);
}

void CountCosts(Bench& bench, Ground& ground, const Counting& counting) {
  for (const Counted& side : counting.sides) {
    // What the child has open is not the parent's.
    ground.Close();
    if (bench.Wants(NameOf(counting, kCalls, side)) ||
        bench.Wants(NameOf(counting, kSyncs, side))) {
      CountCalls(bench, counting, side);
    }
    if (counting.flushes && ground.image() != nullptr &&
        bench.Wants(NameOf(counting, kFlushes, side))) {
      CountFlushes(bench, ground, counting, side);
    }
  }
  ground.Close();
}

}  // namespace anystore::bench

#include "flatfs/scale.h"

#include <sys/statvfs.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "anystore/features.h"
#include "anystore/results.h"
#include "disk_bench.h"
#include "flatfs/blocks.h"
#include "flatfs/rows.h"

namespace anystore::bench {
namespace {

constexpr std::array<std::size_t, 3> kSizes{10'000, 100'000, 1'000'000};
/// Small enough for an inode that holds its data.
constexpr std::size_t kValueBytes = 100;
constexpr double kMebibyte = 1U << 20U;

double Milliseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// What some work took.
struct Took {
  double wall_ms = 0;
  double cpu_ms = 0;
};

Took Time(const std::function<void()>& work) {
  const double wall = Milliseconds(CLOCK_MONOTONIC);
  const double cpu = Milliseconds(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {.wall_ms = Milliseconds(CLOCK_MONOTONIC) - wall,
          .cpu_ms = Milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

Took Median(std::size_t times, const std::function<Took()>& measure) {
  std::vector<double> wall(times);
  std::vector<double> cpu(times);
  for (std::size_t i = 0; i < times; ++i) {
    const Took took = measure();
    wall[i] = took.wall_ms;
    cpu[i] = took.cpu_ms;
  }
  std::ranges::sort(wall);
  std::ranges::sort(cpu);
  return {.wall_ms = wall[times / 2], .cpu_ms = cpu[times / 2]};
}

/// A figure at each of the sizes.
struct Figure {
  std::string name = {};
  std::string unit = {};
  std::vector<double> values = {};
};

/// A repository that grows.
class Scale {
 public:
  Scale(Bench& bench, Ground& ground)
      : bench_(bench), ground_(ground), batch_(bench.Scaled(1000, 20)) {}

  void Run() {
    ground_.StartFresh({.sync = false});
    count_ = DirectoryCount(Spread::kWide);
    used_before_ = UsedBytes();
    for (const std::size_t size : kSizes) {
      sizes_.push_back(static_cast<double>(bench_.Scaled(size, count_ + size / 1000 * 3)));
      GrowTo(static_cast<std::size_t>(sizes_.back()));
      MeasureReads();
      MeasureOpening();
      Note("disk taken", "MiB", (UsedBytes() - used_before_) / kMebibyte);
    }
    Report();
  }

 private:
  void Note(const std::string& name, const std::string& unit, double value) {
    auto found = std::ranges::find(figures_, name, &Figure::name);
    if (found == figures_.end()) {
      found = figures_.insert(found, {.name = name, .unit = unit});
    }
    found->values.push_back(value);
  }
  /// CPU, which decides, and time.
  void Note(const std::string& name, const std::string& unit, const Took& took, double factor) {
    Note(name + ", CPU", unit, took.cpu_ms * factor);
    Note(name + ", time", unit, took.wall_ms * factor);
  }

  void PutOneBatch(Durability durability) {
    ThrowIfInterrupted();
    blocks_.Draw(batch_);
    const std::unique_ptr<Batch> batch = OrThrow(ground_.store().NewBatch());
    for (const std::string& key : blocks_.keys()) OrThrow(batch->Put(key, blocks_.value()));
    static_cast<void>(OrThrow(batch->Commit({.durability = durability})));
    count_ += batch_;
  }

  /// The last of the batches are measured.
  void GrowTo(std::size_t size) {
    constexpr std::size_t kMeasured = 3;
    const std::size_t batches = (size - std::min(size, count_)) / batch_;
    for (std::size_t i = 2 * kMeasured; i < batches; ++i) {
      PutOneBatch(Durability::kSurvivesProcess);
    }
    const double per_record = 1e3 / static_cast<double>(batch_);
    const auto measure = [&](const std::string& name, Durability durability) {
      Note(name, "us/record",
           Median(kMeasured, [&] { return Time([&] { PutOneBatch(durability); }); }), per_record);
    };
    measure("put in batches", Durability::kSurvivesProcess);
    measure("put in batches, durable", Durability::kSurvivesPower);
  }

  void MeasureReads() {
    const Took listed = Time([&] {
      Results results = OrThrow(ground_.store().Query({.keys_only = true}));
      std::size_t found = 0;
      for (; results.Next(); ++found) Keep(results.entry().key.data());
      OrThrow(results.status());
      if (found != count_) throw std::runtime_error("a listing left something out");
    });
    Note("list all keys", "ms", listed, 1);
    Shuffle random(count_);
    const std::size_t gets = bench_.Scaled(5000, 100);
    const std::size_t drawn = count_ - DirectoryCount(Spread::kWide);
    const Took got = Time([&] {
      for (std::size_t i = 0; i < gets; ++i) {
        const std::string key = BlockKey(random.Below(drawn));
        if (OrThrow(ground_.store().Get(key)).size() != kValueBytes) {
          throw std::runtime_error("a value is not what was put");
        }
      }
    });
    Note("get, random", "us/record", got, 1e3 / static_cast<double>(gets));
  }

  void MeasureOpening() {
    ground_.Close();
    const std::filesystem::path cache = ground_.our_root() / "diskUsage.cache";
    has_cache_ = std::filesystem::exists(cache);
    constexpr std::size_t kTimes = 5;
    Note("open", "ms",
         Median(kTimes,
                [&] {
                  ground_.Close();
                  return Time([&] { ground_.Open(); });
                }),
         1);
    if (ground_.image() != nullptr) {
      ground_.ForgetAll();
      Note("open, cold", "ms", Time([&] { ground_.Open(); }), 1);
    }
    ground_.Close();
    std::filesystem::remove(cache);
    Note("open, no size cache", "ms", Time([&] { ground_.Open(); }), 1);
    MeasureDiskUsage();
  }

  void MeasureDiskUsage() {
    auto* const usage = ground_.store().feature<PersistentDatastore>();
    if (usage == nullptr) return;
    double bytes = 0;
    const auto ask = [&] { bytes = static_cast<double>(OrThrow(usage->DiskUsage({}))); };
    Note("disk usage, counted", "ms", Time(ask), 1);
    Note("disk usage, known", "ms", Time(ask), 1);
    Note("disk usage as told", "MiB", bytes / kMebibyte);
  }

  /// Of the filesystem, inodes included that are taken.
  [[nodiscard]] double UsedBytes() const {
    struct statvfs info{};
    Check(statvfs(ground_.current().c_str(), &info) == 0, "statvfs");
    constexpr double kInodeBytes = 256;
    return static_cast<double>(info.f_blocks - info.f_bfree) * static_cast<double>(info.f_frsize) +
           static_cast<double>(info.f_files - info.f_ffree) * kInodeBytes;
  }

  void Report() {
    std::printf("%-34s %10s %12.0f %12.0f %12.0f   grows with\n", "records", "unit", sizes_[0],
                sizes_[1], sizes_[2]);
    for (const Figure& figure : figures_) {
      const std::optional<double> exponent = GrowthExponent(sizes_, figure.values);
      std::printf("%-34s %10s %12.4g %12.4g %12.4g   n^%.2f\n", figure.name.c_str(),
                  figure.unit.c_str(), figure.values[0], figure.values[1], figure.values[2],
                  exponent.value_or(0));
      const std::string name = "scale, " + ground_.name() + ": " + figure.name;
      for (std::size_t i = 0; i < sizes_.size(); ++i) {
        const std::string size = std::to_string(static_cast<std::size_t>(sizes_[i]));
        Row row{.name = name + ", " + size + " records", .unit = figure.unit};
        const bool is_open = figure.name == "open, time" || figure.name == "open, cold, time";
        if (is_open && i + 1 == sizes_.size()) {
          constexpr double kOpenMs = 100;
          row.bound = Target(bench_, kOpenMs);
          row.note = has_cache_ ? "with a valid size cache" : "no size cache is kept";
        }
        bench_.Record(std::move(row), figure.values[i]);
      }
      bench_.Record({.name = name + ", growth",
                     .unit = "exponent",
                     .note = "of the number of records, fitted"},
                    exponent);
    }
    std::printf("\n");
  }

  Bench& bench_;
  Ground& ground_;
  const std::size_t batch_;
  Blocks blocks_{kValueBytes};
  std::size_t count_ = 0;
  double used_before_ = 0;
  bool has_cache_ = false;
  std::vector<double> sizes_ = {};
  std::vector<Figure> figures_ = {};
};

}  // namespace

std::optional<double> GrowthExponent(std::span<const double> x, std::span<const double> y) {
  if (std::ranges::any_of(y, [](double value) { return value <= 0; })) return std::nullopt;
  double mean_x = 0;
  double mean_y = 0;
  const auto count = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / count;
    mean_y += std::log(y[i]) / count;
  }
  double covariance = 0;
  double variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double from_mean = std::log(x[i]) - mean_x;
    covariance += from_mean * (std::log(y[i]) - mean_y);
    variance += from_mean * from_mean;
  }
  return covariance / variance;
}

void MeasureScale(Bench& bench, Ground& ground) { Scale(bench, ground).Run(); }

}  // namespace anystore::bench

#include "anystore/environment.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "base/host.h"

namespace anystore {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant Now() override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  void Sleep(Duration duration) override { std::this_thread::sleep_for(duration); }
  bool SleepUnlessStopped(Duration duration, const std::stop_token& stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
  }
};

class StandardErrorLogger final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    if (level < LogLevel::kWarning) return;
    std::string text(level == LogLevel::kWarning ? "anystore: warning: " : "anystore: error: ");
    text.append(line).append("\n");
    std::fwrite(text.data(), 1, text.size(), stderr);  // one call: lines never interleave
  }
};

/// One step of SplitMix64 (Steele, Lea, Flood 2014): mixes a counter into 64 random bits.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

}  // namespace

bool Clock::SleepUnlessStopped(Duration duration, const std::stop_token& stop) {
  constexpr Duration kLook = std::chrono::milliseconds(5);
  while (duration > Duration::zero() && !stop.stop_requested()) {
    const Duration slice = stop.stop_possible() ? std::min(duration, kLook) : duration;
    Sleep(slice);
    duration -= slice;
  }
  return !stop.stop_requested();
}

std::uint64_t SeededRandom::Next() {
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  return Mix(state_.fetch_add(kStep, std::memory_order_relaxed) + kStep);
}

std::uint64_t SeededRandom::Below(std::uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }

// Never destroyed: stores in static storage may outlive any order of destruction.
namespace base {

Clock& HostClock() {
  static SystemClock& clock = *new SystemClock();
  return clock;
}

Logger& HostLogger() {
  static StandardErrorLogger& logger = *new StandardErrorLogger();
  return logger;
}

}  // namespace base
}  // namespace anystore

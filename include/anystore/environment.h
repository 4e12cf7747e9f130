/// `Environment`: where a store gets its clock, randomness, log and files from.
///
/// A whole store can so run in a simulated world: virtual time, repeatable randomness. Programs
/// that want the real one never mention it.
///
///     anystore::ManualClock clock(anystore::Instant{});
///     anystore::Environment environment = anystore::Environment::Host();
///     environment.clock = &clock;
///     clock.Advance(std::chrono::hours(1));
///     assert(environment.clock->Now() == anystore::Instant{std::chrono::hours(1)});
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string_view>

#include "anystore/export.h"

namespace anystore {

/// A moment in nanoseconds since 1970-01-01 UTC, read from an environment's clock and nowhere else.
using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
/// A length of time in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Tells the time.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Clock {
 public:
  virtual ~Clock() = default;
  /// The present moment. Never runs backwards by more than the host's clock does.
  [[nodiscard]] virtual Instant Now() = 0;
  /// Blocks the calling thread for `duration`; under a simulated clock, moves the clock instead.
  virtual void Sleep(Duration duration) = 0;
  /// As Sleep, but ends early when stop is requested. Whether it slept to the end. By default looks
  /// every few milliseconds.
  virtual bool SleepUnlessStopped(Duration duration, const std::stop_token& stop);
};

/// A clock that moves only when it is told to: virtual time for tests and simulations.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT ManualClock final : public Clock {
 public:
  /// A clock that shows `start`.
  explicit ManualClock(Instant start) : now_ns_(start.time_since_epoch().count()) {}
  [[nodiscard]] Instant Now() override { return Instant(Duration(now_ns_.load())); }
  void Sleep(Duration duration) override { Advance(duration); }
  /// Moves the clock.
  void Advance(Duration duration) { now_ns_.fetch_add(duration.count()); }

 private:
  std::atomic<std::int64_t> now_ns_;
};

/// A source of random bits.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Random {
 public:
  virtual ~Random() = default;
  /// 64 random bits.
  [[nodiscard]] virtual std::uint64_t Next() = 0;
};

/// A repeatable source: the same seed gives the same bits on every machine.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT SeededRandom final : public Random {
 public:
  /// A source that starts from `seed`.
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t Next() override;
  /// A number below `bound`; 0 when `bound` is 0.
  [[nodiscard]] std::uint64_t Below(std::uint64_t bound);

 private:
  std::atomic<std::uint64_t> state_;
};

/// How much a log line matters.
enum class LogLevel : std::uint8_t {
  kDebug,    ///< For whoever looks for a fault in anystore.
  kInfo,     ///< What an operator may want to know.
  kWarning,  ///< Something odd that was handled.
  kError,    ///< Something that needs somebody.
};

/// Where log lines go. The default of `Environment::Host()` prints warnings and errors to
/// standard error.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Logger {
 public:
  virtual ~Logger() = default;
  /// Takes one line, without its end of line.
  virtual void Log(LogLevel level, std::string_view line) = 0;
};

/// Takes every line and tells nobody.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT SilentLogger final : public Logger {
 public:
  void Log(LogLevel /*level*/, std::string_view /*line*/) override {}
};

class FileSystem;
class BlockDevices;
class Executor;
class MetricsSink;

/// The world a store lives in. Plain pointers, owned by the caller, that must outlive every store
/// opened with them.
///
/// Threads: immutable. Set it up before the first store is opened with it.
struct ANYSTORE_EXPORT Environment {
  /// Tells the time; never null.
  Clock* clock = nullptr;
  /// Gives random bits; never null.
  Random* random = nullptr;
  /// Takes log lines; never null.
  Logger* logger = nullptr;
  /// Opens files; never null.
  FileSystem* files = nullptr;
  /// Opens block devices. Null until a backend of ours stands on them.
  BlockDevices* devices = nullptr;
  /// Runs work in the background. Null: stores start what they need.
  Executor* executor = nullptr;
  /// Takes measurements. Null: nobody looks.
  MetricsSink* metrics = nullptr;

  /// The real world: the host's clock, randomness and files, warnings to standard error.
  [[nodiscard]] static const Environment& Host();
};

}  // namespace anystore

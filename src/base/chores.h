/// `Chores`: things that are due some time after they were asked for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "anystore/environment.h"

namespace anystore::base {

/// Who does the chores.
enum class ChoresMode : std::uint8_t {
  kThread,  ///< A thread of their own, started when something is asked for the first time.
  kInline,  ///< Whoever calls RunDue: for simulations, where everything follows from seeds.
};

/// Work that need not be done at once, nor each time: "at most every two seconds, while something
/// changes". Asking for what is waiting already costs one load; an idle thread costs nothing.
///
/// Threads: thread-safe, but for Add. Chores are done one at a time.
class Chores {
 public:
  /// Does something, and should end early when stop is requested.
  using Work = std::function<void(const std::stop_token& stop)>;
  /// Which chore.
  using Id = std::size_t;

  /// `clock` must outlive it. Under a clock that is not the host's, whose time no thread can wait
  /// for, chores are inline, whatever `mode` says.
  Chores(ChoresMode mode, Clock& clock);
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;
  ~Chores() { Stop(); }

  /// A chore that is due `period` after it was asked for.
  ///
  /// Requires: nothing was asked for yet.
  Id Add(Duration period, Work work);
  /// Asks for a chore. What was done before this call is seen by its work. Does nothing while it
  /// is waiting already, and after Stop.
  void Request(Id id) {
    if (!chores_[id].is_waiting.load()) Schedule(id);
  }
  /// Without a thread: does what is due, unless another caller is at it. Else does nothing.
  void RunDue();
  /// Whether RunDue is needed.
  [[nodiscard]] bool is_inline() const noexcept {
    return is_inline_.load(std::memory_order_relaxed);
  }
  /// Ends the thread and waits for it. What is waiting is not done any more. Not to be called by a
  /// chore.
  void Stop();

 private:
  struct Chore {
    Duration period;
    Work work;
    std::atomic<bool> is_waiting{false};
    std::optional<Instant> due = {};  // guarded by mutex_
  };

  void Schedule(Id id);
  void Start();
  void Loop();
  /// Does what is due; `lock` is released meanwhile. When the next one is due; none if none waits.
  std::optional<Instant> RunDueOnes(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Chore* Earliest();

  Clock& clock_;
  std::atomic<bool> is_inline_;
  std::deque<Chore> chores_;
  const std::stop_source stop_;

  std::mutex running_mutex_;  // held by a caller of RunDue who does chores
  std::mutex mutex_;
  std::condition_variable_any scheduled_;
  std::size_t schedules_ = 0;  // guarded by mutex_
  bool is_started_ = false;    // guarded by mutex_
  std::thread thread_;         // guarded by mutex_ until it is joined
};

}  // namespace anystore::base

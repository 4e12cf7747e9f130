#include "base/chores.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/host.h"

namespace anystore::base {

Chores::Chores(ChoresMode mode, Clock& clock)
    : clock_(clock), is_inline_(mode == ChoresMode::kInline || &clock != &HostClock()) {}

Chores::Id Chores::Add(Duration period, Work work) {
  chores_.emplace_back(period, std::move(work));
  return chores_.size() - 1;
}

void Chores::Schedule(Id id) {
  const std::lock_guard lock(mutex_);
  Chore& chore = chores_[id];
  if (chore.due.has_value() || stop_.stop_requested()) return;
  chore.due = clock_.Now() + chore.period;
  chore.is_waiting.store(true);
  ++schedules_;
  if (!is_inline()) Start();
  scheduled_.notify_all();
}

void Chores::Start() {
  if (std::exchange(is_started_, true)) return;
  try {
    thread_ = std::thread([this] { Loop(); });
  } catch (const std::system_error&) {
    // No thread to be had: those who ask do it.
    is_inline_.store(true, std::memory_order_relaxed);
  }
}

void Chores::Loop() {
  const std::stop_token stop = stop_.get_token();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::optional<Instant> next = RunDueOnes(lock);
    const auto is_new = [this, seen = schedules_] { return schedules_ != seen; };
    if (next.has_value()) {
      scheduled_.wait_for(lock, stop, *next - clock_.Now(), is_new);
    } else {
      scheduled_.wait(lock, stop, is_new);
    }
  }
}

void Chores::RunDue() {
  if (!is_inline()) return;
  const std::unique_lock running(running_mutex_, std::try_to_lock);
  if (!running.owns_lock()) return;
  std::unique_lock lock(mutex_);
  RunDueOnes(lock);
}

std::optional<Instant> Chores::RunDueOnes(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    Chore* const chore = Earliest();
    if (chore == nullptr || stop_.stop_requested()) return std::nullopt;
    if (*chore->due > clock_.Now()) return chore->due;
    chore->due.reset();
    // Before the work: whoever asks from here on may have done something that it does not see.
    chore->is_waiting.store(false);
    lock.unlock();
    chore->work(stop_.get_token());
    lock.lock();
  }
}

Chores::Chore* Chores::Earliest() {
  Chore* earliest = nullptr;
  for (Chore& chore : chores_) {
    if (!chore.due.has_value()) continue;
    if (earliest == nullptr || *chore.due < *earliest->due) earliest = &chore;
  }
  return earliest;
}

void Chores::Stop() {
  stop_.request_stop();
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
  const std::lock_guard running(running_mutex_);
}

}  // namespace anystore::base

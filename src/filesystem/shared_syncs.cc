#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <utility>

#include "anystore/file_batch.h"

namespace anystore {
namespace {

/// Two cost less one by one: a sync of the filesystem looks at all that is on it.
constexpr std::size_t kTogetherMin = 3;
/// A sync of the filesystem that takes longer has waited for what strangers wrote.
constexpr Duration kLong = std::chrono::milliseconds(50);
/// So many times syncs are then made one by one.
constexpr int kTimesApart = 64;

}  // namespace

/// A thread that waits until it may lead, or somebody has decided about its sync.
struct SharedSyncs::Waiter {
  enum class State : std::uint8_t { kWaiting, kLeads, kAlone, kDone };

  // Guarded by mutex_, under which it is also told: the waiter goes away when it knows.
  void Let(State to) {
    state = to;
    changed.notify_one();
  }

  State state = State::kWaiting;
  std::condition_variable changed = {};
  Status status = Ok();
};

SharedSyncs::SharedSyncs(Directory& root, Clock& clock) : root_(root), clock_(clock) {}

SharedSyncs::~SharedSyncs() = default;

std::size_t SharedSyncs::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

Status SharedSyncs::Make(const std::function<Status()>& alone) {
  if (!root_.traits().filesystem_sync) return alone();
  {
    std::unique_lock lock(mutex_);
    if (busy_) {
      Waiter self;
      queue_.push_back(&self);
      self.changed.wait(lock, [&self] { return self.state != Waiter::State::kWaiting; });
      if (self.state == Waiter::State::kDone) return std::move(self.status);
      if (self.state == Waiter::State::kAlone) {
        lock.unlock();
        return alone();
      }
    }
    busy_ = true;
  }
  return Lead(alone);
}

/// Decides for all who wait now; those who come meanwhile are the next one's.
Status SharedSyncs::Lead(const std::function<Status()>& alone) {
  std::vector<Waiter*> others;
  {
    const std::lock_guard lock(mutex_);
    others.swap(queue_);
    if (!IsWorthOne(others.size() + 1)) {
      for (Waiter* const other : others) other->Let(Waiter::State::kAlone);
      others.clear();
    }
  }
  Status status = others.empty() ? alone() : SyncFileSystem();
  const std::lock_guard lock(mutex_);
  for (Waiter* const other : others) {
    if (!status.has_value()) other->status = status.error().Clone();
    other->Let(Waiter::State::kDone);
  }
  busy_ = !queue_.empty();
  if (busy_) {
    Waiter* const next = queue_.front();
    queue_.erase(queue_.begin());
    next->Let(Waiter::State::kLeads);
  }
  return status;
}

bool SharedSyncs::IsWorthOne(std::size_t waiters) {
  if (waiters < kTogetherMin) return false;
  if (times_apart_ == 0) return true;
  --times_apart_;
  return false;
}

Status SharedSyncs::SyncFileSystem() {
  const Instant start = clock_.Now();
  Status synced = root_.SyncFileSystem();
  if (clock_.Now() - start > kLong) times_apart_ = kTimesApart;
  return synced;
}

}  // namespace anystore

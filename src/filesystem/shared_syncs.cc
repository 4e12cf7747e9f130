#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
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

/// A thread that waits until it may make a sync, or somebody has made it.
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
  std::unique_lock lock(mutex_);
  if (leads_ || apart_ >= ApartMax()) {
    Waiter self;
    queue_.push_back(&self);
    self.changed.wait(lock, [&self] { return self.state != Waiter::State::kWaiting; });
    if (self.state == Waiter::State::kDone) return std::move(self.status);
    if (self.state == Waiter::State::kLeads) return Lead(lock);
  } else {
    ++apart_;
  }
  if (times_apart_ > 0) --times_apart_;
  lock.unlock();
  Status status = alone();
  lock.lock();
  --apart_;
  LetNext();
  return status;
}

/// Of all who wait now; those who come meanwhile are the next one's.
Status SharedSyncs::Lead(std::unique_lock<std::mutex>& lock) {
  std::vector<Waiter*> others;
  others.swap(queue_);
  lock.unlock();
  const Instant start = clock_.Now();
  Status status = root_.SyncFileSystem();
  const bool took_long = clock_.Now() - start > kLong;
  lock.lock();
  if (took_long) times_apart_ = kTimesApart;
  for (Waiter* const other : others) {
    if (!status.has_value()) other->status = status.error().Clone();
    other->Let(Waiter::State::kDone);
  }
  leads_ = false;
  LetNext();
  return status;
}

std::size_t SharedSyncs::ApartMax() const {
  return times_apart_ > 0 ? std::numeric_limits<std::size_t>::max() : kTogetherMin - 1;
}

void SharedSyncs::LetNext() {
  if (leads_) return;
  if (queue_.size() >= kTogetherMin && times_apart_ == 0) {
    leads_ = true;
    queue_.front()->Let(Waiter::State::kLeads);
    queue_.erase(queue_.begin());
    return;
  }
  const std::size_t count = std::min(queue_.size(), ApartMax() - std::min(apart_, ApartMax()));
  for (std::size_t i = 0; i < count; ++i) queue_[i]->Let(Waiter::State::kAlone);
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  apart_ += count;
}

}  // namespace anystore

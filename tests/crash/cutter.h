// The tap between a store and its disk: counts changes, names barriers, kills the process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "crash/barriers.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::crash {

// Whether a power cut before or behind it can make a difference.
[[nodiscard]] bool Changes(const filesystem::Call& call) noexcept;

// Tells of every call that changes something, before it is made.
//
// Threads: thread-safe as long as `before_change` is; the stores under test make one call at a
// time.
class Cutter final : public filesystem::Interceptor {
 public:
  using BeforeChange = std::function<void(std::uint64_t call)>;

  explicit Cutter(BeforeChange before_change) : before_change_(std::move(before_change)) {}

  // Syncs of this site do nothing from now on.
  void Pretend(std::string site) { pretended_ = std::move(site); }
  // Writes down every call that changes something.
  void KeepTrace() { tracing_ = true; }
  // The process dies before the `change`-th change from now on; 0: it lives.
  void DieAt(std::uint32_t change) {
    changes_ = 0;
    dies_at_ = change;
  }
  // As DieAt, but now.
  void Die() { dead_ = true; }
  // A new process.
  void Revive() {
    dead_ = false;
    DieAt(0);
  }

  [[nodiscard]] bool dead() const { return dead_; }
  // How many changes since DieAt.
  [[nodiscard]] std::uint32_t changes() const { return changes_; }
  // The number of the last call that changed something; 0: none.
  [[nodiscard]] std::uint64_t last_change() const { return last_change_; }
  // The site of the last barrier; empty: none.
  [[nodiscard]] const std::string& last_barrier() const { return last_barrier_; }
  // Whether nothing has changed since.
  [[nodiscard]] bool right_after_barrier() const { return right_after_barrier_; }
  [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }

  filesystem::Decision Before(const filesystem::Call& call) override;
  void After(const filesystem::Call& call, const filesystem::Outcome& outcome) override;

 private:
  const BeforeChange before_change_;
  std::string pretended_;
  bool tracing_ = false;
  bool dead_ = false;
  std::uint32_t changes_ = 0;
  std::uint32_t dies_at_ = 0;
  std::uint64_t last_change_ = 0;
  std::string last_barrier_;
  bool right_after_barrier_ = false;
  std::vector<std::string> trace_;
};

}  // namespace anystore::crash

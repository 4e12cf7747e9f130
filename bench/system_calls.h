/// Counts the system calls of a piece of work, in all its threads: exactly, and by name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace anystore::bench {

/// System calls, by their number.
class SystemCalls {
 public:
  /// Notes one.
  void Add(std::uint64_t number) { ++counts_[number]; }
  /// All but those that manage memory and threads, wait, or draw random numbers.
  [[nodiscard]] std::uint64_t on_files() const;
  /// fsync, fdatasync, syncfs.
  [[nodiscard]] std::uint64_t syncs() const;
  /// "openat 1, write 1, close 1; besides futex 0.02", for each of `operations`.
  [[nodiscard]] std::string Text(double operations) const;

 private:
  std::map<std::uint64_t, std::uint64_t> counts_;
};

/// Runs `prepare` and `work` in a child process, which is traced, and returns the calls
/// made during `work`, those of threads that `prepare` started included. None where no process may
/// be traced, or the child failed: `why_not` then says why.
///
/// Nothing that holds locks may be in use by other threads of this process.
[[nodiscard]] std::optional<SystemCalls> CountSystemCalls(const std::function<void()>& prepare,
                                                          const std::function<void()>& work,
                                                          std::string* why_not);

}  // namespace anystore::bench

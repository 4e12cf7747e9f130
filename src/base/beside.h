/// `Beside`: one piece of work on a thread of its own.
#pragma once

#include <functional>
#include <system_error>
#include <thread>

namespace anystore::base {

/// Does one thing at a time beside its owner, or at once where no thread is to be had.
///
/// Threads: single-thread.
class Beside {
 public:
  /// Starts. What `work` uses must outlive the next Wait; it throws nothing.
  ///
  /// Requires: nothing is under way.
  void Start(std::function<void()> work) {
    try {
      thread_ = std::jthread(work);
    } catch (const std::system_error&) {
      work();
    }
  }
  /// Waits until it is done; so does the destructor.
  void Wait() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

}  // namespace anystore::base

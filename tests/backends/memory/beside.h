/// What tests of many threads share: keys, values that tell when they are torn, and threads
/// beside the test.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace anystore::memory::testing {

inline constexpr unsigned kKeys = 1500;

inline std::string KeyOf(unsigned number) { return "key" + std::to_string(number); }

/// Every value tells which key it belongs to, and is long enough to be torn.
inline std::string ValueOf(std::string_view key, unsigned round) {
  std::string value;
  for (int i = 0; i < 8; ++i) value += std::string(key) + ":" + std::to_string(round) + ";";
  return value;
}

/// Whether `value` is one that some round stored under `key`.
inline bool IsWhole(std::string_view key, std::string_view value) {
  if (!value.starts_with(key)) return false;
  const std::size_t length = value.find(';') + 1;
  const std::string_view first = value.substr(0, length);
  for (; !value.empty(); value.remove_prefix(length)) {
    if (value.substr(0, length) != first) return false;
  }
  return true;
}

/// Runs `body` in a thread of its own, on this core if the machine has it, and waits for it.
template <class Body>
void OnCore(int core, const Body& body) {
  std::thread([&] {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores));
    body();
  }).join();
}

/// Runs `body(random)` again and again in a thread of its own until it is destroyed.
template <class Body>
class Loop {
 public:
  Loop(std::uint32_t seed, Body body)
      : thread_([this, seed, body] {
          std::mt19937 random(seed);
          while (!done_.load(std::memory_order_relaxed)) body(random);
        }) {}
  ~Loop() {
    done_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace anystore::memory::testing

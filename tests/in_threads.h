// The same work in several threads at once.
#pragma once

#include <thread>
#include <vector>

namespace anystore::testing {

/// Runs `work(0)`, `work(1)`, ... in `count` threads at once, and waits for them.
template <class Count, class Work>
void InThreads(Count count, const Work& work) {
  std::vector<std::jthread> threads;
  for (Count i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
}

}  // namespace anystore::testing

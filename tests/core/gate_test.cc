#include "core/gate.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace anystore::internal {
namespace {

TEST(Gate, TurnsCallersAwayWhileItIsClosed) {
  Gate gate;
  EXPECT_TRUE(Gate::Pass(gate));
  gate.Close();
  EXPECT_TRUE(gate.closed());
  EXPECT_FALSE(Gate::Pass(gate));
  gate.Open();
  EXPECT_FALSE(gate.closed());
  EXPECT_TRUE(Gate::Pass(gate));
}

TEST(Gate, IsClosedUntilEachWhoClosedItHasOpenedIt) {
  Gate gate;
  gate.Close();
  gate.Close();
  gate.Open();
  EXPECT_FALSE(Gate::Pass(gate));
  gate.Open();
  EXPECT_TRUE(Gate::Pass(gate));
  EXPECT_FALSE(Gate::Pass());
}

TEST(Gate, ClosesWhenEverybodyIsOut) {
  Gate gate;
  int count = 0;  // not atomic: written inside by one, and by the closer while it is closed
  std::atomic<bool> done{false};
  std::vector<std::jthread> threads;
  threads.emplace_back([&] {
    while (!done.load()) {
      const Gate::Pass pass(gate);
      if (pass) ++count;
    }
  });
  for (int i = 0; i < 2000; ++i) {
    gate.Close();
    ++count;
    gate.Open();
  }
  done.store(true);
  threads.clear();
  EXPECT_GE(count, 2000);
}

}  // namespace
}  // namespace anystore::internal

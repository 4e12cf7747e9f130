// Work beside its owner.
#include "base/beside.h"

#include <gtest/gtest.h>

#include <thread>

namespace anystore::base {
namespace {

TEST(Beside, IsDoneWhenItWasWaitedFor) {
  Beside beside;
  beside.Wait();
  int done = 0;
  for (int i = 1; i <= 3; ++i) {
    beside.Start([&done] { ++done; });
    beside.Wait();
    EXPECT_EQ(done, i);
  }
}

TEST(Beside, IsOnAnotherThreadAndEndsBeforeItsOwner) {
  std::thread::id where;
  {
    Beside beside;
    beside.Start([&where] { where = std::this_thread::get_id(); });
  }
  EXPECT_NE(where, std::thread::id());
  EXPECT_NE(where, std::this_thread::get_id());
}

}  // namespace
}  // namespace anystore::base

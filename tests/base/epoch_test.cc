#include "base/epoch.h"

#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

namespace anystore::base {
namespace {

TEST(Epochs, DoNotAdvanceTwiceBeforeAReaderLeaves) {
  Epochs epochs;
  const std::uint64_t start = epochs.current();
  {
    const Epochs::Guard reader(epochs);
    for (int i = 0; i < 5; ++i) static_cast<void>(epochs.TryAdvance());
    EXPECT_EQ(epochs.current(), start + 1);
    std::thread([&] { const Epochs::Guard other(epochs); }).join();
    EXPECT_FALSE(epochs.TryAdvance());
  }
  EXPECT_TRUE(epochs.TryAdvance());
  EXPECT_TRUE(epochs.TryAdvance());
  EXPECT_EQ(epochs.current(), start + 3);
}

}  // namespace
}  // namespace anystore::base

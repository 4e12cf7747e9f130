#include "backends/memory/write_numbers.h"

#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace anystore::memory {
namespace {

TEST(WriteNumbers, BeginWithOne) {
  WriteNumbers numbers;
  EXPECT_EQ(numbers.highest(), 0U);
  EXPECT_EQ(numbers.Draw(0), 1U);
  EXPECT_EQ(numbers.highest(), 1U);
}

TEST(WriteNumbers, AreHigherThanWhatWasFound) {
  WriteNumbers numbers;
  EXPECT_EQ(numbers.Draw(41), 42U);
  EXPECT_EQ(numbers.highest(), 42U);
}

TEST(WriteNumbers, AreHigherThanWhatWasFixed) {
  WriteNumbers numbers;
  numbers.Fix(41);
  EXPECT_EQ(numbers.highest(), 41U);
  for (int i = 0; i < 8; ++i) {
    std::thread([&] { EXPECT_GT(numbers.Draw(0), 41U); }).join();
  }
}

TEST(WriteNumbers, RiseOnOneStripeForAllThreadsThereof) {
  WriteNumbers numbers;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::uint64_t last = 0;
      for (int i = 0; i < 10000; ++i) {
        const std::uint64_t number = numbers.Draw(last);
        EXPECT_GT(number, last);
        last = number;
      }
      EXPECT_LE(last, numbers.highest());
    });
  }
}

}  // namespace
}  // namespace anystore::memory

#include "tablet/log/running_crc.h"

#include <gtest/gtest.h>

#include "base/crc.h"
#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

TEST(RunningCrc, IsTheChecksumOfEveryPart) {
  const std::string bytes = Noise(300, 1);
  RunningCrc crc;
  crc.Reset(bytes);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    for (std::size_t size = 0; at + size <= bytes.size(); ++size) {
      ASSERT_EQ(crc.Of(at, size), base::Crc32(std::string_view(bytes).substr(at, size)))
          << at << " " << size;
    }
  }
}

TEST(RunningCrc, LongPartsToo) {
  const std::string bytes = Noise(200'000, 2);
  RunningCrc crc;
  crc.Reset(bytes);
  for (const std::size_t size :
       {0U, 1U, 255U, 256U, 65'279U, 65'280U, 65'535U, 65'536U, 199'000U}) {
    EXPECT_EQ(crc.Of(777, size), base::Crc32(std::string_view(bytes).substr(777, size))) << size;
  }
  crc.Reset("other bytes");
  EXPECT_EQ(crc.Of(6, 5), base::Crc32("bytes"));
}

}  // namespace
}  // namespace anystore::tablet

// A stream holds little, whatever comes.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tablet/format/msgpack.h"
#include "tablet/stream/stream_fixture.h"

namespace anystore::tablet {
namespace {

// Bytes that are allocated; under a sanitizer, nobody knows.
std::size_t Allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// How much more is allocated at most while pieces of a tablet are fed.
std::size_t Growth(std::string_view bytes, std::size_t piece) {
  const std::size_t before = Allocated();
  std::size_t most = before;
  TabletStream stream("sample");
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    for (std::string_view left = bytes.substr(at, piece); !left.empty();) {
      const auto entries = stream.Feed(left);
      EXPECT_TRUE(entries.has_value()) << entries.error().ToString();
      if (!entries.has_value()) return 0;
      most = std::max(most, Allocated());
    }
  }
  return most - before;
}

TEST(TabletStreamMemory, DoesNotGrowWithTheFile) {
  HandMade made;
  for (int i = 0; i < 20'000; ++i) {
    std::string key = std::to_string(100'000 + i);
    key.append(200, 'k');
    made.Block({{key, std::string(500, 'v')}});
  }
  const std::string bytes = made.Finish();
  ASSERT_GT(bytes.size(), 10U << 20U);
  for (const std::size_t piece : {std::size_t{1'000}, bytes.size()})
    EXPECT_LT(Growth(bytes, piece), 300U << 10U) << piece;
}

TEST(TabletStreamMemory, IsNotTakenForWhatIsOnlyClaimed) {
  std::string block;
  AppendHeader(block);
  AppendEnvelope(block, {.payload_bytes = 60U << 20U});
  block.append(10'000, 'x');
  EXPECT_LT(Growth(block, 100), 40'000U);
  std::string key = Encode({});
  key.resize(key.size() - kFooterBytes);
  AppendUint(key, kHeaderBytes);
  AppendUint(key, 0);
  AppendRawSize(key, 1U << 20U);
  key.append(10'000, 'x');
  EXPECT_LT(Growth(key, 100), 40'000U);
}

}  // namespace
}  // namespace anystore::tablet

#include "filesystem/memory/content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "anystore/environment.h"

namespace anystore::filesystem {
namespace {

/// Beyond three chunks, so that operations cross their borders.
constexpr std::uint64_t kSizeMax = 900'000;

/// A content, and the same bytes in a string. What is mapped must stay as it was.
class Twin {
 public:
  void Step(SeededRandom& random) {
    const std::uint64_t offset = Place(random);
    const std::uint64_t length = 1 + random.Below(random.Below(4) == 0 ? 300'000 : 3000);
    const std::uint64_t growth = content_.Growth(offset, length);
    const std::uint64_t held = content_.held();
    switch (random.Below(6)) {
      case 0:
      case 1: {
        const std::string bytes(length, static_cast<char>('a' + random.Below(26)));
        ASSERT_TRUE(content_.Write(offset, bytes));
        Grow(offset + length);
        bytes_.replace(offset, length, bytes);
        EXPECT_EQ(content_.held(), held + growth);
        break;
      }
      case 2:
        ASSERT_TRUE(content_.Resize(offset));
        bytes_.resize(offset, '\0');
        EXPECT_LE(content_.held(), held);
        break;
      case 3:
        ASSERT_TRUE(content_.Reserve(offset, length));
        EXPECT_EQ(content_.held(), held + growth);
        EXPECT_EQ(content_.Growth(offset, length), 0U);
        break;
      case 4:
        ASSERT_TRUE(content_.Zero(offset, length));
        if (offset < bytes_.size()) {
          const std::uint64_t count = std::min<std::uint64_t>(length, bytes_.size() - offset);
          bytes_.replace(offset, count, count, '\0');
        }
        EXPECT_EQ(content_.held(), held);
        break;
      default: {
        Value value = content_.Map(offset, length).value();
        std::string same = offset < bytes_.size() ? bytes_.substr(offset, length) : "";
        mapped_.emplace_back(std::move(value), std::move(same));
      }
    }
  }

  void Check(SeededRandom& random) const {
    ASSERT_EQ(content_.size(), bytes_.size());
    const std::uint64_t offset = Place(random);
    std::string read(random.Below(400'000), '?');
    read.resize(content_.Read(offset, read));
    EXPECT_TRUE(read == (offset < bytes_.size() ? bytes_.substr(offset, read.size()) : ""));
    EXPECT_TRUE(offset + read.size() <= std::max<std::uint64_t>(offset, bytes_.size()));
    for (const auto& [value, same] : mapped_) EXPECT_TRUE(value.bytes() == same);
  }

  [[nodiscard]] Twin Share() const {
    Twin other;
    other.content_ = content_.Share();
    other.bytes_ = bytes_;
    return other;
  }

 private:
  static std::uint64_t Place(SeededRandom& random) {
    // Often beside the border of a chunk.
    if (random.Below(3) == 0) return (1 + random.Below(3)) * (256U << 10U) - 2 + random.Below(4);
    return random.Below(kSizeMax);
  }
  void Grow(std::uint64_t size) {
    if (size > bytes_.size()) bytes_.resize(size, '\0');
  }

  Content content_;
  std::string bytes_;
  std::vector<std::pair<Value, std::string>> mapped_;
};

TEST(Content, IsLikeAStringWhateverIsDoneToIt) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    SeededRandom random(seed);
    std::vector<Twin> twins(1);
    for (int step = 0; step < 120 && !testing::Test::HasFailure(); ++step) {
      Twin& twin = twins[random.Below(twins.size())];
      twin.Step(random);
      for (const Twin& each : twins) each.Check(random);
      if (step % 40 == 20) twins.push_back(twins.back().Share());
    }
  }
}

TEST(Content, HoldsNothingForHoles) {
  Content content;
  ASSERT_TRUE(content.Resize(std::uint64_t{1} << 43U));
  EXPECT_EQ(content.held(), 0U);
  ASSERT_TRUE(content.Write(std::uint64_t{1} << 42U, "x"));
  EXPECT_EQ(content.held(), 1U);
  EXPECT_EQ(content.Growth(std::uint64_t{1} << 42U, 3), 2U);
  ASSERT_TRUE(content.Resize(0));
  EXPECT_EQ(content.held(), 0U);
}

TEST(Content, IsEmptyWhenItWasMovedFrom) {
  Content content;
  ASSERT_TRUE(content.Write(0, "hello"));
  const Content other = std::move(content);
  EXPECT_EQ(other.size(), 5U);
  EXPECT_EQ(content.size(), 0U);  // NOLINT(bugprone-use-after-move): it is said to be empty
  EXPECT_EQ(content.held(), 0U);
}

}  // namespace
}  // namespace anystore::filesystem

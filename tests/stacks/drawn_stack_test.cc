#include "stacks/drawn_stack.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "anystore/layer.h"
#include "base/digest.h"
#include "scratch_directory.h"

namespace anystore::stacks {
namespace {

TEST(DrawStack, FollowsFromItsSeed) {
  const auto draw = [](std::uint64_t seed) {
    SeededRandom random(seed);
    return DrawStack(Registry::Global(), {}, random).value_or("");
  };
  EXPECT_FALSE(draw(1).empty());
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

// Also one that is registered later: its fields must be such as can be drawn.
TEST(DrawStack, KnowsHowToConfigureEveryLayer) {
  for (const LayerType* const layer : Registry::Global().layers()) {
    SeededRandom random(1);
    const std::string name(layer->name());
    const auto stack = DrawStack(Registry::Global(), {.with = name}, random);
    ASSERT_TRUE(stack.has_value()) << stack.error().ToString();
    EXPECT_TRUE(stack->contains("\"type\":\"" + name + "\"")) << *stack;
  }
}

TEST(DrawStack, DrawsOverEveryBackend) {
  const testing::ScratchDirectory scratch(testing::InMemory());
  for (const Backend* const backend : Registry::Global().backends()) {
    const std::string name(backend->scheme());
    // A stack is written to.
    if (backend->capabilities().access == Access::kReadOnly) continue;
    SeededRandom random(1);
    const auto stack = DrawStack(Registry::Global(),
                                 {.backend = name, .directory = scratch.path().string()}, random);
    ASSERT_TRUE(stack.has_value()) << stack.error().ToString();
    EXPECT_TRUE(stack->contains(name + ":")) << *stack;
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << *stack;
  }
}

TEST(DrawStack, DrawsChecksumsButNeitherHashesAsKeysNorReaders) {
  const testing::ScratchDirectory scratch(testing::InMemory());
  int with_checksums = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SeededRandom random(seed);
    const auto stack = DrawStack(
        Registry::Global(), {.backend = "flatfs", .directory = scratch.path().string()}, random);
    ASSERT_TRUE(stack.has_value()) << stack.error().ToString();
    if (stack->contains("verify=checksum")) ++with_checksums;
    EXPECT_FALSE(stack->contains("verify=cid") || stack->contains("read_only=true")) << *stack;
  }
  EXPECT_EQ(with_checksums > 0, base::HasDigests());
}

}  // namespace
}  // namespace anystore::stacks

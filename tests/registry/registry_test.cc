#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "anystore/backend.h"
#include "anystore/error.h"
#include "registry/fake_backend.h"

namespace anystore {
namespace {

using testing::FakeBackend;

TEST(Registry, FindsWhatWasRegisteredInOrderOfScheme) {
  Registry registry;
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("shelf")).has_value());
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("box")).has_value());
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("s3+x-1.2")).has_value());
  std::vector<std::string_view> schemes;
  for (const Backend* const backend : registry.backends()) schemes.push_back(backend->scheme());
  EXPECT_EQ(schemes, (std::vector<std::string_view>{"box", "s3+x-1.2", "shelf"}));
  const Result<Backend*> found = registry.Find("shelf");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ((*found)->scheme(), "shelf");
}

TEST(Registry, AnUnknownSchemeListsTheKnownAndTheNearest) {
  Registry registry;
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("shelf")).has_value());
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("box")).has_value());
  const Result<Backend*> found = registry.Find("shlef");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::kInvalidConfig);
  EXPECT_EQ(found.error().message(),
            "unknown scheme \"shlef\"; known: box, shelf; did you mean \"shelf\"?");
}

TEST(Registry, RefusesATakenSchemeAndOneThatIsNone) {
  Registry registry;
  ASSERT_TRUE(registry.Register(std::make_unique<FakeBackend>("box")).has_value());
  const Status again = registry.Register(std::make_unique<FakeBackend>("box"));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), Code::kAlreadyExists);
  for (const char* const wrong : {"", "Box", "1box", "b:x", "b x", "-b"}) {
    const Status status = registry.Register(std::make_unique<FakeBackend>(wrong));
    ASSERT_FALSE(status.has_value()) << wrong;
    EXPECT_EQ(status.error().code(), Code::kInvalidArgument) << wrong;
  }
  EXPECT_EQ(registry.backends().size(), 1U);
}

}  // namespace
}  // namespace anystore

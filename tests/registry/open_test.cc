#include "anystore/open.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "anystore/backend.h"
#include "anystore/error.h"
#include "registry/fake_backend.h"

namespace anystore {
namespace {

using testing::FakeBackend;

class OpenTest : public ::testing::Test {
 protected:
  OpenTest() {
    auto backend = std::make_unique<FakeBackend>("box");
    box = backend.get();
    EXPECT_TRUE(registry.Register(std::move(backend)).has_value());
    options.registry = &registry;
  }

  Code OpenCode(std::string_view url, OpenMode mode = OpenMode::kOpen) {
    options.mode = mode;
    const Result<Store> store = Open(url, options);
    return store.has_value() ? Code::kOk : store.error().code();
  }

  Registry registry;
  FakeBackend* box = nullptr;
  OpenOptions options = {};
};

TEST_F(OpenTest, IsStrictUnlessAskedToCreate) {
  EXPECT_EQ(OpenCode("box:a"), Code::kNotFound);
  EXPECT_EQ(OpenCode("box:a", OpenMode::kCreate), Code::kOk);
  EXPECT_EQ(OpenCode("box:a", OpenMode::kCreate), Code::kAlreadyExists);
  EXPECT_EQ(OpenCode("box:a"), Code::kOk);
  EXPECT_EQ(OpenCode("box:a", OpenMode::kOpenOrCreate), Code::kOk);
  EXPECT_EQ(OpenCode("box:b", OpenMode::kOpenOrCreate), Code::kOk);
  EXPECT_TRUE(box->exists["b"]);
}

TEST_F(OpenTest, OpenOrCreateTakesAStoreThatAppearsMeanwhile) {
  box->appears_during_create = true;
  EXPECT_EQ(OpenCode("box:a", OpenMode::kOpenOrCreate), Code::kOk);
}

TEST_F(OpenTest, OpenOrCreateMakesNothingWhereOpeningFails) {
  box->next_error.emplace(Code::kCorruption, "damaged");
  EXPECT_EQ(OpenCode("box:a", OpenMode::kOpenOrCreate), Code::kCorruption);
  EXPECT_FALSE(box->exists["a"]);
}

TEST_F(OpenTest, TheStoreIsNamedByItsRedactedUrl) {
  options.mode = OpenMode::kCreate;
  const Result<Store> store = Open("box:///a?pin=1234", options);
  ASSERT_TRUE(store.has_value()) << store.error().ToString();
  EXPECT_EQ(store->name(), "box:/a?pin=***");
}

TEST_F(OpenTest, ErrorsNameVerbAndRedactedUrl) {
  box->next_error.emplace(Code::kBusy, "open elsewhere");
  EXPECT_EQ(Open("box:a?pin=1234", options).error().ToString(),
            "open box:a?pin=***: busy: open elsewhere");
  box->next_error.emplace(Code::kIoError);
  EXPECT_EQ(Exists("box:a", options).error().store(), "box:a");
  EXPECT_EQ(Destroy("box:a", options).error().ToString(), "destroy box:a: not_found");
  ASSERT_TRUE(Create("box:a", options).has_value());
  EXPECT_EQ(Create("box:a", options).error().ToString(), "create box:a: already_exists");
  EXPECT_EQ(Open("box:a?pn=1234", options).error().store(), "box:a?pn=***");
}

TEST_F(OpenTest, AMissingOrUnknownSchemeListsTheKnown) {
  const Result<Store> missing = Open("/path/without/scheme", options);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), Code::kInvalidConfig);
  EXPECT_EQ(missing.error().ToString(),
            "/path/without/scheme: invalid_config: the scheme is missing; put one of these in "
            "front: box:");
  const Result<Store> unknown = Open("bxo:a?password=1234", options);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), Code::kInvalidConfig);
  EXPECT_EQ(unknown.error().store(), "bxo:a?password=***");
}

TEST_F(OpenTest, AHostWhereNoneIsTakenIsAnsweredWithTheUrlThatWasMeant) {
  const Status created = Create("box://demo/store", options);
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code(), Code::kInvalidConfig);
  EXPECT_NE(created.error().message().find("\"box:demo/store\""), std::string::npos);
}

TEST_F(OpenTest, CreateExistsAndDestroyReachTheBackend) {
  EXPECT_FALSE(Exists("box:a", options).value());
  ASSERT_TRUE(Create("box:a", options).has_value());
  EXPECT_TRUE(Exists("box:a", options).value());
  ASSERT_TRUE(Destroy("box:a", options).has_value());
  EXPECT_FALSE(Exists("box:a", options).value());
}

TEST_F(OpenTest, TheBackendSeesTheGivenEnvironment) {
  const Environment environment = Environment::Host();
  options.environment = &environment;
  ASSERT_TRUE(Create("box:a", options).has_value());
  EXPECT_EQ(box->environment_seen, &environment);
}

TEST(OpenGlobal, KnowsTheBuiltInBackendsAndTheirDefaultsAreValid) {
  for (Backend* const backend : Registry::Global().backends()) {
    Config config{.scheme = std::string(backend->scheme())};
    if (backend->config_spec()->path_required) config.path = "/x";
    const Result<CheckedConfig> checked = CheckedConfig::Make(config, backend->config_spec());
    EXPECT_TRUE(checked.has_value()) << backend->scheme() << ": " << checked.error().ToString();
    EXPECT_FALSE(backend->description().empty());
  }
}

}  // namespace
}  // namespace anystore

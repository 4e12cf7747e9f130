// Who a store is, whether it is open, what defaults it has: what the registry adds to backends.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "anystore/backend.h"
#include "anystore/features.h"
#include "anystore/open.h"
#include "layers/mount/mount.h"
#include "registry/fake_backend.h"
#include "registry/open_table.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

using testing::FakeBackend;
using ::testing::HasSubstr;

constexpr const char* kId = "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11";
constexpr const char* kOther = "00000000-0c5b-4a52-9d3c-3f6c3a1f0b11";

class LifeCycleTest : public ::testing::Test {
 protected:
  LifeCycleTest() {
    auto backend = std::make_unique<FakeBackend>("box");
    box = backend.get();
    EXPECT_TRUE(registry.Register(std::move(backend)));
    options.registry = &registry;
  }

  Result<Store> OpenStore(const std::string& url) { return Open(url, options); }
  /// "ok", or the error.
  std::string Opening(const std::string& url) {
    const Result<Store> store = Open(url, options);
    return store.has_value() ? "ok" : store.error().ToString();
  }
  Code CreateCode(const std::string& url) { return CodeOf(Create(url, options)); }
  Code DestroyCode(const std::string& url) { return CodeOf(Destroy(url, options)); }
  template <class T>
  static Code CodeOf(const Result<T>& result) {
    return result.has_value() ? Code::kOk : result.error().code();
  }

  Registry registry;
  FakeBackend* box = nullptr;
  OpenOptions options = {};
};

TEST_F(LifeCycleTest, TheIdOfTheConfigurationIsThatOfTheNewStore) {
  ASSERT_EQ(CreateCode(std::string("box:a?id=") + kId), Code::kOk);
  Result<Store> store = OpenStore("box:a");
  ASSERT_TRUE(store);
  EXPECT_EQ(store->feature<IdentifiedDatastore>()->identity().id, kId);
}

TEST_F(LifeCycleTest, AnotherIdIsAMismatchThatNamesBoth) {
  ASSERT_EQ(CreateCode(std::string("box:a?id=") + kId), Code::kOk);
  EXPECT_EQ(Opening(std::string("box:a?id=") + kId), "ok");
  EXPECT_EQ(Opening("box:a?id=6D1F0C1E-0C5B-4A52-9D3C-3F6C3A1F0B11"), "ok");
  EXPECT_EQ(Opening("box:a"), "ok");
  const std::string error = Opening(std::string("box:a?id=") + kOther);
  EXPECT_THAT(error, HasSubstr("identity_mismatch: field \"id\""));
  EXPECT_THAT(error, HasSubstr(kId));
  EXPECT_THAT(error, HasSubstr(kOther));
}

TEST_F(LifeCycleTest, AStoreWithoutRecordOpensUnlessAnIdIsAsked) {
  ASSERT_EQ(CreateCode("box:a"), Code::kOk);
  box->identities.clear();
  Result<Store> store = OpenStore("box:a?size=16");
  ASSERT_TRUE(store) << store.error().ToString();
  EXPECT_EQ(store->feature<IdentifiedDatastore>()->identity().id, "");
  EXPECT_THAT(Opening(std::string("box:a?id=") + kId), HasSubstr("no identity record"));
}

TEST_F(LifeCycleTest, AnIdIsAUuid) {
  EXPECT_THAT(Opening("box:a?id=mine"), HasSubstr("invalid_config: field \"id\": found \"mine\""));
}

TEST_F(LifeCycleTest, AFixedFieldStaysAsItWasMade) {
  ASSERT_EQ(CreateCode("box:a?size=16"), Code::kOk);
  EXPECT_EQ(Opening("box:a?size=16"), "ok");
  EXPECT_EQ(Opening("box:a"), "ok") << "a default asks for nothing";
  EXPECT_THAT(Opening("box:a?size=32"),
              HasSubstr("identity_mismatch: field \"size\": the store has \"16\", not \"32\""));
  EXPECT_THAT(Opening("box:a?size=8"), HasSubstr("not \"8\"")) << "the default, but asked for";
  ::setenv("ANYSTORE_BOX_SIZE", "64", 1);
  EXPECT_THAT(Opening("box:a"), HasSubstr("not \"64\""));
  ::unsetenv("ANYSTORE_BOX_SIZE");
}

TEST_F(LifeCycleTest, OtherFieldsMayChange) {
  ASSERT_EQ(CreateCode("box:a?buffer=1&pin=1234"), Code::kOk);
  EXPECT_EQ(Opening("box:a?buffer=2&pin=4321"), "ok");
}

TEST_F(LifeCycleTest, WhatIsOpenIsNeitherDestroyedNorMadeAnew) {
  ASSERT_EQ(CreateCode("box:a"), Code::kOk);
  {
    Result<Store> store = OpenStore("box:a");
    ASSERT_TRUE(store);
    const Result<Store> second = OpenStore("box:a?buffer=2");
    ASSERT_TRUE(second) << "how many handles there may be is the backend's business";
    EXPECT_EQ(DestroyCode("box:a"), Code::kBusy);
    EXPECT_EQ(CreateCode("box:a"), Code::kBusy);
    ASSERT_TRUE(store->Close());
    EXPECT_EQ(DestroyCode("box:a"), Code::kBusy) << "the second handle";
    EXPECT_EQ(box->destroys, 0) << "the backend was asked";
    EXPECT_EQ(CreateCode("box:b"), Code::kOk);
  }
  EXPECT_EQ(CreateCode("box:a"), Code::kAlreadyExists);
  EXPECT_EQ(DestroyCode("box:a"), Code::kOk);
  EXPECT_EQ(DestroyCode("box:a"), Code::kNotFound);
}

TEST_F(LifeCycleTest, APlaceIsTheSameUnderEveryName) {
  const testing::ScratchDirectory scratch;
  const std::string path = scratch.path().string();
  std::filesystem::create_directory(scratch.path() / "real");
  std::filesystem::create_directory_symlink(scratch.path() / "real", scratch.path() / "alias");
  for (const char* const name : {"/real", "/alias", "/real/", "/alias/../real", "//real"}) {
    box->exists[path + name] = true;
  }
  const Result<Store> store = OpenStore("box:" + path + "/real");
  ASSERT_TRUE(store);
  for (const char* const name : {"/alias", "/real/", "/alias/../real", "//real"}) {
    EXPECT_EQ(DestroyCode("box:" + path + name), Code::kBusy) << name;
  }
}

TEST_F(LifeCycleTest, AStoreInAnotherWorldIsAnotherStore) {
  ASSERT_EQ(CreateCode("box:a"), Code::kOk);
  const Result<Store> store = OpenStore("box:a");
  ASSERT_TRUE(store);
  const std::unique_ptr<FileSystem> files = NewMemoryFileSystem(*Environment::Host().clock);
  Environment elsewhere = Environment::Host();
  elsewhere.files = files.get();
  OpenOptions there = options;
  there.environment = &elsewhere;
  EXPECT_TRUE(Destroy("box:a", there));
}

TEST_F(LifeCycleTest, ACompositionIsBusyWhenAPartIs) {
  const std::string stack = R"({"type":"mount","mounts":[
      {"mountpoint":"/x","type":"box","path":"x"},{"mountpoint":"/","type":"box","path":"y"}]})";
  ASSERT_TRUE(registry.Register(layers::NewMountLayer()));
  ASSERT_EQ(CreateCode(stack), Code::kOk);
  Result<Store> part = OpenStore("box:x");
  ASSERT_TRUE(part);
  EXPECT_EQ(DestroyCode(stack), Code::kBusy);
  EXPECT_TRUE(box->exists["y"]) << "nothing is touched";
  ASSERT_TRUE(part->Close());
  {
    const Result<Store> whole = OpenStore(stack);
    ASSERT_TRUE(whole) << whole.error().ToString();
    EXPECT_EQ(DestroyCode("box:y"), Code::kBusy);
  }
  EXPECT_EQ(DestroyCode(stack), Code::kOk);
}

TEST_F(LifeCycleTest, AStoreThatCouldNotBeOpenedIsNotOpen) {
  ASSERT_EQ(CreateCode("box:a"), Code::kOk);
  box->not_ready.emplace(Code::kUnavailable, "still starting");
  EXPECT_EQ(Opening("box:a"), "open box:a: unavailable: still starting");
  EXPECT_THAT(Opening(std::string("box:a?id=") + kId), HasSubstr("identity_mismatch"));
  EXPECT_EQ(DestroyCode("box:a"), Code::kOk);
}

TEST_F(LifeCycleTest, TheCallerGoesBeforeTheEnvironmentAndThatBeforeTheDefault) {
  const auto value = [&](const std::string& url) {
    const Result<Config> full = box->DefaultConfig(*Config::Parse(url));
    return full->fields.at("buffer");
  };
  EXPECT_EQ(value("box:a"), "1");
  ::setenv("ANYSTORE_BOX_BUFFER", "2", 1);
  EXPECT_EQ(value("box:a"), "2");
  EXPECT_EQ(value("box:a?buffer=3"), "3");
  ::setenv("ANYSTORE_BOX_BUFFER", "", 1);
  EXPECT_EQ(value("box:a"), "1") << "an empty variable says nothing";
  ::unsetenv("ANYSTORE_BOX_BUFFER");
}

TEST_F(LifeCycleTest, TheIndexIsTheOneThatTheBackendPrefers) {
  EXPECT_EQ(PreferredIndex("box:near", options).value(), IndexKind::kSortedSet);
  EXPECT_EQ(PreferredIndex("box:far", options).value(), IndexKind::kBufferedTree);
}

TEST(OpenTable, WhoeverMakesOrDestroysHasThePlaceAlone) {
  registry::OpenTable table;
  std::atomic<int> open{0};
  std::atomic<int> alone{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 500; ++round) {
        if (i % 2 == 0) {
          const registry::Lease lease = table.Share("p");
          ++open;
          EXPECT_EQ(alone, 0);
          --open;
        } else if (const auto lease = table.Alone({"p", "q"}); lease.has_value()) {
          EXPECT_EQ(++alone, 1);
          EXPECT_EQ(open, 0);
          --alone;
        } else {
          EXPECT_EQ(lease.error().code(), Code::kBusy);
        }
      }
    });
  }
  threads.clear();
  EXPECT_TRUE(table.Alone({"p", "q"}));
}

}  // namespace
}  // namespace anystore

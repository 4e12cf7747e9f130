#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/layer_target.h"
#include "layers/scan_checks.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;
using testing::LayerWorld;

std::unique_ptr<Datastore> InNamespace(const std::string& prefix, std::unique_ptr<Datastore> child,
                                       const LayerWorld& world) {
  auto layer =
      testing::WrapIn("namespace", {{"prefix", prefix}}, std::move(child), world.environment);
  EXPECT_TRUE(layer.has_value()) << layer.error().ToString();
  return *std::move(layer);
}

class NamespaceTest : public ::testing::Test {
 protected:
  NamespaceTest()
      : store(InNamespace("/foo", std::make_unique<FakeDatastore>(state), world), "namespace",
              world.environment) {}

  LayerWorld world;
  FakeState state;
  Store store;
};

// go-datastore leaves a key alone that lies under the prefix already, so that two are one.
TEST_F(NamespaceTest, PutsThePrefixInFrontOfKeysThatHaveItAlready) {
  ASSERT_TRUE(store.Put("/bar", "1"));
  ASSERT_TRUE(store.Put("/foo/bar", "2"));
  EXPECT_EQ(state.records["/foo/bar"], "1");
  EXPECT_EQ(state.records["/foo/foo/bar"], "2");
  EXPECT_EQ(store.Get("/bar")->bytes(), "1");
  EXPECT_EQ(store.Get("/foo/bar")->bytes(), "2");
}

TEST_F(NamespaceTest, ShowsOnlyWhatLiesBehindThePrefix) {
  state.records = {{"/fon", "1"}, {"/foo", "2"}, {"/foo/x", "3"}, {"/foobar", "4"}, {"/fop", "5"}};
  auto results = store.Query({});
  ASSERT_TRUE(results);
  std::vector<std::string> keys;
  const std::vector<Entry> entries = *results->Rest();
  for (const Entry& entry : entries) keys.push_back(entry.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"", "/x", "bar"}));
  ASSERT_TRUE(store.DeleteRange(KeyRange::From("/")));
  EXPECT_EQ(state.records, (decltype(state.records){{"/fon", "1"}, {"/foo", "2"}, {"/fop", "5"}}));
  ASSERT_TRUE(store.DeleteRange(KeyRange::All()));
  EXPECT_EQ(state.records, (decltype(state.records){{"/fon", "1"}, {"/fop", "5"}}));
}

TEST_F(NamespaceTest, FiltersSeeKeysWithoutThePrefix) {
  ASSERT_TRUE(store.Put("/a/1", "1"));
  ASSERT_TRUE(store.Put("/ab", "2"));
  auto results = store.Query({.filters = {Filter::KeyPrefix("/a/")}});
  ASSERT_TRUE(results);
  EXPECT_EQ(results->Rest()->size(), 1U);
}

TEST_F(NamespaceTest, SnapshotsHaveTheNamespaceToo) {
  ASSERT_TRUE(store.Put("/a", "1"));
  state.records["/other"] = "x";
  auto snapshot = store.NewSnapshot();
  ASSERT_TRUE(snapshot);
  ASSERT_TRUE(store.Put("/a", "2"));
  EXPECT_EQ(snapshot->Get("/a")->bytes(), "1");
  auto results = snapshot->Query({});
  ASSERT_TRUE(results);
  EXPECT_EQ(results->Rest()->size(), 1U);
}

TEST_F(NamespaceTest, LongKeysLeaveTheStack) {
  for (const std::size_t size : {227U, 228U, 229U, 5000U}) {
    const std::string key(size, 'k');
    ASSERT_TRUE(store.Put(key, "long"));
    EXPECT_EQ(state.records["/foo" + key], "long");
    EXPECT_EQ(store.Get(key)->bytes(), "long");
    EXPECT_EQ(*store.GetSize(key), 4U);
  }
}

TEST_F(NamespaceTest, GetManyAnswersInOrder) {
  ASSERT_TRUE(store.Put("/a", "1"));
  ASSERT_TRUE(store.Put("/b", "2"));
  const std::array<std::string_view, 4> keys = {"/b", "/none", "/a", "/b"};
  std::array<Result<Value>, 4> out;
  ASSERT_TRUE(store.GetMany(keys, out));
  EXPECT_EQ(out[0]->bytes(), "2");
  EXPECT_EQ(out[1].error().code(), Code::kNotFound);
  EXPECT_EQ(out[2]->bytes(), "1");
  EXPECT_EQ(out[3]->bytes(), "2");
}

TEST_F(NamespaceTest, ErrorsHaveTheKeyThatTheCallerGave) {
  state.next_error = Error(Code::kIoError, "the disk is gone");
  const Result<Value> value = store.Get("/a");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().ToString(), R"(get "/a" in namespace: io_error: the disk is gone)");
}

TEST(Namespace, LimitsOnKeysAreThoseBelowLessThePrefix) {
  Capabilities below = FakeDatastore::Everything();
  below.keys = {.bytes_min = 2, .bytes_max = 10};
  EXPECT_EQ(testing::NarrowedBy("namespace", {{"prefix", "/foo"}}, below).keys,
            (KeyLimits{.bytes_min = 0, .bytes_max = 6}));
  below.keys.bytes_min = 6;
  EXPECT_EQ(testing::NarrowedBy("namespace", {{"prefix", "/foo"}}, below).keys,
            (KeyLimits{.bytes_min = 2, .bytes_max = 6}));
  below.keys.alphabet = KeyAlphabet::kNoNul | KeyAlphabet::kUtf8;
  EXPECT_EQ(testing::NarrowedBy("namespace", {{"prefix", "/foo"}}, below).keys.alphabet,
            KeyAlphabet::kNoNul | KeyAlphabet::kUtf8 | KeyAlphabet::kOther);
  // A prefix that is half a character makes a whole one with what follows.
  EXPECT_EQ(testing::NarrowedBy("namespace", {{"prefix", "/\xc3"}}, below).keys.alphabet,
            KeyAlphabet::kNoNul | KeyAlphabet::kOther);
}

TEST(Namespace, AsksBelowAboutWholeKeys) {
  const LayerWorld world;
  FakeState state;
  Capabilities below = FakeDatastore::Everything();
  below.keys.alphabet = KeyAlphabet::kOther;
  Store store(InNamespace("/spec", std::make_unique<FakeDatastore>(state, below), world), "ns",
              world.environment);
  EXPECT_EQ(store.Put("ial", "1").error().code(), Code::kInvalidArgument);  // "/special"
  EXPECT_TRUE(store.Put("/special", "1"));
  below.keys.alphabet = KeyAlphabet::kFlatfs;
  FakeState other;
  Store flat(InNamespace("/A", std::make_unique<FakeDatastore>(other, below), world), "ns",
             world.environment);
  EXPECT_TRUE(flat.Put("B", "1"));
  EXPECT_EQ(flat.Put("/B", "1").error().code(), Code::kInvalidArgument);
}

TEST(Namespace, RefusesAPrefixThatLeavesNoRoom) {
  const LayerWorld world;
  FakeState state;
  Capabilities below = FakeDatastore::Everything();
  below.keys.bytes_max = 3;
  const auto layer =
      testing::WrapIn("namespace", {{"prefix", "/foo"}},
                      std::make_unique<FakeDatastore>(state, below), world.environment);
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code(), Code::kInvalidConfig);
  EXPECT_TRUE(layer.error().message().contains("prefix")) << layer.error().ToString();
}

TEST(Namespace, ABatchThatThePrefixesMakeTooLargeIsRefusedWhole) {
  const LayerWorld world;
  FakeState state;
  Capabilities below = FakeDatastore::Everything();
  below.batch_bytes_max = 100;
  Store store(InNamespace("/0123456789", std::make_unique<FakeDatastore>(state, below), world),
              "ns", world.environment);
  EXPECT_EQ(store.capabilities().batch_bytes_max, 50U);
  const std::vector<Mutation> many(10, Mutation{.key = "a", .value = "b"});
  const Result<Receipt> refused = store.Apply(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kTooLarge);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_TRUE(state.applied.empty());
  EXPECT_TRUE(store.Apply(std::span(many).first(5)));
}

// Prefixes whose upper bound is another byte, another length, or none at all.
TEST(Namespace, ScansAnyRangeOfAnyPrefix) {
  for (const std::string prefix : {"", "/", "/foo", "a\xff", "\xff", "\xff\xff"}) {
    SCOPED_TRACE(Quoted(prefix));
    LayerWorld world;
    FakeState state;
    const auto layer = InNamespace(prefix, std::make_unique<FakeDatastore>(state), world);
    const std::vector<std::string> keys = {"",      "/",    "/a",       "/foo",
                                           "/foo/", "a",    "b",        "a\xff",
                                           "\xff",  "\xfe", "\xff\xff", "\xff\xff\xff"};
    testing::Model model;
    for (const std::string& key : keys) {
      if (!prefix.empty()) state.records[key] = "outside";
    }
    std::erase_if(state.records, [&](const auto& r) { return r.first.starts_with(prefix); });
    for (std::size_t i = 0; i < keys.size(); i += 2) {
      model[keys[i]] = "value " + std::to_string(i);
      state.records[prefix + keys[i]] = model[keys[i]];
    }
    testing::ExpectScans(*layer, model, keys, 40, world.random);
    const auto outside = state.records.size() - model.size();
    const Mutation everything{.kind = Mutation::Kind::kDeleteRange};
    ASSERT_TRUE(layer->Apply({&everything, 1}, {}));
    EXPECT_EQ(state.records.size(), outside);
  }
}

TEST(Namespace, Conforms) {
  testing::ExpectConforms(R"({"type": "namespace", "prefix": "/prefix", "child": "memory:"})");
}

}  // namespace
}  // namespace anystore

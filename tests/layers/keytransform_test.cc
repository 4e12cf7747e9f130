#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "anystore/layer.h"
#include "anystore/open.h"
#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/keytransform/transforms.h"
#include "layers/layer_target.h"
#include "layers/scan_checks.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

using layers::NamedTransform;
using testing::FakeDatastore;
using testing::FakeState;
using testing::LayerWorld;

std::string Form(const std::string& transform, const std::string& key) {
  std::string below = "left over";
  const Status status = NamedTransform(transform)->Convert(key, below);
  return status.has_value() ? below : "refused";
}

std::string RandomKey(SeededRandom& random, bool hierarchical) {
  std::string key(random.Below(9), ' ');
  for (char& byte : key) {
    static constexpr std::string_view kBytes("/\0\x01/az\x7f\x80\xfe\xff", 10);
    byte = random.Below(3) == 0 ? static_cast<char>(random.Next())
                                : kBytes[random.Below(kBytes.size())];
  }
  return hierarchical ? "/" + key : key;
}

TEST(KeyTransform, FormsAreThoseOfThePage) {
  EXPECT_EQ(Form("hex", ""), "/");
  EXPECT_EQ(Form("hex", "/a\xff"), "/2F61FF");
  // The test vectors of RFC 4648, without padding.
  EXPECT_EQ(Form("base32hex", ""), "/");
  EXPECT_EQ(Form("base32hex", "f"), "/CO");
  EXPECT_EQ(Form("base32hex", "fo"), "/CPNG");
  EXPECT_EQ(Form("base32hex", "foo"), "/CPNMU");
  EXPECT_EQ(Form("base32hex", "foob"), "/CPNMUOG");
  EXPECT_EQ(Form("base32hex", "fooba"), "/CPNMUOJ1");
  EXPECT_EQ(Form("base32hex", "foobar"), "/CPNMUOJ1E8");
  EXPECT_EQ(Form("reverse-components", "/a/b/c"), "/c/b/a");
  EXPECT_EQ(Form("reverse-components", "/"), "/");
  EXPECT_EQ(Form("reverse-components", "/a/"), "//a");
  EXPECT_EQ(Form("reverse-components", "a/b"), "refused");
  EXPECT_EQ(Form("reverse-components", ""), "refused");
}

TEST(KeyTransform, InvertTakesBackWhatConvertDid) {
  for (const std::string& name : layers::TransformNames()) {
    SCOPED_TRACE(name);
    SeededRandom random(1);
    const auto transform = NamedTransform(name);
    std::string before;
    for (int i = 0; i < 2000; ++i) {
      const std::string key = RandomKey(random, !transform->monotone());
      std::string below;
      std::string again;
      ASSERT_TRUE(transform->Convert(key, below));
      ASSERT_TRUE(transform->Invert(below, again)) << Quoted(key);
      ASSERT_EQ(again, key);
      std::string form_before;
      ASSERT_TRUE(transform->Convert(i == 0 ? key : before, form_before));
      if (transform->monotone() && i > 0) {
        ASSERT_EQ(before < key, form_before < below) << Quoted(before) << " and " << Quoted(key);
      }
      before = key;
    }
  }
}

// Otherwise two strings below would be one key.
TEST(KeyTransform, InvertRefusesWhatConvertNeverMakes) {
  for (const std::string& name : layers::TransformNames()) {
    SCOPED_TRACE(name);
    SeededRandom random(2);
    const auto transform = NamedTransform(name);
    static constexpr std::string_view kBytes = "0189ABFGUVWaf/";
    int refused = 0;
    for (int i = 0; i < 5000; ++i) {
      std::string below = random.Below(10) == 0 ? "" : "/";
      for (std::size_t n = random.Below(5); n > 0; --n) below += kBytes[random.Below(14)];
      std::string key;
      if (!transform->Invert(below, key)) {
        ++refused;
        continue;
      }
      std::string again;
      ASSERT_TRUE(transform->Convert(key, again));
      ASSERT_EQ(again, below);
    }
    EXPECT_GT(refused, 100);
  }
}

std::unique_ptr<Datastore> Under(const std::string& transform, FakeState& state,
                                 const LayerWorld& world) {
  return *testing::WrapIn("keytransform", {{"transform", transform}},
                          std::make_unique<FakeDatastore>(state), world.environment);
}

TEST(KeyTransform, ScansOfMonotoneOnesAreThoseOfARange) {
  for (const std::string name : {"hex", "base32hex"}) {
    SCOPED_TRACE(name);
    LayerWorld world;
    FakeState state;
    const auto layer = Under(name, state, world);
    SeededRandom random(3);
    testing::Model model;
    std::vector<std::string> keys;
    for (int i = 0; i < 80; ++i) keys.push_back(RandomKey(random, false));
    for (std::size_t i = 0; i < keys.size(); i += 2) {
      model[keys[i]] = "1";
      const Mutation put{.key = keys[i], .value = "1"};
      ASSERT_TRUE(layer->Apply({&put, 1}, {}));
    }
    for (const char* const strange : {"", "/2", "/zz", "0", "/2f", "zz", "/00W", "/0g"}) {
      state.records[strange] = "not a form";
    }
    testing::ExpectScans(*layer, model, keys, 30, random);
  }
}

TEST(KeyTransform, ScansOfOthersAreSortedOut) {
  LayerWorld world;
  FakeState state;
  Store store(Under("reverse-components", state, world), "reversed", world.environment);
  EXPECT_EQ(store.capabilities().ordered_scan, Support::kAbsent);
  for (const char* const key : {"/a/x", "/a/y", "/b/x", "/a", "/ab/x"}) {
    ASSERT_TRUE(store.Put(key, key));
  }
  state.records["no slash"] = "not a form";
  EXPECT_EQ(state.records["/x/a"], "/a/x");
  // In go-datastore a prefix is converted too, and then finds nothing.
  auto results = store.Query({.prefix = "/a", .orders = {Order::Key()}});
  ASSERT_TRUE(results);
  std::string found;
  const std::vector<Entry> entries = *results->Rest();
  for (const Entry& entry : entries) found += entry.key + " ";
  EXPECT_EQ(found, "/a/x /a/y ");
  ASSERT_TRUE(store.DeleteRange(KeyRange::All()));
  EXPECT_EQ(state.records, (decltype(state.records){{"no slash", "not a form"}}));
}

TEST(KeyTransform, DeletingARangeLeavesAloneWhatIsNoKey) {
  LayerWorld world;
  FakeState state;
  Store store(Under("hex", state, world), "hex", world.environment);
  ASSERT_TRUE(store.Put("/a", "1"));
  state.records["zz"] = "not a form";
  ASSERT_TRUE(store.DeleteRange(KeyRange::All()));
  EXPECT_EQ(state.records, (decltype(state.records){{"zz", "not a form"}}));
}

TEST(KeyTransform, AKeyWithoutAFormIsNotTaken) {
  LayerWorld world;
  FakeState state;
  Store store(Under("reverse-components", state, world), "reversed", world.environment);
  EXPECT_EQ(store.Put("a/b", "1").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(store.Get("a/b").error().code(), Code::kNotFound);
  EXPECT_TRUE(store.Delete("a/b"));
  const std::array<std::string_view, 2> keys = {"a/b", "/a"};
  std::array<Result<Value>, 2> out;
  ASSERT_TRUE(store.Put("/a", "1"));
  ASSERT_TRUE(store.GetMany(keys, out));
  EXPECT_EQ(out[0].error().code(), Code::kNotFound);
  EXPECT_EQ(out[1]->bytes(), "1");
}

TEST(KeyTransform, AnyKeyGoesIntoFlatfs) {
  const testing::ScratchDirectory scratch(testing::InMemory());
  Result<Store> store = Open(R"({"type": "keytransform", "transform": "base32hex", "child":
      {"type": "flatfs", "path": ")" +
                                 scratch.path().string() + R"(/store"}})",
                             {.mode = OpenMode::kCreate});
  ASSERT_TRUE(store) << store.error().ToString();
  for (const char* const key : {"/lower/case", "x", "/a", "\xff"}) {
    ASSERT_TRUE(store->Put(key, key));
    EXPECT_EQ(store->Get(key)->bytes(), key);
  }
  EXPECT_EQ(store->Put(std::string(300, 'x'), "").error().code(), Code::kTooLarge);
  auto results = store->Query({.prefix = "/lower"});
  ASSERT_TRUE(results);
  EXPECT_EQ(results->Rest()->size(), 1U);
}

/// Keys from back to front: a program's own transform.
class Backwards final : public KeyTransform {
 public:
  Status Convert(std::string_view key, std::string& below) const override {
    below.assign(key.rbegin(), key.rend());
    return Ok();
  }
  bool Invert(std::string_view below, std::string& key) const override {
    key.assign(below.rbegin(), below.rend());
    return true;
  }
};

TEST(KeyTransform, AProgramHasItsOwn) {
  Registry registry;
  ASSERT_TRUE(registry.Register(
      NewKeyTransformLayer("backwards", "Keys from back to front", std::make_shared<Backwards>())));
  const LayerType* const type = registry.FindLayer("backwards");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->description(), "Keys from back to front");
  FakeState state;
  std::vector<LayerChild> children;
  const CheckedConfig none = *CheckedConfig::Make({}, nullptr);
  children.push_back({.fields = none, .store = std::make_unique<FakeDatastore>(state)});
  const Capabilities below = FakeDatastore::Everything();
  const LayerWorld world;
  auto layer = type->Wrap(none, children, world.environment);
  ASSERT_TRUE(layer);
  EXPECT_EQ((*layer)->capabilities(), type->Narrow(none, {&below, 1}));
  Store store(*std::move(layer), "backwards", world.environment);
  ASSERT_TRUE(store.Put("abc", "1"));
  EXPECT_EQ(state.records, (decltype(state.records){{"cba", "1"}}));
}

TEST(KeyTransform, MonotoneOnesConform) {
  for (const char* const name : {"hex", "base32hex"}) {
    testing::ExpectConforms(
        std::string(R"({"type": "keytransform", "child": "memory:", "transform": ")") + name +
        R"("})");
  }
}

TEST(KeyTransform, OthersConform) {
  testing::ExpectConforms(
      R"({"type": "keytransform", "child": "memory:", "transform": "reverse-components"})");
}

}  // namespace
}  // namespace anystore

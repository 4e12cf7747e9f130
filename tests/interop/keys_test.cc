// What go-datastore's Key does, for every recorded input.
#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/key.h"
#include "interop/vectors.h"

namespace anystore {
namespace {

using nlohmann::json;
using testing::Text;

class KeyVectors : public testing::VectorTest {
 protected:
  KeyVectors() : VectorTest("keys.json") {}
};

int AsNumber(std::strong_ordering ordering) { return ordering < 0 ? -1 : ordering > 0 ? 1 : 0; }

/// Everything that is recorded of a key but the raw constructor, as we have it.
json Described(const std::string& input) {
  const Key key(input);
  json list = json::array();
  for (const std::string_view component : key.List()) list.push_back(component);
  return {{"in", input},
          {"key", key.bytes()},
          {"list", list},
          {"base", key.BaseNamespace()},
          {"root", key.RootNamespace()},
          {"type", key.Type()},
          {"name", key.Name()},
          {"path", key.Path().bytes()},
          {"parent", key.Parent().bytes()},
          {"reverse", key.Reverse().bytes()},
          {"top_level", key.IsTopLevel()},
          {"instance_inst", key.Instance("inst").bytes()},
          {"child_cc", key.Child(Key("/cc")).bytes()},
          {"child_root", key.Child(Key("/")).bytes()},
          {"childstring_x", key.ChildString("x").bytes()},
          {"childstring_dotdot", key.ChildString("../y").bytes()},
          {"childstring_empty", key.ChildString("").bytes()},
          {"json", key.ToJson().value()}};
}

TEST_F(KeyVectors, EveryFieldOfEveryKeyIsEqual) {
  ASSERT_EQ(vectors_["keys"].size(), 59U);
  for (json expected : vectors_["keys"]) {
    expected.erase("raw");  // in the next test
    EXPECT_EQ(Described(Text(expected["in"])), expected);
  }
}

TEST_F(KeyVectors, RawKeysAreEqualButForTheNamedDifferences) {
  int unclean_refused = 0;
  int panics_refused = 0;
  for (const json& expected : vectors_["keys"]) {
    const std::string input = Text(expected["in"]);
    const std::string raw = Text(expected["raw"]);
    const Result<Key> key = Key::Raw(input);
    if (raw == "!panic") {
      ++panics_refused;
      ASSERT_FALSE(key.has_value()) << input;
      EXPECT_EQ(key.error().code(), Code::kInvalidArgument) << input;
    } else if (raw != Text(expected["key"])) {
      ++unclean_refused;
      ASSERT_FALSE(key.has_value()) << input;
      EXPECT_EQ(key.error().code(), Code::kInvalidArgument) << input;
    } else {
      ASSERT_TRUE(key.has_value()) << input;
      EXPECT_EQ(key->bytes(), raw);
    }
  }
  EXPECT_EQ(unclean_refused, 9);
  EXPECT_EQ(panics_refused, 17);
}

TEST_F(KeyVectors, ComparisonAndAncestryAreEqual) {
  const auto keys = vectors_["relation_keys"].get<std::vector<std::string>>();
  ASSERT_EQ(keys.size(), 18U);
  ASSERT_EQ(vectors_["compare"].size(), keys.size());
  ASSERT_EQ(vectors_["is_ancestor_of"].size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const Key a(keys[i]);
      const Key b(keys[j]);
      EXPECT_EQ(AsNumber(Key::CompareComponents(a, b)), vectors_["compare"][i][j].get<int>())
          << a.bytes() << " " << b.bytes();
      EXPECT_EQ(a.IsAncestorOf(b), vectors_["is_ancestor_of"][i][j].get<bool>())
          << a.bytes() << " " << b.bytes();
      EXPECT_EQ(b.IsDescendantOf(a), vectors_["is_ancestor_of"][i][j].get<bool>())
          << a.bytes() << " " << b.bytes();
    }
  }
}

TEST_F(KeyVectors, BothOrdersAreEqual) {
  std::vector<Key> keys;
  for (const json& key : vectors_["relation_keys"]) keys.emplace_back(Text(key));
  const auto texts = [&keys] {
    json list = json::array();
    for (const Key& key : keys) list.push_back(key.bytes());
    return list;
  };
  std::ranges::sort(keys);
  EXPECT_EQ(texts(), vectors_["sorted_by_string"]);
  std::ranges::sort(keys,
                    [](const Key& a, const Key& b) { return Key::CompareComponents(a, b) < 0; });
  EXPECT_EQ(texts(), vectors_["sorted_by_key_less"]);
}

TEST_F(KeyVectors, JsonIsReadEqually) {
  ASSERT_EQ(vectors_["from_json"].size(), 11U);
  for (const json& expected : vectors_["from_json"]) {
    const std::string document = Text(expected["in"]);
    const Result<Key> key = Key::FromJson(document);
    ASSERT_EQ(key.has_value(), expected["ok"].get<bool>()) << document;
    if (key.has_value()) {
      EXPECT_EQ(key->bytes(), Text(expected["key"])) << document;
    } else {
      EXPECT_EQ(key.error().code(), Code::kInvalidArgument) << document;
    }
  }
}

TEST_F(KeyVectors, JsonOfTheOneKeyThatIsNotUtf8IsRefused) {
  ASSERT_EQ(Text(vectors_["invalid_utf8"]["key_base64"]), "L2H//mI=");
  const Key key(
      "/a\xff\xfe"
      "b");
  EXPECT_EQ(Text(vectors_["invalid_utf8"]["json"]), "\"/a\\ufffd\\ufffdb\"")
      << "what is lost otherwise";
  const Result<std::string> document = key.ToJson();
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace anystore

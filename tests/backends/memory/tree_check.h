/// Checks that a tree is what nodes, searches and edits rely on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "backends/memory/node.h"

namespace anystore::memory::testing {

/// Collects the content of a tree and checks every invariant on the way.
class TreeCheck {
 public:
  explicit TreeCheck(Node* root) { Visit(root, {}, {}, true); }

  /// What the tree holds.
  [[nodiscard]] const std::map<std::string, std::string>& content() const { return content_; }
  /// How many levels it has.
  [[nodiscard]] unsigned height() const { return *height_; }
  /// How many leaves it has.
  [[nodiscard]] unsigned leaves() const { return leaves_; }
  /// The fewest keys that a leaf has.
  [[nodiscard]] unsigned least_in_a_leaf() const { return least_in_a_leaf_; }
  /// The memory of all nodes, separators and records.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  using Bound = std::optional<std::string_view>;

  template <class AnyNode>
  void CheckWords(AnyNode* node, std::string_view (*key_of)(AnyNode*, unsigned)) {
    for (unsigned i = 0; i < node->count; ++i) {
      const std::string_view key = key_of(node, i);
      ASSERT_GE(key.size(), node->skip);
      EXPECT_EQ(key.substr(0, node->skip), key_of(node, 0).substr(0, node->skip));
      const std::size_t inlined = std::min<std::size_t>(node->skip, kSharedBytesMax);
      EXPECT_EQ(key.substr(0, inlined), std::string_view(node->shared, inlined));
      EXPECT_EQ(node->words[i], WordAt(key, node->skip));
      if (i > 0) {
        EXPECT_LT(key_of(node, i - 1), key);
      }
    }
  }

  /// All keys under `node` must lie in [from, to).
  void Visit(Node* node, Bound from, Bound to, bool is_root, unsigned depth = 1) {
    const auto in_bounds = [&](std::string_view key) {
      return (!from.has_value() || *from <= key) && (!to.has_value() || key < *to);
    };
    bytes_ += Footprint(node);
    if (node->is_leaf) {
      if (!height_.has_value()) height_ = depth;
      EXPECT_EQ(*height_, depth) << "leaves at different depths";
      Leaf* const leaf = AsLeaf(node);
      ++leaves_;
      least_in_a_leaf_ = std::min<unsigned>(least_in_a_leaf_, leaf->count);
      ASSERT_LE(leaf->count, kLeafKeysMax);
      EXPECT_TRUE(is_root || leaf->count > 0) << "an empty leaf";
      CheckWords<Leaf>(leaf, [](Leaf* l, unsigned i) { return LoadRecord(l, i)->key(); });
      for (unsigned i = 0; i < leaf->count; ++i) {
        const Record* const record = LoadRecord(leaf, i);
        EXPECT_TRUE(in_bounds(record->key()));
        EXPECT_EQ(FindInLeaf(leaf, record->key()), record);
        bytes_ += record->footprint();
        EXPECT_NE(record->birth(), 0U) << "a record that no write made";
        content_.emplace(record->key(), record->value());
      }
      return;
    }
    Inner* const inner = AsInner(node);
    ASSERT_LE(inner->count, kInnerKeysMax);
    EXPECT_GE(inner->count, is_root ? 1U : kInnerKeysMax / 4) << "a thin node";
    CheckWords<Inner>(inner, [](Inner* n, unsigned i) { return n->separators[i]->key(); });
    for (unsigned i = 0; i < inner->count; ++i) bytes_ += inner->separators[i]->footprint();
    for (unsigned i = 0; i <= inner->count; ++i) {
      const Bound low = i == 0 ? from : Bound(inner->separators[i - 1]->key());
      const Bound high = i == inner->count ? to : Bound(inner->separators[i]->key());
      Visit(LoadChild(inner, i), low, high, false, depth + 1);
    }
  }

  std::map<std::string, std::string> content_;
  std::optional<unsigned> height_;
  unsigned leaves_ = 0;
  unsigned least_in_a_leaf_ = kLeafKeysMax;
  std::uint64_t bytes_ = 0;
};

}  // namespace anystore::memory::testing

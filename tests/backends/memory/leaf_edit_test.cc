#include "backends/memory/leaf_edit.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "backends/memory/beside.h"
#include "backends/memory/edit.h"
#include "backends/memory/tree_check.h"

namespace anystore::memory {
namespace {

using testing::OnCore;
using testing::TreeCheck;
using Change = LeafEdit::Change;

std::string Numbered(unsigned number) { return "key" + std::to_string(1000 + number); }

class LeafEditTest : public ::testing::Test {
 protected:
  /// The root of now.
  const Node* root() {
    return tree_.Read([](Node* node) { return node; });
  }
  std::string_view ValueAt(std::string_view key) {
    const Record* const record = tree_.Read([&](Node* node) { return FindRecord(node, key); });
    return record == nullptr ? "(none)" : record->value();
  }

  bool PutInLeaf(std::string_view key, std::string_view value) {
    LeafEdit edit(tree_);
    if (!edit.entered() || !edit.Seek(key, Change::kPut)) return false;
    edit.Put(Record::New(key, value, kNever));
    return true;
  }
  bool EraseInLeaf(std::string_view key) {
    LeafEdit edit(tree_);
    if (!edit.entered() || !edit.Seek(key, Change::kErase)) return false;
    if (edit.found() != nullptr) edit.Erase();
    return true;
  }
  void PutAlone(std::string_view key, std::int64_t expires_at = kNever) {
    const Tree::LoneWriter alone(tree_);
    Edit edit(tree_, EditScope::kOneChange);
    edit.Seek(key);
    edit.Put(Record::New(key, "alone", expires_at));
    edit.Commit();
  }
  /// Puts as the store does.
  void Put(std::string_view key) {
    if (!PutInLeaf(key, "leaf")) PutAlone(key);
  }

  Tree tree_;
};

TEST_F(LeafEditTest, OverwritesInPlace) {
  ASSERT_TRUE(PutInLeaf("a", "1"));
  const Node* const before = root();
  ASSERT_TRUE(PutInLeaf("a", "2"));
  EXPECT_EQ(root(), before);
  EXPECT_EQ(ValueAt("a"), "2");
}

TEST_F(LeafEditTest, CopiesALeafToInsertAndToErase) {
  ASSERT_TRUE(PutInLeaf("b", "1"));
  const Node* before = root();
  ASSERT_TRUE(PutInLeaf("a", "1"));
  EXPECT_NE(root(), before);
  before = root();
  ASSERT_TRUE(EraseInLeaf("b"));
  EXPECT_NE(root(), before);
  EXPECT_EQ(TreeCheck(Tree::Snapshot(tree_).root()).content().size(), 1U);
}

TEST_F(LeafEditTest, ChangesNothingWithoutAnErase) {
  ASSERT_TRUE(PutInLeaf("a", "1"));
  const Node* const before = root();
  const std::uint64_t number = tree_.last_write();
  ASSERT_TRUE(EraseInLeaf("b"));
  EXPECT_EQ(root(), before);
  EXPECT_EQ(tree_.last_write(), number);
}

TEST_F(LeafEditTest, LeavesSplitsToALoneWriter) {
  for (unsigned i = 0; i < kLeafKeysMax; ++i) ASSERT_TRUE(PutInLeaf(Numbered(i), "1"));
  EXPECT_FALSE(PutInLeaf(Numbered(kLeafKeysMax), "1"));
  EXPECT_TRUE(PutInLeaf(Numbered(0), "2")) << "an overwrite splits nothing";
  PutAlone(Numbered(kLeafKeysMax));
  EXPECT_EQ(TreeCheck(Tree::Snapshot(tree_).root()).leaves(), 2U);
}

TEST_F(LeafEditTest, LeavesMergesToALoneWriter) {
  for (unsigned i = 0; i < 2 * kLeafKeysMax; ++i) Put(Numbered(i));
  unsigned erased = 0;
  while (EraseInLeaf(Numbered(erased))) ++erased;
  EXPECT_GT(erased, 0U);
  EXPECT_LT(erased, kLeafKeysMax);
  EXPECT_NE(ValueAt(Numbered(erased)), "(none)");
  const TreeCheck check(Tree::Snapshot(tree_).root());
  EXPECT_EQ(check.content().size(), 2 * kLeafKeysMax - erased);
  EXPECT_GE(check.least_in_a_leaf(), kLeafKeysMin);
}

TEST_F(LeafEditTest, EmptiesARoot) {
  ASSERT_TRUE(PutInLeaf("a", "1"));
  ASSERT_TRUE(EraseInLeaf("a"));
  EXPECT_TRUE(TreeCheck(Tree::Snapshot(tree_).root()).content().empty());
}

TEST_F(LeafEditTest, LeavesNodesThatASnapshotSharesAsTheyAre) {
  for (unsigned i = 0; i < 2 * kLeafKeysMax; ++i) Put(Numbered(i));
  const Tree::Snapshot snapshot(tree_);
  const auto before = TreeCheck(snapshot.root()).content();
  EXPECT_FALSE(PutInLeaf(Numbered(0), "2"));
  EXPECT_FALSE(PutInLeaf("new", "2"));
  EXPECT_FALSE(EraseInLeaf(Numbered(0)));
  PutAlone(Numbered(0));
  EXPECT_TRUE(PutInLeaf(Numbered(0), "2")) << "that leaf is no longer shared";
  EXPECT_TRUE(PutInLeaf(Numbered(2 * kLeafKeysMax - 1), "2")) << "nor is what leads to another";
  EXPECT_EQ(TreeCheck(snapshot.root()).content(), before);
}

TEST_F(LeafEditTest, CopiesARootThatASnapshotShares) {
  ASSERT_TRUE(PutInLeaf("a", "1"));
  const Tree::Snapshot snapshot(tree_);
  ASSERT_TRUE(PutInLeaf("a", "2"));
  ASSERT_TRUE(PutInLeaf("a", "3"));
  EXPECT_EQ(FindRecord(snapshot.root(), "a")->value(), "1");
  EXPECT_EQ(ValueAt("a"), "3");
}

TEST_F(LeafEditTest, LeavesRecordsThatExpireToALoneWriter) {
  PutAlone("a", 7);
  EXPECT_FALSE(PutInLeaf("a", "1"));
  EXPECT_FALSE(EraseInLeaf("a"));
  EXPECT_TRUE(PutInLeaf("b", "1"));
}

TEST_F(LeafEditTest, DoesNotEnterBesideALoneWriter) {
  const Tree::LoneWriter alone(tree_);
  std::thread([&] { EXPECT_FALSE(LeafEdit(tree_).entered()); }).join();
}

TEST_F(LeafEditTest, HasAHigherNumberThanWhatItFinds) {
  std::uint64_t last = 0;
  const auto overwrite = [&] {
    LeafEdit edit(tree_);
    ASSERT_TRUE(edit.entered() && edit.Seek("a", Change::kPut));
    edit.Put(Record::New("a", "1", kNever));
    EXPECT_GT(edit.number(), last);
    last = edit.number();
  };
  OnCore(0, [&] {
    for (int i = 0; i < 100; ++i) overwrite();
  });
  OnCore(1, overwrite);  // where nothing was counted yet
  EXPECT_EQ(tree_.last_write(), last);
}

TEST_F(LeafEditTest, HasAHigherNumberThanEverySnapshotBefore) {
  OnCore(0, [&] {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(PutInLeaf("a", "1"));
  });
  const Tree::Snapshot snapshot(tree_);
  const std::uint64_t before = tree_.last_write();
  OnCore(1, [&] {
    LeafEdit edit(tree_);
    ASSERT_TRUE(edit.entered() && edit.Seek("b", Change::kPut));
    edit.Put(Record::New("b", "1", kNever));
    EXPECT_GT(edit.number(), before);
  });
}

TEST_F(LeafEditTest, CountsItsMemory) {
  for (unsigned i = 0; i < 5000; ++i) Put(Numbered(i * 7919 % 5000));
  for (unsigned i = 0; i < 5000; i += 2) {
    if (!EraseInLeaf(Numbered(i))) PutAlone(Numbered(i));
  }
  for (int i = 0; i < 1000; ++i) Put("settle");
  const std::uint64_t reachable = TreeCheck(Tree::Snapshot(tree_).root()).bytes();
  EXPECT_GE(tree_.bytes(), reachable);
  constexpr std::uint64_t kWaitingMax = 64 * 1024;  // the last few hundred small records
  EXPECT_LT(tree_.bytes(), reachable + kWaitingMax);
}

}  // namespace
}  // namespace anystore::memory

#include "backends/memory/tree.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backends/memory/beside.h"
#include "backends/memory/edit.h"
#include "backends/memory/key_kinds.h"
#include "backends/memory/tree_check.h"

namespace anystore::memory {
namespace {

using testing::DrawKey;
using testing::KeyKind;
using testing::TreeCheck;
using Model = std::map<std::string, std::string>;

Record* NewRecord(std::string_view key, std::string_view value) {
  return Record::New(key, value, kNever);
}

void PutOne(Tree& tree, std::string_view key, std::string_view value) {
  const Tree::LoneWriter alone(tree);
  Edit edit(tree, EditScope::kOneChange);
  edit.Seek(key);
  edit.Put(NewRecord(key, value));
  edit.Commit();
}

void EraseOne(Tree& tree, std::string_view key) {
  const Tree::LoneWriter alone(tree);
  Edit edit(tree, EditScope::kOneChange);
  if (edit.Seek(key) != nullptr) edit.Erase();
  edit.Commit();
}

void EraseRange(Tree& tree, std::string_view from, std::optional<std::string_view> to) {
  const Tree::LoneWriter alone(tree);
  Edit edit(tree, EditScope::kManyChanges);
  edit.EraseRange(from, to);
  edit.Commit();
}

/// Lets what was unlinked go: it waits until later writes have shown that nobody reads it. What
/// waits thereafter are only the small records of these writes.
void Settle(Tree& tree) {
  for (int i = 0; i < 1000; ++i) PutOne(tree, "settle", "");
}

constexpr std::uint64_t kSettledBytesMax = 64 * 1024;

Model ContentOf(Tree& tree) { return TreeCheck(Tree::Snapshot(tree).root()).content(); }

/// Carries out random changes on a tree and on a model.
class RandomTree {
 public:
  RandomTree(KeyKind kind, unsigned distinct, std::uint32_t seed)
      : kind_(kind), distinct_(distinct), random_(seed) {}

  void PutSome(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = Draw();
      PutOne(tree, key, model[key] = std::to_string(random_()));
    }
  }

  void EraseSome(int count) {
    for (int i = 0; i < count; ++i) {
      // Half of the keys drawn, half of those there, so that the tree can get empty.
      std::string key = Draw();
      if (random_() % 2 == 0) {
        if (const auto there = model.lower_bound(key); there != model.end()) key = there->first;
      }
      EraseOne(tree, key);
      model.erase(key);
    }
  }

  void EraseSomeRange() {
    std::string from = Draw();
    std::string to = Draw();
    if (to < from) std::swap(from, to);
    const bool open = random_() % 8 == 0;
    EraseRange(tree, from, open ? std::nullopt : std::optional<std::string_view>(to));
    model.erase(model.lower_bound(from), open ? model.end() : model.lower_bound(to));
  }

  /// A batch that is committed or undone.
  void ChangeMany(int count) {
    const bool commit = random_() % 2 == 0;
    Model after = model;
    const Tree::LoneWriter alone(tree);
    Edit edit(tree, EditScope::kManyChanges);
    for (int i = 0; i < count; ++i) {
      const std::string key = Draw();
      Record* const found = edit.Seek(key);
      ASSERT_EQ(found != nullptr, after.contains(key));
      if (random_() % 3 != 0) {
        edit.Put(NewRecord(key, after[key] = std::to_string(random_())));
      } else if (found != nullptr) {
        edit.Erase();
        after.erase(key);
      }
    }
    if (!commit) return;
    edit.Commit();
    model = std::move(after);
  }

  unsigned Roll(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }

  Tree tree;
  Model model;

 private:
  std::string Draw() { return DrawKey(kind_, distinct_, random_); }

  KeyKind kind_;
  unsigned distinct_;
  std::mt19937 random_;
};

class TreeTest : public ::testing::TestWithParam<KeyKind> {};

TEST_P(TreeTest, HoldsWhatAMapHoldsAfterRandomChanges) {
  RandomTree random(GetParam(), 5000, 1);
  for (int round = 0; round < 60; ++round) {
    switch (random.Roll(5)) {
      case 0:
      case 1:
        random.PutSome(600);
        break;
      case 2:
        random.EraseSome(700);
        break;
      case 3:
        random.EraseSomeRange();
        break;
      default:
        random.ChangeMany(300);
        break;
    }
    ASSERT_EQ(ContentOf(random.tree), random.model) << "round " << round;
    if (HasFailure()) return;
  }
}

TEST_P(TreeTest, SnapshotsShowTheirMomentWhateverIsWrittenSince) {
  RandomTree random(GetParam(), 3000, 2);
  struct Held {
    std::unique_ptr<Tree::Snapshot> snapshot;
    Model model;
  };
  std::vector<Held> held;
  for (int round = 0; round < 80; ++round) {
    if (held.size() < 6) {
      held.push_back({std::make_unique<Tree::Snapshot>(random.tree), random.model});
    } else {
      held.erase(held.begin() + random.Roll(6));
    }
    random.PutSome(100);
    random.EraseSome(100);
    if (round % 8 == 0) random.EraseSomeRange();
    random.ChangeMany(50);
    for (const Held& each : held) {
      ASSERT_EQ(TreeCheck(each.snapshot->root()).content(), each.model) << "round " << round;
    }
    if (HasFailure()) return;
  }
}

TEST_P(TreeTest, GivesBackAllMemoryWhenEverythingIsErased) {
  RandomTree random(GetParam(), 4000, 3);
  const std::uint64_t bytes_empty = random.tree.bytes();
  random.PutSome(8000);
  {
    const Tree::Snapshot held(random.tree);
    random.ChangeMany(2000);
  }
  EXPECT_GT(random.tree.bytes(), random.model.size() * 40);
  EraseRange(random.tree, "", std::nullopt);
  ASSERT_TRUE(ContentOf(random.tree).empty());
  Settle(random.tree);
  EXPECT_LT(random.tree.bytes(), bytes_empty + kSettledBytesMax);
}

INSTANTIATE_TEST_SUITE_P(Keys, TreeTest, ::testing::ValuesIn(testing::kKeyKinds));

std::string Numbered(unsigned number) {
  const std::string digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits;
}

TEST(TreeGrowth, FillsLeavesWhenKeysAscend) {
  Tree tree;
  constexpr unsigned kCount = 32 * 64 * 3;
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i), "");
  const TreeCheck check(Tree::Snapshot(tree).root());
  EXPECT_EQ(check.content().size(), kCount);
  EXPECT_EQ(check.leaves(), kCount / kLeafKeysMax);
}

TEST(TreeGrowth, SplitsAndMergesAtEveryFanOut) {
  for (unsigned count = 1; count < 4 * kLeafKeysMax; count += 1 + count / 8) {
    Tree tree;
    for (unsigned i = 0; i < count; ++i) PutOne(tree, Numbered(i * 7919 % count), "v");
    ASSERT_EQ(ContentOf(tree).size(), count);
    for (unsigned i = 0; i < count; ++i) {
      EraseOne(tree, Numbered(i * 104729 % count));
      ASSERT_EQ(ContentOf(tree).size(), count - i - 1);
      if (HasFailure()) return;
    }
  }
}

TEST(TreeGrowth, ShrinksFromThreeLevelsToOne) {
  Tree tree;
  constexpr unsigned kCount = 20000;
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i * 7919 % kCount), "v");
  EXPECT_EQ(TreeCheck(Tree::Snapshot(tree).root()).height(), 3U);
  for (unsigned i = 0; i < kCount; ++i) {
    EraseOne(tree, Numbered(i * 104729 % kCount));
    if (i % 997 == 0) {
      ASSERT_EQ(ContentOf(tree).size(), kCount - i - 1);
    }
    if (HasFailure()) return;
  }
  EXPECT_EQ(TreeCheck(Tree::Snapshot(tree).root()).height(), 1U);
}

TEST(TreeSnapshots, HoldBackNoMoreThanTheyShow) {
  Tree tree;
  constexpr unsigned kCount = 2000;
  const std::string value(100, 'v');
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i), value);
  Settle(tree);
  const std::uint64_t bytes_before = tree.bytes();
  const Tree::Snapshot held(tree);
  for (unsigned i = 0; i < 50 * kCount; ++i) PutOne(tree, Numbered(i % kCount), value);
  Settle(tree);
  EXPECT_LT(tree.bytes(), 2 * bytes_before + kSettledBytesMax);
}

TEST(TreeSnapshots, FreeWhatTheyHeldWhenTheyClose) {
  Tree tree;
  constexpr unsigned kCount = 2000;
  const std::string value(100, 'v');
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i), value);
  Settle(tree);
  const std::uint64_t bytes_before = tree.bytes();
  auto older = std::make_unique<Tree::Snapshot>(tree);
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i), value);
  auto newer = std::make_unique<Tree::Snapshot>(tree);
  auto newer_again = std::make_unique<Tree::Snapshot>(*newer);
  for (unsigned i = 0; i < kCount; ++i) PutOne(tree, Numbered(i), value);
  Settle(tree);
  EXPECT_GT(tree.bytes(), 3 * bytes_before - kSettledBytesMax);
  newer.reset();
  EXPECT_GT(tree.bytes(), 3 * bytes_before - kSettledBytesMax) << "a copy still holds it";
  newer_again.reset();
  EXPECT_LT(tree.bytes(), 2 * bytes_before + kSettledBytesMax);
  older.reset();
  EXPECT_LT(tree.bytes(), bytes_before + kSettledBytesMax);
}

TEST(TreeMemory, IsGivenBackByWritersOnOtherCores) {
  Tree tree;
  const std::uint64_t bytes_empty = tree.bytes();
  testing::OnCore(0, [&] {
    for (unsigned i = 0; i < 5000; ++i) PutOne(tree, Numbered(i), "value");
    EraseRange(tree, "", std::nullopt);
  });
  EXPECT_GT(tree.bytes(), bytes_empty + kSettledBytesMax);
  testing::OnCore(1, [&] { Settle(tree); });
  EXPECT_LT(tree.bytes(), bytes_empty + kSettledBytesMax);
}

TEST(Edit, LeavesNothingBehindWhenUndone) {
  Tree tree;
  for (unsigned i = 0; i < 1000; ++i) PutOne(tree, Numbered(i), "old");
  const std::uint64_t bytes_before = tree.bytes();
  const Model before = ContentOf(tree);
  {
    const Tree::LoneWriter alone(tree);
    Edit edit(tree, EditScope::kManyChanges);
    for (unsigned i = 500; i < 1500; ++i) {
      edit.Seek(Numbered(i));
      edit.Put(NewRecord(Numbered(i), "new"));
    }
    edit.EraseRange(Numbered(0), Numbered(700));
  }
  EXPECT_EQ(ContentOf(tree), before);
  EXPECT_EQ(tree.bytes(), bytes_before);
  EXPECT_EQ(tree.last_write(), 1000U);
}

TEST(Edit, ShowsNothingBeforeCommit) {
  Tree tree;
  PutOne(tree, "a", "old");
  const Tree::LoneWriter alone(tree);
  Edit edit(tree, EditScope::kManyChanges);
  edit.Seek("a");
  edit.Put(NewRecord("a", "new"));
  edit.Seek("b");
  edit.Put(NewRecord("b", "new"));
  EXPECT_EQ(ContentOf(tree), (Model{{"a", "old"}}));
  edit.Commit();
  EXPECT_EQ(ContentOf(tree), (Model{{"a", "new"}, {"b", "new"}}));
}

TEST(Edit, OverwritesInPlaceWhereNoSnapshotShares) {
  Tree tree;
  PutOne(tree, "a", "1");
  const auto root = [&] { return tree.Read([](Node* node) { return node; }); };
  const Node* const before = root();
  PutOne(tree, "a", "2");
  EXPECT_EQ(root(), before);
  {
    const Tree::Snapshot held(tree);
    PutOne(tree, "a", "3");
    EXPECT_NE(root(), before);
    EXPECT_EQ(held.root(), before);
    EXPECT_EQ(FindRecord(held.root(), "a")->value(), "2");
  }
  EXPECT_EQ(ContentOf(tree), (Model{{"a", "3"}}));
}

}  // namespace
}  // namespace anystore::memory

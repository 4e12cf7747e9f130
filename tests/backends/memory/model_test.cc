// The store against a std::map: random writes, with snapshots and cursors held across them.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "anystore/features.h"
#include "anystore/store.h"
#include "backends/memory/key_kinds.h"
#include "backends/memory/memory.h"

namespace anystore::memory {
namespace {

using std::chrono::seconds;
using testing::KeyKind;

/// What a store should hold.
struct Expected {
  std::string value;
  std::optional<Instant> expires_at;
};
using Model = std::map<std::string, Expected>;

/// A cursor, and where in the model it should stand.
class HeldCursor {
 public:
  HeldCursor(std::unique_ptr<Cursor> cursor, const Model& model, KeyRange range, bool reverse)
      : cursor_(std::move(cursor)), range_(std::move(range)), reverse_(reverse) {
    for (const auto& [key, expected] : model) {
      if (range_.Contains(key)) entries_.emplace_back(key, expected.value);
    }
    if (reverse_) std::ranges::reverse(entries_);
  }

  void Next(std::size_t count_max) {
    std::array<EntryView, 16> out;
    const std::size_t count = *cursor_->Next(std::span(out).first(count_max));
    ASSERT_EQ(count > 0, at_ < entries_.size());
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      ASSERT_LT(at_, entries_.size());
      EXPECT_EQ(out[i].key, entries_[at_].first);
      EXPECT_EQ(out[i].value, entries_[at_].second);
      EXPECT_EQ(out[i].info.size, entries_[at_].second.size());
    }
  }

  void Seek(const std::string& key) {
    ASSERT_TRUE(cursor_->Seek(key).has_value());
    at_ = 0;
    while (at_ < entries_.size() &&
           (reverse_ ? entries_[at_].first > key : entries_[at_].first < key)) {
      ++at_;
    }
  }

 private:
  std::unique_ptr<Cursor> cursor_;
  KeyRange range_;
  bool reverse_;
  std::vector<std::pair<std::string, std::string>> entries_;
  std::size_t at_ = 0;
};

class ModelTest : public ::testing::TestWithParam<KeyKind> {
 protected:
  ModelTest() : environment_(Environment::Host()) {
    environment_.clock = &clock_;
    store_ = std::make_unique<Store>(NewMemoryStore(environment_), "memory:", environment_);
  }

  unsigned Roll(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }
  std::string DrawKey() { return testing::DrawKey(GetParam(), 800, random_); }
  KeyRange DrawRange() {
    if (Roll(4) == 0) return KeyRange::All();
    if (Roll(4) == 0) return KeyRange::From(DrawKey());
    std::string from = DrawKey();
    std::string to = DrawKey();
    if (to < from) std::swap(from, to);
    return KeyRange::Between(from, to);
  }

  void Change() {
    const std::string key = DrawKey();
    switch (Roll(12)) {
      case 0:
        ASSERT_EQ(store_->Delete(key, {.condition = Condition::IfPresent()}).has_value(),
                  model_.erase(key) == 1);
        break;
      case 1:
      case 2:
        ASSERT_TRUE(store_->Delete(key));
        model_.erase(key);
        break;
      case 3: {
        const KeyRange range = DrawRange();
        if (Roll(20) != 0 || range.empty()) break;
        ASSERT_TRUE(store_->DeleteRange(range).has_value());
        model_.erase(model_.lower_bound(range.from()),
                     range.to().has_value() ? model_.lower_bound(*range.to()) : model_.end());
        break;
      }
      case 4:
        ASSERT_EQ(store_->SetExpiry(key, clock_.Now() + seconds(30)).has_value(),
                  model_.contains(key));
        if (model_.contains(key)) model_[key].expires_at = clock_.Now() + seconds(30);
        break;
      case 5:
        ASSERT_EQ(store_->Put(key, "new", {.condition = Condition::IfAbsent()}).has_value(),
                  model_.try_emplace(key, Expected{"new", {}}).second);
        break;
      case 6:
        clock_.Advance(seconds(2));
        std::erase_if(model_, [&](const auto& entry) {
          return entry.second.expires_at.has_value() && *entry.second.expires_at <= clock_.Now();
        });
        break;
      case 7:
      case 8:
        ChangeMany();
        break;
      default: {
        Expected expected{std::string(Roll(40), 'v'), {}};
        if (Roll(3) == 0) expected.expires_at = clock_.Now() + seconds(1 + Roll(60));
        ASSERT_TRUE(store_->Put(key, expected.value, {.expires_at = expected.expires_at}));
        model_[key] = std::move(expected);
        break;
      }
    }
  }

  /// One Apply that works, or one whose last condition does not hold.
  void ChangeMany() {
    const unsigned count = 1 + Roll(30);
    std::vector<std::string> texts;
    for (unsigned i = 0; i < count; ++i) texts.push_back(DrawKey());
    std::vector<Mutation> mutations;
    Model after = model_;
    for (const std::string& key : texts) {
      if (Roll(3) == 0) {
        mutations.push_back({.kind = Mutation::Kind::kDelete, .key = key});
        after.erase(key);
      } else {
        mutations.push_back({.key = key, .value = key});
        after[key] = {key, {}};
      }
    }
    const bool fails = Roll(4) == 0;
    if (fails) {
      mutations.push_back({.key = "never", .value = "", .condition = Condition::IfPresent()});
    }
    ASSERT_EQ(store_->Apply(mutations).has_value(), !fails);
    if (!fails) model_ = std::move(after);
  }

  void CheckReads(const ReadHandle& reader, const Model& model) {
    for (int i = 0; i < 10; ++i) {
      const std::string key = DrawKey();
      const auto expected = model.find(key);
      const Result<Value> value = reader.Get(key);
      ASSERT_EQ(value.has_value(), expected != model.end()) << Quoted(key);
      if (value.has_value()) {
        ASSERT_EQ(value->bytes(), expected->second.value);
      }
    }
  }

  std::mt19937 random_{11};
  ManualClock clock_{Instant(seconds(1'000'000))};
  Environment environment_;
  std::unique_ptr<Store> store_;
  Model model_;
};

TEST_P(ModelTest, AgreesWithAMap) {
  std::vector<HeldCursor> cursors;
  std::vector<std::pair<Snapshot, Model>> snapshots;
  for (int step = 0; step < 6000; ++step) {
    Change();
    CheckReads(*store_, model_);
    if (Roll(10) == 0) {
      const KeyRange range = DrawRange();
      const bool reverse = Roll(2) == 0;
      const bool of_snapshot = !snapshots.empty() && Roll(2) == 0;
      const ReadHandle& reader = of_snapshot ? static_cast<ReadHandle&>(snapshots[0].first)
                                             : static_cast<ReadHandle&>(*store_);
      cursors.emplace_back(*reader.Scan(range, {.reverse = reverse}),
                           of_snapshot ? snapshots[0].second : model_, range, reverse);
    }
    if (Roll(40) == 0) snapshots.emplace_back(*store_->NewSnapshot(), model_);
    for (auto& [snapshot, then] : snapshots) CheckReads(snapshot, then);
    for (HeldCursor& cursor : cursors) {
      if (Roll(20) == 0) cursor.Seek(DrawKey());
      if (Roll(4) == 0) cursor.Next(1 + Roll(16));
    }
    if (cursors.size() > 8) cursors.erase(cursors.begin() + Roll(8));
    if (snapshots.size() > 4) snapshots.erase(snapshots.begin() + Roll(4));
    if (Roll(500) == 0) {
      ASSERT_TRUE(store_->feature<GcDatastore>()->CollectGarbage({}).has_value());
    }
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, ModelTest, ::testing::ValuesIn(testing::kKeyKinds));

}  // namespace
}  // namespace anystore::memory

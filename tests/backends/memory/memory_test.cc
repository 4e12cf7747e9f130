#include "backends/memory/memory.h"

#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "anystore/features.h"
#include "anystore/store.h"

namespace anystore::memory {
namespace {

using std::chrono::seconds;

class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest() : environment_(Environment::Host()) {
    environment_.clock = &clock_;
    environment_.random = &random_;
    store_ = std::make_unique<Store>(NewMemoryStore(environment_), "memory:", environment_);
  }

  Store& store() { return *store_; }
  [[nodiscard]] Instant In(seconds time) { return clock_.Now() + time; }

  /// The keys in a listing, in its order.
  std::vector<std::string> Keys(const KeyRange& range = {}, bool reverse = false) {
    return KeysOf(*store_->Scan(range, {.reverse = reverse}));
  }
  static std::vector<std::string> KeysOf(const std::unique_ptr<Cursor>& cursor) {
    std::vector<std::string> keys;
    std::array<EntryView, 3> entries;
    while (const std::size_t count = *cursor->Next(entries)) {
      for (std::size_t i = 0; i < count; ++i) keys.emplace_back(entries[i].key);
    }
    return keys;
  }

  std::uint64_t BytesUsed() { return *store_->feature<PersistentDatastore>()->DiskUsage({}); }

  ManualClock clock_{Instant(seconds(1'000'000))};
  SeededRandom random_{7};
  Environment environment_;
  std::unique_ptr<Store> store_;
};

using Strings = std::vector<std::string>;

TEST_F(MemoryTest, GetReturnsWhatWasPut) {
  ASSERT_TRUE(store().Put("k", "value").has_value());
  EXPECT_EQ(store().Get("k")->bytes(), "value");
  EXPECT_EQ(*store().GetSize("k"), 5U);
  EXPECT_EQ(store().Get("other").error().code(), Code::kNotFound);
}

TEST_F(MemoryTest, TakesAnyBytesAsKeyAndValue) {
  const std::string_view nul("\0", 1);
  ASSERT_TRUE(store().Put("", "empty").has_value());
  ASSERT_TRUE(store().Put(nul, "").has_value());
  ASSERT_TRUE(store().Put("\xff\xff", nul).has_value());
  EXPECT_EQ(store().Get("")->bytes(), "empty");
  EXPECT_EQ(store().Get(nul)->bytes(), "");
  EXPECT_EQ(store().Get("\xff\xff")->bytes(), nul);
  EXPECT_EQ(Keys(), (Strings{"", std::string(nul), "\xff\xff"}));
}

TEST_F(MemoryTest, KeepsAValueOfSixtyFourMebibytesWithoutCopyingItOut) {
  const std::string large(64U << 20U, 'x');
  ASSERT_TRUE(store().Put("large", large).has_value());
  const Value first = *store().Get("large");
  const Value second = *store().Get("large");
  EXPECT_EQ(first.bytes(), large);
  EXPECT_EQ(first.bytes().data(), second.bytes().data());
  EXPECT_GE(BytesUsed(), large.size());
}

TEST_F(MemoryTest, ValuesOutliveOverwriteDeleteAndStore) {
  ASSERT_TRUE(store().Put("k", "first").has_value());
  const Value first = *store().Get("k");
  ASSERT_TRUE(store().Put("k", "second").has_value());
  const Value second = *store().Get("k");
  ASSERT_TRUE(store().Delete("k").has_value());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store().Put("k", "later").has_value());
  store_.reset();
  EXPECT_EQ(first.bytes(), "first");
  EXPECT_EQ(second.bytes(), "second");
}

TEST_F(MemoryTest, GetReturnsTheWindowOfTheValue) {
  ASSERT_TRUE(store().Put("k", "0123456789").has_value());
  const auto part = [&](std::uint64_t offset, std::uint64_t length) {
    const ReadOptions options{.window = {.offset = offset, .length = length}};
    return std::string(store().Get("k", options)->bytes());
  };
  EXPECT_EQ(part(2, 3), "234");
  EXPECT_EQ(part(8, 100), "89");
  EXPECT_EQ(part(10, 1), "");
  EXPECT_EQ(part(11, 1), "");
  EXPECT_EQ(part(~0ULL, ~0ULL), "");
}

TEST_F(MemoryTest, GetTellsSizeVersionAndExpiryWhenAsked) {
  const Instant expires_at = In(seconds(9));
  const Receipt receipt = *store().Put("k", "value", {.expires_at = expires_at});
  EntryInfo info;
  ASSERT_TRUE(store().Get("k", {.info = &info}).has_value());
  EXPECT_EQ(info.size, 5U);
  EXPECT_EQ(info.version, receipt.version);
  EXPECT_EQ(info.expires_at, expires_at);
  const EntryInfo size = *store().Stat("k", Wanted::kSize);
  EXPECT_EQ(size.size, 5U);
  EXPECT_FALSE(size.version.has_value());
  EXPECT_FALSE(size.expires_at.has_value());
}

TEST_F(MemoryTest, GetManyAnswersEveryKeyInItsPlace) {
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; i += 2) {
    ASSERT_TRUE(store().Put("key" + std::to_string(i), std::to_string(i)).has_value());
  }
  std::vector<std::string> texts;
  for (int i = 0; i < kCount; ++i) texts.push_back("key" + std::to_string(i * 7 % kCount));
  const std::vector<std::string_view> keys(texts.begin(), texts.end());
  std::vector<Result<Value>> out(keys.size());
  ASSERT_TRUE(store().GetMany(keys, out).has_value());
  for (int i = 0; i < kCount; ++i) {
    const int number = i * 7 % kCount;
    ASSERT_EQ(out[static_cast<std::size_t>(i)].has_value(), number % 2 == 0) << number;
    if (number % 2 == 0) {
      EXPECT_EQ(out[static_cast<std::size_t>(i)]->bytes(), std::to_string(number));
    }
  }
}

TEST_F(MemoryTest, ScansInBothDirectionsWithinTheRange) {
  for (const char* key : {"a", "ab", "b", "ba", "c"}) ASSERT_TRUE(store().Put(key, key));
  EXPECT_EQ(Keys(), (Strings{"a", "ab", "b", "ba", "c"}));
  EXPECT_EQ(Keys(KeyRange::Between("ab", "c")), (Strings{"ab", "b", "ba"}));
  EXPECT_EQ(Keys(KeyRange::Between("ab", "c"), true), (Strings{"ba", "b", "ab"}));
  EXPECT_EQ(Keys(KeyRange::From("b"), true), (Strings{"c", "ba", "b"}));
  EXPECT_EQ(Keys(KeyRange::Between("x", "y")), Strings{});
  EXPECT_EQ(Keys(KeyRange::Between("x", "y"), true), Strings{});
}

TEST_F(MemoryTest, ScanFillsInWhatIsWanted) {
  const Receipt receipt = *store().Put("k", "value", {.expires_at = In(seconds(5))});
  std::array<EntryView, 2> entries;
  auto cursor = *store().Scan({}, {.values = false, .wanted = Wanted::kAll});
  ASSERT_EQ(*cursor->Next(entries), 1U);
  EXPECT_EQ(entries[0].value, "");
  EXPECT_EQ(entries[0].info.size, 5U);
  EXPECT_EQ(entries[0].info.version, receipt.version);
  EXPECT_EQ(entries[0].info.expires_at, In(seconds(5)));
  EXPECT_EQ(*cursor->Next(entries), 0U);
  EXPECT_EQ(*cursor->Next(entries), 0U);
}

TEST_F(MemoryTest, SeekStaysWithinTheRangeInBothDirections) {
  for (const char* key : {"b", "d", "f", "h"}) ASSERT_TRUE(store().Put(key, key));
  const auto first_after_seek = [&](bool reverse, std::string_view key) -> std::string {
    auto cursor = *store().Scan(KeyRange::Between("c", "h"), {.reverse = reverse});
    std::array<EntryView, 1> entry;
    while (*cursor->Next(entry) != 0) {
    }
    EXPECT_TRUE(cursor->Seek(key).has_value());
    return *cursor->Next(entry) == 0 ? "end" : std::string(entry[0].key);
  };
  EXPECT_EQ(first_after_seek(false, ""), "d");
  EXPECT_EQ(first_after_seek(false, "d"), "d");
  EXPECT_EQ(first_after_seek(false, "e"), "f");
  EXPECT_EQ(first_after_seek(false, "g"), "end");
  EXPECT_EQ(first_after_seek(false, "z"), "end");
  EXPECT_EQ(first_after_seek(true, "z"), "f");
  EXPECT_EQ(first_after_seek(true, "h"), "f");
  EXPECT_EQ(first_after_seek(true, "f"), "f");
  EXPECT_EQ(first_after_seek(true, "e"), "d");
  EXPECT_EQ(first_after_seek(true, "c"), "end");
  EXPECT_EQ(first_after_seek(true, ""), "end");
}

TEST_F(MemoryTest, CursorShowsTheMomentOfItsStart) {
  ASSERT_TRUE(store().Put("a", "1"));
  ASSERT_TRUE(store().Put("b", "1"));
  const auto cursor = *store().Scan({});
  ASSERT_TRUE(store().Delete("a"));
  ASSERT_TRUE(store().Put("c", "1"));
  EXPECT_EQ(KeysOf(cursor), (Strings{"a", "b"}));
  EXPECT_EQ(Keys(), (Strings{"b", "c"}));
}

TEST_F(MemoryTest, SnapshotShowsOneMomentToEveryVerb) {
  ASSERT_TRUE(store().Put("a", "old"));
  ASSERT_TRUE(store().Put("b", "old"));
  const Snapshot snapshot = *store().NewSnapshot();
  ASSERT_TRUE(store().Put("a", "newer"));
  ASSERT_TRUE(store().Delete("b"));
  ASSERT_TRUE(store().Put("c", "newer"));
  EXPECT_EQ(snapshot.Get("a")->bytes(), "old");
  EXPECT_EQ(*snapshot.GetSize("a"), 3U);
  EXPECT_TRUE(*snapshot.Has("b"));
  EXPECT_FALSE(*snapshot.Has("c"));
  EXPECT_EQ(KeysOf(*snapshot.Scan({})), (Strings{"a", "b"}));
  const std::array<std::string_view, 2> keys{"b", "c"};
  std::array<Result<Value>, 2> out;
  ASSERT_TRUE(snapshot.GetMany(keys, out).has_value());
  EXPECT_EQ(out[0]->bytes(), "old");
  EXPECT_EQ(out[1].error().code(), Code::kNotFound);
}

TEST_F(MemoryTest, VersionsNeverComeBack) {
  std::set<Version> seen;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(seen.insert(*store().Put("k", "same")->version).second);
    EXPECT_TRUE(seen.insert(*store().Put("other", "same")->version).second);
    ASSERT_TRUE(store().Delete("k"));
  }
  Store second(NewMemoryStore(environment_), "memory:", environment_);
  EXPECT_TRUE(seen.insert(*second.Put("k", "same")->version).second);
}

TEST_F(MemoryTest, ConditionsDecideWhetherAWriteHappens) {
  const auto code_of = [](const Result<Receipt>& result) {
    return result.has_value() ? Code::kOk : result.error().code();
  };
  const auto put = [&](const Condition& condition) {
    return code_of(store().Put("k", "value", {.condition = condition}));
  };
  EXPECT_EQ(put(Condition::IfPresent()), Code::kPreconditionFailed);
  EXPECT_EQ(put(Condition::IfVersion({})), Code::kPreconditionFailed);
  EXPECT_EQ(put(Condition::IfAbsent()), Code::kOk);
  EXPECT_EQ(put(Condition::IfAbsent()), Code::kPreconditionFailed);
  EXPECT_EQ(put(Condition::IfPresent()), Code::kOk);
  const Version version = *store().Stat("k", Wanted::kVersion)->version;
  EXPECT_EQ(put(Condition::IfVersion(version)), Code::kOk);
  EXPECT_EQ(put(Condition::IfVersion(version)), Code::kPreconditionFailed);
  EXPECT_EQ(code_of(store().Delete("k", {.condition = Condition::IfVersion(version)})),
            Code::kPreconditionFailed);
  EXPECT_EQ(code_of(store().Delete("k", {.condition = Condition::IfPresent()})), Code::kOk);
  EXPECT_EQ(code_of(store().Delete("k", {.condition = Condition::IfAbsent()})), Code::kOk);
}

TEST_F(MemoryTest, ApplyUndoesEverythingWhenOneConditionFails) {
  ASSERT_TRUE(store().Put("a", "old"));
  const std::array<Mutation, 4> mutations{
      Mutation{.key = "a", .value = "new"}, Mutation{.key = "b", .value = "new"},
      Mutation{.kind = Mutation::Kind::kDeleteRange, .key = ""},
      Mutation{.key = "c", .value = "new", .condition = Condition::IfPresent()}};
  const Result<Receipt> receipt = store().Apply(mutations);
  ASSERT_FALSE(receipt.has_value());
  EXPECT_EQ(receipt.error().code(), Code::kPreconditionFailed);
  EXPECT_EQ(receipt.error().applied(), Applied::kNo);
  EXPECT_EQ(Keys(), Strings{"a"});
  EXPECT_EQ(store().Get("a")->bytes(), "old");
}

TEST_F(MemoryTest, LaterMutationsOfOneApplySeeEarlierOnes) {
  const std::array<Mutation, 5> mutations{
      Mutation{.key = "a", .value = "1"},
      Mutation{.key = "a", .value = "2", .condition = Condition::IfPresent()},
      Mutation{.key = "b", .value = "1"},
      Mutation{.kind = Mutation::Kind::kDeleteRange, .key = "b", .range_to = "c"},
      Mutation{.key = "b", .value = "2", .condition = Condition::IfAbsent()}};
  const Receipt receipt = *store().Apply(mutations, {.all_or_nothing = true});
  EXPECT_EQ(receipt.applied, 5U);
  EXPECT_EQ(receipt.version, store().Stat("b", Wanted::kVersion)->version);
  EXPECT_EQ(store().Get("a")->bytes(), "2");
  EXPECT_EQ(store().Get("b")->bytes(), "2");
}

TEST_F(MemoryTest, DeleteRangeTakesTheRangeAndNothingElse) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store().Put(std::to_string(i), ""));
  ASSERT_TRUE(store().DeleteRange(KeyRange::Between("2", "9")).has_value());
  for (const std::string& key : Keys()) EXPECT_TRUE(key < "2" || key >= "9") << key;
  EXPECT_EQ(Keys().size(), 1U + 111 + 111);
  ASSERT_TRUE(store().DeleteRange(KeyRange::All()).has_value());
  EXPECT_EQ(Keys(), Strings{});
}

TEST_F(MemoryTest, AnExpiredRecordIsAbsentForEveryVerb) {
  ASSERT_TRUE(store().Put("k", "value", {.expires_at = In(seconds(10))}));
  ASSERT_TRUE(store().Put("stays", "value"));
  clock_.Advance(seconds(10) - Duration(1));
  EXPECT_TRUE(*store().Has("k"));
  clock_.Advance(Duration(1));
  EXPECT_EQ(store().Get("k").error().code(), Code::kNotFound);
  EXPECT_FALSE(*store().Has("k"));
  EXPECT_EQ(store().GetSize("k").error().code(), Code::kNotFound);
  EXPECT_EQ(Keys(), Strings{"stays"});
  EXPECT_EQ(Keys({}, true), Strings{"stays"});
  const std::array<std::string_view, 1> keys{"k"};
  std::array<Result<Value>, 1> out;
  ASSERT_TRUE(store().GetMany(keys, out).has_value());
  EXPECT_EQ(out[0].error().code(), Code::kNotFound);
  EXPECT_EQ(store().SetExpiry("k", std::nullopt).error().code(), Code::kNotFound);
  EXPECT_TRUE(store().Put("k", "again", {.condition = Condition::IfAbsent()}).has_value());
  EXPECT_EQ(store().Get("k")->bytes(), "again");
}

TEST_F(MemoryTest, PutWithoutExpiryClearsAnOlderOne) {
  ASSERT_TRUE(store().Put("k", "1", {.expires_at = In(seconds(10))}));
  ASSERT_TRUE(store().Put("k", "2"));
  clock_.Advance(seconds(100));
  EXPECT_EQ(store().Get("k")->bytes(), "2");
}

TEST_F(MemoryTest, SetExpiryChangesWhenARecordGoesButNotItsValue) {
  ASSERT_TRUE(store().Put("k", "value", {.expires_at = In(seconds(10))}));
  ASSERT_TRUE(store().SetExpiry("k", In(seconds(20))).has_value());
  clock_.Advance(seconds(15));
  EXPECT_EQ(store().Get("k")->bytes(), "value");
  ASSERT_TRUE(store().SetExpiry("k", std::nullopt).has_value());
  clock_.Advance(seconds(15));
  EXPECT_EQ(store().Get("k")->bytes(), "value");
  ASSERT_TRUE(store().SetExpiry("k", clock_.Now()).has_value());
  EXPECT_FALSE(*store().Has("k"));
  EXPECT_EQ(store().SetExpiry("k", std::nullopt).error().code(), Code::kNotFound);
}

TEST_F(MemoryTest, PutWithAPassedExpiryLeavesNoRecord) {
  ASSERT_TRUE(store().Put("k", "value"));
  const Receipt receipt = *store().Put("k", "gone", {.expires_at = clock_.Now()});
  EXPECT_FALSE(receipt.version.has_value());
  EXPECT_FALSE(*store().Has("k"));
  EXPECT_EQ(Keys(), Strings{});
}

TEST_F(MemoryTest, SnapshotsAndCursorsKeepWhatExpiresAfterTheirMoment) {
  ASSERT_TRUE(store().Put("k", "value", {.expires_at = In(seconds(10))}));
  const Snapshot snapshot = *store().NewSnapshot();
  const auto cursor = *store().Scan({});
  clock_.Advance(seconds(10));
  ASSERT_TRUE(store().feature<GcDatastore>()->CollectGarbage({}).has_value());
  EXPECT_EQ(snapshot.Get("k")->bytes(), "value");
  EXPECT_EQ(KeysOf(cursor), Strings{"k"});
  EXPECT_FALSE(*store().NewSnapshot()->Has("k"));
}

TEST_F(MemoryTest, LaterWritesTakeExpiredRecordsOut) {
  const std::string value(1000, 'v');
  for (int i = 0; i < 1000; ++i) {
    const PutOptions options{.expires_at = In(seconds(10))};
    ASSERT_TRUE(store().Put("key" + std::to_string(i), value, options));
  }
  EXPECT_GT(BytesUsed(), 1'000'000U);
  clock_.Advance(seconds(10));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store().Put("other", "v"));
  EXPECT_LT(BytesUsed(), 400'000U);
}

TEST_F(MemoryTest, CollectGarbageTakesAllExpiredRecordsOut) {
  const std::string value(1000, 'v');
  for (int i = 0; i < 2000; ++i) {
    const Instant expires_at = In(seconds(i % 2 == 0 ? 10 : 1000));
    ASSERT_TRUE(store().Put("key" + std::to_string(i), value, {.expires_at = expires_at}));
  }
  const std::uint64_t bytes_before = BytesUsed();
  clock_.Advance(seconds(10));
  ASSERT_TRUE(store().feature<GcDatastore>()->CollectGarbage({}).has_value());
  EXPECT_EQ(Keys().size(), 1000U);
  EXPECT_LT(BytesUsed(), bytes_before * 6 / 10 + 200'000);
}

TEST_F(MemoryTest, BatchesAreSeenWholeOrNotAtAll) {
  auto batch = *store().NewBatch();
  ASSERT_TRUE(batch->Put("a", "1").has_value());
  ASSERT_TRUE(batch->Put("b", "1").has_value());
  EXPECT_EQ(Keys(), Strings{});
  ASSERT_TRUE(batch->Commit().has_value());
  EXPECT_EQ(Keys(), (Strings{"a", "b"}));
}

TEST(MemoryBackendTest, EveryOpenGivesAnEmptyStoreOfItsOwn) {
  const auto backend = NewMemoryBackend();
  const CheckedConfig config = *CheckedConfig::Make({.scheme = "memory"}, backend->config_spec());
  const Environment& environment = Environment::Host();
  EXPECT_TRUE(*backend->Exists(config, environment));
  ASSERT_TRUE(backend->Create(config, environment).has_value());
  Store first(*backend->Open(config, environment));
  Store second(*backend->Open(config, environment));
  ASSERT_TRUE(first.Put("k", "v"));
  EXPECT_FALSE(*second.Has("k"));
  EXPECT_TRUE(backend->Destroy(config, environment).has_value());
  EXPECT_EQ(backend->capabilities(), first.capabilities());
}

TEST(MemoryBackendTest, RefusesAPath) {
  const auto backend = NewMemoryBackend();
  EXPECT_FALSE(
      CheckedConfig::Make({.scheme = "memory", .path = "/x"}, backend->config_spec()).has_value());
}

}  // namespace
}  // namespace anystore::memory

#include "backends/flatfs/reading/cursor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stop_token>

#include "backends/flatfs/flatfs_fixture.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CursorTest : public FlatfsTest {};

TEST_F(CursorTest, ListsKeysSizesAndValues) {
  Store store = OpenStore();
  for (int i = 0; i < 300; ++i) {
    const std::string key = "/K" + std::to_string(i);
    ASSERT_TRUE(store.Put(key, std::string(static_cast<std::size_t>(i), 'v')));
  }
  EXPECT_EQ(KeysOf(store).size(), 300U);
  for (const bool values : {true, false}) {
    Result<Results> results = store.Query({.keys_only = !values, .return_sizes = true});
    ASSERT_TRUE(results);
    std::size_t count = 0;
    for (const auto& entry : *results) {
      EXPECT_EQ(entry.key, "/K" + std::to_string(entry.info.size));
      EXPECT_EQ(entry.value.size(), values ? entry.info.size : 0);
      ++count;
    }
    EXPECT_EQ(count, 300U);
  }
}

TEST_F(CursorTest, ListsOnlyWhatGetFinds) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/ABCDE", "x"));
  Lay("blocks/CD/.hidden.data", "x");
  Lay("blocks/CD/.data", "x");
  Lay("blocks/CD/lower.data", "x");
  Lay("blocks/CD/A.B.data", "x");
  Lay("blocks/CD/NOEXT", "x");
  Lay("blocks/CD/put-123", "x");
  Lay("blocks/CD/UPPER.DATA", "x");
  Lay("blocks/CD/SUB/NESTED.data", "x");
  Lay("blocks/ZZ/WRONGSHARD.data", "x");
  Lay("blocks/STRAY.data", "x");
  Lay("blocks/.cache/HIDDEN.data", "x");
  Lay("blocks/lost+found/INLOST.data", "x");
  LayDirectory("blocks/ABC");
  Lay("blocks/QQ", "a file with the name of a directory");
  LayDirectory("blocks/EF");
  LayDirectory("blocks/CD/DIRCDE.data");
  EXPECT_THAT(KeysOf(store), ElementsAre("/ABCDE"));
  EXPECT_THAT(KeysOf(store, {}), ElementsAre("/ABCDE"));
}

TEST_F(CursorTest, ListsARange) {
  Store store = OpenStore("shard=suffix/1");
  for (const char* const key : {"/A", "/AB", "/B", "/BA", "/C"}) ASSERT_TRUE(store.Put(key, "x"));
  EXPECT_THAT(KeysOf(store, {.range = KeyRange::Between("/AB", "/C")}),
              ElementsAre("/AB", "/B", "/BA"));
  EXPECT_THAT(KeysOf(store, {.range = KeyRange::Only("/B")}), ElementsAre("/B"));
  EXPECT_THAT(KeysOf(store, {.prefix = "/A"}), IsEmpty());
  EXPECT_THAT(KeysOf(store, {.range = KeyRange::StartingWith("/a")}), IsEmpty());
}

TEST_F(CursorTest, EndsAndStaysThere) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/A", "x"));
  auto cursor = store.Scan({});
  ASSERT_TRUE(cursor);
  std::array<EntryView, 4> entries;
  EXPECT_EQ(*(*cursor)->Next(entries), 1U);
  EXPECT_EQ(*(*cursor)->Next(entries), 0U);
  ASSERT_TRUE(store.Put("/B", "x"));
  EXPECT_EQ(*(*cursor)->Next(entries), 0U);
  EXPECT_EQ(CodeOf((*cursor)->Seek("/A")), Code::kUnsupported);
}

TEST_F(CursorTest, LeavesOutWhatGoesWhileItRuns) {
  Store store = OpenStore("shard=prefix/1");
  for (const char* const key : {"/A", "/B", "/C"}) ASSERT_TRUE(store.Put(key, "x"));
  auto cursor = store.Scan({});
  ASSERT_TRUE(cursor);
  std::array<EntryView, 1> entries;
  ASSERT_EQ(*(*cursor)->Next(entries), 1U);
  EXPECT_EQ(entries[0].key, "/A") << "memory lists in order";
  ASSERT_TRUE(DirectoryAt("blocks")->RemoveTree("B_"));
  ASSERT_TRUE(DirectoryAt("blocks")->RemoveTree("B"));
  ASSERT_TRUE(store.Delete("/C"));
  EXPECT_EQ(*(*cursor)->Next(entries), 0U);
}

TEST_F(CursorTest, HandsOutLargeValuesAFewAtATime) {
  Store store = OpenStore();
  const std::string large(200 * 1024, 'x');
  for (const char* const key : {"/A", "/B", "/C"}) ASSERT_TRUE(store.Put(key, large));
  auto cursor = store.Scan({});
  ASSERT_TRUE(cursor);
  std::array<EntryView, 8> entries;
  EXPECT_EQ(*(*cursor)->Next(entries), 2U);
  EXPECT_EQ(*(*cursor)->Next(entries), 1U);
}

TEST_F(CursorTest, StopsBetweenDirectories) {
  ASSERT_TRUE(Create());
  auto store = OpenRaw();
  ASSERT_TRUE(store);
  std::stop_source stop;
  auto cursor = (*store)->Scan({}, {.call = {.stop = stop.get_token()}});
  ASSERT_TRUE(cursor);
  stop.request_stop();
  std::array<EntryView, 1> entries;
  EXPECT_EQ(CodeOf((*cursor)->Next(entries)), Code::kCancelled);
  cursor = (*store)->Scan({}, {.call = {.deadline = clock().Now()}});
  EXPECT_EQ(CodeOf((*cursor)->Next(entries)), Code::kTimeout);
}

// A medium whose reads take time, and how many files were open on it at once.
class SlowReads final : public testing::FailingCalls {
 public:
  explicit SlowReads(ManualClock& clock) : clock_(clock) {}

  filesystem::Decision Before(const filesystem::Call& call) override {
    if (call.operation == filesystem::Operation::kRead && call.offset == 0) {
      clock_.Advance(takes);
      --ahead_;
    }
    return FailingCalls::Before(call);
  }
  void After(const filesystem::Call& call, const filesystem::Outcome& outcome) override {
    if (call.operation != filesystem::Operation::kOpen || outcome.error != nullptr) return;
    ahead_max = std::max(ahead_max, ++ahead_);
  }
  /// Forgets what was counted.
  void Start() { ahead_ = ahead_max = 0; }

  Duration takes = {};
  int ahead_max = 0;

 private:
  ManualClock& clock_;
  int ahead_ = 0;
};

class LookingAheadTest : public CursorTest {
 protected:
  static constexpr int kRecords = 400;

  LookingAheadTest() { environment().files = &slow_; }
  // All records, each once, with its value.
  void ExpectAll(Store& store, int count = kRecords) {
    auto results = store.Query({});
    ASSERT_TRUE(results);
    int found = 0;
    for (const auto& entry : *results) {
      EXPECT_EQ("/" + std::string(entry.value), entry.key);
      ++found;
    }
    EXPECT_TRUE(results->status()) << TextOf(results->status());
    EXPECT_EQ(found, count);
  }
  Store Filled() {
    Store store = OpenStore();
    for (int i = 0; i < kRecords; ++i) {
      const std::string name = "K" + std::to_string(i);
      EXPECT_TRUE(store.Put("/" + name, name));
    }
    reads_.Start();
    return store;
  }

  SlowReads reads_{clock()};
  filesystem::InterceptedFileSystem slow_{files(), reads_};
};

TEST_F(LookingAheadTest, OpensOneFileAfterTheOtherWhileTheyAreInMemory) {
  Store store = Filled();
  ExpectAll(store);
  EXPECT_EQ(reads_.ahead_max, 1);
}

TEST_F(LookingAheadTest, OpensFilesAheadWhileTheMediumTakesItsTime) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(30);
  ExpectAll(store);
  EXPECT_EQ(reads_.ahead_max, 32);
}

/// What a GetMany of all records and some that are not there answers, in the order asked.
void ExpectMany(Store& store, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back("/K" + std::to_string(i));
    if (i % 7 == 0) names.push_back("/NONE" + std::to_string(i));
    if (i % 9 == 0) names.push_back("/K" + std::to_string(i / 2));
  }
  const std::vector<std::string_view> keys(names.begin(), names.end());
  std::vector<Result<Value>> values(keys.size());
  ASSERT_TRUE(store.GetMany(keys, values));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].starts_with("/NONE")) {
      EXPECT_EQ(CodeOf(values[i]), Code::kNotFound) << keys[i];
    } else {
      ASSERT_TRUE(values[i]) << TextOf(values[i]);
      EXPECT_EQ("/" + std::string(values[i]->bytes()), keys[i]);
    }
  }
}

TEST_F(LookingAheadTest, GetManyOpensOneFileAfterTheOtherWhileTheyAreInMemory) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(30);  // on a busy machine
  ExpectMany(store, kRecords);
  EXPECT_EQ(reads_.ahead_max, 1);
}

TEST_F(LookingAheadTest, GetManyOpensFilesAheadWhileTheMediumTakesItsTime) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(60);
  ExpectMany(store, kRecords);
  EXPECT_LE(reads_.ahead_max, 32);
  EXPECT_GE(reads_.ahead_max, 26) << "some of the keys have no file";
}

TEST_F(LookingAheadTest, GetManyOpensInItsTurnWhatCannotBeOpenedAhead) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(60);
  int opened = 0;
  reads_.os_error = EMFILE;
  reads_.fails = [&opened](const filesystem::Call& call) {
    return call.operation == filesystem::Operation::kOpen && ++opened % 2 == 0;
  };
  ExpectMany(store, kRecords);
  reads_.fails = nullptr;
  EXPECT_GE(reads_.ahead_max, 10);
}

TEST_F(LookingAheadTest, GetManyAnswersEachKeyWithItsOwnFailure) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(60);
  reads_.fails = [](const filesystem::Call& call) {
    return call.operation == filesystem::Operation::kRead && call.path.contains("K39");
  };
  std::vector<std::string> names;
  for (int i = 0; i < kRecords; ++i) names.push_back("/K" + std::to_string(i));
  const std::vector<std::string_view> keys(names.begin(), names.end());
  std::vector<Result<Value>> values(keys.size());
  ASSERT_TRUE(store.GetMany(keys, values));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(CodeOf(values[i]), keys[i].starts_with("/K39") ? Code::kIoError : Code::kOk);
  }
}

TEST_F(LookingAheadTest, WhatCannotBeOpenedAheadIsOpenedInItsTurn) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(30);
  int opened = 0;
  reads_.os_error = EMFILE;
  reads_.fails = [&opened](const filesystem::Call& call) {
    return call.operation == filesystem::Operation::kOpen && ++opened % 2 == 0;
  };
  ExpectAll(store);
  reads_.fails = nullptr;
}

TEST_F(LookingAheadTest, WhatIsRemovedMeanwhileWasThereOrIsNot) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(30);
  auto results = store.Query({});
  ASSERT_TRUE(results);
  int found = 0;
  for (const auto& entry : *results) {
    EXPECT_EQ("/" + std::string(entry.value), entry.key);
    if (++found == 150) {
      for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(store.Delete("/K" + std::to_string(i)));
    }
  }
  EXPECT_TRUE(results->status()) << TextOf(results->status());
  EXPECT_GE(found, 150);
  EXPECT_LT(found, kRecords);
}

TEST_F(LookingAheadTest, AFailureComesInItsTurnAndGoes) {
  Store store = Filled();
  reads_.takes = std::chrono::microseconds(30);
  reads_.fails = [](const filesystem::Call& call) {
    return call.operation == filesystem::Operation::kRead && call.path.ends_with("/K377.data");
  };
  auto cursor = store.Scan({});
  ASSERT_TRUE(cursor);
  std::array<EntryView, 64> entries;
  std::size_t found = 0;
  bool failed = false;
  for (;;) {
    const auto count = (*cursor)->Next(entries);
    if (count.has_value() && *count == 0) break;
    if (count.has_value()) {
      found += *count;
      continue;
    }
    EXPECT_EQ(CodeOf(count), Code::kIoError);
    EXPECT_FALSE(failed);
    failed = true;
    reads_.fails = nullptr;
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(found, std::size_t{kRecords});
}

}  // namespace
}  // namespace anystore::flatfs

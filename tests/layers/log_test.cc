#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "anystore/store.h"
#include "layers/layer_target.h"
#include "layers/scripted_layer.h"

namespace anystore {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::LayerFields;
using testing::LayerWorld;
using testing::Script;
using testing::ScriptedLayer;

class Lines final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
    levels_.push_back(level);
  }
  std::vector<std::string> Take() { return std::exchange(lines_, {}); }
  std::vector<LogLevel> TakeLevels() { return std::exchange(levels_, {}); }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<LogLevel> levels_;
};

class LogTest : public ::testing::Test {
 protected:
  LogTest() { world.environment.logger = &lines; }
  void Wrap(const LayerFields& fields) {
    store.emplace(testing::StoreIn("log", fields,
                                   std::make_unique<ScriptedLayer>(script, world.environment),
                                   world.environment));
  }

  Lines lines;
  LayerWorld world;
  Script script;
  std::optional<Store> store;
};

TEST_F(LogTest, OneLineACall) {
  Wrap({{"name", "blocks"}});
  ASSERT_TRUE(store->Put("/a", "12345").has_value());
  static_cast<void>(store->Get("/a"));
  static_cast<void>(store->Get("/missing"));
  static_cast<void>(store->GetSize("/a"));
  ASSERT_TRUE(store->Delete("/a").has_value());
  ASSERT_TRUE(store->Sync().has_value());
  EXPECT_THAT(
      lines.Take(),
      ElementsAre("blocks: put \"/a\" 5 bytes, 0 us", "blocks: get \"/a\": 5 bytes, 0 us",
                  "blocks: get \"/missing\": not_found, 0 us", "blocks: stat \"/a\": 5 bytes, 0 us",
                  "blocks: delete \"/a\", 0 us", "blocks: sync [\"\", end), 0 us"));
}

TEST_F(LogTest, BatchesManyKeysAndSnapshotsAreOneLineEach) {
  Wrap({});
  auto batch = store->NewBatch();
  ASSERT_TRUE((*batch)->Put("/a", "1").has_value());
  ASSERT_TRUE((*batch)->Put("/b", "22").has_value());
  ASSERT_TRUE((*batch)->Delete("/c").has_value());
  ASSERT_TRUE((*batch)->Commit().has_value());
  const std::array<std::string_view, 3> keys = {"/a", "/b", "/c"};
  std::vector<Result<Value>> out(3);
  ASSERT_TRUE(store->GetMany(keys, out).has_value());
  ASSERT_TRUE(store->NewSnapshot().has_value());
  ASSERT_TRUE(store->DeleteRange(KeyRange::Between("/a", "/b")).has_value());
  ASSERT_TRUE(store->Close().has_value());
  EXPECT_THAT(lines.Take(), ElementsAre("batch of 2 puts, 1 other, 3 bytes, 0 us",
                                        "get_many 3 keys: 2 found, 3 bytes, 0 us", "snapshot, 0 us",
                                        "delete_range [\"/a\", \"/b\"), 0 us", "close, 0 us"));
}

TEST_F(LogTest, AListingIsTheLineOfItsEnd) {
  Wrap({});
  ASSERT_TRUE(store->Put("/a", "12").has_value());
  ASSERT_TRUE(store->Put("/b", "345").has_value());
  static_cast<void>(lines.Take());
  auto cursor = store->Scan(KeyRange::From("/a"), {});
  std::array<EntryView, 1> entry;
  EXPECT_EQ((*cursor)->Next(entry).value(), 1U);
  EXPECT_EQ((*cursor)->Next(entry).value(), 1U);
  world.clock.Advance(milliseconds(7));
  EXPECT_THAT(lines.Take(), ElementsAre());
  cursor->reset();
  EXPECT_THAT(lines.Take(), ElementsAre("scan [\"/a\", end): 2 entries, 5 bytes, 7000 us"));
  script.Fail("next", 1, Error(Code::kIoError));
  cursor = store->Scan(KeyRange::All(), {.values = false});
  static_cast<void>((*cursor)->Next(entry));
  cursor->reset();
  EXPECT_THAT(lines.Take(),
              ElementsAre("scan [\"\", end) of keys: 0 entries, 0 bytes: io_error, 0 us"));
}

TEST_F(LogTest, KeysAreQuotedAndValuesNeverTold) {
  Wrap({{"name", "two\nlines"}});
  script.Fail("get", 1, Error(Code::kIoError, "a\nb"));
  ASSERT_TRUE(store->Put("/\n\x01\"", "the value").has_value());
  static_cast<void>(store->Get("/"));
  for (const std::string& line : lines.Take()) {
    EXPECT_EQ(line.find_first_of("\n\x01"), std::string::npos) << line;
    EXPECT_EQ(line.find("the value"), std::string::npos) << line;
  }
}

TEST_F(LogTest, FailuresAreAtLeastWarnings) {
  Wrap({{"level", "debug"}});
  script.Fail("get", 1, Error(Code::kIoError, "broken"));
  static_cast<void>(store->Get("/a"));
  static_cast<void>(store->Get("/a"));
  EXPECT_THAT(lines.Take(),
              ElementsAre("get \"/a\": io_error: broken, 0 us", "get \"/a\": not_found, 0 us"));
  EXPECT_THAT(lines.TakeLevels(), ElementsAre(LogLevel::kWarning, LogLevel::kDebug));
}

TEST_F(LogTest, OnlyFailuresWhenToldSo) {
  Wrap({{"errors_only", "true"}, {"level", "error"}});
  ASSERT_TRUE(store->Put("/a", "1").has_value());
  EXPECT_FALSE(store->Put("/a", "1", {.condition = Condition::IfAbsent()}).has_value());
  static_cast<void>(store->Get("/missing"));
  EXPECT_THAT(lines.Take(), ElementsAre());
  script.Fail("apply", 1, Error(Code::kNoSpace));
  static_cast<void>(store->Put("/a", "1"));
  EXPECT_THAT(lines.Take(), ElementsAre("put \"/a\" 1 byte: no_space, 0 us"));
  EXPECT_THAT(lines.TakeLevels(), ElementsAre(LogLevel::kError));
}

TEST_F(LogTest, OnlySlowCallsAndFailuresWhenToldSo) {
  Wrap({{"slow", "10ms"}});
  script.before = [this](std::string_view verb, const CallOptions&) -> std::optional<Error> {
    world.clock.Advance(verb == "get" ? milliseconds(10) : milliseconds(9));
    return std::nullopt;
  };
  ASSERT_TRUE(store->Put("/a", "1").has_value());
  static_cast<void>(store->Get("/a"));
  EXPECT_THAT(lines.Take(), ElementsAre("get \"/a\": 1 byte, 10000 us"));
  script.Fail("apply", 1, Error(Code::kIoError));
  static_cast<void>(store->Put("/a", "1"));
  EXPECT_EQ(lines.Take().size(), 1U);
}

TEST(Log, ChangesNoCapability) {
  const Capabilities below = memory::MemoryCapabilities();
  EXPECT_EQ(testing::NarrowedBy("log", {}, below), below);
}

TEST(Log, Conforms) { testing::ExpectConforms(R"({"type": "log", "child": "memory:"})"); }

}  // namespace
}  // namespace anystore

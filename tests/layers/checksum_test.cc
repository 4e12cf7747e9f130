#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "anystore/features.h"
#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/layer_target.h"
#include "layers/scripted_layer.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::LayerFields;
using testing::LayerWorld;
using testing::Script;
using testing::ScriptedLayer;

constexpr std::size_t kSealBytes = 10;  // of xxh3-64

class ChecksumTest : public ::testing::Test {
 protected:
  ChecksumTest() { Wrap({}); }
  void Wrap(const LayerFields& fields) {
    auto child = std::make_unique<ScriptedLayer>(script, world.environment);
    below = child.get();
    store.emplace(testing::StoreIn("checksum", fields, std::move(child), world.environment));
    for (const char* const key : {"/a", "/b", "/c", "/d"}) {
      EXPECT_TRUE(store->Put(key, std::string("value of ") + key).has_value());
    }
  }
  /// What is stored under `key`.
  std::string Stored(std::string_view key) { return std::string(below->Get(key, {})->bytes()); }
  void SetStored(std::string_view key, std::string_view stored) {
    const Mutation put{.key = key, .value = stored};
    ASSERT_TRUE(below->Apply({&put, 1}, {}).has_value());
  }
  void Flip(std::string_view key, std::size_t byte) {
    std::string stored = Stored(key);
    stored.at(byte) = static_cast<char>(stored.at(byte) ^ 4);
    SetStored(key, stored);
  }

  LayerWorld world;
  Script script;
  Datastore* below = nullptr;
  std::optional<Store> store;
};

TEST_F(ChecksumTest, SizesAreThoseOfTheValues) {
  EXPECT_EQ(Stored("/a").size(), 11 + kSealBytes);
  EXPECT_EQ(store->Get("/a")->bytes(), "value of /a");
  EXPECT_EQ(*store->GetSize("/a"), 11U);
  EXPECT_EQ(store->Stat("/a", Wanted::kAll)->size, 11U);
  for (const bool values : {true, false}) {
    auto cursor = store->Scan({}, {.values = values, .wanted = Wanted::kSize});
    std::array<EntryView, 8> entries;
    ASSERT_EQ((*cursor)->Next(entries).value(), 4U);
    EXPECT_EQ(entries[3].info.size, 11U);
    EXPECT_EQ(entries[3].value, values ? "value of /d" : "");
  }
  EntryInfo info;
  EXPECT_EQ(store->Get("/a", {.window = {.offset = 9, .length = 1}, .info = &info})->bytes(), "/");
  EXPECT_EQ(info.size, 11U);
}

TEST_F(ChecksumTest, AnyDamagedByteIsFoundByEveryVerbThatReadsValues) {
  const std::string whole = Stored("/b");
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    Flip("/b", byte);
    const Result<Value> value = store->Get("/b");
    ASSERT_FALSE(value.has_value()) << byte;
    EXPECT_EQ(value.error().code(), Code::kCorruption);
    EXPECT_EQ(value.error().key(), "\"/b\"");
    EXPECT_EQ(store->Get("/b", {.window = {.offset = 3, .length = 2}}).error().code(),
              Code::kCorruption);
    const std::array<std::string_view, 3> keys = {"/a", "/b", "/c"};
    std::vector<Result<Value>> out(3);
    ASSERT_TRUE(store->GetMany(keys, out).has_value());
    EXPECT_TRUE(out[0].has_value() && out[2].has_value());
    EXPECT_EQ(out[1].error().code(), Code::kCorruption);
    EXPECT_EQ(store->NewSnapshot()->Get("/b").error().code(), Code::kCorruption);
    SetStored("/b", whole);
  }
  EXPECT_TRUE(store->Get("/b").has_value());
}

TEST_F(ChecksumTest, AValueOfAnotherKeyIsFound) {
  SetStored("/a", Stored("/b"));
  const Result<Value> value = store->Get("/a");
  EXPECT_EQ(value.error().code(), Code::kCorruption);
  EXPECT_NE(value.error().message().find("another key"), std::string::npos);
}

TEST_F(ChecksumTest, ARecordWrittenWithoutTheLayerIsExplained) {
  SetStored("/a", "written by another program");
  EXPECT_NE(store->Get("/a").error().message().find("written without this layer"),
            std::string::npos);
  SetStored("/a", "short");
  EXPECT_EQ(store->GetSize("/a").error().code(), Code::kCorruption);
  EXPECT_TRUE(*store->Has("/a"));
}

TEST_F(ChecksumTest, AListingYieldsWhatIsWholeAndStopsBeforeTheDamage) {
  Flip("/c", 12);
  auto cursor = store->Scan({}, {});
  std::array<EntryView, 8> entries;
  ASSERT_EQ((*cursor)->Next(entries).value(), 2U);
  EXPECT_EQ(entries[1].value, "value of /b");
  for (int i = 0; i < 2; ++i) {
    const auto next = (*cursor)->Next(entries);
    ASSERT_FALSE(next.has_value());
    EXPECT_EQ(next.error().code(), Code::kCorruption);
    EXPECT_EQ(next.error().key(), "\"/c\"");
  }
  ASSERT_TRUE((*cursor)->Seek("/d").has_value());
  ASSERT_EQ((*cursor)->Next(entries).value(), 1U);
  EXPECT_EQ(entries[0].value, "value of /d");
  // The keys are not in question.
  auto keys = store->Scan({}, {.values = false});
  EXPECT_EQ((*keys)->Next(entries).value(), 4U);
}

TEST_F(ChecksumTest, CheckReportsAndChangesNothing) {
  auto* const check = store->feature<CheckedDatastore>();
  ASSERT_NE(check, nullptr);
  EXPECT_TRUE(check->Check({})->empty());
  Flip("/b", 3);
  SetStored("/d", "");
  const auto findings = check->Check({});
  ASSERT_EQ(findings->size(), 2U);
  EXPECT_EQ((*findings)[0].where, "\"/b\"");
  EXPECT_NE((*findings)[0].what.find("do not match"), std::string::npos);
  EXPECT_EQ((*findings)[1].where, "\"/d\"");
  EXPECT_EQ(check->Check({.deadline = Instant{}}).error().code(), Code::kTimeout);
}

TEST_F(ChecksumTest, ScrubDeletesOnlyWhenToldTo) {
  Flip("/b", 3);
  EXPECT_EQ(store->feature<ScrubbedDatastore>()->Scrub({})->size(), 1U);
  EXPECT_TRUE(*store->Has("/b"));
  Wrap({{"scrub_deletes", "true"}});
  Flip("/b", 3);
  const auto findings = store->feature<ScrubbedDatastore>()->Scrub({});
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_TRUE((*findings)[0].what.ends_with("; deleted")) << (*findings)[0].what;
  EXPECT_FALSE(*store->Has("/b"));
  EXPECT_EQ(store->Get("/a")->bytes(), "value of /a");
  EXPECT_TRUE(store->feature<CheckedDatastore>()->Check({})->empty());
}

TEST_F(ChecksumTest, ScrubLeavesARecordThatWasWrittenAnewMeanwhile) {
  Wrap({{"scrub_deletes", "true"}});
  const std::string whole = Stored("/b");
  Flip("/b", 3);
  bool mended = false;
  script.before = [&](std::string_view verb, const CallOptions&) -> std::optional<Error> {
    if (verb != "apply" || mended) return std::nullopt;
    mended = true;
    SetStored("/b", whole);  // between the second look and the delete
    return std::nullopt;
  };
  const auto findings = store->feature<ScrubbedDatastore>()->Scrub({});
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_TRUE((*findings)[0].what.ends_with("; written anew meanwhile"));
  EXPECT_EQ(store->Get("/b")->bytes(), "value of /b");
}

TEST_F(ChecksumTest, OfABatchEveryValueIsSealed) {
  auto batch = store->NewBatch();
  ASSERT_TRUE((*batch)->Put("/x", "").has_value());
  ASSERT_TRUE((*batch)->Delete("/a").has_value());
  ASSERT_TRUE((*batch)->Put("/y", "some").has_value());
  ASSERT_TRUE((*batch)->Commit().has_value());
  EXPECT_EQ(Stored("/x").size(), kSealBytes);
  EXPECT_EQ(store->Get("/x")->bytes(), "");
  EXPECT_EQ(store->Get("/y")->bytes(), "some");
  EXPECT_FALSE(*store->Has("/a"));
}

TEST(Checksum, LimitsLeaveRoomForTheSeal) {
  Capabilities below = FakeDatastore::Everything();
  below.value_bytes_max = 1000;
  below.batch_bytes_max = 1900;
  const Capabilities can = testing::NarrowedBy("checksum", {{"algorithm", "xxh3-128"}}, below);
  EXPECT_EQ(can.value_bytes_max, 982U);
  EXPECT_EQ(can.batch_bytes_max, 100U);
  EXPECT_EQ(can.range_read, Support::kEmulated);
  EXPECT_EQ(can.versions, below.versions);
  below.value_bytes_max = 5;
  EXPECT_EQ(testing::NarrowedBy("checksum", {}, below).value_bytes_max, 0U);
  EXPECT_EQ(testing::NarrowedBy("checksum", {}, Capabilities{}).batch_bytes_max,
            Capabilities{}.batch_bytes_max);
}

TEST(Checksum, ABatchThatTheSealsMakeTooLongIsRefused) {
  testing::FakeState state;
  const LayerWorld world;
  Capabilities below = FakeDatastore::Everything();
  below.batch_bytes_max = 22;
  auto layer = testing::WrapIn("checksum", {}, std::make_unique<FakeDatastore>(state, below),
                               world.environment);
  const std::array<Mutation, 3> three = {{{.key = ""}, {.key = ""}, {.key = ""}}};
  const Result<Receipt> receipt = (*layer)->Apply(three, {});
  EXPECT_EQ(receipt.error().code(), Code::kTooLarge);
  EXPECT_EQ(receipt.error().applied(), Applied::kNo);
  EXPECT_TRUE(state.applied.empty());
  EXPECT_TRUE((*layer)->Apply(std::span(three).first(2), {}).has_value());
}

TEST(Checksum, Conforms) {
  for (const char* const algorithm : {"xxh3-64", "xxh3-128", "crc32c"}) {
    testing::ExpectConforms(std::string(R"({"type": "checksum", "algorithm": ")") + algorithm +
                            R"(", "child": "memory:"})");
  }
}

}  // namespace
}  // namespace anystore

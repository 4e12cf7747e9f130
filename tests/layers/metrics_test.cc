#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "anystore/features.h"
#include "anystore/store.h"
#include "core/fake_datastore.h"
#include "layers/layer_target.h"
#include "layers/prometheus_text.h"

namespace anystore {
namespace {

using testing::FakeDatastore;
using testing::FakeState;
using testing::LayerFields;
using testing::LayerWorld;

class MetricsTest : public ::testing::Test {
 protected:
  void Open(const LayerFields& fields = {{"sample", "1"}}) {
    store.emplace(
        testing::StoreIn("metrics", fields, std::make_unique<FakeDatastore>(state), environment()));
  }
  const Environment& environment() { return world.environment; }
  std::string Text() { return store->feature<MeasuredDatastore>()->PrometheusText().value(); }
  /// What stands behind `name{store="child:",labels}`; nothing when there is no such line.
  std::string Sample(const std::string& name, const std::string& labels) {
    const std::string text = '\n' + Text();
    const std::string start =
        "\nanystore_" + name + "{store=\"child:\"" + (labels.empty() ? "" : "," + labels) + "} ";
    const std::size_t at = text.find(start);
    if (at == std::string::npos) return "";
    return text.substr(at + start.size(), text.find('\n', at + 1) - at - start.size());
  }

  FakeState state;
  LayerWorld world;
  std::optional<Store> store;
};

TEST_F(MetricsTest, CountsEveryVerb) {
  Open();
  ASSERT_TRUE(store->Put("/a", "12345"));
  ASSERT_TRUE(store->Delete("/b"));
  ASSERT_TRUE(store->DeleteRange(KeyRange::Between("/x", "/y")));
  ASSERT_TRUE(store->SetExpiry("/a", std::nullopt));
  const std::array<Mutation, 2> batch = {Mutation{.key = "/c", .value = "123"},
                                         Mutation{.key = "/d", .value = "12"}};
  ASSERT_TRUE(store->Apply(batch));
  ASSERT_TRUE(store->Get("/a"));
  ASSERT_TRUE(store->Has("/a"));
  std::array<Result<Value>, 2> found = {Value(), Value()};
  ASSERT_TRUE(store->GetMany(std::array<std::string_view, 2>{"/a", "/c"}, found));
  ASSERT_TRUE(store->Sync(KeyRange::All()));
  ASSERT_EQ(store->Query({})->Rest()->size(), 3U);
  for (const char* const verb : {"get", "stat", "get_many", "scan", "put", "delete", "delete_range",
                                 "set_expiry", "batch", "sync"}) {
    const std::string label = "verb=\"" + std::string(verb) + '"';
    EXPECT_EQ(Sample("operations_total", label), "1") << verb;
    EXPECT_EQ(Sample("operation_seconds_count", label), "1") << verb;
  }
  EXPECT_EQ(Sample("read_bytes_total", "verb=\"get\""), "5");
  EXPECT_EQ(Sample("read_bytes_total", "verb=\"get_many\""), "8");
  EXPECT_EQ(Sample("read_bytes_total", "verb=\"scan\""), "10");
  EXPECT_EQ(Sample("written_bytes_total", "verb=\"put\""), "5");
  EXPECT_EQ(Sample("written_bytes_total", "verb=\"batch\""), "5");
  EXPECT_EQ(Sample("scanned_entries_total", ""), "3");
  EXPECT_EQ(Text().find("errors_total{"), std::string::npos);
}

TEST_F(MetricsTest, AMissIsNoErrorOfAReadButOneOfAWrite) {
  Open();
  EXPECT_FALSE(store->Get("/none"));
  EXPECT_FALSE(*store->Has("/none"));
  std::array<Result<Value>, 3> found = {Value(), Value(), Value()};
  ASSERT_TRUE(store->GetMany(std::array<std::string_view, 3>{"/1", "/2", "/3"}, found));
  EXPECT_EQ(Sample("not_found_total", "verb=\"get\""), "1");
  EXPECT_EQ(Sample("not_found_total", "verb=\"stat\""), "1");
  EXPECT_EQ(Sample("not_found_total", "verb=\"get_many\""), "3");
  EXPECT_EQ(Text().find("errors_total{"), std::string::npos);
  state.next_error.emplace(Code::kNotFound);
  EXPECT_FALSE(store->SetExpiry("/none", std::nullopt));
  EXPECT_EQ(Sample("errors_total", "verb=\"set_expiry\",code=\"not_found\""), "1");
}

TEST_F(MetricsTest, CountsErrorsByVerbAndCode) {
  Open({{"sample", "1000"}});
  for (int i = 0; i < 3; ++i) {
    state.next_error.emplace(Code::kCorruption);
    EXPECT_EQ(store->Get("/a").error().code(), Code::kCorruption);
  }
  state.next_error.emplace(Code::kNoSpace);
  EXPECT_FALSE(store->Put("/a", "1"));
  state.next_error.emplace(Code::kIoError);
  EXPECT_FALSE(store->Sync(KeyRange::All()));
  state.next_error.emplace(Code::kIoError);
  EXPECT_FALSE(store->Query({}));
  EXPECT_EQ(Sample("errors_total", "verb=\"get\",code=\"corruption\""), "3");
  EXPECT_EQ(Sample("errors_total", "verb=\"put\",code=\"no_space\""), "1");
  EXPECT_EQ(Sample("errors_total", "verb=\"sync\",code=\"io_error\""), "1");
  EXPECT_EQ(Sample("errors_total", "verb=\"scan\",code=\"io_error\""), "1");
  EXPECT_EQ(Sample("written_bytes_total", "verb=\"put\""), "0");
}

TEST_F(MetricsTest, TimesByTheEnvironmentsClock) {
  Open();
  state.records["/a"] = "1";
  state.during_get = [this] { world.clock.Advance(std::chrono::microseconds(3)); };
  ASSERT_TRUE(store->Get("/a"));
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"2.5e-06\""), "0");
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"5e-06\""), "1");
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"+Inf\""), "1");
  EXPECT_EQ(Sample("operation_seconds_sum", "verb=\"get\""), "3e-06");
  // Longer than every bound; and a clock that is set back.
  state.during_get = [this] { world.clock.Advance(std::chrono::hours(1)); };
  ASSERT_TRUE(store->Get("/a"));
  state.during_get = [this] { world.clock.Advance(-std::chrono::hours(1)); };
  ASSERT_TRUE(store->Get("/a"));
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"10\""), "2");
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"+Inf\""), "3");
  EXPECT_EQ(Sample("operation_seconds_bucket", "verb=\"get\",le=\"2.5e-07\""), "1");
}

TEST_F(MetricsTest, OfGetAndStatEverySoManiethIsTimed) {
  Open({{"sample", "4"}});
  state.records["/a"] = "12345";
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(store->Get("/a"));
    ASSERT_TRUE(*store->Has("/a"));
    ASSERT_TRUE(store->Put("/b", "1"));
  }
  for (const char* const label : {"verb=\"get\"", "verb=\"stat\"", "verb=\"put\""}) {
    EXPECT_EQ(Sample("operations_total", label), "9");
  }
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"get\""), "3");
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"stat\""), "3");
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"put\""), "9");
  EXPECT_EQ(Sample("read_bytes_total", "verb=\"get\""), "60");  // three times four times five
}

TEST_F(MetricsTest, AScanIsOverWhenItIsDrainedOrLetGoOf) {
  Open();
  for (const char* const key : {"/a", "/b", "/c"}) state.records[key] = "12";
  auto cursor = store->Scan(KeyRange::All());
  ASSERT_TRUE(cursor.has_value());
  std::array<EntryView, 2> entries;
  ASSERT_EQ(*(*cursor)->Next(entries), 2U);
  EXPECT_EQ(Sample("operations_total", "verb=\"scan\""), "1");
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"scan\""), "");
  ASSERT_EQ(*(*cursor)->Next(entries), 1U);
  ASSERT_EQ(*(*cursor)->Next(entries), 0U);
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"scan\""), "1");
  EXPECT_EQ(Sample("scanned_entries_total", ""), "3");
  // Going back is part of the same scan.
  ASSERT_TRUE((*cursor)->Seek("/c"));
  ASSERT_EQ(*(*cursor)->Next(entries), 1U);
  state.next_error.emplace(Code::kCorruption);
  EXPECT_FALSE((*cursor)->Next(entries));
  cursor->reset();
  EXPECT_EQ(Sample("operation_seconds_count", "verb=\"scan\""), "1");
  EXPECT_EQ(Sample("scanned_entries_total", ""), "4");
  EXPECT_EQ(Sample("errors_total", "verb=\"scan\",code=\"corruption\""), "1");
}

TEST_F(MetricsTest, CountsWhatIsReadFromSnapshots) {
  Open();
  state.records["/a"] = "123";
  auto snapshot = store->NewSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  ASSERT_TRUE(snapshot->Get("/a"));
  EXPECT_FALSE(snapshot->Get("/b"));
  EXPECT_EQ(Sample("operations_total", "verb=\"get\""), "2");
  EXPECT_EQ(Sample("not_found_total", "verb=\"get\""), "1");
  EXPECT_EQ(Sample("read_bytes_total", "verb=\"get\""), "3");
}

TEST_F(MetricsTest, CountsOfManyThreadsAreExactAndNeverFall) {
  Open({{"sample", "8"}});
  state.records["/a"] = "1";
  constexpr int kThreads = 4;
  constexpr int kCalls = 2000;
  std::atomic<int> running = kThreads;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) EXPECT_TRUE(store->Get("/a"));
      --running;
    });
  }
  long last = 0;
  while (running > 0) {
    const long now = std::stol(Sample("operations_total", "verb=\"get\""));
    ASSERT_GE(now, last);
    last = now;
  }
  threads.clear();
  EXPECT_EQ(Sample("operations_total", "verb=\"get\""), std::to_string(kThreads * kCalls));
}

TEST_F(MetricsTest, TellsWhatLayersBelowTellAndNamesEachFamilyOnce) {
  auto inner = testing::WrapIn("metrics", {{"store", "inner"}},
                               std::make_unique<FakeDatastore>(state), environment());
  auto between = testing::WrapIn("read-only", {}, *std::move(inner), environment());
  store.emplace(testing::StoreIn("metrics", {}, *std::move(between), environment()));
  EXPECT_FALSE(store->Get("/a"));
  EXPECT_FALSE(store->Put("/a", ""));
  const std::string text = Text();
  const std::string samples =
      "anystore_operations_total{store=\"child:\",verb=\"sync\"} 0\n"
      "anystore_operations_total{store=\"inner\",verb=\"get\"} 1\n";
  EXPECT_NE(text.find(samples), std::string::npos) << text;
  EXPECT_NE(text.find("{store=\"child:\",verb=\"put\"} 1"), std::string::npos);
  EXPECT_NE(text.find("{store=\"inner\",verb=\"put\"} 0"), std::string::npos);
  const std::string family = "# TYPE anystore_operation_seconds histogram\n";
  ASSERT_NE(text.find(family), std::string::npos);
  EXPECT_EQ(text.find(family), text.rfind(family));
}

TEST_F(MetricsTest, PrefixAndLabelAreMadeFitForPrometheus) {
  Open({{"prefix", "4ipfs.fs-repo"}, {"store", "a\"b\\c\nd"}});
  EXPECT_NE(Text().find("\n_4ipfs_fs_repo_operations_total"
                        "{store=\"a\\\"b\\\\c\\nd\",verb=\"get\"} 0\n"),
            std::string::npos)
      << Text();
}

TEST(PrometheusTexts, OfStrangersAreJoinedWhateverTheyLookLike) {
  EXPECT_EQ(layers::JoinPrometheusTexts({"stray 1\n# HELP a A\n# TYPE a gauge\na 1\n", "",
                                         "# TYPE b gauge\nb 2\n# HELP a Other\na{x=\"1\"} 3"}),
            "# HELP a A\n# TYPE a gauge\na 1\na{x=\"1\"} 3\n# TYPE b gauge\nb 2\n");
}

TEST(Metrics, ChangesNoCapability) {
  const Capabilities below = FakeDatastore::Everything();
  EXPECT_EQ(testing::NarrowedBy("metrics", {}, below), below);
}

TEST(Metrics, Conforms) {
  testing::ExpectConforms(R"({"type": "metrics", "child": "memory:"})");
  testing::ExpectConforms(R"({"type": "metrics", "sample": 1, "child": "memory:"})");
}

}  // namespace
}  // namespace anystore

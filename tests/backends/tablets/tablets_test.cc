// The store over tablets: what it opens, what it refuses, what it says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "anystore/open.h"
#include "anystore/query.h"
#include "anystore/results.h"
#include "anystore/store.h"
#include "anystore/tablet/log.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class TabletsTest : public tablet::TabletTest {
 protected:
  TabletsTest() {
    Write("old.tab", {{"a", "old"}, {"b", "kept"}, {"c", "gone"}});
    Write("new.tab", {{"a", "new"}, {"c", std::nullopt}, {"d", std::string(1, '\xc0')}});
  }

  Result<Store> TryOpen(const std::string& url) {
    return anystore::Open(url, {.environment = &environment_});
  }
  Store Open(const std::string& url) {
    auto store = TryOpen(url);
    EXPECT_TRUE(store.has_value()) << store.error().ToString();
    return *std::move(store);
  }
  Error OpenError(const std::string& url) {
    auto store = TryOpen(url);
    return store.has_value() ? Error(Code::kOk) : std::move(store).error();
  }
  void WriteText(std::string_view name, std::string_view text) { WriteBytes(name, text); }

  void WriteLog(std::string_view name, const tablet::Said& said) {
    std::string batch;
    for (const auto& [key, value] : said) {
      EXPECT_TRUE((value.has_value() ? tablet::AppendPut(batch, key, *value)
                                     : tablet::AppendDelete(batch, key))
                      .has_value());
    }
    auto writer = tablet::LogWriter::Open(*directory_, name);
    ASSERT_TRUE(writer.has_value()) << writer.error().ToString();
    ASSERT_TRUE(writer->Append(batch).has_value());
  }

  static std::vector<std::pair<std::string, std::string>> Records(Store& store,
                                                                  bool reverse = false) {
    std::vector<std::pair<std::string, std::string>> records;
    auto results = store.Query({.reverse = reverse});
    EXPECT_TRUE(results.has_value());
    for (const EntryView& entry : *results) records.emplace_back(entry.key, entry.value);
    EXPECT_TRUE(results->status().has_value()) << results->status().error().ToString();
    return records;
  }

  SilentLogger logger_;
  SeededRandom random_{1};
  Environment environment_{
      .clock = &clock_, .random = &random_, .logger = &logger_, .files = files_.get()};
};

TEST_F(TabletsTest, LaterFilesHideEarlierOnes) {
  Store store = Open("tablets:/old.tab,/new.tab");
  EXPECT_THAT(Records(store), ElementsAre(Pair("a", "new"), Pair("b", "kept"), Pair("d", "\xc0")));
  EXPECT_EQ(store.Get("a").value().bytes(), "new");
  EXPECT_EQ(store.Get("c").error().code(), Code::kNotFound);
  EXPECT_EQ(store.GetSize("b").value(), 4U);
  EXPECT_FALSE(store.Has("c").value());
  Store other = Open("tablets:/new.tab,/old.tab");
  EXPECT_THAT(Records(other, /*reverse=*/true), ElementsAre(Pair("d", "\xc0"), Pair("c", "gone"),
                                                            Pair("b", "kept"), Pair("a", "old")));
}

TEST_F(TabletsTest, NamesMayHaveCommas) {
  Write("a,b.tab", {{"k", "v"}});
  Store store = Open(R"(tablets:/a\,b.tab,/old.tab)");
  EXPECT_EQ(Records(store).size(), 4U);
}

TEST_F(TabletsTest, ReadsAlikeHoweverTheBytesAreGot) {
  Write("snappy.tab", {{"x", std::string(10'000, 'x')}, {"y", "1"}},
        {.compression = tablet::Compression::kSnappy});
  for (const char* const fields :
       {"access=auto", "access=map", "access=read", "access=read&cache=0", "verify=false",
        "locator=ignore", "locator=memory", "locator=build"}) {
    Store store = Open(std::string("tablets:/old.tab,/new.tab,/snappy.tab?") + fields);
    EXPECT_EQ(Records(store).size(), 5U) << fields;
    EXPECT_EQ(store.Get("a").value().bytes(), "new") << fields;
    EXPECT_EQ(store.Get("x").value().size(), 10'000U) << fields;
    EXPECT_EQ(store.Get("x", {.window = {.offset = 9'990, .length = 100}}).value().bytes(),
              "xxxxxxxxxx")
        << fields;
  }
}

TEST_F(TabletsTest, JavasDeletionsAreOnesOnlyWhenAskedFor) {
  Store store = Open("tablets:/new.tab?java_tombstones=true");
  EXPECT_THAT(Records(store), ElementsAre(Pair("a", "new")));
}

TEST_F(TabletsTest, OpensTheStackOfADirectory) {
  WriteText("stack.txt", "old.tab\r\nnew.tab\n");
  Store store = Open("tablets:/?layout=factory");
  EXPECT_EQ(Records(store).size(), 3U);
  WriteText("stack.txt", "old.tab\nmissing.tab\n");
  EXPECT_EQ(OpenError("tablets:/?layout=factory").code(), Code::kCorruption);
  WriteText("stack.txt", "");
  Store emptied = Open("tablets:/?layout=factory");
  EXPECT_TRUE(Records(emptied).empty());
  WriteText("stack.txt", "stack.txt\n");
  EXPECT_EQ(OpenError("tablets:/?layout=factory").code(), Code::kCorruption);
  ASSERT_TRUE(directory_->Remove("stack.txt").has_value());
  EXPECT_EQ(OpenError("tablets:/?layout=factory").code(), Code::kNotFound);
}

TEST_F(TabletsTest, LogsOfADirectoryHideItsTablets) {
  WriteText("stack.txt", "old.tab\n");
  WriteLog("write_imm.log", {{"a", "being written"}, {"b", std::nullopt}});
  WriteLog("write.log", {{"a", "newest"}});
  Store store = Open("tablets:/?layout=factory");
  EXPECT_THAT(Records(store), ElementsAre(Pair("a", "newest"), Pair("c", "gone")));
  EXPECT_EQ(store.capabilities().range_read, Support::kAbsent);
}

TEST_F(TabletsTest, WhatIsNotThereIsNotFound) {
  for (const char* const url : {"tablets:/missing.tab", "tablets:/old.tab,/missing.tab",
                                "tablets:/missing/old.tab", "tablets:/missing?layout=factory"}) {
    EXPECT_EQ(OpenError(url).code(), Code::kNotFound) << url;
    EXPECT_FALSE(Exists(url, {.environment = &environment_}).value()) << url;
  }
  EXPECT_TRUE(Exists("tablets:/old.tab", {.environment = &environment_}).value());
}

TEST_F(TabletsTest, RefusesUrlsThatMakeNoSense) {
  for (const char* const url : {"tablets:", "tablets:/a.tab,", R"(tablets:/a\b.tab)",
                                "tablets:/old.tab?access=fast", "tablets:/old.tab?locator=yes",
                                "tablets:/old.tab?cache=-1", "tablets:/old.tab?sync=true"}) {
    EXPECT_EQ(OpenError(url).code(), Code::kInvalidConfig) << url;
  }
}

TEST_F(TabletsTest, DamageIsNamed) {
  std::string bytes = Bytes("old.tab");
  bytes[20] ^= 1;
  WriteText("bad.tab", bytes);
  Store store = Open("tablets:/new.tab,/bad.tab");
  const auto read = store.Get("b");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::kCorruption);
  EXPECT_THAT(read.error().ToString(), HasSubstr("bad.tab"));
  EXPECT_THAT(read.error().ToString(), HasSubstr("checksum"));
  auto* const checked = store.feature<CheckedDatastore>();
  ASSERT_NE(checked, nullptr);
  const auto findings = checked->Check({});
  ASSERT_TRUE(findings.has_value());
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_EQ(findings->front().where, "bad.tab");
  EXPECT_THAT(findings->front().what, HasSubstr("block 0 at offset 8: checksum: "));

  WriteText("cut.tab", bytes.substr(0, bytes.size() - 1));
  EXPECT_EQ(OpenError("tablets:/cut.tab").code(), Code::kCorruption);
  EXPECT_EQ(Exists("tablets:/cut.tab", {.environment = &environment_}).error().code(),
            Code::kCorruption);
}

TEST_F(TabletsTest, ADamagedLocatorIsFoundUnlessItIsIgnored) {
  ASSERT_TRUE(Open("tablets:/old.tab?locator=build").Get("b").has_value());
  std::string bytes = Bytes("old.tab.locator");
  bytes.back() ^= 1;
  WriteText("old.tab.locator", bytes);
  const auto findings = [&](const char* url) {
    return Open(url).feature<CheckedDatastore>()->Check({}).value();
  };
  const std::vector<Finding> found = findings("tablets:/old.tab");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().where, "old.tab.locator");
  EXPECT_THAT(found.front().what, HasSubstr("damaged at offset 64: "));
  EXPECT_TRUE(findings("tablets:/old.tab?locator=ignore").empty());
}

TEST_F(TabletsTest, ASoundStoreHasNoFindings) {
  Store store = Open("tablets:/old.tab,/new.tab");
  EXPECT_TRUE(store.feature<CheckedDatastore>()->Check({})->empty());
}

TEST_F(TabletsTest, IsOnlyRead) {
  Store store = Open("tablets:/old.tab");
  EXPECT_EQ(store.capabilities().access, anystore::Access::kReadOnly);
  EXPECT_EQ(store.Put("a", "1").error().code(), Code::kReadOnly);
  EXPECT_EQ(store.Delete("a").error().code(), Code::kReadOnly);
  EXPECT_TRUE(store.Sync().has_value());
  const OpenOptions options{.environment = &environment_};
  EXPECT_EQ(Create("tablets:/made.tab", options).error().code(), Code::kReadOnly);
  EXPECT_FALSE(directory_->Stat("made.tab").has_value());
  ASSERT_TRUE(store.Close().has_value());
  EXPECT_EQ(Destroy("tablets:/old.tab", options).error().code(), Code::kReadOnly);
  EXPECT_TRUE(directory_->Stat("old.tab").has_value());
}

TEST_F(TabletsTest, ValuesOutliveTheStore) {
  Store store = Open("tablets:/old.tab");
  auto snapshot = store.NewSnapshot();
  ASSERT_TRUE(snapshot.has_value()) << snapshot.error().ToString();
  const Value value = store.Get("b").value();
  const Value other = snapshot->Get("a").value();
  ASSERT_TRUE(store.Close().has_value());
  EXPECT_EQ(snapshot->Get("a").error().code(), Code::kClosed);
  EXPECT_EQ(value.bytes(), "kept");
  EXPECT_EQ(other.bytes(), "old");
}

TEST_F(TabletsTest, KnowsHowMuchItTakes) {
  Store store = Open("tablets:/old.tab,/new.tab");
  auto* const usage = store.feature<PersistentDatastore>();
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->DiskUsage({}).value(), Bytes("old.tab").size() + Bytes("new.tab").size());
}

// A file that takes the place of one that is open does not change what the store shows.
TEST_F(TabletsTest, ShowsTheFilesThatItOpened) {
  Store store = Open("tablets:/old.tab");
  ASSERT_TRUE(directory_->Rename("new.tab", "old.tab", Replace::kYes).has_value());
  EXPECT_EQ(store.Get("a").value().bytes(), "old");
}

}  // namespace
}  // namespace anystore::tablets

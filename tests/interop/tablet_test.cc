// The samples, the borders of the format, and the damaged tablets.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "interop/tablet_samples.h"

namespace anystore::tablet {
namespace {

using nlohmann::json;
using testing::SampleEntry;
using testing::TabletSamples;

using TabletInterop = TabletSamples;

constexpr std::array kAccesses{Access::kMap, Access::kRead};

TEST_F(TabletInterop, SamplesHoldWhatTheirTextsList) {
  for (const Access access : kAccesses) {
    for (const char* const name :
         {"ngrams1-1block-uncompressed.tab", "ngrams1-1block-compressed.tab",
          "ngrams1-Nblock-compressed.tab"}) {
      const auto tablet =
          TabletReader::Open(*directory_, std::string("ngrams1/") + name, {.access = access});
      ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
      EXPECT_EQ(Entries((*tablet)->Find("")), TextEntries("ngrams1/ngrams1.txt")) << name;
    }
  }
}

TEST_F(TabletInterop, FindYieldsAsManyEntriesAsTheOriginals) {
  const auto count = [&](const std::string& name, const std::string& key) {
    const auto tablet = TabletReader::Open(*directory_, name);
    return Entries((*tablet)->Find(key)).size();
  };
  const std::vector<std::string> keys = {"a", "yet\tI\tsay", "yet\tI\tzzz", "yet\ta\tfurther",
                                         "zzz"};
  const auto counts = [&](const std::string& name) {
    std::vector<std::size_t> found;
    for (const std::string& key : keys) found.push_back(count(name, key));
    return found;
  };
  EXPECT_EQ(counts("ngrams1/ngrams1-1block-uncompressed.tab"),
            (std::vector<std::size_t>{40, 18, 17, 1, 0}));
  EXPECT_EQ(counts("ngrams1/ngrams1-Nblock-compressed.tab"),
            (std::vector<std::size_t>{40, 18, 17, 1, 0}));
  EXPECT_EQ(counts("ngrams2/ngrams.tab.0"), (std::vector<std::size_t>{24, 11, 10, 0, 0}));
  EXPECT_EQ(counts("ngrams2/ngrams.tab.1"), (std::vector<std::size_t>{20, 9, 9, 1, 0}));
}

TEST_F(TabletInterop, TabletsAtTheBordersOfTheFormatAreRead) {
  const json edges = Manifest("MANIFEST.json")["edge"];
  EXPECT_EQ(edges.size(), 12U);
  for (const json& edge : edges) {
    const auto name = edge["file"].get<std::string>();
    for (const Access access : kAccesses) {
      const auto tablet = TabletReader::Open(*directory_, name, {.access = access});
      ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
      const auto entries = Entries((*tablet)->Find(""));
      EXPECT_EQ(entries.size(), edge["entries"].get<std::size_t>()) << name;
      EXPECT_EQ(SumOf(entries), edge["entries_sha256"].get<std::string>()) << name;
      // And each of them by its key.
      for (const SampleEntry& entry : entries) {
        const auto found = (*tablet)->Get(entry.key);
        ASSERT_TRUE(found.has_value()) << found.error().ToString();
        EXPECT_EQ(found->state, entry.deleted ? Lookup::State::kDeleted : Lookup::State::kFound);
        EXPECT_EQ(found->value.bytes(), entry.value);
      }
    }
    const auto report = CheckTablet(*directory_, name);
    ASSERT_TRUE(report.has_value()) << report.error().ToString();
    EXPECT_TRUE(report->faults.empty()) << name << ": " << Describe(report->faults.at(0));
    EXPECT_EQ(report->entries, edge["entries"].get<std::uint64_t>());
    EXPECT_EQ(report->deletions, edge["tombstones"].get<std::uint64_t>());
  }
}

TEST_F(TabletInterop, DamagedTabletsAreRefusedForWhatIsWrong) {
  const json files = Manifest("corrupt/MANIFEST.json")["files"];
  EXPECT_EQ(files.size(), 69U);
  for (const json& damaged : files) {
    const auto name = damaged["file"].get<std::string>();
    const auto kind = damaged["kind"].get<std::string>();
    SCOPED_TRACE(name + ": " + damaged["what"].get<std::string>());
    for (const Access access : kAccesses) {
      Error error(Code::kInternal);
      auto tablet = TabletReader::Open(*directory_, name, {.access = access});
      if (tablet.has_value()) {
        EXPECT_EQ(damaged["detectable"], "read") << "could be told when it is opened";
        auto at = (*tablet)->Find("");
        while (at.Next()) {
        }
        ASSERT_FALSE(at.status().has_value()) << "nothing is wrong";
        error = at.status().error().Clone();
      } else {
        error = std::move(tablet).error();
      }
      const auto wanted = damaged["error"].get<std::string>();
      EXPECT_EQ(error.code(), wanted == "NotSupported"    ? Code::kUnsupported
                              : wanted == "LimitExceeded" ? Code::kTooLarge
                                                          : Code::kCorruption);
      EXPECT_NE(error.message().find(": " + kind + ": "), std::string_view::npos)
          << "wanted " << kind << ", found " << error.ToString();
    }
    const auto report = CheckTablet(*directory_, name);
    ASSERT_TRUE(report.has_value()) << report.error().ToString();
    ASSERT_FALSE(report->faults.empty());
    EXPECT_EQ(FaultName(report->faults[0].kind), kind) << Describe(report->faults[0]);
  }
}

}  // namespace
}  // namespace anystore::tablet

// The samples, the borders of the format and the damaged tablets, while they arrive.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/tablet/reader.h"
#include "anystore/tablet/stream.h"
#include "interop/tablet_samples.h"

namespace anystore::tablet {
namespace {

using nlohmann::json;
using testing::SampleEntry;
using testing::TabletSamples;

struct Arrived {
  std::vector<SampleEntry> entries = {};
  std::string kind = {};  // of the fault; empty: none
  bool at_end = false;    // Finish found it
  Code code = Code::kOk;

  friend bool operator==(const Arrived&, const Arrived&) = default;
};

class TabletStreamInterop : public TabletSamples {
 protected:
  static Arrived Arrive(std::string_view bytes, std::size_t piece) {
    TabletStream stream("sample");
    Arrived arrived;
    const auto fail = [&](const Error& error) {
      arrived.code = error.code();
      arrived.kind = FaultName(stream.fault().value().kind);
    };
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      for (std::string_view left = bytes.substr(at, piece); !left.empty();) {
        auto entries = stream.Feed(left);
        if (!entries.has_value()) {
          fail(entries.error());
          return arrived;
        }
        for (SampleEntry& entry : Entries(std::move(*entries)))
          arrived.entries.push_back(std::move(entry));
      }
    }
    if (const Status finished = stream.Finish(); !finished.has_value()) {
      fail(finished.error());
      arrived.at_end = true;
    }
    return arrived;
  }
  // However it is cut.
  static Arrived Arrive(std::string_view bytes) {
    Arrived whole = Arrive(bytes, bytes.size() + 1);
    for (const std::size_t piece : {1U, 7U, 1000U}) EXPECT_EQ(Arrive(bytes, piece), whole) << piece;
    return whole;
  }
};

TEST_F(TabletStreamInterop, SamplesArriveAsTheirTextsListThem) {
  for (const char* const name : {"ngrams1-1block-uncompressed.tab", "ngrams1-1block-compressed.tab",
                                 "ngrams1-Nblock-compressed.tab"}) {
    const Arrived arrived = Arrive(Bytes(std::string("ngrams1/") + name));
    EXPECT_EQ(arrived.kind, "") << name;
    EXPECT_EQ(arrived.entries, TextEntries("ngrams1/ngrams1.txt")) << name;
  }
  for (const char* const name : {"ngrams2/ngrams.tab.0", "ngrams2/ngrams.tab.1"}) {
    const Arrived arrived = Arrive(Bytes(name));
    EXPECT_EQ(arrived.kind, "") << name;
    const auto tablet = TabletReader::Open(*directory_, name);
    ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
    EXPECT_EQ(arrived.entries, Entries((*tablet)->Find(""))) << name;
  }
}

TEST_F(TabletStreamInterop, TabletsAtTheBordersOfTheFormatArriveAsTheManifestSays) {
  const json edges = Manifest("MANIFEST.json")["edge"];
  EXPECT_EQ(edges.size(), 12U);
  for (const json& edge : edges) {
    const auto name = edge["file"].get<std::string>();
    const Arrived arrived = Arrive(Bytes(name));
    EXPECT_EQ(arrived.kind, "") << name;
    EXPECT_EQ(arrived.entries.size(), edge["entries"].get<std::size_t>()) << name;
    EXPECT_EQ(SumOf(arrived.entries), edge["entries_sha256"].get<std::string>()) << name;
  }
}

// What a stream finds otherwise than a reader of the whole file, which looks at the footer first
// and at blocks through the index.
struct Difference {
  std::string_view kind;
  std::string_view why;
};

const std::map<std::string, Difference, std::less<>>& Differences() {
  static const std::map<std::string, Difference, std::less<>> differences = {
      {"corrupt/truncated-footer.tab",
       {"truncated", "behind the magic of the data index no footer has room"}},
      {"corrupt/truncated-half.tab", {"truncated", "it ends within a block"}},
      {"corrupt/block-length-zero.tab",
       {"length", "the block says its length itself, and the index another"}},
      {"corrupt/envelope-length-lies.tab",
       {"checksum", "the length in front of the block is all there is, so others are its bytes"}},
      {"corrupt/same-block-twice.tab",
       {"bounds", "the block came once; the second record is for none that came"}},
      {"corrupt/meta-bit-in-data-index.tab",
       {"bounds", "it comes as a meta block, and the meta index lists none"}}};
  return differences;
}

// What only the last bytes tell; all else is told as soon as it has come.
bool IsToldAtTheEnd(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "empty-file",      "short-20-bytes",          "truncated-footer",
      "truncated-half",  "trailing-bytes",          "bad-footer-magic",
      "footer-nil",      "footer-padding",          "data-index-past-eof",
      "data-index-tiny", "data-index-offset-wraps", "data-index-huge-length",
      "index-record-cut"};
  return std::ranges::any_of(
      kNames, [&](std::string_view end) { return name == "corrupt/" + std::string(end) + ".tab"; });
}

TEST_F(TabletStreamInterop, DamagedTabletsAreRefusedForWhatIsWrong) {
  const json files = Manifest("corrupt/MANIFEST.json")["files"];
  EXPECT_EQ(files.size(), 69U);
  std::size_t differences = 0;
  for (const json& damaged : files) {
    const auto name = damaged["file"].get<std::string>();
    SCOPED_TRACE(name + ": " + damaged["what"].get<std::string>());
    const Arrived arrived = Arrive(Bytes(name));
    const auto difference = Differences().find(name);
    if (difference == Differences().end()) {
      EXPECT_EQ(arrived.kind, damaged["kind"].get<std::string>());
    } else {
      ++differences;
      EXPECT_EQ(arrived.kind, difference->second.kind) << difference->second.why;
    }
    EXPECT_EQ(arrived.at_end, IsToldAtTheEnd(name));
    const auto wanted = damaged["error"].get<std::string>();
    EXPECT_EQ(arrived.code, wanted == "NotSupported"    ? Code::kUnsupported
                            : wanted == "LimitExceeded" ? Code::kTooLarge
                                                        : Code::kCorruption);
  }
  EXPECT_EQ(differences, Differences().size());
}

}  // namespace
}  // namespace anystore::tablet

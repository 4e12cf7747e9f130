// Tablets in every form, fed in every way.
#include "anystore/tablet/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anystore/tablet/reader.h"
#include "tablet/stream/stream_fixture.h"

namespace anystore::tablet {
namespace {

std::vector<SaidEntry> AsEntries(const Said& said) { return {said.begin(), said.end()}; }

Said Words() {
  Said said;
  for (int i = 0; i < 40; ++i) {
    std::string key = "word/";
    key += static_cast<char>('a' + i / 7);
    key += std::to_string(100 + i);
    said[key] = i % 9 == 4 ? std::optional<std::string>()
                           : std::string(static_cast<std::size_t>(i % 5) * 3, 'v');
  }
  said[""] = "of the empty key";
  said[std::string(40, 'l')] = std::string(300, 'x');
  return said;
}

struct Form {
  std::string name;
  std::string bytes;
  std::vector<SaidEntry> entries;
};

WriterOptions With(WriterOptions options, std::uint32_t block_bytes) {
  options.block_bytes = block_bytes;
  options.deletions = true;
  return options;
}

std::vector<Form> Forms() {
  const Said words = Words();
  WriterOptions unprotected = With({}, 100);
  unprotected.checksums = false;
  const std::vector<std::pair<std::string, WriterOptions>> forms = {
      {"one block", {}},
      {"a block an entry", With({}, 1)},
      {"ours", With({}, 100)},
      {"go", With(WriterOptions::Go(), 200)},
      {"csharp", With(WriterOptions::Csharp(), 200)},
      {"java", With(WriterOptions::Java(), 200)},
      {"without checksums", unprotected}};
  std::vector<Form> made;
  for (const auto& [name, options] : forms)
    made.push_back({name, Encode(words, options), AsEntries(words)});
  made.push_back({"empty", Encode({}), {}});
  const Said one = {{"a", "1"}, {"b", "2"}};
  const Said two = {{"c", "3"}, {"d", std::nullopt}};
  const Said meta = {{"created", "2026"}, {"zone", "utc"}};
  Said both = one;
  both.insert(two.begin(), two.end());
  HandMade with_meta;
  with_meta.Block(one).Block(two).Block(meta, kMetaBit).Block({}, kMetaBit);
  made.push_back({"with meta blocks", with_meta.Finish(), AsEntries(both)});
  std::swap(with_meta.meta_records()[0], with_meta.meta_records()[1]);
  made.push_back({"with meta blocks, listed otherwise", with_meta.Finish(), AsEntries(both)});
  return made;
}

TEST(TabletStreamTest, YieldsTheEntriesHoweverTheFileIsCut) {
  for (const Form& form : Forms()) {
    SCOPED_TRACE(form.name);
    const Streamed whole = StreamWhole(form.bytes);
    EXPECT_EQ(whole.error, "");
    EXPECT_EQ(whole.entries, form.entries);
    EXPECT_EQ(StreamBytewise(form.bytes), whole);
    for (std::size_t cut = 1; cut < form.bytes.size(); ++cut) {
      const Streamed cut_once =
          Stream(form.bytes, [&](std::size_t at) { return at == 0 ? cut : form.bytes.size(); });
      ASSERT_EQ(cut_once, whole) << "cut at " << cut << ": " << cut_once.error;
    }
    for (const std::size_t piece : {2U, 3U, 5U, 17U, 64U}) {
      EXPECT_EQ(Stream(form.bytes, [&](std::size_t) { return piece; }), whole) << piece;
    }
  }
}

TEST(TabletStreamTest, FailsInFinishWhereverTheFileEndsEarly) {
  for (const Form& form : Forms()) {
    SCOPED_TRACE(form.name);
    for (std::size_t size = 0; size < form.bytes.size(); ++size) {
      const std::string_view front = std::string_view(form.bytes).substr(0, size);
      const Streamed whole = StreamWhole(front);
      ASSERT_TRUE(whole.fault.has_value()) << "accepted with " << size << " bytes";
      EXPECT_TRUE(whole.kind() == "truncated" || whole.kind() == "magic") << whole.error;
      EXPECT_TRUE(whole.at_end) << whole.error;
      EXPECT_TRUE(std::ranges::equal(
          whole.entries,
          std::span(form.entries).first(std::min(whole.entries.size(), form.entries.size()))));
      ASSERT_EQ(StreamBytewise(front), whole) << size;
    }
  }
}

TEST(TabletStreamTest, FailsInFinishWhenMoreFollows) {
  for (const Form& form : Forms()) {
    SCOPED_TRACE(form.name);
    for (const char byte : {'\0', '\xcf', '\x7e'}) {
      for (const std::size_t count : {1U, 5U, 40U, 1000U}) {
        const std::string bytes = form.bytes + std::string(count, byte);
        const Streamed whole = StreamWhole(bytes);
        EXPECT_TRUE(whole.fault.has_value());
        EXPECT_EQ(StreamBytewise(bytes), whole) << count;
      }
    }
    EXPECT_TRUE(StreamWhole(form.bytes + form.bytes).fault.has_value());
  }
}

TEST(TabletStreamTest, FindsDamageInEveryByte) {
  for (const Form& form : Forms()) {
    if (form.name == "without checksums") continue;
    SCOPED_TRACE(form.name);
    // The name of a meta block, which nothing else in the file says.
    const std::size_t name =
        form.name.starts_with("with meta") ? form.bytes.rfind("created") : form.bytes.size();
    for (std::size_t at = 0; at < form.bytes.size(); ++at) {
      const bool free = (at > kMagicBytes && at < kHeaderBytes) || (at >= name && at < name + 7);
      for (const unsigned flip :
           {0x01U, 0x10U, 0x80U,
            static_cast<unsigned>(static_cast<unsigned char>(form.bytes[at]))}) {
        if (flip == 0) continue;
        std::string bytes = form.bytes;
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ flip);
        const Streamed whole = StreamWhole(bytes);
        ASSERT_EQ(whole.fault.has_value(), !free) << "byte " << at << " by " << flip;
        // Even what was yielded before it was told is right.
        ASSERT_TRUE(
            whole.entries.size() <= form.entries.size() &&
            std::ranges::equal(whole.entries, std::span(form.entries).first(whole.entries.size())));
        if (free) {
          ASSERT_EQ(whole.entries.size(), form.entries.size());
        }
        if (flip == 1) {
          ASSERT_EQ(StreamBytewise(bytes), whole) << "byte " << at;
        }
      }
    }
  }
}

TEST(TabletStreamTest, YieldsABlockWithItsLastByte) {
  const std::string bytes = HandMade().Block({{"a", "1"}}).Block({{"b", "2"}}).Finish();
  TabletStream stream("sample");
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string_view byte = std::string_view(bytes).substr(at, 1);
    if (!Rest(stream.Feed(byte).value()).empty()) ends.push_back(at + 1);
  }
  // A header; an envelope of 7 bytes, an entry of 5, a restart point and their count.
  EXPECT_EQ(ends, (std::vector<std::size_t>{8 + 20, 8 + 2 * 20}));
  EXPECT_TRUE(stream.Finish().has_value());
}

TEST(TabletStreamTest, KeepsABlockAsLongAsItsIterator) {
  const std::string bytes = HandMade().Block({{"a", "1"}}).Block({{"b", "2"}}).Finish();
  std::vector<Iterator> kept;
  {
    TabletStream stream("sample");
    std::string arrived = bytes;
    for (std::string_view left = arrived; !left.empty();) kept.push_back(stream.Feed(left).value());
    arrived.assign(arrived.size(), 'x');
    EXPECT_TRUE(stream.Finish().has_value());
  }
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(Rest(std::move(kept[1])), (std::vector<SaidEntry>{{"b", "2"}}));
  EXPECT_EQ(Rest(std::move(kept[0])), (std::vector<SaidEntry>{{"a", "1"}}));
  EXPECT_TRUE(Rest(std::move(kept[2])).empty());
}

TEST(TabletStreamTest, IsClosedAfterFinish) {
  TabletStream stream("sample");
  const std::string bytes = Encode({});
  std::string_view left = bytes;
  ASSERT_TRUE(stream.Feed(left).has_value());
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_TRUE(stream.Finish().has_value());
  left = bytes;
  EXPECT_EQ(stream.Feed(left).error().code(), Code::kClosed);
}

TEST(TabletStreamTest, SumsUpWhatItSaw) {
  const std::string bytes =
      HandMade().Block({{"a", "12"}, {"bb", std::nullopt}}).Block({{"c", ""}}).Finish();
  TabletStream stream("sample");
  for (std::string_view left = bytes; !left.empty();) ASSERT_TRUE(stream.Feed(left).has_value());
  const TabletSummary& summary = stream.summary();
  EXPECT_EQ(summary.entries, 3U);
  EXPECT_EQ(summary.deletions, 1U);
  EXPECT_EQ(summary.blocks, 2U);
  EXPECT_EQ(summary.key_bytes, 4U);
  EXPECT_EQ(summary.value_bytes, 2U);
  EXPECT_EQ(summary.file_bytes, bytes.size());
}

using TabletStreamFileTest = TabletTest;

TEST_F(TabletStreamFileTest, SeesDeletionsInTheWayOfJava) {
  const std::string bytes = Encode({{"gone", "\xc0"}, {"there", "\xc0\xc0"}});
  const std::vector<SaidEntry> values = {{"gone", "\xc0"}, {"there", "\xc0\xc0"}};
  const std::vector<SaidEntry> deleted = {{"gone", std::nullopt}, {"there", "\xc0\xc0"}};
  EXPECT_EQ(StreamWhole(bytes).entries, values);
  EXPECT_EQ(StreamWhole(bytes, {.java_tombstones = true}).entries, deleted);
  WriteBytes("java", bytes);
  const auto tablet = TabletReader::Open(*directory_, "java", {.java_tombstones = true});
  ASSERT_TRUE(tablet.has_value());
  auto at = (*tablet)->Find("");
  ASSERT_TRUE(at.Next());
  EXPECT_TRUE(at.Deleted());
  EXPECT_EQ(at.Value(), "");
}

TEST(TabletStreamTest, DoesNotVerifyChecksumsWhenToldNotTo) {
  std::string bytes = HandMade().Block({{"a", "1"}}).Finish();
  bytes[bytes.find('1')] = '2';
  EXPECT_EQ(StreamWhole(bytes).kind(), "checksum");
  const Streamed streamed = StreamWhole(bytes, {.verify_checksums = false});
  EXPECT_EQ(streamed.error, "");
  EXPECT_EQ(streamed.entries, (std::vector<SaidEntry>{{"a", "2"}}));
}

}  // namespace
}  // namespace anystore::tablet

// What a stream refuses, as what, and where.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tablet/stream/stream_fixture.h"

namespace anystore::tablet {
namespace {

// The fault of a stream that is refused in the same way however it is cut.
Fault FaultOf(std::string_view bytes, const StreamOptions& options = {}) {
  const Streamed whole = StreamWhole(bytes, options);
  EXPECT_EQ(StreamBytewise(bytes, options), whole);
  EXPECT_TRUE(whole.fault.has_value()) << "accepted";
  return whole.fault.value_or(Fault{});
}

std::string TextOf(std::string_view bytes, const StreamOptions& options = {}) {
  return Describe(FaultOf(bytes, options));
}

const Said kOne = {{"a", "1"}};
const Said kTwo = {{"b", "2"}};
const Said kThree = {{"c", "3"}};
// Of each of them.
constexpr std::size_t kBlockBytes = 20;

TEST(TabletStreamTest, RefusesBlocksThatAreOutOfOrder) {
  EXPECT_EQ(TextOf(HandMade().Block(kTwo).Block(kOne).Finish()),
            "block 1 at offset 35: order: the first key does not come after the last one of the "
            "block before");
  EXPECT_EQ(FaultOf(HandMade().Block(kOne).Block(kOne).Finish()).kind, FaultKind::kOrder);
}

TEST(TabletStreamTest, RefusesBlocksOfTypesThatDoNotBelongThere) {
  const Fault later = FaultOf(HandMade().Block(kOne).Block(kTwo, 4).Finish());
  EXPECT_EQ(later.kind, FaultKind::kType);
  EXPECT_TRUE(later.unknown);
  EXPECT_EQ(later.block, 1U);
  EXPECT_EQ(later.offset, kHeaderBytes + kBlockBytes);
  EXPECT_EQ(TextOf(HandMade().Block(kOne, kMetaBit).Block(kTwo).Finish()),
            "at offset 28: type: a data block behind a meta block");
}

TEST(TabletStreamTest, RefusesBlocksWithoutEntries) {
  EXPECT_EQ(TextOf(HandMade().Block({}).Finish()),
            "block 0 at offset 15: firstkey: a block without entries");
}

TEST(TabletStreamTest, RefusesBlocksWithoutAPayload) {
  const std::string bytes = HandMade().Payload("", "").Finish();
  EXPECT_EQ(FaultOf(bytes).kind, FaultKind::kRestart);
  EXPECT_EQ(FaultOf(bytes.substr(0, kHeaderBytes + 3)).kind, FaultKind::kRestart);
}

TEST(TabletStreamTest, RefusesDamagedMetaBlocks) {
  const std::string payload = HandMade::PayloadOf(kTwo);
  const Fault fault =
      FaultOf(HandMade()
                  .Block(kOne)
                  .Payload(payload.substr(0, 3) + "xx" + payload.substr(5), "name", 2)
                  .Finish());
  EXPECT_FALSE(fault.block.has_value());
  EXPECT_GE(fault.offset, kHeaderBytes + kBlockBytes);
}

TEST(TabletStreamTest, NamesTheBlockThatDiffersInTheIndex) {
  HandMade made;
  made.Block(kOne).Block(kTwo).Block(kThree);
  const std::vector<MetaBlock> records = made.records();
  const auto with = [&](const std::vector<MetaBlock>& listed) {
    made.records() = listed;
    return TextOf(made.Finish());
  };
  std::vector<MetaBlock> listed = records;
  listed[1].name = "bb";
  EXPECT_EQ(with(listed),
            "block 1 at offset 80: firstkey: the block has another first key in the index");
  listed = records;
  listed[1].place.length -= 1;
  EXPECT_EQ(with(listed),
            "block 1 at offset 80: length: the block has another length in the index: it ends at "
            "48, there at 47");
  listed = records;
  listed[2].place.offset -= 1;
  EXPECT_EQ(with(listed),
            "block 2 at offset 84: bounds: the block begins at 48, in the index at 47");
  listed = records;
  listed.pop_back();
  EXPECT_EQ(with(listed), "block 2 at offset 72: bounds: the index lists 2 of 3 blocks");
  listed = records;
  listed.push_back({.place = {60, 8}, .name = "d"});
  EXPECT_EQ(
      with(listed),
      "block 3 at offset 88: bounds: the index lists a block at 60, but only 3 blocks were in "
      "the stream");
  EXPECT_EQ(with({}), "block 0 at offset 72: bounds: the index lists 0 of 3 blocks");
}

TEST(TabletStreamTest, HoldsTheMetaIndexAgainstTheBlocks) {
  HandMade made;
  made.Block(kOne).Block(kTwo, kMetaBit).Block(kThree, kMetaBit);
  const std::vector<MetaBlock> records = made.meta_records();
  const auto with = [&](const std::vector<MetaBlock>& listed) {
    made.meta_records() = listed;
    return TextOf(made.Finish());
  };
  const std::string text = " meta blocks of the index are not the 2 that were in the stream";
  EXPECT_EQ(with({records[0]}), "at offset 68: bounds: the 1" + text);
  EXPECT_EQ(with({records[0], records[0]}), "at offset 68: bounds: the 2" + text);
  EXPECT_EQ(with({records[0], records[1], records[1]}), "at offset 68: bounds: the 3" + text);
  made.meta_records() = {records[1], records[0]};
  EXPECT_EQ(StreamWhole(made.Finish()).error, "");
}

// More blocks than are remembered each by itself.
TEST(TabletStreamTest, HoldsTheIndexAgainstManyBlocks) {
  HandMade made;
  const auto key = [](std::size_t i) { return std::to_string(10'000 + i); };
  constexpr std::size_t kBlocks = 9'999;
  for (std::size_t i = 0; i < kBlocks; ++i) made.Block({{key(i), "v"}});
  EXPECT_EQ(StreamWhole(made.Finish()).error, "");
  const std::vector<MetaBlock> records = made.records();
  for (const std::size_t at : {0UL, 5'001UL, 9'000UL, 9'997UL, kBlocks - 1}) {
    made.records() = records;
    made.records()[at].name += "x";
    const Fault other_key = FaultOf(made.Finish());
    EXPECT_EQ(other_key.kind, FaultKind::kFirstKey) << at;
    EXPECT_GE(other_key.block, at);
    EXPECT_LT(other_key.block, at + 4);
    made.records() = records;
    std::swap(made.records()[at].name, made.records()[(at + 1) % kBlocks].name);
    EXPECT_TRUE(StreamWhole(made.Finish()).fault.has_value()) << at;
  }
  // Lengths that only differ within a group.
  made.records() = records;
  made.records()[5'000].place.length += 1;
  made.records()[5'001].place.offset += 1;
  made.records()[5'001].place.length -= 1;
  EXPECT_TRUE(StreamWhole(made.Finish()).fault.has_value());
}

TEST(TabletStreamTest, HoldsBothFormsOfTheFooterAgainstTheIndexes) {
  HandMade made;
  const std::string bytes = made.Block(kOne).Finish();
  const std::string front = bytes.substr(0, bytes.size() - kFooterBytes);
  const Layout right{.meta_index = {28, 4}, .data_index = {32, 8}};
  for (const Layout& wrong : {Layout{.meta_index = {28, 4}, .data_index = {32, 7}},
                              Layout{.meta_index = {28, 4}, .data_index = {33, 7}},
                              Layout{.meta_index = {28, 12}, .data_index = {32, 8}},
                              Layout{.meta_index = {27, 5}, .data_index = {32, 8}}}) {
    std::string other = front;
    AppendFooter(other, wrong);
    EXPECT_EQ(TextOf(other),
              "at offset 40: bounds: the indexes are not where the footer says they are");
  }
  std::string wide = front;
  AppendFooter(wide, right);
  EXPECT_EQ(wide, bytes);
  const std::string compact =
      front + std::string("\x1c\x04\x20\x08", 4) + std::string(32, '\0') + std::string(kFileMagic);
  EXPECT_EQ(StreamWhole(compact).error, "");
  EXPECT_EQ(StreamBytewise(compact).error, "");
}

TEST(TabletStreamTest, TakesNothingOverItsLimits) {
  const Said large = {{"key", std::string(1000, 'v')}};
  const std::string bytes = HandMade().Block(large).Finish();
  EXPECT_EQ(StreamWhole(bytes, {.block_bytes_max = 1016}).error, "");
  const Fault block = FaultOf(bytes, {.block_bytes_max = 1015});
  EXPECT_EQ(block.kind, FaultKind::kLimit);
  EXPECT_EQ(block.block, 0U);
  // It is refused when its length is known.
  EXPECT_EQ(FaultOf(bytes.substr(0, kHeaderBytes + 9), {.block_bytes_max = 1015}).kind,
            FaultKind::kLimit);
  EXPECT_EQ(StreamWhole(bytes, {.key_bytes_max = 3}).error, "");
  EXPECT_EQ(FaultOf(bytes, {.key_bytes_max = 2}).kind, FaultKind::kLimit);
  WriterOptions compressed;
  compressed.compression = Compression::kSnappy;
  EXPECT_EQ(FaultOf(Encode(large, compressed), {.block_bytes_max = 1015}).kind, FaultKind::kLimit);
  // Magic, offset, length in three bytes, key.
  EXPECT_EQ(StreamWhole(bytes, {.index_bytes_max = 12}).error, "");
  EXPECT_EQ(FaultOf(bytes, {.index_bytes_max = 11}).kind, FaultKind::kLimit);
  EXPECT_EQ(FaultOf(bytes, {.index_bytes_max = 3}).kind, FaultKind::kLimit);
}

TEST(TabletStreamTest, TakesNoIndexWithAKeyOverTheLimit) {
  HandMade made;
  made.Block(kOne);
  for (const std::size_t size : {101U, 102U, 118U, 119U, 120U, 200U, 100'000U}) {
    made.records()[0].name = std::string(size, 'k');
    EXPECT_EQ(FaultOf(made.Finish(), {.key_bytes_max = 100}).kind, FaultKind::kLimit) << size;
  }
  made.records()[0].name = "a";
  made.Block(kTwo, kMetaBit);
  made.meta_records()[0].name = std::string(200, 'n');
  EXPECT_EQ(FaultOf(made.Finish(), {.key_bytes_max = 100}).kind, FaultKind::kLimit);
  EXPECT_EQ(StreamWhole(made.Finish()).error, "");
}

TEST(TabletStreamTest, RefusesAnotherEncodingAsUnsupported) {
  std::string bytes = Encode({});
  bytes[kMagicBytes] = 2;
  TabletStream stream("t.tab");
  std::string_view left = bytes;
  const auto fed = stream.Feed(left);
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code(), Code::kUnsupported);
  EXPECT_EQ(fed.error().message(),
            "tablet \"t.tab\", at offset 4: version: block encoding 2, known is 1");
}

}  // namespace
}  // namespace anystore::tablet

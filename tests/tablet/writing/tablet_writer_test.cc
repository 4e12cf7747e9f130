#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/writer.h"
#include "tablet/tablet_fixture.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {
namespace {

using TabletWriterTest = TabletTest;

Status AddAll(TabletEncoder& encoder, const std::vector<std::string>& keys,
              std::string_view value = "v") {
  for (const std::string& key : keys) ANYSTORE_TRY(encoder.Add({.key = key, .value = value}));
  return Ok();
}

TEST_F(TabletWriterTest, KeysMustAscend) {
  TabletEncoder encoder({});
  ASSERT_TRUE(AddAll(encoder, {"", "a", "ab", "b", "b\x80"}).has_value());
  for (const char* const key : {"b\x80", "b\x7f", "b", "a", ""}) {
    const Status added = encoder.Add({.key = key, .value = "v"});
    ASSERT_FALSE(added.has_value()) << key;
    EXPECT_EQ(added.error().code(), Code::kInvalidArgument);
    EXPECT_NE(added.error().message().find("does not come after \"b\\x80\""),
              std::string_view::npos)
        << added.error().message();
  }
  EXPECT_TRUE(encoder.Add({.key = "b\x80z", .value = "v"}).has_value())
      << "what was refused left nothing behind";
  EXPECT_EQ(encoder.summary().entries, 6U);
}

TEST_F(TabletWriterTest, ABlockEndsByTheRuleOfItsForm) {
  // Four entries: 1 + 2 + 2 bytes each, 4 for a restart point, 4 for their count.
  const auto blocks = [](WriterOptions options, std::uint32_t block_bytes) {
    options.block_bytes = block_bytes;
    options.compression = Compression::kNone;
    TabletEncoder encoder(options);
    EXPECT_TRUE(AddAll(encoder, {"a", "b", "c", "d"}).has_value());
    EXPECT_TRUE(encoder.Finish().has_value());
    return encoder.summary().blocks;
  };
  constexpr std::uint32_t kTwoEntries = 2 * 5 + 4 + 4;
  EXPECT_EQ(blocks(WriterOptions::Go(), kTwoEntries), 2U) << "three fit, the fourth is left";
  EXPECT_EQ(blocks(WriterOptions::Java(), kTwoEntries), 2U);
  EXPECT_EQ(blocks(WriterOptions::Csharp(), kTwoEntries), 2U) << "two and two";
  EXPECT_EQ(blocks(WriterOptions::Csharp(), kTwoEntries - 1), 2U);
  EXPECT_EQ(blocks(WriterOptions::Csharp(), kTwoEntries + 1), 2U);
  EXPECT_EQ(blocks(WriterOptions::Go(), kTwoEntries - 1), 2U);
  EXPECT_EQ(blocks(WriterOptions::Go(), kTwoEntries + 5), 1U);
  EXPECT_EQ(blocks(WriterOptions::Csharp(), kTwoEntries + 5), 2U);
  EXPECT_EQ(blocks(WriterOptions(), 0), 4U);
}

TEST_F(TabletWriterTest, FormsRefuseWhatTheirReadersGetWrong) {
  TabletEncoder go(WriterOptions::Go());
  EXPECT_EQ(go.Add({.key = "a", .deleted = true}).error().code(), Code::kUnsupported);
  EXPECT_EQ(go.Finish().error().code(), Code::kUnsupported) << "an empty one";
  TabletEncoder java(WriterOptions::Java());
  EXPECT_EQ(java.Add({.key = std::string(65536, 'k'), .value = "v"}).error().code(),
            Code::kTooLarge);
  EXPECT_EQ(java.Finish().error().code(), Code::kUnsupported);
  TabletEncoder csharp(WriterOptions::Csharp());
  EXPECT_TRUE(csharp.Add({.key = "a", .deleted = true}).has_value());
}

TEST_F(TabletWriterTest, OptionsWithoutSenseAreRefused) {
  EXPECT_EQ(TabletWriter::Create(*directory_, "t", {.restart_interval = 0}).error().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(TabletWriter::Create(*directory_, "t", {.block_bytes = 2U << 30U}).error().code(),
            Code::kInvalidArgument);
  EXPECT_TRUE(Names().empty());
}

TEST_F(TabletWriterTest, CompressionIsKeptWhereItPays) {
  Said said;
  for (int i = 0; i < 100; ++i) said["key" + std::to_string(i)] = std::string(100, 'x');
  for (const Compression compression : {Compression::kSnappy, Compression::kSnappy2013}) {
    const std::string name = "t" + std::to_string(static_cast<int>(compression));
    Write(name, said, {.compression = compression});
    const auto report = CheckTablet(*directory_, name);
    EXPECT_EQ(report->compressed_blocks, report->info.blocks);
    EXPECT_LT(report->info.file_bytes, 4000U);
    const auto reader = TabletReader::Open(*directory_, name);
    EXPECT_EQ(Rest((*reader)->Find("")), std::vector<SaidEntry>(said.begin(), said.end()));
  }
  // What Snappy makes no smaller is stored as it is.
  Write("short", {{"k", "value"}}, {.compression = Compression::kSnappy});
  EXPECT_EQ(CheckTablet(*directory_, "short")->compressed_blocks, 0U);
}

TEST_F(TabletWriterTest, AFileIsThereWhenItIsWhole) {
  {
    auto writer = TabletWriter::Create(*directory_, "t");
    ASSERT_TRUE(writer->Add("a", "1").has_value());
    EXPECT_TRUE(Names().empty());
    // Another one of the name, while this one is written.
    Write("t", {{"b", "2"}});
    const Status finished = writer->Finish();
    EXPECT_EQ(finished.error().code(), Code::kAlreadyExists);
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
  EXPECT_EQ(Rest((*TabletReader::Open(*directory_, "t"))->Find("")),
            (std::vector<SaidEntry>{{"b", "2"}}));
  EXPECT_EQ(TabletWriter::Create(*directory_, "t").error().code(), Code::kAlreadyExists);
}

TEST_F(TabletWriterTest, AFileMayBeReplaced) {
  Write("t", {{"a", "1"}});
  auto writer = TabletWriter::Create(*directory_, "t", {}, Replace::kYes);
  ASSERT_TRUE(writer.has_value()) << writer.error().ToString();
  ASSERT_TRUE(writer->Add("b", "2").has_value());
  EXPECT_EQ(Rest((*TabletReader::Open(*directory_, "t"))->Find("")),
            (std::vector<SaidEntry>{{"a", "1"}}));
  ASSERT_TRUE(writer->Finish().has_value());
  EXPECT_EQ(Rest((*TabletReader::Open(*directory_, "t"))->Find("")),
            (std::vector<SaidEntry>{{"b", "2"}}));
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
}

TEST_F(TabletWriterTest, ADirectoryOfTheNameIsToldBeforeAllTheWork) {
  ASSERT_TRUE(directory_->MakeDirectory("t").has_value());
  EXPECT_EQ(TabletWriter::Create(*directory_, "t").error().code(), Code::kAlreadyExists);
  EXPECT_EQ(TabletWriter::Create(*directory_, "t", {}, Replace::kYes).error().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
}

TEST_F(TabletWriterTest, ADirectoryWithTheNameOfTheLocatorIsInNobodysWay) {
  ASSERT_TRUE(directory_->MakeDirectory("t.locator").has_value());
  auto writer = TabletWriter::Create(*directory_, "t");
  ASSERT_TRUE(writer->Add("a", "1").has_value());
  ASSERT_TRUE(writer->Finish().has_value());
  const auto reader = TabletReader::Open(*directory_, "t", {.locator = LocatorUse::kBuild});
  EXPECT_EQ((*reader)->Get("a")->value.bytes(), "1");
}

TEST_F(TabletWriterTest, AWriterThatIsGivenUpLeavesNothing) {
  {
    auto writer = TabletWriter::Create(*directory_, "t");
    for (int i = 100'000; i < 200'000; ++i)
      ASSERT_TRUE(writer->Add(std::to_string(i), std::string(20, 'v')).has_value());
  }
  EXPECT_TRUE(Names().empty());
}

TEST_F(TabletWriterTest, TheSummaryTellsWhatIsThere) {
  auto writer = TabletWriter::Create(*directory_, "t");
  ASSERT_TRUE(writer->Add("aa", "123").has_value());
  ASSERT_TRUE(writer->AddDeletion("bbb").has_value());
  ASSERT_TRUE(writer->Finish().has_value());
  const TabletSummary& summary = writer->summary();
  EXPECT_EQ(summary.entries, 2U);
  EXPECT_EQ(summary.deletions, 1U);
  EXPECT_EQ(summary.blocks, 1U);
  EXPECT_EQ(summary.key_bytes, 5U);
  EXPECT_EQ(summary.value_bytes, 3U);
  EXPECT_EQ(summary.file_bytes, Bytes("t").size());
}

}  // namespace
}  // namespace anystore::tablet

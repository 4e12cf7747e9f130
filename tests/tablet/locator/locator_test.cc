#include "tablet/locator/locator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "anystore/tablet/reader.h"
#include "tablet/locator/locator_header.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

class LocatorTest : public TabletTest {
 protected:
  // Keys alike and unlike each other, some deleted.
  static Said ManyKeys(int count = 3000) {
    Said said;
    for (int i = 0; i < count; ++i) {
      const std::string key =
          (i % 2 == 0 ? "users/by-name/" : "") + std::to_string(i * 7919 % 10007);
      said[key] = i % 10 == 0 ? std::nullopt : std::optional("value of " + std::to_string(i));
    }
    return said;
  }

  std::shared_ptr<TabletReader> OpenReader(LocatorUse use, Access access = Access::kAuto) {
    auto opened = TabletReader::Open(*directory_, "t", {.access = access, .locator = use});
    EXPECT_TRUE(opened.has_value()) << opened.error().ToString();
    return opened.has_value() ? *opened : nullptr;
  }

  static void ExpectSays(const TabletReader& reader, const Said& said) {
    for (const auto& [key, value] : said) {
      const auto found = reader.Get(key);
      ASSERT_TRUE(found.has_value()) << found.error().ToString();
      EXPECT_EQ(found->state, value.has_value() ? Lookup::State::kFound : Lookup::State::kDeleted);
      EXPECT_EQ(found->value.bytes(), value.value_or(""));
    }
    for (int i = 0; i < 3000; ++i) {
      const std::string key = "users/nobody" + std::to_string(i);
      EXPECT_EQ(reader.Get(key)->state, Lookup::State::kMissing);
    }
  }
  bool HasFile() { return directory_->Stat("t.locator").has_value(); }
};

TEST_F(LocatorTest, FindsEveryKeyAndNoOther) {
  const Said said = ManyKeys();
  Write("t", said, {.compression = Compression::kSnappy});
  for (const Access access : {Access::kAuto, Access::kRead}) {
    const auto reader = OpenReader(LocatorUse::kInMemory, access);
    ASSERT_TRUE(reader->info().locator_bytes.has_value());
    // Nine bytes a key, and the header.
    EXPECT_LT(*reader->info().locator_bytes, 9 * said.size() + 200);
    ExpectSays(*reader, said);
  }
  EXPECT_FALSE(HasFile());
}

TEST_F(LocatorTest, IsKeptBesideTheTabletOnlyWhereThatIsAskedFor) {
  const Said said = ManyKeys();
  Write("t", said);
  EXPECT_FALSE(OpenReader(LocatorUse::kUse)->info().locator_bytes.has_value());
  EXPECT_FALSE(HasFile());
  EXPECT_TRUE(OpenReader(LocatorUse::kBuild)->info().locator_bytes.has_value());
  EXPECT_TRUE(HasFile());
  const auto reader = OpenReader(LocatorUse::kUse);
  EXPECT_TRUE(reader->info().locator_bytes.has_value());
  ExpectSays(*reader, said);
  EXPECT_FALSE(OpenReader(LocatorUse::kIgnore)->info().locator_bytes.has_value());
}

TEST_F(LocatorTest, OneOfAnotherTabletIsIgnoredAndReplaced) {
  Write("t", ManyKeys());
  ASSERT_TRUE(OpenReader(LocatorUse::kBuild)->info().locator_bytes.has_value());
  ASSERT_TRUE(directory_->Remove("t").has_value());
  // The same keys and sizes, at another time.
  clock_.Advance(std::chrono::nanoseconds(1));
  Said other = ManyKeys();
  Write("t", other);
  const auto stale = OpenReader(LocatorUse::kUse);
  EXPECT_FALSE(stale->info().locator_bytes.has_value());
  ExpectSays(*stale, other);
  EXPECT_TRUE(OpenReader(LocatorUse::kBuild)->info().locator_bytes.has_value());
  EXPECT_TRUE(OpenReader(LocatorUse::kUse)->info().locator_bytes.has_value());
}

TEST_F(LocatorTest, ADamagedOneIsIgnored) {
  const Said said = ManyKeys(40);
  Write("t", said);
  ASSERT_TRUE(OpenReader(LocatorUse::kBuild)->info().locator_bytes.has_value());
  const std::string whole = Bytes("t.locator");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    WriteBytes("t.locator", damaged);
    EXPECT_FALSE(OpenReader(LocatorUse::kUse)->info().locator_bytes.has_value()) << at;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    WriteBytes("t.locator", whole.substr(0, size));
    EXPECT_FALSE(OpenReader(LocatorUse::kUse)->info().locator_bytes.has_value()) << size;
  }
  WriteBytes("t.locator", whole + "x");
  EXPECT_FALSE(OpenReader(LocatorUse::kUse)->info().locator_bytes.has_value());
}

TEST_F(LocatorTest, WhereItCannotBeWrittenItServesTheReaderThatBuiltIt) {
  const Said said = ManyKeys(100);
  Write("t", said);
  // In the way of the file.
  ASSERT_TRUE(directory_->MakeDirectory("t.locator").has_value());
  const auto reader = OpenReader(LocatorUse::kBuild);
  EXPECT_TRUE(reader->info().locator_bytes.has_value());
  ExpectSays(*reader, said);
}

TEST_F(LocatorTest, AnEmptyTabletHasOneToo) {
  Write("t", {});
  const auto reader = OpenReader(LocatorUse::kInMemory);
  EXPECT_EQ(reader->Get("a")->state, Lookup::State::kMissing);
}

TEST_F(LocatorTest, ATabletThatIsDamagedHasNone) {
  Write("t", ManyKeys());
  std::string bytes = Bytes("t");
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  WriteBytes("t", bytes);
  const auto reader = OpenReader(LocatorUse::kBuild);
  EXPECT_FALSE(reader->info().locator_bytes.has_value());
  EXPECT_FALSE(HasFile());
}

TEST(LocatorHeader, IsReadAgain) {
  const LocatorHeader header{.tablet = {.file_bytes = 1, .modified_ns = -2, .fingerprint = 3},
                             .entries = 4,
                             .line_count = 5,
                             .offset_bits = 6,
                             .lines_crc = 7};
  std::string bytes(kLocatorHeaderBytes, 'x');
  StoreLocatorHeader(bytes.data(), header);
  EXPECT_EQ(LoadLocatorHeader(bytes), header);
  EXPECT_EQ(LoadLocatorHeader(std::string_view(bytes).substr(1)), std::nullopt);
}

TEST(LocatorLine, TagsAndPositionsOfAllSlotsAreSeen) {
  std::string bytes(kLineBytes, '\0');
  for (std::size_t slot = 0; slot < kLineSlots; ++slot) {
    bytes[slot] = static_cast<char>(slot % 3 + 1);
    for (std::size_t i = 0; i < kPositionBytes; ++i)
      bytes[kPositionsAt + kPositionBytes * slot + i] = static_cast<char>(16 * slot + i);
  }
  bytes[kFlagsAt] = '\x01';  // no tag, although the search looks at it
  const LocatorLine line(bytes.data());
  EXPECT_EQ(line.Match(1), 0b1001001001U);
  EXPECT_EQ(line.Match(3), 0b0100100100U);
  EXPECT_EQ(line.Match(0), 0U);
  EXPECT_TRUE(line.overflows());
  EXPECT_EQ(line.position(0), 0x0403020100U);
  EXPECT_EQ(line.position(9), 0x9493929190U);
}

}  // namespace
}  // namespace anystore::tablet

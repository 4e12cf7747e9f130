// What a check says of the locator beside a tablet.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "base/byte_order.h"
#include "base/crc.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"
#include "tablet/locator/locator.h"
#include "tablet/locator/locator_header.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

constexpr Access kBothAccesses[] = {Access::kMap, Access::kRead};

// Makes both checksums right.
std::string Repaired(std::string bytes) {
  const std::string_view all = bytes;
  base::StoreLittle(bytes.data() + kLinesCrcAt, base::Crc32c(all.substr(kLocatorHeaderBytes)));
  base::StoreLittle(bytes.data() + kHeaderCrcAt, base::Crc32c(all.substr(0, kHeaderCrcAt)));
  return bytes;
}

class LocatorCheckTest : public TabletTest {
 protected:
  // Some entries of a block share bytes with the one before, and some keys are deleted.
  static Said Keys(int count = 60) {
    Said said;
    for (int i = 0; i < count; ++i) {
      const std::string key = (i % 2 == 0 ? "users/by-name/" : "u") + std::to_string(1000 + i);
      said[key] = i % 10 == 0 ? std::nullopt : std::optional(std::string("value"));
    }
    return said;
  }
  void WriteWithLocator(const Said& said, const WriterOptions& options = {.block_bytes = 200}) {
    Write("t", said, options);
    const auto reader = TabletReader::Open(*directory_, "t", {.locator = LocatorUse::kBuild});
    ASSERT_TRUE(reader.has_value());
    ASSERT_TRUE((*reader)->info().locator_bytes.has_value());
  }
  CheckReport Check(const ReaderOptions& reader = {}) {
    const auto report = CheckTablet(*directory_, "t", {.reader = reader});
    EXPECT_TRUE(report.has_value()) << report.error().ToString();
    return report.value_or(CheckReport{});
  }
  LocatorState StateOf(const ReaderOptions& reader = {}) { return Check(reader).locator.state; }
  // Whether a reader answers with the locator as without.
  bool Hides(const Said& said) {
    const auto reader = TabletReader::Open(*directory_, "t").value();
    for (const auto& [key, value] : said) {
      const auto found = reader->Get(key);
      if (!found.has_value() || found->state == Lookup::State::kMissing ||
          found->value.bytes() != value.value_or(""))
        return true;
      if (reader->Get(key + "?")->state != Lookup::State::kMissing) return true;
    }
    return false;
  }
};

TEST_F(LocatorCheckTest, TellsWhetherThereIsOne) {
  Write("t", Keys());
  for (const Access access : kBothAccesses)
    EXPECT_EQ(StateOf({.access = access}), LocatorState::kNone);
  EXPECT_EQ(StateOf({.locator = LocatorUse::kBuild}), LocatorState::kNone) << "none is built";
  EXPECT_EQ(Names(), std::vector<std::string>{"t"});
}

TEST_F(LocatorCheckTest, FindsEveryKeyThroughASoundOne) {
  for (const Compression compression : {Compression::kNone, Compression::kSnappy}) {
    const Said said = Keys(2000);
    WriteWithLocator(said, {.block_bytes = 500, .compression = compression});
    for (const Access access : kBothAccesses) {
      const CheckReport report = Check({.access = access});
      EXPECT_EQ(report.locator.state, LocatorState::kSound) << report.locator.what;
      EXPECT_EQ(report.locator.file_bytes, Bytes("t.locator").size());
      EXPECT_EQ(report.info.locator_bytes, report.locator.file_bytes);
      EXPECT_FALSE(report.locator.is_fault());
    }
    ASSERT_TRUE(directory_->Remove("t").has_value());
  }
}

TEST_F(LocatorCheckTest, OneThatIsToBeIgnoredIsNotOpened) {
  WriteWithLocator(Keys());
  testing::FailingCalls calls;
  calls.fails = [](const filesystem::Call& call) { return call.path.ends_with(".locator"); };
  filesystem::InterceptedFileSystem files(*files_, calls);
  const auto root = files.OpenDirectory("/").value();
  const auto report = CheckTablet(*root, "t", {.reader = {.locator = LocatorUse::kIgnore}});
  ASSERT_TRUE(report.has_value()) << report.error().ToString();
  EXPECT_EQ(report->locator.state, LocatorState::kUnchecked);
  EXPECT_EQ(CheckTablet(*root, "t").error().code(), Code::kIoError);
}

TEST_F(LocatorCheckTest, OneOfAnotherTabletIsStale) {
  WriteWithLocator(Keys());
  const std::string before = Bytes("t.locator");
  ASSERT_TRUE(directory_->Remove("t").has_value());
  clock_.Advance(std::chrono::nanoseconds(1));
  Write("t", Keys());
  WriteBytes("t.locator", before);
  const CheckReport report = Check();
  EXPECT_EQ(report.locator.state, LocatorState::kStale);
  EXPECT_FALSE(report.locator.is_fault());
  EXPECT_EQ(report.info.locator_bytes, std::nullopt);
}

TEST_F(LocatorCheckTest, OneOfALaterVersionIsStale) {
  WriteWithLocator(Keys());
  std::string later = Bytes("t.locator");
  later[8] = 2;
  WriteBytes("t.locator", Repaired(later));
  const CheckReport report = Check();
  EXPECT_EQ(report.locator.state, LocatorState::kStale);
  EXPECT_EQ(report.locator.what, "it is of version 2");
}

TEST_F(LocatorCheckTest, EveryByteThatIsAnotherIsDamage) {
  WriteWithLocator(Keys());
  const std::string whole = Bytes("t.locator");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned bit : {1U, 0x80U}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ bit);
      WriteBytes("t.locator", damaged);
      for (const Access access : kBothAccesses) {
        const CheckReport report = Check({.access = access});
        ASSERT_EQ(report.locator.state, LocatorState::kDamaged) << at;
        EXPECT_TRUE(report.locator.is_fault());
        EXPECT_FALSE(report.locator.what.empty());
        EXPECT_EQ(report.fault_count, 0U) << "it is none of the tablet";
        EXPECT_EQ(report.info.locator_bytes, std::nullopt);
      }
    }
  }
}

TEST_F(LocatorCheckTest, EveryOtherLengthIsDamage) {
  WriteWithLocator(Keys());
  const std::string whole = Bytes("t.locator");
  for (const Access access : kBothAccesses) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      WriteBytes("t.locator", whole.substr(0, size));
      const CheckReport report = Check({.access = access});
      ASSERT_EQ(report.locator.state, LocatorState::kDamaged) << size;
      EXPECT_EQ(report.locator.offset, size);
    }
    WriteBytes("t.locator", whole + "x");
    EXPECT_EQ(StateOf({.access = access}), LocatorState::kDamaged);
  }
}

// The checksums are right, so that readers believe every one of these.
TEST_F(LocatorCheckTest, OneThatHidesAKeyIsNeverSound) {
  const Said said = Keys(40);
  WriteWithLocator(said);
  const std::string whole = Bytes("t.locator");
  int wrong = 0;
  for (std::size_t at = 8; at < whole.size(); ++at) {
    for (unsigned bit = 1; bit < 0x100; bit *= 2) {
      std::string changed = whole;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ bit);
      changed = Repaired(changed);
      if (changed == whole) continue;  // a checksum
      WriteBytes("t.locator", changed);
      const LocatorReport mapped = Check({.access = Access::kMap}).locator;
      const LocatorReport read = Check({.access = Access::kRead}).locator;
      ASSERT_EQ(mapped.state, read.state);
      ASSERT_EQ(mapped.what, read.what);
      wrong += mapped.state == LocatorState::kWrong ? 1 : 0;
      if (mapped.state == LocatorState::kWrong) continue;
      ASSERT_FALSE(Hides(said)) << at << ": " << DescribeLocator(mapped);
    }
  }
  EXPECT_GT(wrong, 1000);
}

TEST_F(LocatorCheckTest, TheKeyThatIsHiddenIsTold) {
  WriteWithLocator({{"ada", "1815"}, {"grace", "1906"}, {"linus", "1969"}});
  std::string bytes = Bytes("t.locator");
  const auto header = LoadLocatorHeader(bytes);
  ASSERT_TRUE(header.has_value());
  const std::uint64_t hash = LocatorHash("grace");
  const std::uint64_t line = kLocatorHeaderBytes + kLineBytes * LineOf(hash, header->line_count);
  const auto slot = bytes.find(static_cast<char>(TagOf(hash)), line);
  ASSERT_LT(slot, line + kLineSlots);
  bytes[slot] = static_cast<char>(TagOf(hash) == 7 ? 8 : 7);
  WriteBytes("t.locator", Repaired(bytes));
  EXPECT_TRUE(Hides({{"grace", "1906"}}));
  const LocatorReport report = Check().locator;
  EXPECT_EQ(DescribeLocator(report),
            "wrong at offset " + std::to_string(line) +
                ": key \"grace\" of block 0 is not found through it; to delete it is safe, it is "
                "built anew on demand");
}

// Keys of damaged blocks are not known.
TEST_F(LocatorCheckTest, ThatOfATabletThatWasDamagedLaterIsSound) {
  WriteWithLocator(Keys());
  std::string bytes = Bytes("t");
  bytes[300] = static_cast<char>(bytes[300] ^ 1);
  WriteBytes("t", bytes);
  const CheckReport report = Check();
  EXPECT_EQ(report.fault_count, 1U);
  EXPECT_EQ(report.locator.state, LocatorState::kSound);
  bytes.resize(bytes.size() - 1);
  WriteBytes("t", bytes);
  EXPECT_EQ(StateOf(), LocatorState::kUnchecked) << "the frame is wrong";
}

TEST_F(LocatorCheckTest, ADirectoryInItsPlaceIsToldAndNoFault) {
  Write("t", Keys());
  ASSERT_TRUE(directory_->MakeDirectory("t.locator").has_value());
  for (const Access access : kBothAccesses) {
    const LocatorReport report = Check({.access = access}).locator;
    EXPECT_EQ(report.state, LocatorState::kUnchecked);
    EXPECT_FALSE(report.what.empty());
  }
}

// The largest part of it that is asked for at once.
TEST_F(LocatorCheckTest, OneThatIsNotMappedIsReadInParts) {
  WriteWithLocator(Keys(200'000), {});
  std::uint64_t largest = 0;
  testing::FailingCalls calls;
  calls.fails = [&](const filesystem::Call& call) {
    if (call.path.ends_with(".locator") && call.operation == filesystem::Operation::kRead)
      largest = std::max<std::uint64_t>(largest, call.length);
    return false;
  };
  filesystem::InterceptedFileSystem files(*files_, calls);
  const auto root = files.OpenDirectory("/").value();
  const auto report = CheckTablet(*root, "t", {.reader = {.access = Access::kRead}});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->locator.state, LocatorState::kSound);
  EXPECT_GT(report->locator.file_bytes, 1U << 20U);
  EXPECT_LE(largest, 1U << 20U);
}

}  // namespace
}  // namespace anystore::tablet

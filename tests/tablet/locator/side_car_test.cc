// What Get answers with a locator beside a tablet that is damaged or another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "anystore/tablet/reader.h"
#include "anystore/tablet/stream.h"
#include "anystore/tablet/writer.h"
#include "filesystem/intercepted/intercepted.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

using LocatorBesideTest = TabletTest;

Said ManyKeys() {
  Said said;
  for (int i = 10'000; i < 13'000; ++i) said["key" + std::to_string(i)] = "value";
  return said;
}

// Of a few keys in a hundred, a locator names a place of another key first.
TEST_F(LocatorBesideTest, AnotherDamagedBlockTakesNoKeyAway) {
  Write("t", ManyKeys(), {.block_bytes = 4096});
  ASSERT_TRUE(TabletReader::Open(*directory_, "t", {.locator = LocatorUse::kBuild}).has_value());
  std::string bytes = Bytes("t");
  bytes[3 * 4096] = static_cast<char>(bytes[3 * 4096] ^ 1);
  WriteBytes("t", bytes);
  for (const Access access : {Access::kMap, Access::kRead}) {
    const auto with =
        TabletReader::Open(*directory_, "t", {.access = access, .locator = LocatorUse::kUse});
    ASSERT_TRUE((*with)->info().locator_bytes.has_value());
    const auto without =
        TabletReader::Open(*directory_, "t", {.access = access, .locator = LocatorUse::kIgnore});
    int damaged = 0;
    for (int i = 10'000; i < 16'000; ++i) {
      const std::string key = "key" + std::to_string(i);
      const auto wanted = (*without)->Get(key);
      const auto said = (*with)->Get(key);
      if (wanted.has_value()) {
        ASSERT_TRUE(said.has_value()) << key << ": " << said.error().ToString();
        EXPECT_EQ(said->state, wanted->state);
      } else {
        ++damaged;
        EXPECT_EQ(said.error().code(), wanted.error().code()) << key;
      }
    }
    EXPECT_GT(damaged, 50);
    EXPECT_LT(damaged, 500);
  }
}

// Counts the bytes that are asked for of locators.
class LocatorReads final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    const bool reads = call.operation == filesystem::Operation::kRead ||
                       call.operation == filesystem::Operation::kMap;
    if (reads && call.path.ends_with(".locator")) bytes += call.length;
    return filesystem::Decision::Proceed();
  }
  std::uint64_t bytes = 0;
};

TEST_F(LocatorBesideTest, OneOfAnotherTabletIsNotReadWhole) {
  Write("t", ManyKeys());
  ASSERT_TRUE(TabletReader::Open(*directory_, "t", {.locator = LocatorUse::kBuild}).has_value());
  Write("u", {{"a", "1"}});
  WriteBytes("u.locator", Bytes("t.locator"));
  std::string longer = Bytes("t.locator");
  longer.append(1 << 20U, '\0');
  WriteBytes("t.locator", longer);
  LocatorReads reads;
  filesystem::InterceptedFileSystem files(*files_, reads);
  const auto root = files.OpenDirectory("/").value();
  for (const std::string_view name : {"t", "u"}) {
    for (const Access access : {Access::kMap, Access::kRead}) {
      const auto tablet = TabletReader::Open(*root, name, {.access = access});
      ASSERT_TRUE(tablet.has_value());
      EXPECT_FALSE((*tablet)->info().locator_bytes.has_value());
    }
  }
  EXPECT_LE(reads.bytes, 4 * 64U);
}

const Said kBefore = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
const Said kAfter = {{"a", "1"}, {"bx", ""}, {"c", "3"}};

// All files of this filesystem have the same date.
class LocatorOfTheOneBeforeTest : public TabletTest {
 protected:
  void Write(const Said& said) {
    auto writer = TabletWriter::Create(*directory_, "t", {}, Replace::kYes).value();
    for (const auto& [key, value] : said) ASSERT_TRUE(writer.Add(key, *value).has_value());
    ASSERT_TRUE(writer.Finish().has_value());
  }
  void ExpectSays(const Said& said) {
    const auto tablet = TabletReader::Open(*directory_, "t", {.locator = LocatorUse::kBuild});
    for (const auto& [key, value] : said)
      EXPECT_EQ((*tablet)->Get(key)->state, Lookup::State::kFound) << key;
  }
};

TEST_F(LocatorOfTheOneBeforeTest, IsTakenAwayByAWriter) {
  Write(kBefore);
  ExpectSays(kBefore);
  Write(kAfter);
  ExpectSays(kAfter);
  ASSERT_TRUE(directory_->Remove("t").has_value());
  Write(kBefore);
  ExpectSays(kBefore);
}

TEST_F(LocatorOfTheOneBeforeTest, IsTakenAwayByAReceiver) {
  Write(kAfter);
  const std::string sent = Bytes("t");
  Write(kBefore);
  ExpectSays(kBefore);
  auto receiver = TabletReceiver::Create(*directory_, "t", {}, Replace::kYes).value();
  for (std::string_view rest = sent; !rest.empty();) ASSERT_TRUE(receiver.Feed(rest).has_value());
  ASSERT_TRUE(receiver.Finish().has_value());
  ExpectSays(kAfter);
}

}  // namespace
}  // namespace anystore::tablet

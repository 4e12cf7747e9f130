#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "anystore/tablet/log.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The changes of a batch as text, and what is wrong behind them.
std::vector<std::string> ChangesOf(std::string_view batch) {
  std::vector<std::string> changes;
  BatchReader reader(batch);
  for (;;) {
    const auto next = reader.Next();
    if (!next.has_value()) {
      EXPECT_EQ(next.error().code(), Code::kCorruption);
      changes.emplace_back(next.error().message());
      const auto again = reader.Next();
      EXPECT_TRUE(!again.has_value() && again.error().message() == next.error().message());
      return changes;
    }
    if (!next->has_value()) return changes;
    const BatchOperation& operation = **next;
    changes.push_back(operation.value.has_value()
                          ? std::string(operation.key) + "=" + std::string(*operation.value)
                          : std::string(operation.key) + " deleted");
  }
}

TEST(Batch, ChangesAreReadInOrder) {
  std::string batch;
  ASSERT_TRUE(AppendPut(batch, "a", "1"));
  ASSERT_TRUE(AppendDelete(batch, "b"));
  ASSERT_TRUE(AppendPut(batch, "", ""));
  ASSERT_TRUE(AppendPut(batch, "a", "\xc0"));
  EXPECT_EQ(batch,
            "\xa1"
            "a"
            "\xa1"
            "1"
            "\xa1"
            "b"
            "\xc0"
            "\xa0"
            "\xa0"
            "\xa1"
            "a"
            "\xa1\xc0"s);
  EXPECT_THAT(ChangesOf(batch), ElementsAre("a=1", "b deleted", "=", "a=\xc0"));
  EXPECT_THAT(ChangesOf(""), ElementsAre());
}

TEST(Batch, LongKeysAndValuesAreReadInEveryForm) {
  const std::string key(32, 'k');
  const std::string value(65'536, 'v');
  std::string batch;
  ASSERT_TRUE(AppendPut(batch, key, value));
  EXPECT_TRUE(batch.starts_with("\xda\x00\x20k"s));
  EXPECT_THAT(ChangesOf(batch), ElementsAre(key + "=" + value));
  EXPECT_THAT(ChangesOf("\xdb\x00\x00\x00\x01"
                        "a"
                        "\xda\x00\x01"
                        "1"s),
              ElementsAre("a=1"));
}

TEST(Batch, WhatIsNoChangeIsToldByItsOffset) {
  EXPECT_THAT(ChangesOf("\xa1"
                        "a"),
              ElementsAre("the value at offset 2 of the batch ends behind it"));
  EXPECT_THAT(ChangesOf("\xa1"
                        "a\xa1"
                        "1\xa9"
                        "b"),
              ElementsAre("a=1", "the key at offset 4 of the batch ends behind it"));
  EXPECT_THAT(ChangesOf("\xc0"),
              ElementsAre("the key at offset 0 of the batch has no form that is known"));
  EXPECT_THAT(ChangesOf("\xa1"
                        "a\xd9\x01"
                        "1"),
              ElementsAre("the value at offset 2 of the batch has no form that is known"));
  EXPECT_THAT(ChangesOf("\xdb\xff\xff\xff\xff"
                        "a"),
              ElementsAre("the key at offset 0 of the batch ends behind it"));
}

TEST(Batch, EveryCutIsSeen) {
  std::string batch;
  ASSERT_TRUE(AppendPut(batch, std::string(40, 'k'), "value"));
  for (std::size_t size = 1; size < batch.size(); ++size) {
    EXPECT_THAT(ChangesOf(batch.substr(0, size)), ElementsAre(HasSubstr("ends behind it"))) << size;
  }
}

}  // namespace
}  // namespace anystore::tablet

// What salvage finds behind damage, and what it does not take for a transaction.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr LogReaderOptions kSalvage = {.salvage = true};

std::string Full(std::string_view data) { return RecordBytes(RecordType::kFull, data); }

/// A record whose data are not those that were written.
std::string Damaged(RecordType type, const std::string& data) {
  std::string record = RecordBytes(type, data);
  record.back() = static_cast<char>(record.back() ^ 1);
  return record;
}

TEST(Salvage, PassesOverDamageAndCountsIt) {
  const std::string bad = Damaged(RecordType::kFull, "bad");
  const Contents contents =
      ReadLog(Full("a") + bad + Full("b") + bad + bad + Full("c") + "torn", kSalvage);
  EXPECT_THAT(contents.transactions, ElementsAre("a", "b", "c"));
  EXPECT_THAT(contents.offsets, ElementsAre(0, 18, 46));
  EXPECT_EQ(contents.end.kind, LogEndKind::kCorrupt);
  EXPECT_EQ(contents.end.offset, 8U);
  EXPECT_EQ(contents.end.damages, 2U);
  EXPECT_EQ(contents.end.bytes_dropped, 3 * bad.size() + 4);
  EXPECT_THAT(contents.end.what, HasSubstr("the record at offset 8 has checksum"));
}

TEST(Salvage, ALogThatOnlyEndsBadlyIsReadAsWithout) {
  const Contents contents = ReadLog(Full("a") + "torn", kSalvage);
  EXPECT_THAT(contents.transactions, ElementsAre("a"));
  EXPECT_EQ(contents.end.kind, LogEndKind::kTorn);
  EXPECT_EQ(contents.end.bytes_dropped, 4U);
  EXPECT_EQ(contents.end.damages, 0U);
}

TEST(Salvage, FindsTransactionsBehindAnyGarbage) {
  for (const std::size_t size : {1U, 7U, 100U, 40'000U, 300'000U}) {
    for (const std::string& garbage : {Noise(size, 1), std::string(size, '\0')}) {
      const Contents contents =
          ReadLog(Full("a") + garbage + Full("b") + Full(Noise(9'000, 2)), kSalvage);
      EXPECT_THAT(contents.transactions, ElementsAre("a", "b", Noise(9'000, 2))) << size;
      EXPECT_EQ(contents.end.bytes_dropped, size);
    }
  }
}

TEST(Salvage, DoesNotTakeThePartsOfADamagedTransaction) {
  const std::string parts = Damaged(RecordType::kFirst, "a") +
                            RecordBytes(RecordType::kMiddle, "b") +
                            RecordBytes(RecordType::kLast, "c");
  EXPECT_THAT(ReadLog(parts + Full("d"), kSalvage).transactions, ElementsAre("d"));
  EXPECT_EQ(ReadLog(parts).end.kind, LogEndKind::kTorn) << "nothing begins behind it";
}

TEST(Salvage, DoesNotTakeWhatStandsRightBehindAnUnfinishedTransaction) {
  // It may be the rest of that one, with a wrong type.
  const Contents contents = ReadLog(RecordBytes(RecordType::kFirst, "a") + Full("b") +
                                        RecordBytes(RecordType::kLast, "c") + Full("d"),
                                    kSalvage);
  EXPECT_THAT(contents.transactions, ElementsAre("d"));
}

TEST(Salvage, DoesNotLookIntoTransactionsThatAreDamagedOrTorn) {
  const std::string log_as_value = Full("not ours") + Full("nor this");
  const std::string damaged = Damaged(RecordType::kFull, log_as_value + "!");
  EXPECT_THAT(ReadLog(Full("a") + damaged + Full("b"), kSalvage).transactions,
              ElementsAre("a", "b"));
  std::string wrong_size = Full(log_as_value);
  wrong_size[5] = 1;
  EXPECT_THAT(ReadLog(Full("a") + wrong_size + Full("b"), kSalvage).transactions,
              ElementsAre("a", "b"));
  std::string torn = Full(log_as_value + "tail");
  torn.pop_back();
  for (const bool salvage : {false, true}) {
    const Contents contents = ReadLog(Full("a") + torn, {.salvage = salvage});
    EXPECT_THAT(contents.transactions, ElementsAre("a"));
    EXPECT_EQ(contents.end.kind, LogEndKind::kTorn);
  }
}

TEST(Salvage, EmptyRecordsAloneAreNoEvidence) {
  // Big-endian numbers look like them.
  std::string numbers(4, '\xff');
  for (int i = 0; i < 20; ++i) numbers += std::string("\x00\x00\x00\x00\x01\x00\x00\x00", 8);
  const Contents contents = ReadLog(Full("a") + numbers);
  EXPECT_EQ(contents.code, std::nullopt) << contents.message;
  EXPECT_EQ(contents.end.kind, LogEndKind::kTorn);
  EXPECT_THAT(ReadLog(numbers, kSalvage).transactions, IsEmpty());
}

TEST(Salvage, ABlockMayBeLost) {
  const std::vector<std::string> transactions = {Noise(100, 1), Noise(80'000, 2), Noise(100, 3),
                                                 Noise(40'000, 4)};
  const std::string log = WrittenLog(transactions);
  for (std::size_t block = 0; (block + 1) * kLogBlockBytes < log.size(); ++block) {
    for (const char fill : {'\0', '\xff'}) {
      std::string bytes = log;
      bytes.replace(block * kLogBlockBytes, kLogBlockBytes, kLogBlockBytes, fill);
      const Contents contents = ReadLog(bytes, kSalvage);
      std::vector<std::string> expected;
      if (block > 0) expected.push_back(transactions[0]);
      if (block > 2) expected.push_back(transactions[1]);
      if (block < 2) expected.push_back(transactions[2]);
      if (block < 2) expected.push_back(transactions[3]);
      EXPECT_EQ(contents.transactions, expected) << block;
    }
  }
}

}  // namespace
}  // namespace anystore::tablet

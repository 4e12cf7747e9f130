#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void ExpectEnd(const Contents& contents, LogEndKind kind, std::uint64_t offset,
               std::uint64_t bytes_dropped) {
  EXPECT_EQ(contents.code, std::nullopt) << contents.message;
  EXPECT_EQ(LogEndName(contents.end.kind), LogEndName(kind)) << contents.end.what;
  EXPECT_EQ(contents.end.offset, offset);
  EXPECT_EQ(contents.end.bytes_dropped, bytes_dropped);
  EXPECT_EQ(contents.end.damages, 0U);
  EXPECT_EQ(contents.end.what.empty(), kind == LogEndKind::kClean) << contents.end.what;
}

TEST(LogReader, AnEmptyLogHasNoTransactions) {
  const Contents contents = ReadLog("");
  EXPECT_THAT(contents.transactions, IsEmpty());
  ExpectEnd(contents, LogEndKind::kClean, 0, 0);
}

TEST(LogReader, TransactionsAreReadInOrder) {
  const std::string log =
      RecordBytes(RecordType::kFull, "one") + RecordBytes(RecordType::kFull, "") +
      RecordBytes(RecordType::kFirst, "be") + RecordBytes(RecordType::kMiddle, "") +
      RecordBytes(RecordType::kMiddle, "g") + RecordBytes(RecordType::kLast, "in") +
      RecordBytes(RecordType::kFull, "x");
  const Contents contents = ReadLog(log);
  EXPECT_THAT(contents.transactions, ElementsAre("one", "", "begin", "x"));
  EXPECT_THAT(contents.offsets, ElementsAre(0, 10, 17, 50));
  ExpectEnd(contents, LogEndKind::kClean, log.size(), 0);
}

TEST(LogReader, TheBytesAreThoseOfTheGrammar) {
  // The CRC-32 of "123456789" is known everywhere.
  const std::string log =
      "\xcb\xf4\x39\x26\x01\x00\x09"
      "123456789\x00\x00\x00\x00\x01\x00\x00"s;
  EXPECT_EQ(RecordBytes(RecordType::kFull, "123456789") + RecordBytes(RecordType::kFull, ""), log);
  EXPECT_THAT(ReadLog(log).transactions, ElementsAre("123456789", ""));
}

TEST(LogReader, PaddingIsPassedOver) {
  for (std::size_t left = 1; left < kRecordHeaderBytes; ++left) {
    const std::string first = Noise(kLogBlockBytes - kRecordHeaderBytes - left, left);
    const std::string log = RecordBytes(RecordType::kFull, first) + std::string(left, '\0') +
                            RecordBytes(RecordType::kFull, "next");
    const Contents contents = ReadLog(log);
    EXPECT_THAT(contents.transactions, ElementsAre(first, "next")) << left;
    ExpectEnd(contents, LogEndKind::kClean, log.size(), 0);
  }
}

TEST(LogReader, ARecordMayReachIntoTheNextBlock) {
  for (std::size_t over = 1; over <= kRecordHeaderBytes; ++over) {
    const std::string first = Noise(kLogBlockBytes - kRecordHeaderBytes + over, over);
    const std::string log =
        RecordBytes(RecordType::kFull, first) + RecordBytes(RecordType::kFull, "next");
    const Contents contents = ReadLog(log);
    EXPECT_THAT(contents.transactions, ElementsAre(first, "next")) << over;
    ExpectEnd(contents, LogEndKind::kClean, log.size(), 0);
  }
}

TEST(LogReader, AWriterThatForgotWhereBlocksEndIsRead) {
  // Data whose checksum begins with a zero byte: then one byte of padding looks as it should.
  std::string zero;
  do {
    zero += 'z';
  } while (RecordBytes(RecordType::kFull, zero)[0] != 0);
  for (std::size_t left = 1; left < kRecordHeaderBytes; ++left) {
    for (const std::string& second : {"second"s, zero}) {
      const std::string first = Noise(kLogBlockBytes - kRecordHeaderBytes - left, left);
      const std::string log = RecordBytes(RecordType::kFull, first) +
                              RecordBytes(RecordType::kFull, second) +
                              RecordBytes(RecordType::kFull, "third");
      const Contents contents = ReadLog(log);
      EXPECT_THAT(contents.transactions, ElementsAre(first, second, "third")) << left;
      ExpectEnd(contents, LogEndKind::kClean, log.size(), 0);
    }
  }
}

TEST(LogReader, ATornTailIsToldAndIsNoError) {
  const std::string whole = RecordBytes(RecordType::kFull, "whole");
  const std::string next = RecordBytes(RecordType::kFull, "next");
  for (std::size_t size = 1; size < next.size(); ++size) {
    const Contents contents = ReadLog(whole + next.substr(0, size));
    EXPECT_THAT(contents.transactions, ElementsAre("whole")) << size;
    ExpectEnd(contents, LogEndKind::kTorn, whole.size(), size);
  }
  const std::string begun =
      RecordBytes(RecordType::kFirst, "be") + RecordBytes(RecordType::kMiddle, "gun");
  ExpectEnd(ReadLog(whole + begun), LogEndKind::kTorn, whole.size(), begun.size());
  const std::string orphan = RecordBytes(RecordType::kLast, "orphan");
  ExpectEnd(ReadLog(whole + orphan), LogEndKind::kTorn, whole.size(), orphan.size());
}

TEST(LogReader, ZerosAtTheEndAreTold) {
  const std::string whole = RecordBytes(RecordType::kFull, "whole");
  for (const std::size_t zeros : {1U, 6U, 7U, 8U, 64U, 32'768U, 300'000U}) {
    const Contents contents = ReadLog(whole + std::string(zeros, '\0'));
    EXPECT_THAT(contents.transactions, ElementsAre("whole"));
    ExpectEnd(contents, LogEndKind::kZeros, whole.size(), zeros);
  }
  ExpectEnd(ReadLog(std::string(100, '\0')), LogEndKind::kZeros, 0, 100);
  // Padding alone, too.
  const std::string first =
      RecordBytes(RecordType::kFull, Noise(kLogBlockBytes - kRecordHeaderBytes - 3, 1));
  ExpectEnd(ReadLog(first + "\0\0\0"s), LogEndKind::kZeros, first.size(), 3);
  ExpectEnd(ReadLog(first + "\0\0"s), LogEndKind::kZeros, first.size(), 2);
}

TEST(LogReader, DamageInTheMiddleIsAnErrorThatNamesItsPlace) {
  const std::string whole = RecordBytes(RecordType::kFull, "whole");
  std::string bad = RecordBytes(RecordType::kFull, "damaged");
  bad[9] = 'x';
  LogFiles files;
  files.Put(whole + bad + whole);
  const auto file = files.Open(FileCreation::kNever);
  LogReader reader = LogReader::Open(*file).value();
  ASSERT_EQ(reader.Next().value(), "whole");
  for (int i = 0; i < 2; ++i) {
    const auto next = reader.Next();
    ASSERT_FALSE(next.has_value());
    EXPECT_EQ(next.error().code(), Code::kCorruption);
    EXPECT_THAT(std::string(next.error().message()),
                ::testing::MatchesRegex("damage at offset 12: the record at offset 12 has checksum "
                                        "0x.{8}, its data have 0x.{8}; behind it, at offset 26, a "
                                        "transaction begins"));
  }
  EXPECT_EQ(reader.end().kind, LogEndKind::kCorrupt);
  EXPECT_EQ(reader.end().offset, 12U);
  EXPECT_EQ(reader.end().bytes_dropped, 26U);
}

TEST(LogReader, AnUnfinishedTransactionWithOneBehindItIsDamage) {
  const Contents contents =
      ReadLog(RecordBytes(RecordType::kFirst, "a") + RecordBytes(RecordType::kFull, "b"));
  EXPECT_EQ(contents.code, Code::kCorruption);
  EXPECT_THAT(contents.message, HasSubstr("at offset 8 is a FULL, inside of a transaction"));
}

TEST(LogReader, TransactionsOverTheLimitAreRefused) {
  const std::string log = RecordBytes(RecordType::kFull, "12345") +
                          RecordBytes(RecordType::kFirst, "123") +
                          RecordBytes(RecordType::kLast, "456");
  EXPECT_EQ(ReadLog(log, {.transaction_bytes_max = 6}).code, std::nullopt);
  for (const bool salvage : {false, true}) {
    const Contents contents = ReadLog(log, {.salvage = salvage, .transaction_bytes_max = 5});
    EXPECT_THAT(contents.transactions, ElementsAre("12345"));
    EXPECT_EQ(contents.code, Code::kTooLarge);
    EXPECT_THAT(contents.message, HasSubstr("at offset 12"));
  }
}

TEST(LogReader, WhatIsAppendedLaterIsNotRead) {
  LogFiles files;
  files.Put(RecordBytes(RecordType::kFull, "one"));
  const auto file = files.Open(FileCreation::kNever);
  LogReader reader = LogReader::Open(*file).value();
  ASSERT_TRUE(file->Append(RecordBytes(RecordType::kFull, "two")).has_value());
  EXPECT_EQ(reader.Next().value(), "one");
  EXPECT_EQ(reader.Next().value(), std::nullopt);
  EXPECT_EQ(reader.end().kind, LogEndKind::kClean);
  EXPECT_EQ(reader.end().offset, 10U);
}

TEST(LogReader, AFileThatIsCutMeanwhileEndsThere) {
  LogFiles files;
  files.Put(WrittenLog({Noise(100, 1), Noise(300'000, 2), Noise(300'000, 3)}));
  const auto file = files.Open(FileCreation::kNever);
  LogReader reader = LogReader::Open(*file).value();
  ASSERT_EQ(reader.Next().value(), Noise(100, 1));
  ASSERT_TRUE(file->Truncate(300'000).has_value());
  EXPECT_EQ(reader.Next().value(), std::nullopt);
  EXPECT_EQ(reader.end().kind, LogEndKind::kTorn);
  EXPECT_EQ(reader.end().offset, 107U);
  EXPECT_EQ(reader.end().bytes_dropped, 300'000U - 107U);
}

}  // namespace
}  // namespace anystore::tablet

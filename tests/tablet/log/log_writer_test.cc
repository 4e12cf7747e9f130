#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

using std::literals::operator""s;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kRoom = kLogBlockBytes - kRecordHeaderBytes;

std::string Full(std::string_view data) { return RecordBytes(RecordType::kFull, data); }
std::string First(std::string_view data) { return RecordBytes(RecordType::kFirst, data); }
std::string Middle(std::string_view data) { return RecordBytes(RecordType::kMiddle, data); }
std::string Last(std::string_view data) { return RecordBytes(RecordType::kLast, data); }

TEST(LogWriter, MakesAnEmptyLog) {
  LogFiles files;
  const LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(writer.found().kind, LogEndKind::kClean);
  EXPECT_EQ(files.Bytes(), "");
}

TEST(LogWriter, ATransactionThatFitsIsOneRecord) {
  EXPECT_EQ(WrittenLog({"a", "", "bc"}), Full("a") + Full("") + Full("bc"));
  const std::string block = Noise(kRoom, 1);
  EXPECT_EQ(WrittenLog({block, "a"}), Full(block) + Full("a"));
}

TEST(LogWriter, ALongerOneFillsBlocks) {
  const std::string data = Noise(2 * kRoom + 5, 1);
  EXPECT_EQ(WrittenLog({data}), First(data.substr(0, kRoom)) + Middle(data.substr(kRoom, kRoom)) +
                                    Last(data.substr(2 * kRoom)));
}

TEST(LogWriter, WhereNoRecordFitsThereAreZeros) {
  for (std::size_t left = 0; left < kRecordHeaderBytes; ++left) {
    const std::string data = Noise(kRoom - left, left);
    EXPECT_EQ(WrittenLog({data, "a"}), Full(data) + std::string(left, '\0') + Full("a")) << left;
  }
}

TEST(LogWriter, WhereOnlyAHeaderFitsTheFirstRecordIsEmpty) {
  const std::string data = Noise(kRoom - kRecordHeaderBytes, 1);
  EXPECT_EQ(WrittenLog({data, "a"}), Full(data) + First("") + Last("a"));
  EXPECT_EQ(WrittenLog({data, "", "a"}), Full(data) + Full("") + Full("a"));
}

TEST(LogWriter, EverySizeAndPlaceAroundABlockEndIsReadBack) {
  for (int first = -16; first <= 8; ++first) {
    for (int second = -8; second <= 8; ++second) {
      const std::size_t begin = kRoom + static_cast<std::size_t>(first);
      const std::size_t left = LeftInBlock(kRecordHeaderBytes + begin);
      const auto size = static_cast<int>(left) + second;
      const std::vector<std::string> transactions = {
          Noise(begin, 1), Noise(static_cast<std::size_t>(std::max(size, 0)), 2), "last"};
      const std::string log = WrittenLog(transactions);
      const Contents contents = ReadLog(log);
      ASSERT_THAT(contents.transactions, ElementsAreArray(transactions)) << first << " " << second;
      ASSERT_EQ(contents.end.kind, LogEndKind::kClean);
      ASSERT_EQ(contents.end.offset, log.size());
    }
  }
}

TEST(LogWriter, GoesOnWhereALogEnds) {
  const std::vector<std::string> transactions = {Noise(10, 1), Noise(kRoom - 30, 2), Noise(3, 3),
                                                 Noise(70'000, 4), ""};
  LogFiles files;
  for (const std::string& transaction : transactions) {
    LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
    EXPECT_EQ(writer.found().kind, LogEndKind::kClean);
    ASSERT_TRUE(writer.Append(transaction));
    EXPECT_EQ(writer.size(), files.Bytes().size());
  }
  EXPECT_EQ(files.Bytes(), WrittenLog(transactions));
}

TEST(LogWriter, CutsOffWhatIsNoTransaction) {
  for (const std::string& tail :
       {"x"s, std::string(100, '\0'), Full("torn").substr(0, 9), First("begun"), Last("orphan")}) {
    LogFiles files;
    files.Put(Full("a") + tail);
    LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
    EXPECT_EQ(writer.found().kind,
              tail.starts_with(char{0}) ? LogEndKind::kZeros : LogEndKind::kTorn);
    EXPECT_EQ(writer.found().offset, 8U);
    EXPECT_EQ(writer.found().bytes_dropped, tail.size());
    EXPECT_EQ(files.Bytes(), Full("a"));
    ASSERT_TRUE(writer.Append("b"));
    EXPECT_EQ(files.Bytes(), Full("a") + Full("b"));
  }
}

TEST(LogWriter, RefusesALogWithDamageInTheMiddle) {
  std::string log = Full("damaged") + Full("b");
  log[8] = 'x';
  LogFiles files;
  files.Put(log);
  const auto writer = LogWriter::Open(files.root(), kLogName);
  ASSERT_FALSE(writer.has_value());
  EXPECT_EQ(writer.error().code(), Code::kCorruption);
  EXPECT_THAT(writer.error().ToString(), HasSubstr("write.log"));
  EXPECT_EQ(files.Bytes(), log);
}

TEST(LogWriter, RefusesTransactionsOverTheLimitAndGoesOn) {
  LogFiles files;
  LogWriter writer = LogWriter::Open(files.root(), kLogName, {.transaction_bytes_max = 3}).value();
  const Status refused = writer.Append("four");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::kTooLarge);
  ASSERT_TRUE(writer.Append("123"));
  EXPECT_EQ(files.Bytes(), Full("123"));
  EXPECT_EQ(LogWriter::Open(files.root(), kLogName, {.transaction_bytes_max = 2}).error().code(),
            Code::kTooLarge);
}

TEST(LogWriter, WorksBelowADirectory) {
  LogFiles files;
  ASSERT_TRUE(files.root().MakeDirectory("below"));
  LogWriter writer = LogWriter::Open(files.root(), "below/write.log").value();
  ASSERT_TRUE(writer.Append("a"));
  EXPECT_EQ(files.root().Stat("below/write.log")->size, 8U);
}

}  // namespace
}  // namespace anystore::tablet

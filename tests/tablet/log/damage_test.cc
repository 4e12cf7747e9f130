// Every cut and every wrong bit of small logs: nothing wrong is ever returned.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

using ::testing::ElementsAreArray;

constexpr std::size_t kRoom = kLogBlockBytes - kRecordHeaderBytes;

/// Transactions whose log has two block ends, one of which divides one of them.
std::vector<std::string> AcrossBlocks() {
  return {Noise(20, 1), Noise(kRoom - 47, 2), Noise(30, 3), "", Noise(kRoom - 53, 4), "end"};
}

std::vector<std::string> FirstOf(const std::vector<std::string>& transactions, std::size_t count) {
  return {transactions.begin(), transactions.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// How many transactions are whole in a log that is cut to this size.
std::size_t WholeIn(const std::vector<std::uint64_t>& ends, std::uint64_t size) {
  return static_cast<std::size_t>(std::ranges::upper_bound(ends, size) - ends.begin());
}

TEST(Damage, ALogCutAnywhereHasTheWholeTransactionsBefore) {
  const std::vector<std::string> transactions = AcrossBlocks();
  const std::vector<std::uint64_t> ends = EndsOf(transactions);
  LogFiles files;
  files.Put(WrittenLog(transactions));
  const auto file = files.Open(FileCreation::kNever);
  for (std::uint64_t size = ends.back() + 1; size-- > 0;) {
    // Most cuts inside of the long records are alike.
    const std::uint64_t in_block = size % kLogBlockBytes;
    if (in_block > 200 && in_block < kLogBlockBytes - 200 && size % 61 != 0) continue;
    ASSERT_TRUE(file->Truncate(size));
    const Contents contents = ReadLog(*file);
    const std::size_t whole = WholeIn(ends, size);
    const std::uint64_t end = whole == 0 ? 0 : ends[whole - 1];
    ASSERT_EQ(contents.code, std::nullopt) << size << " " << contents.message;
    ASSERT_THAT(contents.transactions, ElementsAreArray(FirstOf(transactions, whole))) << size;
    ASSERT_EQ(contents.end.kind == LogEndKind::kClean, end == size) << size;
    ASSERT_EQ(contents.end.offset, end) << size;
    ASSERT_EQ(contents.end.bytes_dropped, size - end) << size;
  }
}

TEST(Damage, ALogCutAnywhereIsAppendedTo) {
  const std::vector<std::string> transactions = AcrossBlocks();
  const std::vector<std::uint64_t> ends = EndsOf(transactions);
  const std::string log = WrittenLog(transactions);
  for (std::uint64_t size = 0; size <= log.size(); ++size) {
    const std::uint64_t in_block = size % kLogBlockBytes;
    if (in_block > 90 && in_block < kLogBlockBytes - 90 && size % 1009 != 0) continue;
    LogFiles files;
    files.Put(log.substr(0, size));
    std::vector<std::string> expected = FirstOf(transactions, WholeIn(ends, size));
    const std::string before = WrittenLog(expected);
    LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
    ASSERT_EQ(writer.found().bytes_dropped, size - before.size());
    ASSERT_EQ(files.Bytes(), before) << size;
    expected.push_back(Noise(40, 5));
    ASSERT_TRUE(writer.Append(expected.back()));
    ASSERT_EQ(files.Bytes(), WrittenLog(expected)) << size;
  }
}

/// A log whose transactions have one record and several, and some no data.
struct SmallLog {
  SmallLog() {
    Add(RecordBytes(RecordType::kFull, "first"), "first");
    Add(RecordBytes(RecordType::kFull, ""), "");
    Add(RecordBytes(RecordType::kFirst, Noise(9, 1)) + RecordBytes(RecordType::kMiddle, "middle") +
            RecordBytes(RecordType::kMiddle, "") + RecordBytes(RecordType::kLast, Noise(4, 2)),
        Noise(9, 1) + "middle" + Noise(4, 2));
    Add(RecordBytes(RecordType::kFull, Noise(40, 3)), Noise(40, 3));
    Add(RecordBytes(RecordType::kFirst, "") + RecordBytes(RecordType::kLast, "x"), "x");
    Add(RecordBytes(RecordType::kFull, "last but one"), "last but one");
    Add(RecordBytes(RecordType::kFull, "last"), "last");
  }
  void Add(const std::string& records, const std::string& transaction) {
    bytes += records;
    transactions.push_back(transaction);
    ends.push_back(bytes.size());
  }

  std::string bytes;
  std::vector<std::string> transactions;
  std::vector<std::uint64_t> ends;
};

/// Whether `some` are some of `all`, in order.
bool AreSomeOf(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  auto at = all.begin();
  for (const std::string& one : some) {
    at = std::find(at, all.end(), one);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

/// Calls `check` with what is read of the log when one bit is wrong, for every bit.
void ForEachWrongBit(const SmallLog& log, const LogReaderOptions& options,
                     const std::function<void(std::size_t byte, const Contents& contents)>& check) {
  LogFiles files;
  for (std::size_t bit = 0; bit < 8 * log.bytes.size(); ++bit) {
    SCOPED_TRACE(::testing::Message() << "byte " << bit / 8 << " bit " << bit % 8);
    std::string bytes = log.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    files.Put(bytes);
    check(bit / 8, ReadLog(*files.Open(FileCreation::kNever), options));
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Damage, AWrongBitIsSeenUnlessItLooksLikeACut) {
  const SmallLog log;
  ForEachWrongBit(log, {}, [&](std::size_t byte, const Contents& contents) {
    const std::size_t before = WholeIn(log.ends, byte);
    EXPECT_THAT(contents.transactions, ElementsAreArray(FirstOf(log.transactions, before)));
    EXPECT_EQ(contents.end.offset, before == 0 ? 0 : log.ends[before - 1]);
    if (before + 1 < log.transactions.size()) {
      EXPECT_EQ(contents.code, Code::kCorruption);
    } else {
      EXPECT_EQ(contents.code, std::nullopt);
      EXPECT_EQ(contents.end.kind, LogEndKind::kTorn);
    }
  });
}

TEST(Damage, AWrongBitCostsSalvageTwoTransactionsAtMost) {
  const SmallLog log;
  ForEachWrongBit(log, {.salvage = true}, [&](std::size_t /*byte*/, const Contents& contents) {
    EXPECT_EQ(contents.code, std::nullopt) << contents.message;
    EXPECT_TRUE(AreSomeOf(contents.transactions, log.transactions));
    EXPECT_GE(contents.transactions.size() + 2, log.transactions.size());
  });
}

TEST(Damage, AnyHeaderMayBeLost) {
  SmallLog log;
  for (std::size_t index = 0; index + 1 < log.transactions.size(); ++index) {
    const std::size_t begin = index == 0 ? 0 : log.ends[index - 1];
    for (const std::string& header : {std::string(7, '\0'), std::string(7, '\xff'), Noise(7, 5)}) {
      std::string bytes = log.bytes;
      bytes.replace(begin, header.size(), header);
      EXPECT_EQ(ReadLog(bytes).code, Code::kCorruption) << index;
      const Contents rescued = ReadLog(bytes, {.salvage = true});
      EXPECT_TRUE(AreSomeOf(rescued.transactions, log.transactions)) << index;
      EXPECT_GE(rescued.transactions.size() + 2, log.transactions.size()) << index;
    }
  }
}

}  // namespace
}  // namespace anystore::tablet

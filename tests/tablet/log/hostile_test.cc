// Logs that are made to cost much: the work is proportional to their bytes all the same.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "filesystem/watched_files.h"
#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

constexpr std::size_t kBytes = std::size_t{2} << 20U;

std::string Repeated(std::string_view pattern) {
  std::string bytes;
  while (bytes.size() < kBytes) bytes += pattern;
  return bytes;
}

/// Counts what is read.
class CountedReads final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (call.operation == filesystem::Operation::kRead) bytes += call.length;
    return filesystem::Decision::Proceed();
  }
  std::uint64_t bytes = 0;
};

Contents ReadCounted(std::string_view log, bool salvage) {
  ManualClock clock(Instant(std::chrono::hours(24)));
  const auto memory = NewMemoryFileSystem(clock);
  CountedReads reads;
  filesystem::InterceptedFileSystem files(*memory, reads);
  const auto file = files.OpenDirectory("/").value()->Open(
      kLogName, {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing});
  EXPECT_TRUE((*file)->WriteAt(0, log).has_value());
  const Contents contents = ReadLog(**file, {.salvage = salvage});
  EXPECT_LE(reads.bytes, 24 * log.size());
  EXPECT_LE(contents.end.offset, log.size());
  EXPECT_LE(contents.end.offset + contents.end.bytes_dropped, log.size());
  return contents;
}

class Hostile : public ::testing::TestWithParam<bool> {};

TEST_P(Hostile, HeadersEverywhere) {
  // Every second or every position claims a record, short and long.
  for (const std::string_view pattern :
       {"\x01", "\x04", "\x01\x7f", "\x02\x80", "\x03\xff", "zzzz\x01\x80\x00zz"}) {
    EXPECT_TRUE(ReadCounted(Repeated(pattern), GetParam()).transactions.empty());
  }
}

TEST_P(Hostile, DamageBehindEveryRecord) {
  const std::string small = RecordBytes(RecordType::kFull, "a");
  for (const std::string& garbage :
       {std::string("x"), std::string("\x01\x01\x01\x01\x01\xff\xff", 7), std::string(7, '\0'),
        std::string("\xff\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff\0\0\0\0\0", 16)}) {
    const Contents contents = ReadCounted(Repeated(small + garbage), GetParam());
    EXPECT_EQ(contents.end.kind, LogEndKind::kCorrupt);
    EXPECT_EQ(contents.transactions.size() > 50'000, GetParam());
  }
}

TEST_P(Hostile, ATransactionThatNeverEnds) {
  const std::string log =
      RecordBytes(RecordType::kFirst, "a") + Repeated(RecordBytes(RecordType::kMiddle, ""));
  EXPECT_EQ(ReadCounted(log, GetParam()).end.kind, LogEndKind::kTorn);
  const Contents begun = ReadCounted(Repeated(RecordBytes(RecordType::kFirst, "a")), GetParam());
  EXPECT_TRUE(begun.transactions.empty());
}

TEST_P(Hostile, AChecksumThatFitsEverySize) {
  // The state of the checksum is zero behind ff ff ff ff, and stays so over zeros.
  std::string log("\xff\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff", 11);
  log.append(65'000, '\0');
  EXPECT_EQ(ReadCounted(log, GetParam()).end.kind, LogEndKind::kTorn);
}

INSTANTIATE_TEST_SUITE_P(SalvageOrNot, Hostile, ::testing::Bool());

}  // namespace
}  // namespace anystore::tablet

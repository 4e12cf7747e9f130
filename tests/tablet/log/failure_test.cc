// Every call of reader and writer fails once.
#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <vector>

#include "filesystem/watched_files.h"
#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

using filesystem::Call;
using filesystem::Operation;
using testing::FailingCalls;

/// A log below calls that fail.
class FailingLog : public ::testing::Test {
 protected:
  FailingLog() {
    const auto file = Make();
    EXPECT_TRUE(file->WriteAt(0, before_ + "torn").has_value());
  }
  std::unique_ptr<File> Make() {
    return root_
        ->Open(kLogName, {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing})
        .value();
  }
  /// Lets the `number`-th call from now on fail, or also those behind it.
  void FailAt(std::uint64_t number, bool and_later = false) {
    const std::uint64_t at = files_.calls() + number;
    calls_.fails = [at, and_later](const Call& call) {
      return call.number == at || (and_later && call.number > at);
    };
  }
  void FailIn(Operation operation) {
    calls_.fails = [operation](const Call& call) { return call.operation == operation; };
  }
  Contents Read() { return ReadLog(*Make()); }

  const std::string before_ = RecordBytes(RecordType::kFull, "a");
  ManualClock clock_{Instant(std::chrono::hours(24))};
  std::unique_ptr<FileSystem> memory_ = NewMemoryFileSystem(clock_);
  FailingCalls calls_;
  filesystem::InterceptedFileSystem files_{*memory_, calls_};
  std::unique_ptr<Directory> root_ = files_.OpenDirectory("/").value();
};

TEST_F(FailingLog, EveryCallOfOpeningMayFailAndIsTold) {
  std::uint64_t failures = 0;
  for (std::uint64_t number = 1;; ++number) {
    FailAt(number);
    const auto writer = LogWriter::Open(*root_, kLogName);
    if (writer.has_value()) break;
    EXPECT_EQ(writer.error().code(), Code::kIoError);
    ++failures;
  }
  EXPECT_GE(failures, 4U) << "open, stat, read, truncate or sync";
  calls_.fails = nullptr;
  EXPECT_EQ(files_.open_handles(), 1U) << "the root";
  EXPECT_THAT(Read().transactions, ::testing::ElementsAre("a"));
}

TEST_F(FailingLog, AFailedWriteEndsTheWriter) {
  for (const Operation operation : {Operation::kWrite, Operation::kFileSync}) {
    LogWriter writer = LogWriter::Open(*root_, kLogName).value();
    FailIn(operation);
    const Status failed = writer.Append("b");
    calls_.fails = nullptr;
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), Code::kIoError);
    EXPECT_EQ(failed.error().applied(), Applied::kUnknown);
    for (const Status& later : {writer.Append("c"), writer.Sync()}) {
      ASSERT_FALSE(later.has_value());
      EXPECT_EQ(later.error().code(), Code::kDataLoss);
    }
  }
  EXPECT_THAT(Read().transactions, ::testing::ElementsAre("a", "b")) << "written, not synced";
}

TEST_F(FailingLog, AFailedSyncEndsAWriterThatDoesNotSync) {
  LogWriter writer = LogWriter::Open(*root_, kLogName, {.sync = LogSync::kNone}).value();
  FailIn(Operation::kFileSync);
  ASSERT_TRUE(writer.Append("b"));
  EXPECT_EQ(writer.Sync().error().code(), Code::kIoError);
  calls_.fails = nullptr;
  EXPECT_EQ(writer.Append("c").error().code(), Code::kDataLoss);
}

TEST_F(FailingLog, WithoutRoomATornTransactionIsLeft) {
  {
    LogWriter writer = LogWriter::Open(*root_, kLogName).value();
    calls_.os_error = ENOSPC;
    int writes = 0;
    // Nine blocks are more than one call takes.
    calls_.fails = [&writes](const Call& call) {
      return call.operation == Operation::kWrite && ++writes > 1;
    };
    EXPECT_EQ(writer.Append(Noise(300'000, 1)).error().code(), Code::kNoSpace);
    calls_.fails = nullptr;
    EXPECT_EQ(writer.Append("b").error().code(), Code::kDataLoss);
  }
  EXPECT_EQ(Read().end.kind, LogEndKind::kTorn);
  LogWriter writer = LogWriter::Open(*root_, kLogName).value();
  EXPECT_GT(writer.found().bytes_dropped, 200'000U);
  ASSERT_TRUE(writer.Append("b"));
  EXPECT_THAT(Read().transactions, ::testing::ElementsAre("a", "b"));
}

TEST_F(FailingLog, AFailedReadMayBeTriedAgain) {
  const std::vector<std::string> transactions = {Noise(10, 1), Noise(400'000, 2), Noise(10, 3)};
  std::string log = WrittenLog(transactions);
  log[3] = static_cast<char>(log[3] ^ 1);
  const auto file = Make();
  ASSERT_TRUE(file->WriteAt(0, log));
  for (const bool salvage : {false, true}) {
    std::vector<std::string> found;
    std::uint64_t failures = 0;
    LogReader reader = LogReader::Open(*file, {.salvage = salvage}).value();
    for (bool fails = true;; fails = !fails) {
      if (fails) FailAt(2);
      const auto next = reader.Next();
      calls_.fails = nullptr;
      if (next.has_value() && !next->has_value()) break;
      if (next.has_value()) {
        found.emplace_back(**next);
      } else if (next.error().code() == Code::kIoError) {
        ++failures;
      } else {
        EXPECT_EQ(next.error().code(), Code::kCorruption);
        EXPECT_FALSE(salvage);
        break;
      }
    }
    EXPECT_EQ(found.size(), salvage ? 2U : 0U);
    EXPECT_EQ(failures > 0, salvage);
    EXPECT_EQ(reader.end().damages, 1U);
  }
}

}  // namespace
}  // namespace anystore::tablet

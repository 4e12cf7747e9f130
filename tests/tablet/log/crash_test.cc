// The power is cut at every call of a writer: what was acknowledged is there, and the log goes on.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "anystore/simulated_disk.h"
#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

constexpr std::uint64_t kSeeds = 12;

/// Some fit a block, some do not; between them blocks end everywhere.
std::vector<std::string> Workload() {
  std::vector<std::string> transactions;
  for (const std::size_t size : {3U, 5'000U, 27'730U, 0U, 40U, 70'000U, 700U, 600U}) {
    transactions.push_back(Noise(size, transactions.size()));
  }
  return transactions;
}

/// Appends until a call fails. Returns how many transactions were acknowledged.
std::size_t AppendAll(Directory& root, const std::vector<std::string>& transactions,
                      std::size_t from, const LogWriterOptions& options = {}) {
  auto writer = LogWriter::Open(root, kLogName, options);
  if (!writer.has_value()) return from;
  for (std::size_t count = from; count < transactions.size(); ++count) {
    if (!writer->Append(transactions[count]).has_value()) return count;
  }
  return transactions.size();
}

std::vector<std::string> ReadAll(SimulatedDisk& disk) {
  const auto file = disk.OpenDirectory("/").value()->Open(kLogName, {});
  if (!file.has_value()) return {};
  const Contents contents = ReadLog(**file);
  EXPECT_EQ(contents.code, std::nullopt) << contents.message;
  return contents.transactions;
}

/// What is left has what was acknowledged, and perhaps the next transaction; the rest can be
/// appended to it, and is then stable.
void ExpectGoesOn(SimulatedDisk& left, const std::vector<std::string>& transactions,
                  std::size_t acknowledged) {
  const std::vector<std::string> found = ReadAll(left);
  ASSERT_GE(found.size(), acknowledged);
  ASSERT_LE(found.size(), acknowledged + 1);
  ASSERT_TRUE(std::equal(found.begin(), found.end(), transactions.begin()));
  const auto root = left.OpenDirectory("/").value();
  ASSERT_EQ(AppendAll(*root, transactions, found.size()), transactions.size());
  ASSERT_EQ(ReadAll(*left.Crash(Survivors::kNone, 1)), transactions);
}

TEST(LogCrash, WhatWasAcknowledgedSurvivesACutAtEveryCall) {
  const std::vector<std::string> transactions = Workload();
  for (const DiskProfile profile :
       {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal}) {
    for (std::uint64_t calls = 0;; ++calls) {
      SimulatedDisk disk({.seed = calls, .profile = profile});
      const auto root = disk.OpenDirectory("/").value();
      disk.CutPower(calls);
      const std::size_t acknowledged = AppendAll(*root, transactions, 0);
      for (const Survivors survivors : kAllSurvivors) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
          SCOPED_TRACE(testing::Message() << "call " << calls << " " << Name(survivors) << seed);
          ExpectGoesOn(*disk.Crash(survivors, seed), transactions, acknowledged);
          if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
      }
      if (acknowledged == transactions.size()) break;
    }
  }
}

/// A log that a crash has left with a torn tail: a record in which, behind `size` bytes, there is
/// what would be one if another ended there.
std::string TornLog(const std::vector<std::string>& transactions, std::size_t size) {
  std::string tail =
      RecordBytes(RecordType::kFull,
                  Noise(size, 90) + RecordBytes(RecordType::kFull, "not ours") + Noise(100, 91));
  tail.pop_back();
  return WrittenLog(transactions) + tail;
}

TEST(LogCrash, ATornTailIsCutOffForGoodBeforeAnythingIsAppended) {
  const std::vector<std::string> before = {Noise(100, 1), Noise(200, 2)};
  std::vector<std::string> transactions = before;
  for (std::uint64_t i = 0; i < 4; ++i) transactions.push_back(Noise(2'500 * (i + 1), 10 + i));
  for (std::uint64_t calls = 0;; ++calls) {
    SimulatedDisk disk({.seed = calls});
    const auto root = disk.OpenDirectory("/").value();
    {
      const auto file = root->Open(
          kLogName, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
      ASSERT_TRUE((*file)->WriteAt(0, TornLog(before, 2'500)));
      ASSERT_TRUE((*file)->Sync(SyncScope::kAll));
      ASSERT_TRUE(root->Sync(""));
    }
    disk.CutPower(calls);
    const std::size_t acknowledged = AppendAll(*root, transactions, before.size());
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        ExpectGoesOn(*disk.Crash(survivors, seed), transactions, acknowledged);
        if (HasFatalFailure()) FAIL() << "call " << calls << " " << Name(survivors) << seed;
      }
    }
    if (acknowledged == transactions.size()) break;
  }
}

TEST(LogCrash, WithoutSyncsASyncMakesAllStable) {
  const std::vector<std::string> transactions = Workload();
  SimulatedDisk disk;
  const auto root = disk.OpenDirectory("/").value();
  LogWriter writer = LogWriter::Open(*root, kLogName, {.sync = LogSync::kNone}).value();
  for (const std::string& transaction : transactions) ASSERT_TRUE(writer.Append(transaction));
  EXPECT_EQ(ReadAll(disk), transactions);
  EXPECT_TRUE(ReadAll(*disk.Crash(Survivors::kNone, 1)).empty());
  ASSERT_TRUE(writer.Sync());
  EXPECT_EQ(ReadAll(*disk.Crash(Survivors::kNone, 1)), transactions);
}

}  // namespace
}  // namespace anystore::tablet

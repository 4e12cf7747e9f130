// The contract of `File` and of opening one, on every filesystem.
#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <limits>
#include <numeric>

#include "filesystem/seam.h"

namespace anystore::seam {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kFar = std::numeric_limits<std::uint64_t>::max();

/// Bytes that differ from page to page.
std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

class SeamFiles : public Seam {};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamFiles, ::testing::ValuesIn(AllCases()), CaseName);

// Opening.

TEST_P(SeamFiles, OpenNeverMakesNothing) {
  EXPECT_EQ(Outcome(root().Open("a", kReading)), "not_found");
  EXPECT_EQ(Outcome(root().Open("a", kWriting)), "not_found");
  EXPECT_THAT(Names(root()), IsEmpty());
  Write(root(), "a", "here");
  EXPECT_EQ(Read(*Must(root().Open("a", kReading)), 0, 9), "here");
  EXPECT_EQ(Read(*Must(root().Open("a", kWriting)), 0, 9), "here");
}

TEST_P(SeamFiles, OpenIfMissingMakesOneAndKeepsWhatIsThere) {
  Must(Must(root().Open("a", kMaking))->WriteAt(0, "first"));
  EXPECT_EQ(Read(*Must(root().Open("a", kMaking)), 0, 9), "first");
  EXPECT_THAT(Names(root()), ElementsAre("a"));
}

TEST_P(SeamFiles, OpenExclusiveFailsWhereAnythingIs) {
  Must(Must(root().Open("a", kMakingNew))->WriteAt(0, "first"));
  EXPECT_EQ(Outcome(root().Open("a", kMakingNew)), "already_exists");
  FileOptions emptying = kMakingNew;
  emptying.truncate = true;
  EXPECT_EQ(Outcome(root().Open("a", emptying)), "already_exists");
  EXPECT_EQ(Read(root(), "a"), "first");
  Must(root().MakeDirectory("d"));
  EXPECT_EQ(Outcome(root().Open("d", kMakingNew)), "already_exists");
}

TEST_P(SeamFiles, OpenWithTruncateEmpties) {
  Write(root(), "a", "long ago");
  const auto file = Must(root().Open("a", {.access = FileAccess::kReadWrite, .truncate = true}));
  EXPECT_EQ(Must(file->Stat()).size, 0U);
  EXPECT_EQ(Outcome(root().Open("b", {.access = FileAccess::kReadWrite, .truncate = true})),
            "not_found");
}

TEST_P(SeamFiles, OpenRefusesOptionsThatContradictEachOther) {
  Write(root(), "a", "kept");
  EXPECT_EQ(Outcome(root().Open("b", {.creation = FileCreation::kIfMissing})), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("b", {.creation = FileCreation::kExclusive})), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("a", {.truncate = true})), "invalid_argument");
  EXPECT_THAT(Names(root()), ElementsAre("a"));
  EXPECT_EQ(Read(root(), "a"), "kept");
}

TEST_P(SeamFiles, OpenGivesNewFilesTheirModeLessTheUmask) {
  Must(root().Open("plain", kMaking));
  FileOptions tight = kMaking;
  tight.mode = 0600;
  Must(root().Open("tight", tight));
  FileOptions wide = kMaking;
  wide.mode = 0777;
  Must(root().Open("wide", wide));
  EXPECT_EQ(Must(root().Stat("plain")).mode, 0644U);
  EXPECT_EQ(Must(root().Stat("tight")).mode, 0600U);
  EXPECT_EQ(Must(root().Stat("wide")).mode, 0755U);
  Must(root().Open("tight", wide));
  EXPECT_EQ(Must(root().Stat("tight")).mode, 0600U) << "a file that was there keeps its mode";
}

TEST_P(SeamFiles, ADirectoryOpensForReadingOnlyAndCannotBeRead) {
  Must(root().MakeDirectory("d"));
  EXPECT_EQ(Outcome(root().Open("d", kWriting)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("d", kMaking)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("d", kReplacing)), "invalid_argument");
  const auto directory = Must(root().Open("d", kReading));
  EXPECT_EQ(Must(directory->Stat()).kind, FileKind::kDirectory);
  std::array<char, 4> bytes;
  EXPECT_EQ(Outcome(directory->ReadAt(0, bytes)), "invalid_argument");
  EXPECT_EQ(Outcome(directory->ReadAll()), "invalid_argument");
}

// Reading and writing.

TEST_P(SeamFiles, ReadsFewerOnlyAtTheEnd) {
  const std::string bytes = Pattern(10'000);
  Write(root(), "a", bytes);
  const auto file = Must(root().Open("a", kReading));
  EXPECT_EQ(Read(*file, 0, 10'000), bytes);
  EXPECT_EQ(Read(*file, 0, 20'000), bytes);
  EXPECT_EQ(Read(*file, 4'097, 100), bytes.substr(4'097, 100));
  EXPECT_EQ(Read(*file, 9'990, 100), bytes.substr(9'990));
  EXPECT_EQ(Read(*file, 10'000, 1), "");
  EXPECT_EQ(Read(*file, 1'000'000, 1), "");
  EXPECT_EQ(Read(*file, 0, 0), "");
}

TEST_P(SeamFiles, ReadsNothingAtOffsetsThatNoFileHas) {
  Write(root(), "a", "abc");
  const auto file = Must(root().Open("a", kReading));
  for (const std::uint64_t offset : {kFar, kFar - 1, kFar / 2, kFar / 2 + 1, kFar / 2 - 1}) {
    EXPECT_EQ(Read(*file, offset, 4), "") << offset;
  }
}

TEST_P(SeamFiles, WritesAnywhereAndFillsGapsWithZeros) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(5, "five"));
  EXPECT_EQ(Read(*file, 0, 20), std::string("\0\0\0\0\0five", 9));
  Must(file->WriteAt(0, "front"));
  Must(file->WriteAt(3, "XX"));
  EXPECT_EQ(Read(*file, 0, 20), "froXXfive");
  Must(file->WriteAt(100'000, "!"));
  EXPECT_EQ(Must(file->Stat()).size, 100'001U);
  EXPECT_EQ(Read(*file, 9, 100'000), std::string(99'991, '\0') + "!");
  Must(file->WriteAt(200'000, ""));
  EXPECT_EQ(Must(file->Stat()).size, 100'001U) << "no bytes, no gap";
}

TEST_P(SeamFiles, WritesManyBytesAtOnce) {
  const std::string bytes = Pattern(3'000'000);
  Write(root(), "a", bytes);
  EXPECT_EQ(Read(root(), "a"), bytes);
}

TEST_P(SeamFiles, WritesPiecesOneBehindTheOther) {
  const auto file = Must(root().Open("a", kMaking));
  const std::array<std::string_view, 5> pieces = {"", "one", "", "two", ""};
  Must(file->WritePiecesAt(2, pieces));
  EXPECT_EQ(Read(*file, 0, 20), std::string("\0\0onetwo", 8));
  Must(file->WritePiecesAt(0, {}));
  Must(file->WritePiecesAt(50, std::array<std::string_view, 2>{"", ""}));
  EXPECT_EQ(Must(file->Stat()).size, 8U);
}

TEST_P(SeamFiles, WritesMorePiecesThanTheOperatingSystemTakesInOneCall) {
  const std::string bytes = Pattern(9'000);
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    pieces.push_back(std::string_view(bytes).substr(at, 3));
  }
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WritePiecesAt(1, pieces));
  EXPECT_EQ(Read(*file, 1, 10'000), bytes);
}

TEST_P(SeamFiles, OneTransferMakesProgress) {
  if (GetParam().front == Front::kStuttering) GTEST_SKIP() << "its transfers are interrupted";
  const auto file = Must(root().Open("a", kMaking));
  const std::vector<std::string_view> pieces(3'000, "abc");
  const std::size_t written = Must(file->WriteSome(0, pieces));
  EXPECT_GE(written, 1U);
  EXPECT_LE(written, 9'000U);
  EXPECT_EQ(Must(file->Stat()).size, written);
  std::array<char, 2> bytes;
  EXPECT_GE(Must(file->ReadSome(0, bytes)), 1U);
  EXPECT_EQ(Must(file->ReadSome(written, bytes)), 0U);
  EXPECT_EQ(Must(file->ReadSome(0, {})), 0U);
}

TEST_P(SeamFiles, AppendsAtTheEndAndTellsWhere) {
  const auto file = Must(root().Open("a", kMaking));
  EXPECT_EQ(Must(file->Append("one")), 0U);
  EXPECT_EQ(Must(file->Append("two")), 3U);
  EXPECT_EQ(Must(file->Append("")), 6U);
  Must(Must(root().Open("a", kWriting))->WriteAt(6, "three"));
  EXPECT_EQ(Must(file->Append("four")), 11U);
  EXPECT_EQ(Read(root(), "a"), "onetwothreefour");
}

TEST_P(SeamFiles, ReadsAllOfFilesOfEverySize) {
  for (const std::size_t size : {0U, 1U, 511U, 4'096U, 70'000U}) {
    const std::string bytes = Pattern(size);
    Write(root(), "a", bytes);
    EXPECT_EQ(Read(root(), "a"), bytes) << size;
  }
}

TEST_P(SeamFiles, BytesWrittenAreSeenByEveryOtherHandleAtOnce) {
  const auto writer = Must(root().Open("a", kMaking));
  const auto reader = Must(root().Open("a", kReading));
  Must(root().Link("a", "b"));
  const auto linked = Must(root().Open("b", kReading));
  Must(writer->WriteAt(0, "seen"));
  EXPECT_EQ(Read(*reader, 0, 9), "seen");
  EXPECT_EQ(Read(*linked, 0, 9), "seen");
  EXPECT_EQ(Must(reader->Stat()).size, 4U);
  EXPECT_EQ(Must(root().Stat("b")).size, 4U);
  Must(writer->Truncate(2));
  EXPECT_EQ(Read(*reader, 0, 9), "se");
}

TEST_P(SeamFiles, WhatIsOpenForReadingTakesNoWrites) {
  Write(root(), "a", "kept");
  const auto file = Must(root().Open("a", kReading));
  EXPECT_EQ(Outcome(file->WriteAt(0, "x")), "invalid_argument");
  EXPECT_EQ(Outcome(file->WritePiecesAt(0, std::array<std::string_view, 1>{"x"})),
            "invalid_argument");
  EXPECT_EQ(Outcome(file->Append("x")), "invalid_argument");
  EXPECT_EQ(Outcome(file->Truncate(1)), "invalid_argument");
  EXPECT_EQ(Outcome(file->Truncate(4)), "invalid_argument");
  EXPECT_EQ(Outcome(file->Allocate(0, 10, Allocation::kExtend)), "invalid_argument");
  EXPECT_EQ(Read(root(), "a"), "kept");
  Must(file->Sync(SyncScope::kData));
}

TEST_P(SeamFiles, WhatNoFileCanHoldIsTooLarge) {
  Write(root(), "a", "kept");
  const auto file = Must(root().Open("a", kWriting));
  for (const std::uint64_t offset : {kFar, kFar - 1, kFar / 2 + 1}) {
    EXPECT_EQ(Outcome(file->WriteAt(offset, "xyz")), "too_large") << offset;
    EXPECT_EQ(Outcome(file->Truncate(offset)), "too_large") << offset;
    EXPECT_EQ(Outcome(file->Allocate(offset, 1, Allocation::kExtend)), "too_large") << offset;
    EXPECT_EQ(Outcome(file->Allocate(1, offset, Allocation::kExtend)), "too_large") << offset;
  }
  EXPECT_EQ(Outcome(file->Allocate(kFar / 2, kFar / 2, Allocation::kKeepSize)), "too_large");
  EXPECT_EQ(Must(file->Stat()).size, 4U);
}

// Size and space.

TEST_P(SeamFiles, TruncateCutsAndGrowsByZeros) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "0123456789"));
  Must(file->Truncate(4));
  EXPECT_EQ(Read(*file, 0, 20), "0123");
  Must(file->Truncate(4));
  Must(file->Truncate(8));
  EXPECT_EQ(Read(*file, 0, 20), std::string("0123\0\0\0\0", 8)) << "what was cut does not return";
  Must(file->WriteAt(0, Pattern(9'000)));
  Must(file->Truncate(5'000));
  Must(file->WriteAt(6'000, "x"));
  EXPECT_EQ(Read(*file, 0, 9'000),
            Pattern(9'000).substr(0, 5'000) + std::string(1'000, '\0') + "x");
  Must(file->Truncate(0));
  EXPECT_EQ(Must(file->Stat()).size, 0U);
}

TEST_P(SeamFiles, AllocateExtendGrowsByZeros) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "abc"));
  const Status extended = file->Allocate(1, 9, Allocation::kExtend);
  if (Outcome(extended) == "unsupported") GTEST_SKIP() << extended.error().ToString();
  EXPECT_EQ(Outcome(extended), "ok");
  EXPECT_EQ(Read(*file, 0, 20), std::string("abc\0\0\0\0\0\0\0", 10));
  Must(file->Allocate(0, 2, Allocation::kExtend));
  EXPECT_EQ(Must(file->Stat()).size, 10U) << "never shorter";
}

TEST_P(SeamFiles, AllocateKeepSizeChangesNothingThatIsSeen) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "abc"));
  const Status reserved = file->Allocate(0, 10'000, Allocation::kKeepSize);
  if (Outcome(reserved) == "unsupported") GTEST_SKIP() << reserved.error().ToString();
  EXPECT_EQ(Outcome(reserved), "ok");
  EXPECT_EQ(Read(*file, 0, 20), "abc");
  Must(file->WriteAt(5, "x"));
  EXPECT_EQ(Read(*file, 0, 20), std::string("abc\0\0x", 6));
}

TEST_P(SeamFiles, AllocateZeroEmptiesARangeAndGrows) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, std::string(10'000, 'x')));
  const Status zeroed = file->Allocate(10, 5'000, Allocation::kZero);
  if (Outcome(zeroed) == "unsupported") GTEST_SKIP() << zeroed.error().ToString();
  EXPECT_EQ(Outcome(zeroed), "ok");
  EXPECT_EQ(Read(*file, 0, 20'000),
            std::string(10, 'x') + std::string(5'000, '\0') + std::string(4'990, 'x'));
  Must(file->Allocate(9'999, 3, Allocation::kZero));
  EXPECT_EQ(Read(*file, 9'998, 20), std::string("x\0\0\0", 4));
}

TEST_P(SeamFiles, AllocateOfNoBytesIsRefused) {
  const auto file = Must(root().Open("a", kMaking));
  for (const auto kind : {Allocation::kExtend, Allocation::kKeepSize, Allocation::kZero}) {
    EXPECT_EQ(Outcome(file->Allocate(5, 0, kind)), "invalid_argument");
  }
  EXPECT_EQ(Must(file->Stat()).size, 0U);
}

// What is known of a file.

TEST_P(SeamFiles, StatTellsKindSizeModeAndLinks) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "12345"));
  for (const FileInfo& info : {Must(file->Stat()), Must(root().Stat("a"))}) {
    EXPECT_EQ(info.kind, FileKind::kFile);
    EXPECT_EQ(info.size, 5U);
    EXPECT_EQ(info.mode, 0644U);
    EXPECT_EQ(info.links, 1U);
  }
  Must(root().Link("a", "b"));
  EXPECT_EQ(Must(file->Stat()).links, 2U);
  EXPECT_EQ(Must(root().Stat("b")).links, 2U);
  Must(root().Remove("a"));
  EXPECT_EQ(Must(file->Stat()).links, 1U);
  Must(root().Remove("b"));
  EXPECT_EQ(Must(file->Stat()).links, 0U);
}

TEST_P(SeamFiles, ModifiedIsWhenTheContentsChangedLast) {
  // The kernel's clock for files ticks a few milliseconds behind.
  constexpr Duration kTick = std::chrono::milliseconds(20);
  const auto file = Must(root().Open("a", kMaking));
  const auto moves = [&](auto change) {
    const Instant before = Must(file->Stat()).modified;
    subject().clock().Sleep(kTick);
    const Instant start = subject().clock().Now();
    change();
    const Instant after = Must(file->Stat()).modified;
    if (after != before) {
      EXPECT_GE(after, start - kTick);
      EXPECT_LE(after, subject().clock().Now());
      EXPECT_EQ(after, Must(root().Stat("a")).modified);
    }
    return after > before;
  };
  EXPECT_TRUE(moves([&] { Must(file->WriteAt(0, "some")); }));
  EXPECT_TRUE(moves([&] { Must(file->WriteAt(0, "same")); }));
  EXPECT_TRUE(moves([&] { Must(file->Truncate(2)); }));
  EXPECT_TRUE(moves([&] { Must(root().Open("a", kReplacing)); }));
  EXPECT_FALSE(moves([&] { Read(*file, 0, 4); }));
  EXPECT_FALSE(moves([&] { Must(file->Sync(SyncScope::kAll)); }));
  EXPECT_FALSE(moves([&] { Must(root().Open("a", kWriting)); }));
  EXPECT_FALSE(moves([&] {
    Must(root().Rename("a", "b", Replace::kNo));
    Must(root().Rename("b", "a", Replace::kNo));
  }));
}

TEST_P(SeamFiles, DatesThatAreSetStayToTheNanosecond) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "some"));
  const FileDates dates = {.accessed = Instant(Duration(1'800'000'000'123'456'789)),
                           .modified = Instant(Duration(1'700'000'000'987'654'321))};
  Must(file->SetDates(dates));
  for (const FileInfo& info : {Must(file->Stat()), Must(root().Stat("a"))}) {
    EXPECT_EQ(info.modified, dates.modified);
    EXPECT_EQ(info.accessed, dates.accessed);
  }
  Must(file->WriteAt(0, "same"));
  EXPECT_NE(Must(file->Stat()).modified, dates.modified);
  EXPECT_EQ(Must(file->Stat()).accessed, dates.accessed);
}

// Syncing, mapping, advising.

TEST_P(SeamFiles, SyncsOfBothScopesWork) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "safe"));
  Must(file->Sync(SyncScope::kData));
  Must(file->Sync(SyncScope::kAll));
  Must(Must(root().Open("a", kReading))->Sync(SyncScope::kAll));
  Must(root().Remove("a"));
  Must(file->Sync(SyncScope::kData));
}

TEST_P(SeamFiles, MapGivesTheBytesCutToWhatIsThere) {
  const std::string bytes = Pattern(20'000);
  Write(root(), "a", bytes);
  const auto file = Must(root().Open("a", kReading));
  if (!root().traits().map) {
    EXPECT_EQ(Outcome(file->Map(0, 1)), "unsupported");
    return;
  }
  EXPECT_EQ(Must(file->Map(0, 20'000)).bytes(), bytes);
  EXPECT_EQ(Must(file->Map(0, kFar)).bytes(), bytes);
  EXPECT_EQ(Must(file->Map(5'001, 7)).bytes(), bytes.substr(5'001, 7));
  EXPECT_EQ(Must(file->Map(4'096, 4'096)).bytes(), bytes.substr(4'096, 4'096));
  EXPECT_EQ(Must(file->Map(19'999, kFar)).bytes(), bytes.substr(19'999));
  EXPECT_EQ(Must(file->Map(0, 0)).size(), 0U);
  EXPECT_EQ(Must(file->Map(20'000, 1)).size(), 0U);
  EXPECT_EQ(Must(file->Map(kFar, 1)).size(), 0U);
  EXPECT_EQ(Must(file->Map(kFar, kFar)).size(), 0U);
  EXPECT_EQ(Must(Must(root().Open("empty", kMaking))->Map(0, 5)).size(), 0U);
}

TEST_P(SeamFiles, AMappingOutlivesTheHandleAndTheName) {
  if (!root().traits().map) GTEST_SKIP();
  const std::string bytes = Pattern(9'000);
  Write(root(), "a", bytes);
  const Value part = Must(Must(root().Open("a", kReading))->Map(100, 8'000)).Slice(1, 7'000);
  Must(root().Remove("a"));
  Write(root(), "a", std::string(9'000, '-'));
  EXPECT_EQ(part.bytes(), bytes.substr(101, 7'000));
}

TEST_P(SeamFiles, AdviceNeverFailsAndChangesNothing) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, Pattern(5'000)));
  for (const auto advice : {ReadAdvice::kNormal, ReadAdvice::kSequential, ReadAdvice::kRandom,
                            ReadAdvice::kSoon, ReadAdvice::kDone}) {
    file->Advise(0, 0, advice);
    file->Advise(100, 1'000, advice);
    file->Advise(kFar, kFar, advice);
  }
  file->BeginWriteOut();
  EXPECT_EQ(Read(*file, 0, 9'000), Pattern(5'000));
}

// Handles and names.

TEST_P(SeamFiles, ARemovedFileGoesOnWorking) {
  const auto file = Must(root().Open("a", kMaking));
  Must(file->WriteAt(0, "before"));
  Must(root().Remove("a"));
  Write(root(), "a", "another");
  Must(file->WriteAt(6, " and after"));
  Must(file->Truncate(12));
  EXPECT_EQ(Read(*file, 0, 99), "before and a");
  EXPECT_EQ(Must(file->Append("ll")), 12U);
  EXPECT_EQ(Must(file->ReadAll()).bytes(), "before and all");
  EXPECT_EQ(Must(file->Stat()).size, 14U);
  EXPECT_EQ(Read(root(), "a"), "another");
}

TEST_P(SeamFiles, AReplacedFileGoesOnWorking) {
  const auto old = Must(root().Open("a", kMaking));
  Must(old->WriteAt(0, "old"));
  Write(root(), "b", "new");
  Must(root().Rename("b", "a", Replace::kYes));
  Must(old->Append("er"));
  EXPECT_EQ(Read(*old, 0, 9), "older");
  EXPECT_EQ(Must(old->Stat()).links, 0U);
  EXPECT_EQ(Read(root(), "a"), "new");
}

TEST_P(SeamFiles, ARenamedFileStaysTheSameFile) {
  Must(root().MakeDirectory("d"));
  const auto file = Must(root().Open("a", kMaking));
  Must(root().Rename("a", "d/b", Replace::kNo));
  Must(file->WriteAt(0, "moved"));
  EXPECT_EQ(Read(root(), "d/b"), "moved");
  EXPECT_EQ(Must(file->Stat()).links, 1U);
}

TEST_P(SeamFiles, ClosingLosesNothing) {
  Must(Must(root().Open("a", kMaking))->WriteAt(0, Pattern(100'000)));
  EXPECT_EQ(Read(root(), "a"), Pattern(100'000));
}

TEST_P(SeamFiles, AFileOutlivesItsDirectoryHandle) {
  auto directory = Must(subject().files().OpenDirectory(subject().path()));
  const auto file = Must(directory->Open("a", kMaking));
  directory.reset();
  Must(file->WriteAt(0, "alone"));
  EXPECT_EQ(Read(root(), "a"), "alone");
}

}  // namespace
}  // namespace anystore::seam

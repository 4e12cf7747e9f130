// The dates that tell a torn value from a whole one.
#include "backends/flatfs/unsynced/mark.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace anystore::flatfs {
namespace {

using std::chrono::seconds;

constexpr Instant kNow = Instant(Duration(1'700'000'000'123'456'789));

FileInfo InfoOf(const FileDates& dates) {
  return {.modified = dates.modified, .accessed = dates.accessed};
}

std::uint32_t FingerprintOf(std::string_view bytes) {
  Fingerprint fingerprint;
  fingerprint.Extend(bytes);
  return fingerprint.Get();
}

TEST(Mark, HoldsAnyTagAndFingerprint) {
  for (const std::uint32_t tag : {0U, 1U, 456'789'123U, kTags - 1}) {
    for (const std::uint32_t fingerprint : {0U, 1U, 0x1fffffffU, 0x20000000U, 0xe0000001U, ~0U}) {
      for (const Instant now : {kNow, Instant(), Instant(seconds(-5) - Duration(1))}) {
        const FileInfo info = InfoOf(MarkedDates(tag, fingerprint, now));
        EXPECT_TRUE(IsMarked(info, tag)) << tag << ' ' << fingerprint;
        EXPECT_EQ(MarkedFingerprint(info), fingerprint);
        EXPECT_FALSE(IsMarked(info, tag == 7 ? 8 : 7));
      }
    }
  }
}

TEST(Mark, TellsTheSecondOfTheWriteAndAReadThatIsStillToCome) {
  for (const std::uint32_t fingerprint : {0U, ~0U}) {
    const FileDates dates = MarkedDates(5, fingerprint, kNow);
    EXPECT_EQ(dates.modified, Instant(seconds(1'700'000'000) + Duration(5)));
    EXPECT_GE(dates.accessed, kNow + std::chrono::minutes(1));
    EXPECT_LE(dates.accessed, kNow + std::chrono::minutes(2));
  }
}

TEST(Mark, IsGoneOnceTheFileWasWrittenOrReadAgain) {
  const FileDates dates = MarkedDates(5, 99, kNow);
  EXPECT_FALSE(IsMarked({.modified = kNow, .accessed = dates.accessed}, 5));
  EXPECT_FALSE(IsMarked({.modified = dates.modified, .accessed = kNow}, 5));
  const Instant tomorrow = kNow + std::chrono::hours(25);
  EXPECT_FALSE(IsMarked({.modified = dates.modified, .accessed = tomorrow}, 5));
  // A part of a second that no fingerprint stands for.
  const Instant at = Instant(seconds(1'700'000'064) + Duration(999'999'999));
  EXPECT_FALSE(IsMarked({.modified = dates.modified, .accessed = at}, 5));
}

TEST(Mark, FilesThatNobodyMarkedAreNot) {
  EXPECT_FALSE(IsMarked({.modified = kNow, .accessed = kNow}, 123'456'789));
  EXPECT_FALSE(IsMarked({}, 0));
}

TEST(Fingerprint, TellsTornBytesFromWholeOnes) {
  const std::string whole(9'000, 'v');
  std::string holed = whole;
  holed.replace(4'096, 4'096, 4'096, '\0');
  for (const std::string& torn : {std::string(), whole.substr(0, 4'096), whole.substr(1),
                                  whole + '\0', std::string(9'000, '\0'), holed}) {
    EXPECT_NE(FingerprintOf(torn), FingerprintOf(whole)) << torn.size();
  }
  // Of zeros the number counts alone.
  EXPECT_NE(FingerprintOf(std::string(10, '\0')), FingerprintOf(std::string(11, '\0')));
}

TEST(Fingerprint, IsTheSameInPieces) {
  Fingerprint pieces;
  pieces.Extend("some");
  pieces.Extend("");
  pieces.Extend(" bytes");
  EXPECT_EQ(pieces.Get(), FingerprintOf("some bytes"));
}

}  // namespace
}  // namespace anystore::flatfs

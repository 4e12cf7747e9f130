// Scripts of failures that were found in flatfs once, cut at every call.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/sanitizer.h"
#include "crash/run.h"
#include "crash/script.h"
#include "crash/subject.h"

namespace anystore::crash {
namespace {

// A sanitizer takes ten times as long, and looks at code, of which each profile runs the same.
std::vector<DiskProfile> Profiles() {
  if (base::kFreedMemoryIsWatched) return {DiskProfile::kStrict};
  return {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal};
}

void ExpectRight(std::string_view variant, std::string_view text) {
  const CrashSubject subject = FindSubjects(variant).at(0);
  for (const DiskProfile profile : Profiles()) {
    Result<Script> script = ParseScript(text);
    ASSERT_TRUE(script.has_value()) << script.error().ToString();
    script->profile = profile;
    const RunReport report = RunScript(
        subject, *script, {.images_per_cut = 2, .second_cut_one_in = 8, .write_one_in = 2});
    EXPECT_GT(report.counts.cuts, 10U);
    EXPECT_FALSE(report.failure.has_value()) << report.failure->violation.what << "\n"
                                             << ToText(report.failure->script, "; ");
  }
}

// By the name of a variant, so that the shards of the test share the work.
class FlatfsCrash : public testing::TestWithParam<std::string> {
 protected:
  static void ExpectRight(std::string_view text) { crash::ExpectRight(GetParam(), text); }
};

// A sync after it took the directory, which was not there, for stable.
TEST_P(FlatfsCrash, ARemovalWithoutADirectorySaysNothingOfTheDirectory) {
  ExpectRight("delete /A process; sync; put /A 1 durable");
  ExpectRight("sync; delete /A process; sync; put /A 1 durable; put /A 2 durable");
}

// The note of the disk usage is gone, but nobody knows for how long.
TEST_P(FlatfsCrash, ANoteThatAKilledProcessRemovedDoesNotComeBack) {
  for (const int change : {2, 3, 4}) {
    ExpectRight("disk strict 11 copied; put /A 1; reopen; put /A 1 dies " + std::to_string(change) +
                "; put /B 1 process");
  }
}

// The directory is there and noted, but only its parent's sync makes it stable.
TEST_P(FlatfsCrash, ADirectoryThatAnotherProcessMadeIsSynced) {
  for (const int change : {1, 2, 3, 4, 5, 6, 7, 8}) {
    ExpectRight("put /AB1 1 process dies " + std::to_string(change) +
                "; delete /AB1 process; sync; put /AB1 10 durable");
  }
}

TEST_P(FlatfsCrash, ABatchThatIsAllOrNothingIsSoAndStaysAsItBecame) {
  ExpectRight("put /A1 9; put /B2 9; batch put /A1 5 delete /B2 put /C3 5 all; put /A1 7 durable");
  ExpectRight(
      "put /A 9; batch delete /A delete /B process all; put /A 7 durable; put /B 1 process");
  for (int change = 1; change <= 24; ++change) {
    ExpectRight("put /A1 9; batch put /A1 5 put /B2 6 delete /C3 all dies " +
                std::to_string(change) + "; put /A1 7 durable; delete /B2 process; sync");
  }
}

// Values that a batch writes before it is committed.
TEST_P(FlatfsCrash, ALargeValueOfABatchIsThereWholeOrNotAtAll) {
  ExpectRight(
      "put /A1 9; batch put /A1 70000 put /B2 65536 delete /C3 durable; delete /B2 durable");
  ExpectRight("batch put /A1 65536 put /B2 9 put /A1 70000 put /B2 65536 process; sync");
  ExpectRight("put /A1 9; batch put /A1 70000 put /B2 65536 delete /C3 all; put /A1 7 durable");
  for (const int change : {1, 2, 4, 6, 8, 10}) {
    ExpectRight("put /A1 9; batch put /A1 70000 put /B2 6 all dies " + std::to_string(change) +
                "; put /A1 65536 durable; sync");
  }
}

TEST_P(FlatfsCrash, AStoreThatWasCopiedIsMadeStableFirst) {
  ExpectRight("disk strict 1 copied; put /A 1 durable; put /B 600 durable; delete /A durable");
  ExpectRight("disk strict 2 copied; put /A 1 process; sync");
}

// Without a move in the script, the variants that can be moved are like others.
std::vector<std::string> Variants(bool moved) {
  std::vector<std::string> names;
  for (const CrashSubject& subject : FindSubjects("flatfs")) {
    if (subject.other_url.empty() != moved) names.push_back(subject.name);
  }
  return names;
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Variant, FlatfsCrash, testing::ValuesIn(Variants(false)), NameOf);

using FlatfsMove = FlatfsCrash;

// A note of the space it takes could outlive a repository whose creation was cut off, and was in
// the way of the next one.
TEST_P(FlatfsMove, ANoteIsNotThereBeforeTheRepositoryIs) {
  ExpectRight("disk strict 653402246; move; move dies 11");
}

// A power cut brought back, where it was, the value before the one that had moved.
TEST_P(FlatfsMove, AValueWhoseNameIsUnstableMovesWhenItIsStable) {
  ExpectRight("disk strict 4; put /A 1; put /A 1 process; put /A 1 dies 4; move");
}

INSTANTIATE_TEST_SUITE_P(Variant, FlatfsMove, testing::ValuesIn(Variants(true)), NameOf);

}  // namespace
}  // namespace anystore::crash

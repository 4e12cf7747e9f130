#include "crash/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crash/workload.h"

namespace anystore::crash {
namespace {

using testing::Contains;
using testing::IsEmpty;

const std::vector<DiskProfile> kAllProfiles = {DiskProfile::kStrict, DiskProfile::kJournaled,
                                               DiskProfile::kNoJournal};

std::string Explain(const std::optional<Failure>& failure) {
  if (!failure.has_value()) return "no failure";
  return std::string(Name(failure->violation.fault)) + ": " + failure->violation.what + "\n" +
         ToText(failure->script, "; ");
}

TEST(Campaign, PassesAStoreThatIsRight) {
  const CampaignReport report = RunCampaign(FindSubjects("onefile").at(0),
                                            {.rounds = 4,
                                             .operations = 60,
                                             .profiles = kAllProfiles,
                                             .run = {.second_cut_one_in = 4, .write_one_in = 2}});
  EXPECT_FALSE(report.failure.has_value()) << Explain(report.failure);
  EXPECT_EQ(report.counts.scripts, 12U);
  EXPECT_GT(report.counts.cuts, 1000U);
  for (const std::uint64_t images : report.counts.images) EXPECT_GE(images, report.counts.cuts);
  EXPECT_GT(report.counts.second_cuts, 100U);
}

TEST(Campaign, IsTheSameOnAnyNumberOfThreads) {
  const CrashSubject subject = FindSubjects("broken-no_data_sync").at(0);
  CampaignOptions options{.rounds = 5, .operations = 15};
  const CampaignReport one = RunCampaign(subject, options);
  options.threads = 3;
  const CampaignReport three = RunCampaign(subject, options);
  ASSERT_TRUE(one.failure.has_value());
  EXPECT_EQ(Explain(one.failure), Explain(three.failure));
  EXPECT_EQ(ToText(one.barriers, false), ToText(three.barriers, false));
  EXPECT_EQ(one.counts.images, three.counts.images);
}

struct Broken {
  std::string flaw;
  std::vector<Fault> faults;  // what it may be caught at
};

class BrokenStore : public testing::TestWithParam<Broken> {};

TEST_P(BrokenStore, IsCaught) {
  const CrashSubject subject = FindSubjects("broken-" + GetParam().flaw).at(0);
  // Without a use after recovery, which would find most of them at once.
  const CampaignReport report = RunCampaign(
      subject,
      {.rounds = 30, .operations = 40, .run = {.second_cut_one_in = 4, .write_one_in = 0}});
  ASSERT_TRUE(report.failure.has_value());
  EXPECT_THAT(GetParam().faults, Contains(report.failure->violation.fault))
      << Explain(report.failure);
  // What was found can be shown again, by its text alone.
  const Result<Script> script = ParseScript(ToText(report.failure->script));
  ASSERT_TRUE(script.has_value());
  const RunReport again = RunScript(subject, *script, {});
  ASSERT_TRUE(again.failure.has_value());
  EXPECT_EQ(again.failure->violation.what, report.failure->violation.what);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenStore,
    testing::Values(Broken{"no_data_sync", {Fault::kTorn}}, Broken{"early_rename", {Fault::kTorn}},
                    Broken{"no_directory_sync", {Fault::kLost, Fault::kOutdated}},
                    Broken{"no_parent_sync", {Fault::kLost}},
                    Broken{"trusts_strangers",
                           {Fault::kLost, Fault::kOutdated, Fault::kResurrected, Fault::kNoOpen}},
                    Broken{"no_remove_sync", {Fault::kResurrected}},
                    Broken{"early_acknowledge", {Fault::kLost, Fault::kOutdated}},
                    Broken{"lists_temporaries", {Fault::kListing}},
                    Broken{"fragile", {Fault::kNoOpen}},
                    Broken{"careless_recovery", {Fault::kNoOpen}},
                    Broken{"removes_first", {Fault::kLost}}),
    [](const auto& broken) { return broken.param.flaw; });

TEST(MutateBarriers, NoticesEveryBarrierOfAStoreThatIsRight) {
  const MutationReport report =
      MutateBarriers(FindSubjects("onefile").at(0), {.rounds = 6, .operations = 40});
  EXPECT_FALSE(report.failure.has_value()) << Explain(report.failure);
  EXPECT_THAT(report.unnoticed, IsEmpty()) << ToText(report.barriers, true);
  EXPECT_THAT(report.unhit, IsEmpty()) << ToText(report.barriers, true);
  EXPECT_TRUE(report.passed());
  // The mark's bytes, its name and its directory's; a value's bytes, its name, its directory's
  // name; a removal; all of an earlier process. Both kinds of bytes are synced in one place.
  EXPECT_EQ(report.barriers.size(), 7U) << ToText(report.barriers, true);
  for (const auto& [site, cells] : report.barriers) {
    EXPECT_EQ(cells[static_cast<std::size_t>(Survivors::kAll)].broken, 0U) << site;
  }
}

TEST(MutateBarriers, NamesABarrierThatIsNeedless) {
  const MutationReport report =
      MutateBarriers(FindSubjects("broken-needless_sync").at(0), {.rounds = 2, .operations = 25});
  EXPECT_FALSE(report.failure.has_value()) << Explain(report.failure);
  // The two syncs in Write of which one is enough; so few workloads may miss others.
  EXPECT_THAT(report.unnoticed, Contains(testing::EndsWith(" Write")).Times(2))
      << ToText(report.barriers, true);
  EXPECT_FALSE(report.passed());
}

TEST(MutateBarriers, SaysNothingOfAStoreThatIsBrokenAnyway) {
  const MutationReport report =
      MutateBarriers(FindSubjects("broken-no_parent_sync").at(0), {.rounds = 2, .operations = 25});
  EXPECT_TRUE(report.failure.has_value());
  EXPECT_FALSE(report.passed());
}

}  // namespace
}  // namespace anystore::crash

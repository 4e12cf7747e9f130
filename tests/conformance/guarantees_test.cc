// What a report says became of every claim.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "anystore/conformance.h"
#include "conformance/map_store.h"

namespace anystore::conformance {
namespace {

using testing::MapStore;

Target TargetThatClaims(const Capabilities& claimed) {
  return testing::MakeTarget("map", [claimed](auto medium, const Environment& environment) {
    return std::make_unique<MapStore>(std::move(medium), environment, claimed);
  });
}

std::map<std::string, Verdict> VerdictsOf(const Report& report) {
  std::map<std::string, Verdict> verdicts;
  for (const Guarantee& guarantee : report.guarantees()) {
    verdicts[guarantee.axis] = guarantee.verdict;
  }
  return verdicts;
}

TEST(Guarantees, OfAStoreThatClaimsEverythingAreProven) {
  const Report report =
      conformance::Run(TargetThatClaims(testing::EverythingClaimed()), {.quick = true});
  ASSERT_TRUE(report.passed()) << report.ToText();
  for (const auto& [axis, verdict] : VerdictsOf(report)) {
    const Verdict expected = axis == "transactions" || axis == "sharing" ? Verdict::kRefused
                             : axis == "put_durability"                  ? Verdict::kNotClaimed
                                                                         : Verdict::kProven;
    EXPECT_EQ(verdict, expected) << axis;
  }
  EXPECT_EQ(report.guarantees().size(), 21U);
  EXPECT_EQ(report.largest.value, 1U << 20U);
  EXPECT_GT(report.largest.batch, 7'000'000U);
  EXPECT_GT(report.largest.key, 1000U);
}

TEST(Guarantees, ThatAreNotClaimedAreSeenRefused) {
  Capabilities little = testing::EverythingClaimed();
  little.versions = VersionSupport::kAbsent;
  little.snapshots = Support::kAbsent;
  little.consistency = Consistency::kEventual;
  little.expiry = Support::kEmulated;
  Target target = TargetThatClaims(little);
  target.crash = {};
  const Report report = conformance::Run(
      target, {.chapters = {"listing", "absent_options", "expiry", "snapshots"}, .quick = true});
  ASSERT_TRUE(report.passed()) << report.ToText();
  const auto verdicts = VerdictsOf(report);
  EXPECT_EQ(verdicts.at("versions"), Verdict::kRefused);
  EXPECT_EQ(verdicts.at("snapshots"), Verdict::kRefused);
  EXPECT_EQ(verdicts.at("consistency"), Verdict::kNotClaimed);
  EXPECT_EQ(verdicts.at("expiry"), Verdict::kEmulated);
  EXPECT_EQ(verdicts.at("ordered_scan"), Verdict::kUntried);
  EXPECT_EQ(verdicts.at("durability_max"), Verdict::kUntried);
}

// Takes no expiry for an answer, and keeps every record.
class KeepsAll final : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(testing::Records& records, const Mutation& mutation, Receipt& receipt) override {
    Mutation kept = mutation;
    kept.expires_at.reset();
    return MapStore::ApplyOne(records, kept, receipt);
  }
};

TEST(Guarantees, ThatDoNotHoldHaveFailed) {
  const Target target =
      testing::MakeTarget("keeps", [](auto medium, const Environment& environment) {
        return std::make_unique<KeepsAll>(std::move(medium), environment);
      });
  const Report report =
      conformance::Run(target, {.chapters = {"put_get", "expiry*"}, .quick = true});
  EXPECT_EQ(VerdictsOf(report).at("expiry"), Verdict::kFailed);
  EXPECT_EQ(VerdictsOf(report).at("access"), Verdict::kProven);
  const std::string json = report.ToJson();
  for (const char* const part :
       {"{\"format\":1,\"version\":\"",
        "{\"axis\":\"expiry\",\"claimed\":\"native\",\"verdict\":\"failed\",\"chapters\":["
        "\"expiry\"]}",
        "\"largest_taken\":{\"key_bytes\":7,\"value_bytes\":256,", "\"seconds\":"}) {
    EXPECT_TRUE(json.contains(part)) << part << "\n" << json;
  }
}

TEST(Guarantees, OfAStoreThatDoesNotOpenAreUnknown) {
  const Report report = conformance::Run(
      {.name = "none", .open = [] { return Result<Store>(Error(Code::kIoError)); }});
  EXPECT_TRUE(report.guarantees().empty());
}

}  // namespace
}  // namespace anystore::conformance

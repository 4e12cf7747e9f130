#include <gtest/gtest.h>

#include <ranges>
#include <set>
#include <stdexcept>
#include <string>

#include "anystore/conformance.h"
#include "chapter.h"
#include "conformance/map_store.h"

namespace anystore::conformance {
namespace {

using testing::EverythingClaimed;
using testing::LittleClaimed;
using testing::MakeTarget;
using testing::MapStore;
using testing::Medium;

Target HonestTarget(const Capabilities& claimed) {
  return MakeTarget("honest", [claimed](std::shared_ptr<Medium> medium, const Environment& env) {
    return std::make_unique<MapStore>(std::move(medium), env, claimed);
  });
}

// A store that scans in no order when it claims none.
class Unordered : public MapStore {
 public:
  using MapStore::MapStore;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    ScanOptions backwards = options;
    backwards.reverse = true;
    return MapStore::Scan(range, backwards);
  }
};

TEST(Kit, PassesTheHonestStoreThatClaimsEverything) {
  const Report report = conformance::Run(HonestTarget(EverythingClaimed()), {.quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.count(Outcome::kSkipped), 2U) << report.ToText();
  EXPECT_EQ(report.find("absent_options")->outcome, Outcome::kSkipped);
}

TEST(Kit, PassesTheHonestStoreThatClaimsLittle) {
  Target target = MakeTarget("modest", [](std::shared_ptr<Medium> medium, const Environment& env) {
    return std::make_unique<Unordered>(std::move(medium), env, LittleClaimed());
  });
  target.crash = {};
  const Report report = conformance::Run(target, {.quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  for (const char* const chapter :
       {"ordered_scan", "reverse_scan", "seek", "snapshots", "scan_snapshot", "batch_atomicity",
        "conditional_writes", "versions", "expiry", "crash_after_writes", "go/combinations"}) {
    const ChapterReport* const found = report.find(chapter);
    ASSERT_NE(found, nullptr) << chapter;
    EXPECT_EQ(found->outcome, Outcome::kSkipped) << chapter;
    EXPECT_NE(found->reason, "") << chapter;
  }
  EXPECT_EQ(report.find("refused_keys")->outcome, Outcome::kPassed);
  EXPECT_EQ(report.find("absent_options")->outcome, Outcome::kPassed);
}

TEST(Kit, CountsTheCombinationsOfTheGoSuite) {
  const Report report =
      conformance::Run(HonestTarget(EverythingClaimed()), {.chapters = {"go/*"}, .quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.chapters.size(), 13U);
  EXPECT_EQ(report.find("go/combinations")->cases, 1151U);
}

TEST(Kit, RunsTheChosenChapters) {
  std::vector<std::string> seen;
  const Report report = conformance::Run(
      HonestTarget(EverythingClaimed()),
      {.chapters = {"has", "batch_o*"},
       .quick = true,
       .on_progress = [&](const ChapterReport& chapter) { seen.push_back(chapter.name); }});
  EXPECT_EQ(seen, (std::vector<std::string>{"has", "batch_order"}));
  EXPECT_EQ(report.chapters.size(), 2U);
  EXPECT_TRUE(report.passed());
}

TEST(Kit, FailsWhenNoChapterIsChosen) {
  const Report report =
      conformance::Run(HonestTarget(EverythingClaimed()), {.chapters = {"no_such"}});
  EXPECT_FALSE(report.passed());
  EXPECT_NE(report.ToText().find("no_such"), std::string::npos);
}

TEST(Kit, FailsWhenTheStoreDoesNotOpen) {
  const Target target{.name = "broken", .open = []() -> Result<Store> {
                        return Error(Code::kIoError, "the disk is on fire");
                      }};
  const Report report = conformance::Run(target);
  EXPECT_FALSE(report.passed());
  EXPECT_NE(report.ToText().find("the disk is on fire"), std::string::npos);
}

// Throws where the interface forbids it.
class Throwing : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view, const ReadOptions&) override {
    throw std::runtime_error("thrown by Get");
  }
};

TEST(Kit, ReportsExceptionsAsFailures) {
  const Target target =
      MakeTarget("throwing", [](std::shared_ptr<Medium> medium, const Environment& env) {
        return std::make_unique<Throwing>(std::move(medium), env);
      });
  const Report report = conformance::Run(target, {.chapters = {"put_get"}});
  ASSERT_EQ(report.find("put_get")->outcome, Outcome::kFailed);
  EXPECT_EQ(report.find("put_get")->failures.at(0).found, "thrown by Get");
}

// Forgets every Put.
class Forgetful : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions&) override {
    return Receipt{.applied = mutations.size()};
  }
};

TEST(Report, TellsWhatWasExpectedWhatWasFoundAndWhatLedToIt) {
  const Target target =
      MakeTarget("forgetful", [](std::shared_ptr<Medium> medium, const Environment& env) {
        return std::make_unique<Forgetful>(std::move(medium), env);
      });
  const Report report = conformance::Run(target, {.chapters = {"put_get", "deletes"}, .seed = 17});
  const ChapterReport* const chapter = report.find("put_get");
  ASSERT_EQ(chapter->outcome, Outcome::kFailed);
  const Failure& failure = chapter->failures.at(0);
  EXPECT_EQ(failure.check, "Get after Put");
  EXPECT_EQ(failure.expected, "\"first\"");
  EXPECT_EQ(failure.found, "not_found");
  EXPECT_EQ(failure.history,
            (std::vector<std::string>{"open a fresh store -> ok", "put \"/A\" 5 bytes -> ok",
                                      "get \"/A\" -> not_found"}));
  EXPECT_EQ(report.find("deletes")->outcome, Outcome::kSkipped);
  EXPECT_EQ(report.find("deletes")->reason, "builds on put_get, which failed");
  const std::string text = report.ToText();
  for (const char* const part :
       {"failed  put_get", "check     Get after Put", "expected  \"first\"", "found     not_found",
        "after     open a fresh store -> ok", "again: --seed 17 --chapter put_get"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const std::string json = report.ToJson();
  for (const char* const part :
       {"\"passed\":false", "\"name\":\"put_get\"", "\"outcome\":\"failed\"",
        "\"expected\":\"\\\"first\\\"\"", "\"ReadHandle::Get\":[\"not_found\"]"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(Report, RepeatsWithTheSameSeed) {
  const Target target = HonestTarget(EverythingClaimed());
  const Options options{.chapters = {"random_model"}, .seed = 5, .quick = true};
  EXPECT_EQ(conformance::Run(target, options).chapters.at(0).checks,
            conformance::Run(target, options).chapters.at(0).checks);
  const Options other{.chapters = {"random_model"}, .seed = 6, .quick = true};
  EXPECT_NE(conformance::Run(target, options).chapters.at(0).checks,
            conformance::Run(target, other).chapters.at(0).checks);
}

TEST(Chapters, BuildOnlyOnChaptersThatStandBeforeThem) {
  std::set<std::string_view> before;
  for (const Chapter& chapter : Chapters()) {
    for (const auto part : std::views::split(chapter.builds_on, ' ')) {
      const std::string_view name(part.begin(), part.end());
      EXPECT_TRUE(name.empty() || before.contains(name)) << chapter.name << ": " << name;
    }
    EXPECT_TRUE(before.insert(chapter.name).second) << chapter.name << " stands there twice";
  }
}

}  // namespace
}  // namespace anystore::conformance

// What is done with tablets on a simulated disk, with the power cut at each of its calls.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/simulated_disk.h"
#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/writer.h"
#include "base/sanitizer.h"
#include "filesystem/intercepted/intercepted.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {

// Leaves out one sync, which reports success.
class OneSyncLess final : public filesystem::Interceptor {
 public:
  explicit OneSyncLess(std::uint64_t left_out) : left_out_(left_out) {}
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (!filesystem::IsSync(call.operation)) return filesystem::Decision::Proceed();
    return ++syncs == left_out_ ? filesystem::Decision::Pretend() : filesystem::Decision::Proceed();
  }
  std::uint64_t syncs = 0;

 private:
  const std::uint64_t left_out_;  // counted from 1; 0: none
};

// Steps, one after the other, and what must hold wherever the power is cut.
struct PowerCutTest {
  // Done before, and stable.
  std::function<void(Directory&)> prepare = [](Directory& /*root*/) {};
  // Each returns whether it was acknowledged; without that, none behind it is done.
  std::vector<std::function<bool(Directory&)>> steps = {};
  // Whether what is done later has later dates.
  bool time_passes = true;
  // What is wrong with what is left when so many steps were acknowledged; empty: nothing.
  std::function<std::string(SimulatedDisk&, std::size_t)> wrong = {};
};

// A kind of disk.
struct DiskKind {
  DiskProfile profile = DiskProfile::kStrict;
  bool unnamed_files = true;
};

inline std::vector<DiskKind> DiskKinds() {
  std::vector<DiskKind> kinds;
  for (const DiskProfile profile :
       {DiskProfile::kStrict, DiskProfile::kJournaled, DiskProfile::kNoJournal}) {
    for (const bool unnamed : {true, false})
      kinds.push_back({.profile = profile, .unnamed_files = unnamed});
  }
  return kinds;
}

// What a run found.
struct PowerCuts {
  std::string wrong = {};  // the first image that was
  std::uint64_t syncs = 0;
  std::uint64_t cuts = 0;
};

// Cuts the power before each call, and behind the last one.
inline PowerCuts CutEverywhere(const PowerCutTest& test, const DiskKind& kind,
                               std::uint64_t left_out = 0) {
  constexpr std::uint64_t kSeeds = 6;
  PowerCuts found;
  for (std::uint64_t calls = 0;; ++calls) {
    ManualClock clock{Instant(std::chrono::hours(400'000))};
    SimulatedDisk disk({.seed = calls + 1,
                        .profile = kind.profile,
                        .traits = {.unnamed_files = kind.unnamed_files},
                        .clock = &clock});
    test.prepare(*disk.OpenDirectory("/").value());
    if (test.time_passes) clock.Advance(std::chrono::hours(1));
    OneSyncLess syncs(left_out);
    filesystem::InterceptedFileSystem files(disk, syncs);
    const auto root = files.OpenDirectory("/").value();
    disk.CutPower(calls);
    std::size_t acknowledged = 0;
    while (acknowledged < test.steps.size() && test.steps[acknowledged](*root)) ++acknowledged;
    found.syncs = syncs.syncs;
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        ++found.cuts;
        found.wrong = test.wrong(*disk.Crash(survivors, seed), acknowledged);
        if (found.wrong.empty()) continue;
        found.wrong = "profile " + std::to_string(static_cast<int>(kind.profile)) + ", unnamed " +
                      std::to_string(static_cast<int>(kind.unnamed_files)) + ", cut before call " +
                      std::to_string(calls) + ", " + std::string(Name(survivors)) + " " +
                      std::to_string(seed) + ", " + std::to_string(acknowledged) +
                      " steps acknowledged: " + found.wrong;
        return found;
      }
    }
    if (acknowledged == test.steps.size()) return found;
  }
}

// Nothing is ever wrong on any disk, but without any one of the syncs something is on some.
inline void ExpectSurvives(const PowerCutTest& test) {
  std::uint64_t syncs = 0;
  for (const DiskKind& kind : DiskKinds()) {
    const PowerCuts whole = CutEverywhere(test, kind);
    EXPECT_EQ(whole.wrong, "");
    EXPECT_GT(whole.cuts, 50U);
    syncs = whole.syncs;
  }
  if (base::kFreedMemoryIsWatched) return;  // these tests are tested elsewhere, in less time
  for (std::uint64_t left_out = 1; left_out <= syncs; ++left_out) {
    EXPECT_TRUE(std::ranges::any_of(
        DiskKinds(),
        [&](const DiskKind& kind) { return !CutEverywhere(test, kind, left_out).wrong.empty(); }))
        << "nobody misses sync " << left_out << " of " << syncs;
  }
}

// Several blocks, each of more than a sector.
inline Said SaidBy(std::string_view who, std::size_t entries = 6) {
  Said said;
  for (std::size_t i = 0; i < entries; ++i)
    said["key" + std::to_string(100 + i)] = std::string(who) + std::string(3000, 'v');
  said["key0"] = std::nullopt;
  return said;
}

// Whether it was written.
inline bool WriteTablet(Directory& root, std::string_view name, const Said& said, Replace replace) {
  auto writer = TabletWriter::Create(root, name, {}, replace);
  if (!writer.has_value()) return false;
  for (const auto& [key, value] : said) {
    const Status added = value.has_value() ? writer->Add(key, *value) : writer->AddDeletion(key);
    if (!added.has_value()) return false;
  }
  return writer->Finish().has_value();
}

// What a tablet says; none where there is no such name. One that is damaged fails the test.
inline std::optional<Said> SaidIn(Directory& root, std::string_view name, std::string& wrong) {
  const auto report = CheckTablet(root, name);
  if (!report.has_value()) {
    if (report.error().code() != Code::kNotFound) wrong = report.error().ToString();
    return std::nullopt;
  }
  if (report->fault_count > 0) {
    wrong = Describe(report->faults[0]);
    return std::nullopt;
  }
  Said said;
  for (const auto& [key, value] : Rest(TabletReader::Open(root, name).value()->Find("")))
    said[key] = value;
  return said;
}

}  // namespace anystore::tablet

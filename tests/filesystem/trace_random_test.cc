// Random calls, written down on one filesystem and made again on the others from the text alone.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/script.h"
#include "filesystem/seam.h"
#include "filesystem/trace/trace.h"

namespace anystore::filesystem {
namespace {

using seam::Medium;

constexpr int kSteps = 2'000;

// What the host's temporary directory can do.
const script::Abilities& HostsAbilities() {
  static const script::Abilities abilities = [] {
    const auto host = seam::NewSubject({.medium = Medium::kPosix});
    return script::Abilities(host->files(), host->path());
  }();
  return abilities;
}

// Plays a random script behind a trace, with faults behind that. Returns the trace.
std::string Record(Medium medium, std::uint64_t seed, std::string_view faults) {
  const auto subject = seam::NewSubject({.medium = medium});
  Trace trace;
  ManualClock clock{Instant{}};
  const auto rules = FaultRules::Parse(faults, {.seed = seed, .clock = &clock}).value();
  Chain chain({&trace, rules.get()});
  InterceptedFileSystem files(subject->files(), chain, subject->path());
  {
    script::Player player(files, "/");
    SeededRandom random(seed);
    for (int i = 0; i < kSteps; ++i) {
      const script::Step step =
          script::Draw([&](std::uint64_t bound) { return random.Below(bound); });
      if (HostsAbilities().Allow(step)) static_cast<void>(player.Play(step));
    }
    static_cast<void>(player.Describe());
  }
  EXPECT_EQ(files.open_handles(), 0U);
  return trace.ToString();
}

// Makes the calls again: "" or how they differ. `again` gets the trace of that.
std::string Difference(Medium medium, std::string_view trace, Trace& again) {
  const auto subject = seam::NewSubject({.medium = medium});
  InterceptedFileSystem files(subject->files(), again, subject->path());
  const auto difference = Replay(trace, files);
  if (!difference.has_value()) return std::string(difference.error().message());
  if (!difference->has_value()) return "";
  return "line " + std::to_string((*difference)->line) + ": " + (*difference)->call + "\nnow " +
         (*difference)->actual;
}

class TraceOfRandomCalls : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  TraceOfRandomCalls() { ::umask(022); }
};

INSTANTIATE_TEST_SUITE_P(Seeds, TraceOfRandomCalls, ::testing::Range<std::uint64_t>(1, 6));

TEST_P(TraceOfRandomCalls, ReplaysOnEveryFilesystem) {
  const std::string recorded = Record(Medium::kMemory, GetParam(), "");
  for (const Medium medium : {Medium::kMemory, Medium::kSimulated, Medium::kPosix}) {
    Trace again;
    ASSERT_EQ(Difference(medium, recorded, again), "") << static_cast<int>(medium);
  }
}

TEST_P(TraceOfRandomCalls, ReplaysWhatTheKernelDid) {
  Trace again;
  ASSERT_EQ(Difference(Medium::kMemory, Record(Medium::kPosix, GetParam(), ""), again), "");
}

// A sync is asked for somewhere else now.
std::string WithoutSites(const std::string& trace) {
  return std::regex_replace(trace, std::regex(" site=[^ ]+"), "");
}

TEST_P(TraceOfRandomCalls, IsThatOfItsReplay) {
  const std::string recorded = Record(Medium::kMemory, GetParam(), "");
  Trace again;
  ASSERT_EQ(Difference(Medium::kMemory, recorded, again), "");
  ASSERT_EQ(WithoutSites(again.ToString()), WithoutSites(recorded));
}

TEST_P(TraceOfRandomCalls, LeavesOutWhatFaultsDecided) {
  const std::string recorded =
      Record(Medium::kMemory, GetParam(),
             "read|write probability=0.2 shorten=3; sync* pretend; probability=0.05 fail=EIO; "
             "write probability=0.1 fail=EINTR");
  EXPECT_NE(recorded.find(" decided\n"), std::string::npos);
  Trace again;
  ASSERT_EQ(Difference(Medium::kSimulated, recorded, again), "");
}

}  // namespace
}  // namespace anystore::filesystem

// The filesystems of our own against the kernel's: a hundred thousand random calls, each answered
// alike by all. What differs is cut down to the few calls that it takes.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>

#include "filesystem/intercepted/intercepted.h"
#include "filesystem/script.h"
#include "filesystem/seam.h"

namespace anystore::script {
namespace {

using seam::Case;
using seam::Medium;
using seam::Subject;

/// How a difference shows. Empty: there is none.
struct Difference {
  /// How many steps it took.
  std::size_t steps = 0;
  std::string text;
};

using Makers = std::vector<std::function<std::unique_ptr<Subject>()>>;

/// Plays a script on a new subject of each maker; the first one is right. What is in them is
/// compared every `describe_every` steps and at the end.
Difference Compare(const Makers& makers, const Script& script, std::size_t describe_every) {
  std::vector<std::unique_ptr<Subject>> subjects;
  std::vector<Player> players;
  for (const auto& make : makers) {
    subjects.push_back(make());
    players.emplace_back(subjects.back()->files(), subjects.back()->path());
  }
  std::vector<std::string> answers(makers.size());
  const auto differ = [&] {
    return std::any_of(answers.begin(), answers.end(),
                       [&](const std::string& answer) { return answer != answers.front(); });
  };
  const auto tell = [&](std::size_t steps, const std::string& what) {
    Difference difference{.steps = steps, .text = what + "\n"};
    for (std::size_t i = 0; i < answers.size(); ++i) {
      difference.text += "  subject " + std::to_string(i) + ": " + answers[i] + "\n";
    }
    return difference;
  };
  for (std::size_t i = 0; i < script.size(); ++i) {
    for (std::size_t p = 0; p < players.size(); ++p) answers[p] = players[p].Play(script[i]);
    if (differ()) return tell(i + 1, ToString(script[i]));
    if ((i + 1) % describe_every != 0 && i + 1 != script.size()) continue;
    for (std::size_t p = 0; p < players.size(); ++p) answers[p] = players[p].Describe();
    if (differ()) return tell(i + 1, "what is in them after " + ToString(script[i]));
  }
  return {};
}

/// The script without all steps that can be left out, one run of them after the other, so that a
/// difference, any one, remains.
Script Shrink(const Makers& makers, Script script) {
  const auto cut = [&](const Difference& difference) { script.resize(difference.steps); };
  cut(Compare(makers, script, 1));
  for (std::size_t run = script.size() / 2; run > 0;) {
    bool shorter = false;
    for (std::size_t end = script.size(); end >= run && end > 0;) {
      Script without = script;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(end - run),
                    without.begin() + static_cast<std::ptrdiff_t>(end));
      const Difference difference = Compare(makers, without, 1);
      if (!difference.text.empty()) {
        script = std::move(without);
        cut(difference);
        shorter = true;
      }
      end = std::min(end - run, script.size());
    }
    if (!shorter || run > script.size()) run = std::min(run / 2, script.size());
  }
  return script;
}

/// A difference for people: the least script, and how it ends.
std::string Explain(const Makers& makers, const Script& script) {
  const Script least = Shrink(makers, script);
  std::string text;
  for (const Step& step : least) text += ToString(step) + "\n";
  return text + "-- " + Compare(makers, least, 1).text;
}

Script Random(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  Script script(size);
  for (Step& step : script) step = Draw([&](std::uint64_t bound) { return random.Below(bound); });
  return script;
}

Makers MakersOf(std::initializer_list<Case> cases) {
  Makers makers;
  for (const Case& chosen : cases) makers.push_back([chosen] { return seam::NewSubject(chosen); });
  return makers;
}

// Sharded by ctest: each part has a seed of its own.
class Differential : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  Differential() { ::umask(022); }
};

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, ::testing::Range<std::uint64_t>(1, 5));

TEST_P(Differential, MemoryAndTheSimulatedDiskAnswerAsTheKernelDoes) {
  constexpr std::size_t kScripts = 25;
  constexpr std::size_t kSteps = 1'000;
  const Makers makers = MakersOf(
      {{.medium = Medium::kPosix}, {.medium = Medium::kMemory}, {.medium = Medium::kSimulated}});
  const auto host = seam::NewSubject({.medium = Medium::kPosix});
  const Abilities hosts(host->files(), host->path());
  for (std::size_t i = 0; i < kScripts; ++i) {
    const std::uint64_t seed = GetParam() * 1'000 + i;
    Script script = Random(seed, kSteps);
    std::erase_if(script, [&](const Step& step) { return !hosts.Allow(step); });
    const Difference difference = Compare(makers, script, 100);
    ASSERT_TRUE(difference.text.empty())
        << "seed " << seed << " (0: kernel, 1: memory, 2: simulated), after " << difference.steps
        << " steps:\n"
        << difference.text << "\nThe least script:\n"
        << Explain(makers, script);
  }
}

// The test's own tests.

TEST(DifferentialScript, MeetsEveryVerbAndEveryError) {
  ::umask(022);
  const auto subject = seam::NewSubject({.medium = Medium::kMemory});
  Player player(subject->files(), subject->path());
  std::map<Verb, int> worked;
  std::map<std::string, int> answers;
  for (const Step& step : Random(7, 20'000)) {
    const std::string answer = player.Play(step);
    ++answers[answer];
    const bool failed = answer.starts_with("nothing") || answer == "not_found" ||
                        answer == "already_exists" || answer == "invalid_argument" ||
                        answer == "precondition_failed" || answer == "permission_denied" ||
                        answer == "busy" || answer == "too_large" || answer == "unsupported";
    if (!failed) ++worked[step.verb];
  }
  EXPECT_LT(answers["nothing is open"], 6'000);
  EXPECT_EQ(worked.size(), static_cast<std::size_t>(Verb::kUnlock) + 1);
  for (const auto& [verb, count] : worked) EXPECT_GE(count, 15) << ToString({.verb = verb});
  for (const char* code : {"not_found", "already_exists", "invalid_argument", "busy", "too_large",
                           "precondition_failed", "permission_denied", "unsupported"}) {
    EXPECT_GE(answers[code], 5) << code;
  }
}

/// Lies once a file was cut to an odd size.
class CutsWrong final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    const bool odd = call.operation == filesystem::Operation::kTruncate && call.offset % 2 == 1;
    return odd ? filesystem::Decision::Fail(Error(Code::kIoError))
               : filesystem::Decision::Proceed();
  }
};

class LyingSubject final : public Subject {
 public:
  FileSystem& files() override { return files_; }
  const std::string& path() const override { return inner_->path(); }
  Clock& clock() override { return inner_->clock(); }

 private:
  std::unique_ptr<Subject> inner_ = seam::NewSubject({.medium = Medium::kMemory});
  CutsWrong interceptor_;
  filesystem::InterceptedFileSystem files_{inner_->files(), interceptor_};
};

TEST(DifferentialScript, FindsADifferenceAndShrinksItToTheCallsItTakes) {
  ::umask(022);
  Makers makers = MakersOf({{.medium = Medium::kMemory}});
  makers.push_back([] { return std::make_unique<LyingSubject>(); });
  const Script script = Random(3, 1'000);
  ASSERT_FALSE(Compare(makers, script, 100).text.empty());
  const Script least = Shrink(makers, script);
  ASSERT_EQ(least.size(), 2U) << Explain(makers, script);
  EXPECT_EQ(least[0].verb, Verb::kOpen);
  EXPECT_EQ(least[1].verb, Verb::kTruncate);
  EXPECT_THAT(Explain(makers, script), ::testing::HasSubstr("subject 1: io_error"));
}

}  // namespace
}  // namespace anystore::script

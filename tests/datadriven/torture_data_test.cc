// Runs tests/data/torture: what stores, and the model, answer to the steps of scripts; and what
// torture makes of stores that lie.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "anystore/torture.h"
#include "conformance/liars.h"
#include "datadriven/datadriven.h"
#include "torture/operation.h"
#include "torture/race.h"

namespace anystore::datadriven {
namespace {

using conformance::Target;
using conformance::testing::Liar;

Target TargetNamed(const std::string& name) {
  for (const std::vector<Liar>& liars :
       {conformance::testing::RecordLiars(), conformance::testing::CollectionLiars()}) {
    for (const Liar& liar : liars) {
      if (liar.name == name) return conformance::testing::MakeTarget(name, liar.make);
    }
  }
  Result<Target> target = conformance::TargetFromUrl(name);
  if (!target.has_value()) throw BadCase(target.error().ToString());
  return *std::move(target);
}

class TortureCommands {
 public:
  std::string Run(const Case& given) {
    if (given.command.starts_with("stores ")) {
      Arguments arguments(given.command);
      return Open(arguments);
    }
    if (given.command.starts_with("torture")) {
      Arguments arguments(given.command);
      return Torture(arguments);
    }
    return Step(given.command);
  }

 private:
  // Begins afresh on these.
  std::string Open(Arguments& arguments) {
    race_.reset();
    targets_.clear();
    while (arguments.HasNext()) targets_.push_back(TargetNamed(arguments.Next("store")));
    rules_ = Must(conformance::torture::MakeRules(targets_, "", 1));
    race_.emplace(Must(conformance::torture::Race::Start(targets_, *rules_)));
    return "ok";
  }

  std::string Torture(Arguments& arguments) {
    const std::uint64_t operations = arguments.KeyNumber("operations").value_or(20'000);
    const std::uint64_t seed = arguments.KeyNumber("seed").value_or(1);
    std::vector<Target> targets;
    while (arguments.HasNext()) targets.push_back(TargetNamed(arguments.Next("store")));
    arguments.End();
    const auto report =
        Must(conformance::Torture(targets, {.operations = operations, .seed = seed}));
    if (report.passed()) return "every answer was right";
    const conformance::Divergence& wrong = *report.divergence;
    return wrong.script + "----\nexpected\n" + wrong.expected + "\nfound\n" + wrong.found;
  }

  std::string Step(const std::string& step) {
    if (!race_.has_value()) throw BadCase("no stores; begin with `stores memory:`");
    const auto operation = conformance::torture::ParseOperation(step);
    if (!operation.has_value()) throw BadCase(std::string(operation.error().message()));
    const auto mismatch = race_->Step(*operation);
    std::string text = ToText(race_->answer());
    if (!mismatch.has_value()) return text;
    return text + "\n" + targets_[mismatch->target].name + ": " + ToText(mismatch->found);
  }

  template <class T>
  static T Must(Result<T> result) {
    if (!result.has_value()) throw BadCase(result.error().ToString());
    return *std::move(result);
  }

  std::vector<Target> targets_;
  std::optional<conformance::torture::Rules> rules_;
  std::optional<conformance::torture::Race> race_;
};

class TortureFiles : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(TortureFiles, Hold) {
  TortureCommands commands;
  RunFile(GetParam(), [&commands](const Case& given) { return commands.Run(given); });
}

INSTANTIATE_TEST_SUITE_P(Data, TortureFiles, ::testing::ValuesIn(DataFiles("torture")),
                         DataFileName);

}  // namespace
}  // namespace anystore::datadriven

// Runs tests/data/crash: workloads on a store, cut at every call, and what is wrong with what is
// left.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <regex>
#include <string>

#include "crash/campaign.h"
#include "crash/run.h"
#include "crash/script.h"
#include "crash/shrink.h"
#include "crash/subject.h"
#include "datadriven/datadriven.h"

namespace anystore::datadriven {
namespace {

using crash::CampaignOptions;
using crash::CampaignReport;
using crash::CrashSubject;
using crash::Failure;
using crash::RunOptions;
using crash::RunReport;
using crash::Script;

// Lines of sources change with them.
std::string WithoutLines(const std::string& text) {
  static const std::regex line_of_source("(\\.(cc|h)):[0-9]+");
  return std::regex_replace(text, line_of_source, "$1");
}

std::string FailureText(const std::optional<Failure>& failure) {
  if (!failure.has_value()) return "nothing is wrong";
  return std::string(Name(failure->violation.fault)) + ": " + failure->violation.what;
}

class CrashCommands {
 public:
  std::string Run(const Case& given) {
    Arguments arguments(given.command);
    const std::string printed = RunOne(arguments, given.input);
    arguments.End();
    return printed;
  }

 private:
  std::string RunOne(Arguments& arguments, const std::string& input) {
    const std::string& command = arguments.command();
    if (command == "store") {
      const std::string name = arguments.Next("name");
      const auto found = crash::FindSubjects(name);
      if (found.size() != 1) throw BadCase("no one store is called " + name);
      subject_ = found.front();
      return subject_.url;
    }
    if (subject_.name.empty()) throw BadCase("no store; begin with `store flatfs-sync`");
    if (command == "script") return RunScript(arguments, input);
    if (command == "campaign") return RunCampaign(arguments);
    throw BadCase("unknown command: " + command);
  }

  std::string RunScript(Arguments& arguments, const std::string& input) {
    RunOptions options{.second_cut_one_in = 1, .write_one_in = 0};
    // A use after recovery finds most flaws at once, whatever a script is to show.
    if (arguments.Flag("writes")) options.write_one_in = 1;
    options.trace = arguments.Flag("trace");
    const auto without = arguments.Key("without");
    const Result<Script> script = crash::ParseScript(input);
    if (!script.has_value()) return std::string(script.error().message());
    RunReport report = crash::RunScript(subject_, *script, options);
    if (without.has_value()) {
      options.pretended = SiteOf(report, *without);
      report = crash::RunScript(subject_, *script, options);
    }
    std::string text;
    for (const std::string& line : report.trace) text += line + "\n";
    return WithoutLines(text + FailureText(report.failure));
  }

  // The first sync of that place, "file.cc Function".
  static std::string SiteOf(const RunReport& report, const std::string& place) {
    std::string places;
    for (const auto& [site, cells] : report.barriers) {
      if (WithoutLines(site) == place) return site;
      places += "\n  " + WithoutLines(site);
    }
    throw BadCase("no sync in " + place + "; there are:" + places);
  }

  static CampaignOptions OptionsFrom(Arguments& arguments) {
    CampaignOptions options{.rounds = 10, .operations = 30, .run = {.write_one_in = 0}};
    if (const auto seed = arguments.KeyNumber("seed")) options.seed = *seed;
    if (const auto rounds = arguments.KeyNumber("rounds")) options.rounds = *rounds;
    if (const auto operations = arguments.KeyNumber("operations")) {
      options.operations = *operations;
    }
    if (const auto name = arguments.Key("profile")) {
      const auto profile = crash::ParseProfile(*name);
      if (!profile.has_value()) throw BadCase("no profile: " + *name);
      options.profiles = {*profile};
    }
    return options;
  }

  // The kind of failure; with `shrink`, the shortest script that shows it.
  std::string RunCampaign(Arguments& arguments) const {
    const bool shrink = arguments.Flag("shrink");
    const CampaignOptions options = OptionsFrom(arguments);
    const CampaignReport report = crash::RunCampaign(subject_, options);
    if (!report.failure.has_value()) return "nothing is wrong";
    if (!shrink) return std::string(Name(report.failure->violation.fault));
    const crash::Shrunk shrunk = crash::Shrink(subject_, *report.failure, options.run);
    const std::string text = ToText(subject_, shrunk, options.run);
    return WithoutLines(text.substr(0, text.find("again\n")));
  }

  CrashSubject subject_;
};

class CrashFiles : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(CrashFiles, Hold) {
  CrashCommands commands;
  RunFile(GetParam(), [&commands](const Case& given) { return commands.Run(given); });
}

INSTANTIATE_TEST_SUITE_P(Data, CrashFiles, ::testing::ValuesIn(DataFiles("crash")), DataFileName);

}  // namespace
}  // namespace anystore::datadriven

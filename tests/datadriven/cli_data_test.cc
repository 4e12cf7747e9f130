// Runs tests/data/cli: each case is lines of shell in which `anystore` is the program, in a
// directory that the cases of a file share. Printed are the output, each line of standard error
// behind "! ", and "exit N" for any N but 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/program.h"
#include "datadriven/datadriven.h"

namespace anystore::datadriven {
namespace {

class CliFiles : public testing::ProgramTest,
                 public ::testing::WithParamInterface<std::filesystem::path> {
 protected:
  [[nodiscard]] std::string RunLines(const Case& given) const {
    const testing::Outcome outcome = Run(given.command + "\n" + given.input);
    std::string printed = outcome.out;
    if (!printed.empty() && !printed.ends_with('\n')) printed += '\n';
    std::string_view errors = outcome.err;
    while (!errors.empty()) {
      const std::string_view line = errors.substr(0, errors.find('\n'));
      printed.append("! ").append(line).append("\n");
      errors.remove_prefix(std::min(line.size() + 1, errors.size()));
    }
    if (outcome.exit != 0) printed += "exit " + std::to_string(outcome.exit) + "\n";
    return printed;
  }
};

TEST_P(CliFiles, Hold) {
  RunFile(GetParam(), [this](const Case& given) { return RunLines(given); });
}

INSTANTIATE_TEST_SUITE_P(Data, CliFiles, ::testing::ValuesIn(DataFiles("cli")), DataFileName);

}  // namespace
}  // namespace anystore::datadriven

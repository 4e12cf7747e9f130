// Tests as text: commands and what they must print. See docs/guide/data_driven_tests.md.
//
//     # What a power cut leaves of a name that nobody has synced.
//     crash none
//     ----
//     ok
//
//     tree
//     ----
//     AB/
//
// A case is a command, lines of input, "----", and the output up to an empty line. Output that has
// empty lines stands between two lines "----" and two more.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.h"

namespace anystore::datadriven {

// A command with its input.
struct Case {
  std::string command = {};
  // The lines between the command and the "----", each with its end.
  std::string input = {};
};

// A case that makes no sense: an unknown command, a missing argument.
class BadCase : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Does what a case says and returns what it printed. Throws BadCase.
using RunCase = std::function<std::string(const Case&)>;

// A case that failed.
struct CaseFailure {
  std::size_t line = 0;
  // The command, and how its output differs, line by line.
  std::string text = {};
};

// What became of a file.
struct FileReport {
  std::vector<CaseFailure> failures = {};
  // The file with the output that there was.
  std::string rewritten = {};
};

// Runs the cases of a file's text, one after the other.
[[nodiscard]] FileReport RunText(std::string_view text, const RunCase& run);

// Runs a file and reports failures with their places. With ANYSTORE_REWRITE=1 in the environment,
// what differs is written into the file instead.
void RunFile(const std::filesystem::path& file, const RunCase& run);

// The files of tests/data/AREA, in order; at least one.
[[nodiscard]] std::vector<std::filesystem::path> DataFiles(std::string_view area);
// "names_and_links", for INSTANTIATE_TEST_SUITE_P.
[[nodiscard]] std::string DataFileName(const ::testing::TestParamInfo<std::filesystem::path>& info);

// The words behind a command, taken one by one; what nobody takes is an error.
class Arguments {
 public:
  // Splits a line and takes the first word for the command.
  explicit Arguments(std::string_view line);

  [[nodiscard]] const std::string& command() const { return command_; }
  // The next word without a key. Throws BadCase, with this name, where there is none.
  std::string Next(std::string_view name);
  std::uint64_t NextNumber(std::string_view name);
  base::Word NextWord(std::string_view name);
  [[nodiscard]] bool HasNext() const;
  // The value of `key=`, where it is there.
  std::optional<std::string> Key(std::string_view key);
  std::optional<std::uint64_t> KeyNumber(std::string_view key);
  // Whether this word is there.
  bool Flag(std::string_view word);
  // Throws BadCase when something is left.
  void End() const;

 private:
  [[nodiscard]] std::vector<base::Word>::const_iterator FindNext() const;

  std::string command_;
  std::vector<base::Word> words_;
};

// The lines of an input, without comments and those that are empty.
[[nodiscard]] std::vector<std::string> LinesOf(std::string_view input);

// Runs each line of an input by itself and prints, behind the line, what is not "ok".
[[nodiscard]] std::string RunLines(std::string_view input,
                                   const std::function<std::string(const std::string&)>& run);

// A line of `-` (expected) and `+` (printed) for each difference, with what is alike around it.
[[nodiscard]] std::string LineDifference(std::string_view expected, std::string_view printed);

}  // namespace anystore::datadriven

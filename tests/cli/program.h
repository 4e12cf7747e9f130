// Runs the built program in a directory of its own, as a shell would.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "scratch_directory.h"

namespace anystore::testing {

// What a command did.
struct Outcome {
  // As a shell tells it: 128 + n for signal n.
  int exit = -1;
  std::string out = {};
  std::string err = {};
};

// A temporary directory that is the working directory and the home of the commands.
class ProgramTest : public ::testing::Test {
 protected:
  explicit ProgramTest(
      const std::filesystem::path& parent = std::filesystem::temp_directory_path());

  // Runs a line of shell in which `anystore` is the program.
  [[nodiscard]] Outcome Run(const std::string& line) const;
  // Starts the program with these arguments and goes on; whoever calls waits for it.
  [[nodiscard]] pid_t Start(std::vector<std::string> arguments) const;
  // Runs it and expects that it succeeds without a word on standard error; returns its output.
  std::string Expect(const std::string& line) const;
  // Runs it and expects this exit code and exactly one line on standard error, which begins with
  // "anystore: " and is returned.
  std::string ExpectComplaint(int exit, const std::string& line) const;

  void WriteFile(const std::string& name, std::string_view bytes) const;
  [[nodiscard]] std::string ReadFile(const std::string& name) const;
  [[nodiscard]] bool Exists(const std::string& name) const;
  // Paths of the files in the directory below `name`, sorted.
  [[nodiscard]] std::string FilesIn(const std::string& name) const;

  [[nodiscard]] const std::filesystem::path& directory() const { return scratch_.path(); }

 private:
  const ScratchDirectory scratch_;
};

// Makes a store with `count` records of about a hundred bytes, keys in ascending order.
void FillStore(const std::string& url, int count);

// The number in an environment variable.
std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise);

// The number behind `"name":` in a line of JSON; fails the test when there is none.
std::uint64_t NumberIn(const std::string& json, const std::string& name);

}  // namespace anystore::testing

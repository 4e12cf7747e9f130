// What the program says of the damaged tablets.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"

namespace anystore::testing {
namespace {

using nlohmann::json;

class TabletCheck : public ProgramTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(root() / "MANIFEST.json")) {
      GTEST_SKIP() << "NOT CHECKED against the original: there is no " << root()
                   << "; set the CMake variable ANYSTORE_INTEROP_DATA";
    }
  }

  static std::filesystem::path root() {
    return std::filesystem::absolute(std::filesystem::path(ANYSTORE_INTEROP_DATA) / "tablet");
  }
};

TEST_F(TabletCheck, NamesTheFileAndTheKindOfDamage) {
  std::ifstream stream(root() / "corrupt/MANIFEST.json");
  const json files = json::parse(stream)["files"];
  std::string command = "anystore tablet check --json --max 1";
  std::vector<std::string> wanted;
  for (const json& damaged : files) {
    const std::string path = (root() / damaged["file"].get<std::string>()).string();
    command += " '" + path + "'";
    wanted.push_back(path + " " + damaged["kind"].get<std::string>());
  }
  const Outcome checked = Run(command);
  EXPECT_EQ(checked.exit, 1) << checked.err;
  std::vector<std::string> found;
  std::istringstream lines(checked.out);
  for (std::string line; std::getline(lines, line);) {
    const json told = json::parse(line);
    if (told.contains("kind")) {
      found.push_back(told["file"].get<std::string>() + " " + told["kind"].get<std::string>());
    }
  }
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(found.size(), 69U);
}

}  // namespace
}  // namespace anystore::testing

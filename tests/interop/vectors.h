/// The recorded outputs of the original systems.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace anystore::testing {

/// Where the file `name` of the recorded flatfs vectors should be.
inline std::filesystem::path VectorFile(const std::string& name) {
  return std::filesystem::path(ANYSTORE_INTEROP_DATA) / "flatfs" / "vectors" / name;
}

/// A recorded string as such: comparing it as JSON is ambiguous in some compilers.
inline std::string Text(const nlohmann::json& recorded) { return recorded.get<std::string>(); }

/// A test over one file of vectors; skipped, with the path, where the file is not there.
class VectorTest : public ::testing::Test {
 protected:
  explicit VectorTest(std::string name) : path_(VectorFile(name)) {}

  void SetUp() override {
    std::ifstream stream(path_);
    if (!stream.is_open()) {
      GTEST_SKIP() << "NOT CHECKED against the original: there is no " << path_
                   << "; set the CMake variable ANYSTORE_INTEROP_DATA";
    }
    vectors_ = nlohmann::json::parse(stream);
  }

  const std::filesystem::path path_;
  nlohmann::json vectors_;
};

}  // namespace anystore::testing

// What is fixed of a format as text, held against a file that changes only with a new format.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/hex.h"

namespace anystore::tablet {

inline std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += base::kHexDigits[value >> 4U];
    text += base::kHexDigits[value & 15U];
  }
  return text;
}

inline std::string Line(std::string_view name, std::string_view value) {
  return std::string(name) + " " + std::string(value) + "\n";
}

inline std::string Line(std::string_view name, std::uint64_t value) {
  return Line(name, std::to_string(value));
}

inline void ExpectIsAsItWas(std::string_view text, const std::string& path) {
  std::ifstream stream(path);
  const std::string expected((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(text, expected) << path;
}

}  // namespace anystore::tablet

// The tablets that the original programs wrote, and those made for the borders of the format.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/tablet/iterator.h"
#include "base/digest.h"
#include "base/hex.h"
#include "tablet/format/msgpack.h"

namespace anystore::testing {

// A key, and a value or that it is deleted.
struct SampleEntry {
  std::string key = {};
  std::string value = {};
  bool deleted = false;

  friend bool operator==(const SampleEntry&, const SampleEntry&) = default;
};

// Tests over the folder of tablets; skipped, with the path, where it is not.
class TabletSamples : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(root() / "MANIFEST.json")) {
      GTEST_SKIP() << "NOT CHECKED against the original: there is no " << root()
                   << "; set the CMake variable ANYSTORE_INTEROP_DATA";
    }
    auto opened = HostFileSystem().OpenDirectory(root().string());
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    directory_ = std::move(*opened);
  }

  static std::filesystem::path root() {
    return std::filesystem::path(ANYSTORE_INTEROP_DATA) / "tablet";
  }
  static nlohmann::json Manifest(const std::string& name) {
    std::ifstream stream(root() / name);
    return nlohmann::json::parse(stream);
  }
  static std::string Bytes(const std::string& name) {
    std::ifstream stream(root() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // What a text file lists: a key, a space, a value; keys may contain tabs, but no space.
  static std::vector<SampleEntry> TextEntries(const std::string& name) {
    std::vector<SampleEntry> entries;
    std::ifstream stream(root() / name);
    for (std::string line; std::getline(stream, line);) {
      const std::size_t space = line.rfind(' ');
      entries.push_back({.key = line.substr(0, space), .value = line.substr(space + 1)});
    }
    return entries;
  }
  static std::vector<SampleEntry> Entries(tablet::Iterator at) {
    std::vector<SampleEntry> entries;
    while (at.Next()) {
      entries.push_back({.key = std::string(at.Key()),
                         .value = std::string(at.Value()),
                         .deleted = at.Deleted()});
    }
    EXPECT_TRUE(at.status().has_value()) << at.status().error().ToString();
    return entries;
  }

  // As the manifest sums up entries.
  static std::string SumOf(const std::vector<SampleEntry>& entries) {
    std::string bytes;
    for (const SampleEntry& entry : entries) {
      tablet::AppendUint(bytes, entry.key.size());
      bytes += entry.key;
      if (entry.deleted) {
        bytes.push_back(tablet::kNil);
      } else {
        tablet::AppendUint(bytes, entry.value.size());
        bytes += entry.value;
      }
    }
    return Sha256(bytes);
  }

  std::unique_ptr<Directory> directory_;

 private:
  static std::string Sha256(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    EXPECT_TRUE(base::Digest(base::HashFunction::kSha256, bytes, digest).has_value());
    std::string text;
    for (const unsigned char byte : digest) {
      text.push_back(base::kHexDigits[byte >> 4U]);
      text.push_back(base::kHexDigits[byte & 15U]);
    }
    return text;
  }
};

}  // namespace anystore::testing

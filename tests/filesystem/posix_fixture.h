// A fresh directory of the host, for the tests of what only the host does.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "anystore/filesystem.h"
#include "scratch_directory.h"

namespace anystore {

inline constexpr FileOptions kReadOnly = {};
inline constexpr FileOptions kExisting = {.access = FileAccess::kReadWrite};
inline constexpr FileOptions kMake = {.access = FileAccess::kReadWrite,
                                      .creation = FileCreation::kIfMissing};
inline constexpr FileOptions kMakeNew = {.access = FileAccess::kReadWrite,
                                         .creation = FileCreation::kExclusive};

/// What tests compare: the name of the code, "ok" without an error.
template <class T>
std::string_view Outcome(const Result<T>& result) {
  return result.has_value() ? std::string_view("ok") : CodeName(result.error().code());
}

/// The explanation, empty without an error.
template <class T>
std::string_view Message(const Result<T>& result) {
  return result.has_value() ? std::string_view() : result.error().message();
}

/// All names in a directory, with their kinds.
inline std::map<std::string, FileKind> Names(Directory& directory, std::string_view name = {}) {
  std::map<std::string, FileKind> names;
  const auto listing = directory.List(name);
  EXPECT_EQ(Outcome(listing), "ok");
  std::array<DirectoryEntry, 16> entries;
  while (listing.has_value()) {
    const Result<std::size_t> count = (*listing)->Next(entries);
    EXPECT_EQ(Outcome(count), "ok");
    if (count.value_or(0) == 0) break;
    for (std::size_t i = 0; i < *count; ++i) {
      EXPECT_TRUE(names.emplace(entries[i].name, entries[i].kind).second) << entries[i].name;
    }
  }
  return names;
}

/// A directory that goes away with the test.
class PosixTest : public ::testing::Test {
 protected:
  PosixTest() : path_(scratch_.path().string()), root_(OpenRoot(path_)) {}

  [[nodiscard]] static std::unique_ptr<Directory> OpenRoot(const std::string& path) {
    auto opened = HostFileSystem().OpenDirectory(path);
    if (opened.has_value()) return *std::move(opened);
    ADD_FAILURE() << opened.error().ToString();
    std::abort();
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string PathOf(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }
  [[nodiscard]] Directory& root() noexcept { return *root_; }

  /// Makes a file.
  void Write(std::string_view name, std::string_view bytes) {
    const auto file = root_->Open(name, kMake);
    ASSERT_EQ(Outcome(file), "ok") << Message(file);
    ASSERT_EQ(Outcome((*file)->WriteAt(0, bytes)), "ok");
  }
  /// All bytes of a file.
  std::string Read(std::string_view name) {
    const auto file = root_->Open(name, kReadOnly);
    EXPECT_EQ(Outcome(file), "ok") << Message(file);
    if (!file.has_value()) return "";
    return std::string((*file)->ReadAll().value_or(Value()).bytes());
  }

 private:
  const testing::ScratchDirectory scratch_;
  const std::string path_;
  std::unique_ptr<Directory> root_;
};

}  // namespace anystore

// Tablets in memory for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/iterator.h"
#include "anystore/tablet/writer.h"

namespace anystore::tablet {

// What tablets say: a value, or none where the key is deleted.
using Said = std::map<std::string, std::optional<std::string>, std::less<>>;
using SaidEntry = std::pair<std::string, std::optional<std::string>>;

// The names in a directory, in order.
inline std::vector<std::string> FilesIn(Directory& directory) {
  const auto listing = directory.List("");
  EXPECT_TRUE(listing.has_value());
  std::vector<std::string> names;
  std::array<DirectoryEntry, 16> out;
  for (;;) {
    const auto count = (*listing)->Next(out);
    EXPECT_TRUE(count.has_value());
    if (!count.has_value() || *count == 0) break;
    for (std::size_t i = 0; i < *count; ++i) names.emplace_back(out[i].name);
  }
  std::ranges::sort(names);
  return names;
}

// A filesystem of a test's own, with one directory open.
class TabletTest : public ::testing::Test {
 protected:
  TabletTest() {
    auto opened = files_->OpenDirectory("/");
    EXPECT_TRUE(opened.has_value());
    directory_ = std::move(*opened);
  }

  void Write(std::string_view name, const Said& said, const WriterOptions& options = {}) {
    auto writer = TabletWriter::Create(*directory_, name, options);
    ASSERT_TRUE(writer.has_value()) << writer.error().ToString();
    for (const auto& [key, value] : said) {
      const Status added = value.has_value() ? writer->Add(key, *value) : writer->AddDeletion(key);
      ASSERT_TRUE(added.has_value()) << added.error().ToString();
    }
    const Status finished = writer->Finish();
    ASSERT_TRUE(finished.has_value()) << finished.error().ToString();
  }
  std::string Bytes(std::string_view name) {
    const auto file = directory_->Open(name, {});
    EXPECT_TRUE(file.has_value());
    return std::string((*file)->ReadAll().value().bytes());
  }
  void WriteBytes(std::string_view name, std::string_view bytes) {
    auto file = directory_->Open(
        name,
        {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing, .truncate = true});
    ASSERT_TRUE(file.has_value()) << file.error().ToString();
    ASSERT_TRUE((*file)->WriteAt(0, bytes).has_value());
  }

  std::vector<std::string> Names() { return FilesIn(*directory_); }

  ManualClock clock_{Instant()};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  std::unique_ptr<Directory> directory_;
};

// All that is left of an iterator.
inline std::vector<SaidEntry> Rest(Iterator at) {
  std::vector<SaidEntry> entries;
  while (at.Next()) {
    entries.emplace_back(at.Key(),
                         at.Deleted() ? std::nullopt : std::optional(std::string(at.Value())));
  }
  EXPECT_TRUE(at.status().has_value()) << at.status().error().ToString();
  return entries;
}

}  // namespace anystore::tablet

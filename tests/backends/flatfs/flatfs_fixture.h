// Repositories on a filesystem in memory, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "anystore/store.h"
#include "backends/flatfs/flatfs.h"

namespace anystore {

/// The code of a failure, kOk of a success.
template <class T>
Code CodeOf(const Result<T>& result) {
  return result.has_value() ? Code::kOk : result.error().code();
}

/// The text of a failure.
template <class T>
std::string TextOf(const Result<T>& result) {
  return result.has_value() ? "ok" : result.error().ToString();
}

/// The configuration that a flatfs URL gives.
inline CheckedConfig FlatfsConfig(const std::string& path, const std::string& fields = "") {
  static const std::unique_ptr<Backend> backend = flatfs::NewFlatfsBackend();
  const std::string url = "flatfs:" + path + (fields.empty() ? "" : "?" + fields);
  Result<Config> config = Config::Parse(url);
  if (!config.has_value()) std::abort();
  Result<CheckedConfig> checked = CheckedConfig::Make(*config, backend->config_spec());
  if (!checked.has_value()) std::abort();
  return *std::move(checked);
}

/// A filesystem in memory with a repository in "blocks", or none yet, and the backend.
class FlatfsTest : public ::testing::Test {
 protected:
  FlatfsTest() { environment_.files = files_.get(); }

  Status Create(const std::string& fields = "", const std::string& path = "blocks") {
    return backend_->Create(FlatfsConfig(path, fields), environment_);
  }
  Result<std::unique_ptr<Datastore>> OpenRaw(const std::string& fields = "",
                                             const std::string& path = "blocks") {
    return backend_->Open(FlatfsConfig(path, fields), environment_);
  }
  Status Destroy(const std::string& path = "blocks") {
    return backend_->Destroy(FlatfsConfig(path), environment_);
  }
  bool Exists(const std::string& path = "blocks") {
    const Result<bool> exists = backend_->Exists(FlatfsConfig(path), environment_);
    EXPECT_TRUE(exists.has_value()) << TextOf(exists);
    return exists.value_or(false);
  }
  /// The store in "blocks", made when it is not there.
  Store OpenStore(const std::string& fields = "") {
    if (!Exists()) {
      const Status created = Create(fields);
      EXPECT_TRUE(created.has_value()) << TextOf(created);
    }
    Result<std::unique_ptr<Datastore>> opened = OpenRaw(fields);
    if (!opened.has_value()) {
      ADD_FAILURE() << TextOf(opened);
      std::abort();
    }
    return Store(*std::move(opened), "flatfs:blocks", environment_);
  }

  /// A directory of the filesystem; the root by default.
  std::unique_ptr<Directory> DirectoryAt(std::string_view path = "/") {
    auto directory = files_->OpenDirectory(path);
    if (!directory.has_value()) {
      ADD_FAILURE() << TextOf(directory);
      std::abort();
    }
    return *std::move(directory);
  }
  /// Puts a file somewhere, as a stranger would.
  void Lay(std::string_view name, std::string_view bytes) {
    const Status written =
        WriteFile(*DirectoryAt(), {.name = name, .bytes = bytes}, {.make_directories = true});
    EXPECT_TRUE(written.has_value()) << TextOf(written);
  }
  void LayDirectory(std::string_view name) {
    const Status made = DirectoryAt()->MakeDirectory(name);
    EXPECT_TRUE(made.has_value()) << TextOf(made);
  }
  /// What a file holds; "-" when there is none.
  std::string BytesOf(std::string_view name) {
    const auto file = DirectoryAt()->Open(name, {});
    if (!file.has_value()) return "-";
    const auto value = (*file)->ReadAll();
    return value.has_value() ? std::string(value->bytes()) : TextOf(value);
  }
  std::uint32_t ModeOf(std::string_view name) {
    const auto info = DirectoryAt()->Stat(name);
    return info.has_value() ? info->mode : 0;
  }
  /// Everything below a directory: "AB/ K", in order.
  std::vector<std::string> TreeOf(const std::string& name) {
    std::vector<std::string> names;
    AddTree(name, "", names);
    std::ranges::sort(names);
    return names;
  }

  Backend& backend() { return *backend_; }
  Environment& environment() { return environment_; }
  FileSystem& files() { return *files_; }
  ManualClock& clock() { return clock_; }

 private:
  void AddTree(const std::string& name, const std::string& front, std::vector<std::string>& names) {
    auto listing = DirectoryAt()->List(name);
    ASSERT_TRUE(listing.has_value()) << TextOf(listing);
    std::array<DirectoryEntry, 5> entries;
    for (;;) {
      const auto count = (*listing)->Next(entries);
      ASSERT_TRUE(count.has_value()) << TextOf(count);
      if (*count == 0) return;
      for (const DirectoryEntry& entry : std::span(entries).first(*count)) {
        const std::string child(entry.name);
        names.push_back(front + child);
        if (entry.kind != FileKind::kDirectory) continue;
        names.back() += '/';
        AddTree(name + "/" + child, front + child + "/", names);
      }
    }
  }

  ManualClock clock_{Instant{}};
  SeededRandom random_{7};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  Environment environment_{
      .clock = &clock_, .random = &random_, .logger = Environment::Host().logger};
  std::unique_ptr<Backend> backend_ = flatfs::NewFlatfsBackend();
};

/// Every key that a cursor yields, in order.
inline std::vector<std::string> KeysOf(const Store& store,
                                       const Query& query = {.keys_only = true}) {
  Result<Results> results = store.Query(query);
  EXPECT_TRUE(results.has_value()) << TextOf(results);
  std::vector<std::string> keys;
  if (!results.has_value()) return keys;
  for (const auto& entry : *results) keys.emplace_back(entry.key);
  EXPECT_TRUE(results->status().has_value()) << TextOf(results->status());
  std::ranges::sort(keys);
  return keys;
}

}  // namespace anystore

// A fresh directory and a backend over a storage engine, for the tests of such backends.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/features.h"
#include "anystore/store.h"
#include "scratch_directory.h"

namespace anystore {

/// A directory that goes away with the test, and stores in it.
class EngineTest : public ::testing::Test {
 protected:
  explicit EngineTest(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

  std::filesystem::path db_path() const { return root() / "db"; }
  const std::filesystem::path& root() const { return scratch_.path(); }

  /// The configuration of `path` with fields "a=1&b=2", which may be wrong.
  Result<CheckedConfig> CheckFields(const std::filesystem::path& path,
                                    const std::string& fields) const {
    const std::string url = std::string(backend_->scheme()) + ":" + path.string() +
                            (fields.empty() ? "" : "?" + fields);
    ANYSTORE_ASSIGN_OR_RETURN(const Config config, Config::Parse(url));
    return CheckedConfig::Make(config, backend_->config_spec());
  }
  /// The configuration of `path`, by default without fields.
  CheckedConfig ConfigOf(const std::filesystem::path& path, const std::string& fields = "") const {
    Result<CheckedConfig> checked = CheckFields(path, fields);
    if (!checked.has_value()) {
      ADD_FAILURE() << checked.error().ToString();
      std::abort();
    }
    return *std::move(checked);
  }

  Status Create(const std::string& fields = "") {
    return backend_->Create(ConfigOf(db_path(), fields), Environment::Host());
  }
  Result<std::unique_ptr<Datastore>> OpenRaw(const std::string& fields = "") {
    return backend_->Open(ConfigOf(db_path(), fields), Environment::Host());
  }
  /// The store in db_path(), made when it is not there.
  Store OpenStore(const std::string& fields = "") {
    const CheckedConfig config = ConfigOf(db_path(), fields);
    if (!backend_->Exists(config, Environment::Host()).value_or(false)) {
      const Status created = backend_->Create(config, Environment::Host());
      EXPECT_TRUE(created.has_value()) << created.error().ToString();
    }
    Result<std::unique_ptr<Datastore>> opened = backend_->Open(config, Environment::Host());
    if (!opened.has_value()) {
      ADD_FAILURE() << opened.error().ToString();
      std::abort();
    }
    return Store(*std::move(opened), config.name());
  }

  Result<bool> Exists() { return backend_->Exists(ConfigOf(db_path()), Environment::Host()); }
  Status Destroy() { return backend_->Destroy(ConfigOf(db_path()), Environment::Host()); }

  Backend& backend() { return *backend_; }

  static void Write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }
  static std::vector<std::string> NamesIn(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  /// Turns over one bit of a file.
  static void Damage(const std::filesystem::path& file, std::size_t offset) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
  }
  /// The files of the database with this ending.
  std::vector<std::filesystem::path> FilesEnding(const std::string& ending) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(db_path())) {
      if (entry.path().extension() == ending) files.push_back(entry.path());
    }
    return files;
  }

 private:
  const testing::ScratchDirectory scratch_;
  const std::unique_ptr<Backend> backend_;
};

/// A store with four records: b, d, f and h, each with its key twice as value.
class FourRecordsTest : public EngineTest {
 protected:
  explicit FourRecordsTest(std::unique_ptr<Backend> backend)
      : EngineTest(std::move(backend)), store_(OpenStore()) {
    for (const char* const key : {"b", "d", "f", "h"}) {
      EXPECT_TRUE(store_.Put(key, std::string(key) + key).has_value());
    }
  }

  std::unique_ptr<Cursor> Scan(const KeyRange& range, const ScanOptions& options = {}) {
    Result<std::unique_ptr<Cursor>> cursor = store_.Scan(range, options);
    EXPECT_TRUE(cursor.has_value());
    return *std::move(cursor);
  }

  Store store_;
};

/// The code of a failure, kOk of a success.
template <class T>
Code CodeOf(const Result<T>& result) {
  return result.has_value() ? Code::kOk : result.error().code();
}

/// Every entry that a cursor yields, in batches of `at_once`, as "key=value".
inline std::vector<std::string> Drain(Cursor& cursor, std::size_t at_once = 3) {
  std::vector<std::string> all;
  std::vector<EntryView> batch(at_once);
  for (;;) {
    const Result<std::size_t> count = cursor.Next(batch);
    if (!count.has_value()) {
      ADD_FAILURE() << count.error().ToString();
      return all;
    }
    if (*count == 0) return all;
    for (std::size_t i = 0; i < *count; ++i) {
      all.push_back(std::string(batch[i].key) + "=" + std::string(batch[i].value));
    }
  }
}

}  // namespace anystore

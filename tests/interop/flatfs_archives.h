/// The recorded repositories of go-ds-flatfs.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/open.h"
#include "anystore/query.h"
#include "anystore/store.h"
#include "scratch_directory.h"

namespace anystore::testing {

/// A record as the manifest has it.
struct Record {
  std::uint64_t size = 0;
  std::string sha256 = {};

  friend bool operator==(const Record&, const Record&) = default;
};
using Records = std::map<std::string, Record>;

/// In hexadecimal.
[[nodiscard]] std::string Sha256Text(std::string_view bytes);

/// All records that a query for values yields; a key that is listed twice is a failure.
[[nodiscard]] Records ListedWithValues(const Store& store, const Query& query = {});

/// Copies of the recorded repositories, in a directory of this test's own.
class FlatfsArchives : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  static std::filesystem::path data() {
    return std::filesystem::path(ANYSTORE_INTEROP_DATA) / "flatfs";
  }

  /// The archives that are whole, by name, with their shard function.
  [[nodiscard]] std::map<std::string, std::string> CleanArchives() const;
  /// A fresh copy of the archive of this name.
  [[nodiscard]] std::filesystem::path Unpack(const std::string& name) const;

  /// All that is said about them.
  [[nodiscard]] const nlohmann::json& manifest() const { return manifest_; }
  [[nodiscard]] const Records& records() const { return records_; }
  [[nodiscard]] const std::filesystem::path& scratch() const { return scratch_->path(); }

 private:
  nlohmann::json manifest_;
  Records records_;
  std::optional<ScratchDirectory> scratch_;
  ::mode_t mask_ = 0;
};

/// All that a file holds; nothing where there is none.
[[nodiscard]] std::string BytesOf(const std::filesystem::path& file);

/// The URL of a repository; `fields` begin with "?".
[[nodiscard]] std::string UrlOf(const std::filesystem::path& path, const std::string& fields = "");

/// A store; one that does not open ends the program.
[[nodiscard]] Store OpenStore(const std::string& url, OpenMode mode = OpenMode::kOpen);

/// Every name below a directory with its kind and permissions: "-600 AB/ABC.data".
[[nodiscard]] std::vector<std::string> TreeOf(const std::filesystem::path& root);

}  // namespace anystore::testing

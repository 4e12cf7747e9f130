#include "interop/flatfs_archives.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/hex.h"
#include "cli/sha256.h"
#include "interop/vectors.h"

namespace anystore::testing {

namespace fs = std::filesystem;
using nlohmann::json;

std::string Sha256Text(std::string_view bytes) {
  std::string text;
  for (const std::uint8_t byte : cli::Sha256Of(bytes)) {
    text += base::kHexDigits[byte >> 4U];
    text += base::kHexDigits[byte & 15U];
  }
  return text;
}

Records ListedWithValues(const Store& store, const Query& query) {
  Records listed;
  Result<Results> results = store.Query(query);
  EXPECT_TRUE(results.has_value());
  for (const auto& entry : *results) {
    const bool is_new =
        listed
            .emplace(entry.key, Record{.size = entry.info.size, .sha256 = Sha256Text(entry.value)})
            .second;
    EXPECT_TRUE(is_new) << entry.key;
  }
  EXPECT_TRUE(results->status().has_value());
  return listed;
}

void FlatfsArchives::SetUp() {
  const fs::path manifest = data() / "MANIFEST.json";
  std::ifstream stream(manifest);
  if (!stream.is_open()) {
    GTEST_SKIP() << "NOT CHECKED against the original: there is no " << manifest
                 << "; set the CMake variable ANYSTORE_INTEROP_DATA";
  }
  manifest_ = json::parse(stream);
  for (const json& entry : manifest_["entries"]) {
    records_[Text(entry[0])] = {.size = entry[1], .sha256 = Text(entry[2])};
  }
  ASSERT_EQ(records_.size(), 200U);
  // In memory where that can be had: every value is synced.
  scratch_.emplace(InMemory());
  mask_ = ::umask(022);
}

void FlatfsArchives::TearDown() {
  if (scratch_.has_value()) ::umask(mask_);
}

std::map<std::string, std::string> FlatfsArchives::CleanArchives() const {
  std::map<std::string, std::string> clean;
  for (const json& archive : manifest_["archives"]) {
    if (!Text(archive["note"]).starts_with("clean")) continue;
    clean[Text(archive["top_directory"])] = Text(archive["shard"]);
  }
  EXPECT_EQ(clean.size(), 4U);
  return clean;
}

fs::path FlatfsArchives::Unpack(const std::string& name) const {
  fs::remove_all(scratch() / name);
  const std::string command = "tar --zstd --same-permissions -xf '" +
                              (data() / (name + ".tar.zst")).string() + "' -C '" +
                              scratch().string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe)
  return scratch() / name;
}

std::string BytesOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string UrlOf(const fs::path& path, const std::string& fields) {
  return "flatfs:" + path.string() + fields;
}

Store OpenStore(const std::string& url, OpenMode mode) {
  Result<Store> store = Open(url, {.mode = mode});
  if (!store.has_value()) {
    ADD_FAILURE() << store.error().ToString();
    std::abort();
  }
  return *std::move(store);
}

std::vector<std::string> TreeOf(const fs::path& root) {
  std::vector<std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const fs::file_status status = entry.symlink_status();
    const char kind = fs::is_directory(status) ? 'd' : fs::is_symlink(status) ? 'l' : '-';
    char mode[8];
    std::snprintf(mode, sizeof mode, "%c%03o ", kind,
                  static_cast<unsigned>(status.permissions()) & 0777U);
    tree.push_back(mode + entry.path().lexically_relative(root).string());
  }
  std::ranges::sort(tree);
  return tree;
}

}  // namespace anystore::testing

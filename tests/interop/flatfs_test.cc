// What go-ds-flatfs wrote is read alike, and what is written here has the same form.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/open.h"
#include "backends/flatfs/shard.h"
#include "interop/flatfs_archives.h"
#include "interop/vectors.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using flatfs::Shard;
using nlohmann::json;
using testing::BytesOf;
using testing::FlatfsArchives;
using ::testing::HasSubstr;
using testing::ListedWithValues;
using testing::Records;
using testing::Sha256Text;
using testing::Text;

class FlatfsVectors : public testing::VectorTest {
 protected:
  FlatfsVectors() : VectorTest("flatfs.json") {}
};

TEST_F(FlatfsVectors, EveryKeyBelongsToTheSameDirectory) {
  int functions_refused = 0;
  ASSERT_EQ(vectors_["shard"].size(), 27U);
  for (const auto& [text, directories] : vectors_["shard"].items()) {
    const Result<Shard> shard = Shard::Parse(text);
    if (!shard.has_value()) {
      EXPECT_TRUE(text.ends_with("/0")) << text << ": " << shard.error().ToString();
      ++functions_refused;
      continue;
    }
    EXPECT_EQ(shard->ToString(), text);
    for (const auto& [stem, directory] : directories.items()) {
      std::string name(shard->length(), '?');
      shard->WriteDirectory(stem, name.data());
      EXPECT_EQ(name, Text(directory)) << text << " " << stem;
      EXPECT_TRUE(shard->IsRecord("/" + stem, name)) << text << " " << stem;
    }
  }
  EXPECT_EQ(functions_refused, 3) << "lengths of 0";
}

TEST_F(FlatfsVectors, EveryTextIsReadAlikeButForLengthsThatCannotWork) {
  int lengths_refused = 0;
  ASSERT_EQ(vectors_["parse"].size(), 30U);
  for (const json& expected : vectors_["parse"]) {
    const std::string text = Text(expected["in"]);
    const std::string out = Text(expected["out"]);
    const Result<Shard> shard = Shard::Parse(text);
    if (shard.has_value()) {
      EXPECT_EQ(shard->ToString(), out) << text;
      continue;
    }
    EXPECT_EQ(shard.error().code(), Code::kInvalidArgument) << text;
    if (out.starts_with("!")) continue;
    EXPECT_THAT(std::string(shard.error().message()), HasSubstr("no directory that is listed"))
        << text;
    ++lengths_refused;
  }
  EXPECT_EQ(lengths_refused, 2) << "0 and -1";
}

TEST_F(FlatfsVectors, EveryKeyIsTakenOrRefusedAlike) {
  ASSERT_EQ(vectors_["key_accepted"].size(), 23U);
  for (const json& expected : vectors_["key_accepted"]) {
    const std::string key = "/" + Text(expected["in"]);
    EXPECT_EQ(CheckKey({.alphabet = KeyAlphabet::kFlatfs}, key).has_value(),
              expected["accepted"].get<bool>())
        << key;
  }
}

std::string UrlOf(const fs::path& path, const std::string& fields = "") {
  return "flatfs:" + path.string() + fields;
}

Store OpenStore(const std::string& url, OpenMode mode = OpenMode::kOpen) {
  Result<Store> store = Open(url, {.mode = mode});
  if (!store.has_value()) {
    ADD_FAILURE() << store.error().ToString();
    std::abort();
  }
  return *std::move(store);
}

std::map<std::string, std::uint64_t> ListedWithSizes(const Store& store) {
  std::map<std::string, std::uint64_t> listed;
  Result<Results> results = store.Query({.keys_only = true, .return_sizes = true});
  EXPECT_TRUE(results.has_value());
  for (const auto& entry : *results) listed.emplace(entry.key, entry.info.size);
  EXPECT_TRUE(results->status().has_value());
  return listed;
}

/// Every name below a directory with its kind and permissions: "-600 AB/ABC.data".
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

TEST_F(FlatfsArchives, CleanOnesHaveTheRecordsOfTheManifest) {
  for (const auto& [name, shard] : CleanArchives()) {
    SCOPED_TRACE(name);
    const Store store = OpenStore(UrlOf(Unpack(name), "?shard=" + shard));
    EXPECT_EQ(ListedWithValues(store), records());
    std::map<std::string, std::uint64_t> sizes;
    for (const auto& [key, record] : records()) {
      sizes[key] = record.size;
      const Result<Value> value = store.Get(key);
      ASSERT_TRUE(value.has_value()) << key << " " << value.error().ToString();
      EXPECT_EQ(Sha256Text(*value), record.sha256) << key;
      EXPECT_EQ(store.GetSize(key).value_or(1U << 30U), record.size) << key;
      EXPECT_TRUE(store.Has(key).value_or(false)) << key;
    }
    EXPECT_EQ(ListedWithSizes(store), sizes);
  }
}

TEST_F(FlatfsArchives, OpeningAndOverwritingLeavesTheTreeAsItIs) {
  for (const auto& [name, shard] : CleanArchives()) {
    SCOPED_TRACE(name);
    const fs::path path = Unpack(name);
    const std::string mode = name.ends_with("-batch") ? "?mode=0644" : "";
    const std::vector<std::string> before = TreeOf(path);
    Store store = OpenStore(UrlOf(path, mode));
    for (const auto& [key, record] : records()) {
      const Result<Value> value = store.Get(key);
      ASSERT_TRUE(value.has_value()) << key;
      const auto put = store.Put(key, *value, {.write = {.durability = Durability::kApplied}});
      ASSERT_TRUE(put.has_value()) << put.error().ToString();
    }
    EXPECT_EQ(TreeOf(path), before);
    ASSERT_TRUE(store.Close());
    EXPECT_EQ(TreeOf(path), before);
    EXPECT_EQ(ListedWithValues(OpenStore(UrlOf(path))), records());
  }
}

TEST_F(FlatfsArchives, ARepositoryOfOursHasTheSameTree) {
  for (const auto& [name, shard] : CleanArchives()) {
    SCOPED_TRACE(name);
    const fs::path original = Unpack(name);
    const fs::path ours = scratch() / "ours";
    fs::remove_all(ours);
    const bool batched = name.ends_with("-batch");
    Store store = OpenStore(UrlOf(ours, "?shard=" + shard + (batched ? "&mode=0644" : "")),
                            OpenMode::kCreate);
    {
      const Store source = OpenStore(UrlOf(original));
      Result<std::unique_ptr<Batch>> batch = store.NewBatch();
      ASSERT_TRUE(batch.has_value());
      for (const auto& [key, record] : records()) {
        const Value value = source.Get(key).value_or(Value());
        if (batched) {
          ASSERT_TRUE((*batch)->Put(key, value).has_value());
        } else {
          ASSERT_TRUE(
              store.Put(key, value, {.write = {.durability = Durability::kApplied}}).has_value());
        }
      }
      const auto committed = (*batch)->Commit();
      ASSERT_TRUE(committed.has_value()) << committed.error().ToString();
    }
    ASSERT_TRUE(store.Close());
    std::vector<std::string> expected = TreeOf(original);
    // The original's note of sizes is its own business.
    EXPECT_EQ(std::erase(expected, "-600 diskUsage.cache"), 1U);
    EXPECT_EQ(TreeOf(ours), expected);
    EXPECT_EQ(BytesOf(ours / "SHARDING"), BytesOf(original / "SHARDING"));
    EXPECT_EQ(fs::exists(ours / "_README"), name.starts_with("next-to-last-2"));
    EXPECT_EQ(fs::status(ours).permissions(), fs::status(original).permissions());
    EXPECT_EQ(ListedWithValues(OpenStore(UrlOf(ours))), records());
  }
}

TEST_F(FlatfsArchives, JunkIsPassedOverAndKept) {
  const fs::path path = Unpack("junk");
  std::vector<std::string> expected = TreeOf(path);
  std::erase_if(expected, [](const std::string& line) { return line.contains(" .temp/"); });
  {
    const Store store = OpenStore(UrlOf(path));
    EXPECT_EQ(ListedWithValues(store), records());
    for (const char* const key : {"/INLOST", "/SYMLINKED", "/WRONGSHARD", "/A.B", "/lower"}) {
      EXPECT_FALSE(store.Has(key).value_or(true)) << key;
    }
  }
  EXPECT_EQ(TreeOf(path), expected) << "all but what lay in .temp";
  const Status destroyed = Destroy(UrlOf(path));
  ASSERT_FALSE(destroyed.has_value());
  EXPECT_EQ(destroyed.error().code(), Code::kIdentityMismatch);
  EXPECT_EQ(TreeOf(path), expected);
}

TEST_F(FlatfsArchives, DamagedOnesOpenAndTornValuesAreServedAsTheyAre) {
  Records torn = records();
  torn["/CIQFCJOSXPE6XMIBXFUBHFAYQVNWYGWQEVVLC3U273NHJ7D37IMI4RY"] = {
      .size = 40960, .sha256 = "54f274cec949f89a2030767adfcdcea0ce45aa3b65a390e766416c870b399bac"};
  torn["/CIQMNJXYBNO6IK2NIRL4VSKROXVOXT6SXRERELUS4BN4KDER5I5N2GY"] = {
      .size = 0, .sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
  for (const std::string name : {"junk-errors", "junk-noopen"}) {
    SCOPED_TRACE(name);
    const fs::path path = Unpack(name);
    const std::string cache = BytesOf(path / "diskUsage.cache");
    const std::string sharding = BytesOf(path / "SHARDING");
    Store store = OpenStore(UrlOf(path));
    EXPECT_EQ(ListedWithValues(store), torn);
    EXPECT_FALSE(store.Has("/DANGLE").value_or(true));
    EXPECT_FALSE(store.Has("/DIRKEY").value_or(true));
    ASSERT_TRUE(store.Put("/DANGLE", "x"));
    ASSERT_TRUE(store.Close());
    EXPECT_EQ(BytesOf(path / "diskUsage.cache"), cache);
    EXPECT_EQ(BytesOf(path / "SHARDING"), sharding);
  }
}

TEST_F(FlatfsArchives, VersionZeroIsRefusedAndLeftAsItIs) {
  const fs::path path = Unpack("v0-prefix-5");
  const std::vector<std::string> before = TreeOf(path);
  for (const OpenMode mode : {OpenMode::kOpen, OpenMode::kOpenOrCreate}) {
    const Result<Store> store = Open(UrlOf(path), {.mode = mode});
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code(), Code::kIdentityMismatch);
    EXPECT_THAT(store.error().ToString(), HasSubstr("there is no SHARDING"));
  }
  EXPECT_EQ(Exists(UrlOf(path)).value_or(true), false);
  EXPECT_FALSE(Destroy(UrlOf(path)).has_value());
  EXPECT_EQ(TreeOf(path), before);
}

}  // namespace
}  // namespace anystore

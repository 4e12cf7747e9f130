// What go-ds-flatfs wrote is read alike, and what is written here has the same form.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/features.h"
#include "anystore/open.h"
#include "backends/flatfs/keys/shard.h"
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
using testing::OpenStore;
using testing::Records;
using testing::Sha256Text;
using testing::Text;
using testing::TreeOf;
using testing::UrlOf;

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

std::map<std::string, std::uint64_t> ListedWithSizes(const Store& store) {
  std::map<std::string, std::uint64_t> listed;
  Result<Results> results = store.Query({.keys_only = true, .return_sizes = true});
  EXPECT_TRUE(results.has_value());
  for (const auto& entry : *results) listed.emplace(entry.key, entry.info.size);
  EXPECT_TRUE(results->status().has_value());
  return listed;
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
    std::vector<std::string> meanwhile = before;
    EXPECT_EQ(std::erase(meanwhile, "-600 diskUsage.cache"), 1U) << "not to be believed";
    EXPECT_EQ(TreeOf(path), meanwhile);
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
    EXPECT_EQ(TreeOf(ours), TreeOf(original));
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
    const std::string sharding = BytesOf(path / "SHARDING");
    Store store = OpenStore(UrlOf(path));
    EXPECT_EQ(ListedWithValues(store), torn);
    EXPECT_FALSE(store.Has("/DANGLE").value_or(true));
    EXPECT_FALSE(store.Has("/DIRKEY").value_or(true));
    ASSERT_TRUE(store.Put("/DANGLE", "x"));
    ASSERT_TRUE(store.Close());
    EXPECT_EQ(BytesOf(path / "SHARDING"), sharding);
  }
}

std::uint64_t DiskUsageOf(Store& store) {
  const Result<std::uint64_t> bytes = store.feature<PersistentDatastore>()->DiskUsage({});
  EXPECT_TRUE(bytes.has_value()) << bytes.error().ToString();
  return bytes.value_or(0);
}

std::uint64_t OwnBytesOf(const fs::path& path) {
  struct stat info = {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return static_cast<std::uint64_t>(info.st_size);
}

/// The sum of what is below a directory, with itself; links count what they lead to, if that is a
/// file. Without `directory_bytes`, directories are as large as they are.
std::uint64_t SizesIn(const fs::path& root, std::optional<std::uint64_t> directory_bytes = {}) {
  std::uint64_t bytes = directory_bytes.value_or(OwnBytesOf(root));
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (fs::is_directory(entry.symlink_status())) {
      bytes += directory_bytes.value_or(OwnBytesOf(entry.path()));
    }
    if (fs::is_regular_file(entry.status())) bytes += fs::file_size(entry.path());
  }
  return bytes;
}

TEST_F(FlatfsArchives, TheNoteOfSizesIsBelieved) {
  int noted = 0;
  for (const json& archive : manifest()["archives"]) {
    if (!archive["expect"].contains("disk_usage_from_cache")) continue;
    const std::string name = Text(archive["top_directory"]);
    SCOPED_TRACE(name);
    const fs::path path = Unpack(name);
    const std::string note = BytesOf(path / "diskUsage.cache");
    Store store = OpenStore(UrlOf(path));
    EXPECT_EQ(DiskUsageOf(store), archive["expect"]["disk_usage_from_cache"]);
    ASSERT_TRUE(store.Close());
    EXPECT_EQ(BytesOf(path / "diskUsage.cache"), note);
    ++noted;
  }
  EXPECT_GE(noted, 6);
}

TEST_F(FlatfsArchives, ACountIsTheOriginalsButForTheSizesOfDirectories) {
  for (const auto& [name, shard] : CleanArchives()) {
    SCOPED_TRACE(name);
    const fs::path path = Unpack(name);
    Store believer = OpenStore(UrlOf(path));
    const std::uint64_t noted = DiskUsageOf(believer);
    ASSERT_TRUE(believer.Close());
    fs::remove(path / "diskUsage.cache");
    EXPECT_EQ(SizesIn(path, 4096), noted) << "as on the original's ext4";
    Store store = OpenStore(UrlOf(path));
    const std::uint64_t counted = DiskUsageOf(store);
    EXPECT_EQ(counted, SizesIn(path));
    ASSERT_TRUE(store.Close());
    EXPECT_EQ(BytesOf(path / "diskUsage.cache"),
              "{\"diskUsage\":" + std::to_string(counted) + ",\"accuracy\":\"initial-exact\"}\n");
  }
}

TEST_F(FlatfsArchives, AnUnusableNoteIsNoReasonNotToOpen) {
  const fs::path path = Unpack("junk-noopen");
  const std::uint64_t note_bytes = fs::file_size(path / "diskUsage.cache");
  Store store = OpenStore(UrlOf(path));
  const std::uint64_t counted = DiskUsageOf(store);
  EXPECT_EQ(counted, SizesIn(path) - note_bytes);
  ASSERT_TRUE(store.Close());
  Store again = OpenStore(UrlOf(path));
  EXPECT_EQ(DiskUsageOf(again), counted);
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

// A repository of Kubo's, opened by its own configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/open.h"
#include "interop/flatfs_archives.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using testing::BytesOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ListedWithValues;
using testing::Records;

// As `ipfs init` writes it, but for what has nothing to do with stores.
constexpr std::string_view kConfig = R"({
  "Addresses": {"API": "/ip4/127.0.0.1/tcp/5001"},
  "Datastore": {
    "BloomFilterSize": 0,
    "GCPeriod": "1h",
    "HashOnRead": false,
    "Spec": {
      "mounts": [
        {
          "mountpoint": "/blocks",
          "path": "blocks",
          "prefix": "flatfs.datastore",
          "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2",
          "sync": false,
          "type": "flatfs"
        },
        {
          "child": {
            "compression": "none",
            "path": "datastore",
            "type": "levelds"
          },
          "mountpoint": "/",
          "prefix": "leveldb.datastore",
          "type": "measure"
        }
      ],
      "type": "mount"
    },
    "StorageMax": "10GB"
  },
  "Identity": {"PeerID": "", "PrivKey": ""}
})";
constexpr std::string_view kDiskSpec =
    R"({"mounts":[{"mountpoint":"/blocks","path":"blocks",)"
    R"("shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},)"
    R"({"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"})";

void WriteText(const fs::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  ASSERT_TRUE(stream.flush().good()) << file;
}

class Warnings final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    if (level == LogLevel::kWarning) lines.emplace_back(line);
  }
  std::vector<std::string> lines = {};
};

class KuboRepository : public testing::FlatfsArchives {
 protected:
  void SetUp() override {
    FlatfsArchives::SetUp();
    environment_.logger = &log_;
    if (IsSkipped() || HasFatalFailure()) return;
    fs::create_directory(repository());
    fs::rename(Unpack("next-to-last-2"), repository() / "blocks");
    WriteText(config(), kConfig);
    WriteText(repository() / "datastore_spec", std::string(kDiskSpec) + "\n");
  }

  [[nodiscard]] fs::path repository() const { return scratch() / "repo"; }
  [[nodiscard]] fs::path config() const { return repository() / "config"; }
  [[nodiscard]] OpenOptions With(OpenMode mode) const {
    return {.mode = mode, .environment = &environment_};
  }
  [[nodiscard]] Result<Store> OpenRepository(OpenMode mode = OpenMode::kOpen) const {
    return Open(config().string(), With(mode));
  }

  Warnings log_;
  Environment environment_ = Environment::Host();
};

TEST_F(KuboRepository, TheSampleOpensAsBlocksBesideALeveldb) {
  Records expected;
  for (const auto& [key, record] : records()) expected["/blocks" + key] = record;
  {
    Result<Store> store = OpenRepository(OpenMode::kOpenOrCreate);
    ASSERT_TRUE(store.has_value()) << store.error().ToString();
    EXPECT_THAT(log_.lines, ElementsAre(HasSubstr("mounts[0]: field \"prefix\" is ignored")));
    EXPECT_EQ(ListedWithValues(*store), expected) << "the leveldb is new";
    ASSERT_TRUE(store->Put("/local/filesroot", "root").has_value());
    ASSERT_TRUE(store->Put("/blocks/ANEWBLOCK", "block").has_value());
    EXPECT_EQ(ListedWithValues(*store, {.prefix = "/blocks"}).size(), records().size() + 1);
    EXPECT_EQ(ListedWithValues(*store, {.prefix = "/local"}).size(), 1U);
    const Status closed = store->Close();
    ASSERT_TRUE(closed.has_value()) << closed.error().ToString();
  }
  EXPECT_EQ(BytesOf(repository() / "blocks" / "OC" / "ANEWBLOCK.data"), "block");
  Result<Store> again = OpenRepository();
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(again->Get("/local/filesroot").value_or(Value()).bytes(), "root");
  EXPECT_EQ(again->Get("/blocks/ANEWBLOCK").value_or(Value()).bytes(), "block");
  for (const auto& [key, record] : expected) {
    EXPECT_EQ(again->GetSize(key).value_or(1U << 30U), record.size) << key;
  }
  ASSERT_TRUE(again->Close().has_value());
  Result<Store> alone = Open("leveldb:" + (repository() / "datastore").string());
  ASSERT_TRUE(alone.has_value()) << alone.error().ToString();
  const Records in_leveldb = ListedWithValues(*alone);
  ASSERT_EQ(in_leveldb.size(), 1U) << "blocks are in flatfs";
  EXPECT_EQ(in_leveldb.begin()->first, "/local/filesroot");
}

TEST_F(KuboRepository, IsNotOpenedAsWhatItIsNot) {
  std::string other(kDiskSpec);
  other.replace(other.find("next-to-last/2"), 14, "next-to-last/3");
  WriteText(repository() / "datastore_spec", other);
  for (const OpenMode mode : {OpenMode::kOpen, OpenMode::kCreate, OpenMode::kOpenOrCreate}) {
    const Result<Store> store = OpenRepository(mode);
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code(), Code::kIdentityMismatch) << store.error().ToString();
    EXPECT_THAT(store.error().ToString(), HasSubstr("next-to-last/3"));
    EXPECT_THAT(store.error().ToString(), HasSubstr("next-to-last/2"));
  }
  EXPECT_FALSE(fs::exists(repository() / "datastore")) << "nothing was touched";
}

TEST_F(KuboRepository, IsMadeAsKuboMakesIt) {
  fs::remove_all(repository() / "blocks");
  fs::remove(repository() / "datastore_spec");
  const Status created = Create(config().string(), With(OpenMode::kOpen));
  ASSERT_TRUE(created.has_value()) << created.error().ToString();
  EXPECT_EQ(BytesOf(repository() / "datastore_spec"), kDiskSpec);
  EXPECT_EQ(BytesOf(repository() / "blocks" / "SHARDING"),
            "/repo/flatfs/shard/v1/next-to-last/2\n");
  EXPECT_TRUE(Exists(config().string(), With(OpenMode::kOpen)).value_or(false));
  const Status destroyed = Destroy(config().string(), With(OpenMode::kOpen));
  ASSERT_TRUE(destroyed.has_value()) << destroyed.error().ToString();
  EXPECT_FALSE(fs::exists(repository() / "datastore_spec"));
  EXPECT_FALSE(fs::exists(repository() / "datastore"));
  EXPECT_TRUE(fs::exists(config()));
}

}  // namespace
}  // namespace anystore

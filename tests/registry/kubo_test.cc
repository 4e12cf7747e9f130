#include "registry/kubo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "anystore/open.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using registry::KuboConfig;
using registry::ReadKubo;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class Lines final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    EXPECT_EQ(level, LogLevel::kWarning);
    lines.emplace_back(line);
  }
  std::vector<std::string> lines = {};
};

// The specification of a new repository, as Kubo writes it.
constexpr std::string_view kDefault = R"({
  "mounts": [
    {"child": {"path": "blocks", "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2",
               "sync": false, "type": "flatfs"},
     "mountpoint": "/blocks", "prefix": "flatfs.datastore", "type": "measure"},
    {"child": {"compression": "none", "path": "datastore", "type": "levelds"},
     "mountpoint": "/", "prefix": "leveldb.datastore", "type": "measure"}],
  "type": "mount"})";
constexpr std::string_view kDefaultOnDisk =
    R"({"mounts":[{"mountpoint":"/blocks","path":"blocks",)"
    R"("shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},)"
    R"({"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"})";

KuboConfig Read(std::string_view json, std::string_view directory = ".") {
  Lines log;
  Result<std::optional<KuboConfig>> read = ReadKubo(json, directory, log);
  EXPECT_TRUE(read.has_value()) << read.error().ToString();
  EXPECT_TRUE(read.has_value() && read->has_value()) << json;
  return read.has_value() && read->has_value() ? **std::move(read) : KuboConfig();
}

std::string Refusal(std::string_view json) {
  Lines log;
  const Result<std::optional<KuboConfig>> read = ReadKubo(json, ".", log);
  return read.has_value() ? "taken" : read.error().ToString();
}

TEST(Kubo, ReadsTheSpecificationOfANewRepository) {
  const KuboConfig read = Read(kDefault, "/home/ada/.ipfs");
  EXPECT_EQ(read.disk_spec, kDefaultOnDisk);
  EXPECT_EQ(read.config.scheme, "mount");
  ASSERT_EQ(read.config.children.size(), 2U);
  const Config& blocks = read.config.children[0];
  EXPECT_EQ(blocks.group, "mounts");
  EXPECT_EQ(blocks.scheme, "metrics");
  EXPECT_THAT(blocks.fields,
              ElementsAre(Pair("mountpoint", "/blocks"), Pair("prefix", "flatfs.datastore")));
  ASSERT_EQ(blocks.children.size(), 1U);
  EXPECT_EQ(blocks.children[0].group, "child");
  EXPECT_EQ(blocks.children[0].Redacted(),
            "flatfs:/home/ada/.ipfs/blocks?shard=next-to-last/2&sync=false");
  const Config& rest = read.config.children[1];
  EXPECT_EQ(rest.scheme, "metrics");
  EXPECT_THAT(rest.fields,
              ElementsAre(Pair("mountpoint", "/"), Pair("prefix", "leveldb.datastore")));
  ASSERT_EQ(rest.children.size(), 1U);
  EXPECT_EQ(rest.children[0].Redacted(), "leveldb:/home/ada/.ipfs/datastore?compression=none");
}

TEST(Kubo, FindsTheSpecificationInAWholeConfigurationFile) {
  const std::string file = R"({"Identity": {"PrivKey": "x"}, "Datastore": {"StorageMax": "10GB",
                              "Spec": )" +
                           std::string(kDefault) + R"(}, "Routing": {"Type": "auto"}})";
  EXPECT_EQ(Read(file).disk_spec, kDefaultOnDisk);
  EXPECT_EQ(Refusal(R"({"Datastore": {"Path": "x"}})"),
            "invalid_config: Datastore: field \"Spec\" is missing; it takes an object");
}

TEST(Kubo, IgnoresUnknownFieldsWithAWarning) {
  // Without measure, Kubo's default leaves its prefix in the store.
  const std::string json = R"({"mountpoint": "/x", "path": "blocks", "prefix": "flatfs.datastore",
      "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2", "sync": true, "type": "flatfs"})";
  Lines log;
  const auto read = ReadKubo(R"({"type": "mount", "mounts": [)" + json + "]}", "", log);
  ASSERT_TRUE(read.has_value() && read->has_value());
  EXPECT_THAT(log.lines, ElementsAre("spec.mounts[0]: field \"prefix\" is ignored: Kubo's flatfs "
                                     "knows none"));
  EXPECT_EQ((*read)->config.children[0].fields.count("prefix"), 0U);
  // A mount point means something in a mount only.
  ASSERT_TRUE(ReadKubo(json, "", log).has_value());
  EXPECT_THAT(log.lines.back(), HasSubstr("spec: field \"prefix\""));
  EXPECT_THAT(log.lines[1], HasSubstr("spec: field \"mountpoint\""));
}

TEST(Kubo, LeavesOtherTreesAlone) {
  Lines log;
  for (const char* const json :
       {R"({"type": "mount", "mounts": [{"mountpoint": "/", "type": "flatfs", "path": "x"}]})",
        R"({"type": "log", "child": "memory:"})", R"({"Datastore": 1, "type": "memory"})",
        R"({"type": 1})", R"(["mem"])", "{", ""}) {
    const auto read = ReadKubo(json, ".", log);
    EXPECT_TRUE(read.has_value() && !read->has_value()) << json;
  }
  EXPECT_THAT(log.lines, IsEmpty());
}

TEST(Kubo, TextWithANulIsNone) {
  using namespace std::string_literals;
  Lines log;
  const auto read = ReadKubo("{\"type\": \"mem\"}\0"s, ".", log);
  EXPECT_TRUE(read.has_value() && !read->has_value());
}

TEST(Kubo, IsToldByAnythingThatOnlyKuboSays) {
  EXPECT_EQ(Read(R"({"type": "mem"})").config.Redacted(), "memory:");
  EXPECT_EQ(Read(R"({"type": "levelds", "path": "x"})").config.Redacted(), "leveldb:x");
  EXPECT_EQ(Read(R"({"type": "log", "name": "n", "child": {"type": "mem"}})").config.Redacted(),
            R"({"type":"log","name":"n","child":"memory:"})");
  EXPECT_EQ(Read(R"({"type": "flatfs", "path": "/b", "sync": true,
                     "shardFunc": " /repo/flatfs/shard/v1/prefix/03\n"})")
                .config.Redacted(),
            "flatfs:/b?shard=prefix/3&sync=true");
}

TEST(Kubo, KeepsOnDiskWhatDecidesIt) {
  EXPECT_EQ(Read(R"({"type": "mem"})").disk_spec, "null");
  EXPECT_EQ(Read(R"({"type": "measure", "prefix": "p", "child":
                      {"type": "log", "name": "n", "child":
                        {"type": "levelds", "path": "a/b", "compression": "snappy"}}})")
                .disk_spec,
            R"({"path":"a/b","type":"levelds"})");
  EXPECT_EQ(Read(R"({"type": "flatfs", "path": "b", "sync": true,
                     "shardFunc": "/repo/flatfs/shard/v1/prefix/03"})")
                .disk_spec,
            R"({"path":"b","shardFunc":"/repo/flatfs/shard/v1/prefix/3","type":"flatfs"})");
  // Mount points from the last to the first, by bytes and cleaned; text as Go escapes it.
  EXPECT_EQ(Read(R"({"type": "mount", "mounts": [
                      {"mountpoint": "/", "type": "mem"},
                      {"mountpoint": "/b/", "type": "levelds", "path": "<&>\u2028\u001f\"é"},
                      {"mountpoint": "a", "type": "mem"}]})")
                .disk_spec,
            R"({"mounts":[{"mountpoint":"/b","path":"\u003c\u0026\u003e\u2028\u001f\"é",)"
            R"("type":"levelds"},{"mountpoint":"/a"},{"mountpoint":"/"}],"type":"mount"})");
}

TEST(Kubo, RefusesByNodeAndField) {
  const auto flatfs = [](const std::string& fields) {
    return Refusal(R"({"type": "mount", "mounts": [{"mountpoint": "/", "type": "measure",
                       "prefix": "p", "child": {"type": "flatfs")" +
                   fields + "}}]}");
  };
  const std::string at = "invalid_config: spec.mounts[0].child: field ";
  const std::string shard = R"(, "shardFunc": "/repo/flatfs/shard/v1/prefix/1")";
  EXPECT_EQ(flatfs(""), at + R"("path" is missing; it takes a text)");
  EXPECT_EQ(flatfs(R"(, "path": 1)"), at + R"("path": found a number; it takes a text)");
  EXPECT_EQ(flatfs(R"(, "path": "x")"), at + R"("shardFunc" is missing; it takes a text)");
  EXPECT_EQ(flatfs(R"(, "path": "x")" + shard),
            at + R"("sync" is missing; it takes true or false)");
  EXPECT_EQ(flatfs(R"(, "path": "x", "sync": "true")" + shard),
            at + R"("sync": found a text; it takes true or false)");
  EXPECT_THAT(flatfs(R"(, "path": "x", "sync": true, "shardFunc": "prefix/1")"),
              HasSubstr(at + R"("shardFunc": not a shard function: "prefix/1")"));
  EXPECT_EQ(Refusal(R"({"type": "measure", "child": {"type": "mem"}})"),
            R"(invalid_config: spec: field "prefix" is missing; it takes a text)");
  EXPECT_EQ(Refusal(R"({"type": "measure", "prefix": "p", "child": []})"),
            R"(invalid_config: spec: field "child": found a list; it takes an object)");
  EXPECT_EQ(Refusal(R"({"type": "log", "child": {"type": "mem"}})"),
            R"(invalid_config: spec: field "name" is missing; it takes a text)");
  EXPECT_EQ(Refusal(R"({"type": "mount", "mounts": [{"type": "mem"}]})"),
            R"(invalid_config: spec.mounts[0]: field "mountpoint" is missing; it takes a text)");
  EXPECT_EQ(Refusal(R"({"type": "mount", "mounts": [null, {"type": "mem"}]})"),
            "invalid_config: spec.mounts[0]: is no object");
  EXPECT_EQ(Refusal(R"({"type": "mount", "mounts": {"type": "mem"}})"),
            R"(invalid_config: spec: field "mounts": found an object; it takes a list)");
  EXPECT_EQ(Refusal(R"({"type": "levelds", "path": "x", "compression": "zstd"})"),
            R"(invalid_config: spec: field "compression": found "zstd", allowed is one of none, )"
            "snappy");
}

TEST(Kubo, RefusesTypesThatItHasNotGot) {
  EXPECT_THAT(Refusal(R"({"type": "pebbleds", "path": "x"})"),
              HasSubstr("unsupported: spec: type \"pebbleds\": there is no backend for Pebble"));
  EXPECT_THAT(Refusal(R"({"type": "badgerds", "path": "x"})"), HasSubstr("Badger databases"));
  EXPECT_EQ(Refusal(R"({"type": "cache", "child": {"type": "mem"}})"),
            "invalid_config: spec: unknown type \"cache\"; \"mem\" makes the tree one of Kubo's, "
            "which knows: mount, measure, log, mem, flatfs, levelds");
  EXPECT_EQ(Refusal(R"({"type": "measur", "child": {"type": "mem"}})"),
            "invalid_config: spec: unknown type \"measur\"; \"mem\" makes the tree one of Kubo's, "
            "which knows: mount, measure, log, mem, flatfs, levelds; did you mean \"measure\"?");
}

TEST(Kubo, TreesNestedTooDeeplyAreRefused) {
  std::string json = R"({"type": "mem"})";
  for (int levels = 0; levels <= 1000; ++levels) {
    if (levels == 64) {
      EXPECT_EQ(Read(json).disk_spec, "null");
    } else if (levels == 65 || levels == 1000) {
      ASSERT_THAT(Refusal(json), HasSubstr("nested too deeply")) << levels;
    }
    json = R"({"type":"log","name":"n","child":)" + std::move(json) + "}";
  }
  // Lists within lists, which are no nodes.
  const std::string open(500'000, '[');
  const std::string close(500'000, ']');
  EXPECT_EQ(Read(R"({"type": "mem", "x": )" + open + close + "}").disk_spec, "null");
}

// A repository on a filesystem of its own.
class KuboRepository : public ::testing::Test {
 protected:
  KuboRepository() {
    environment_.clock = &clock_;
    environment_.logger = &log_;
    environment_.files = files_.get();
    EXPECT_TRUE(Root()->MakeDirectory("repo").has_value());
    WriteConfig("next-to-last/2");
  }

  std::unique_ptr<Directory> Root() {
    auto root = files_->OpenDirectory("/");
    EXPECT_TRUE(root.has_value());
    return *std::move(root);
  }
  void Write(std::string_view name, std::string_view bytes) {
    EXPECT_TRUE(WriteFile(*Root(), {.name = name, .bytes = bytes}, {}).has_value());
  }
  void WriteConfig(const std::string& shard) {
    Write("repo/config", R"({"Datastore": {"Spec": {"type": "flatfs", "path": "blocks",
          "sync": false, "shardFunc": "/repo/flatfs/shard/v1/)" +
                             shard + "\"}}}");
  }
  std::string Spec() { return testing::Contents(*Root(), "repo/datastore_spec"); }
  Status OpenAndClose(OpenMode mode = OpenMode::kOpen) {
    ANYSTORE_ASSIGN_OR_RETURN(Store store,
                              Open("/repo/config", {.mode = mode, .environment = &environment_}));
    return store.Close();
  }
  [[nodiscard]] OpenOptions options() const { return {.environment = &environment_}; }

  ManualClock clock_{Instant{}};
  Lines log_;
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  Environment environment_ = Environment::Host();
};

constexpr std::string_view kWritten =
    R"({"path":"blocks","shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"})";

TEST_F(KuboRepository, CreateWritesWhatIsOnDiskAndDestroyRemovesIt) {
  ASSERT_TRUE(Create("/repo/config", options()).has_value());
  EXPECT_EQ(Spec(), kWritten);
  EXPECT_EQ(Root()->Stat("repo/datastore_spec")->mode, 0600U);
  EXPECT_TRUE(Root()->Stat("repo/blocks/SHARDING").has_value()) << "relative to the configuration";
  const Status opened = OpenAndClose();
  EXPECT_TRUE(opened.has_value()) << opened.error().ToString();
  EXPECT_EQ(Create("/repo/config", options()).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(Spec(), kWritten);
  ASSERT_TRUE(Destroy("/repo/config", options()).has_value());
  EXPECT_EQ(Spec(), "not_found");
  EXPECT_FALSE(Root()->Stat("repo/blocks").has_value());
}

TEST_F(KuboRepository, OpeningWritesItOnlyWithTheStore) {
  ASSERT_TRUE(OpenAndClose(OpenMode::kOpenOrCreate).has_value());
  EXPECT_EQ(Spec(), kWritten);
  ASSERT_TRUE(Root()->Remove("repo/datastore_spec").has_value());
  ASSERT_TRUE(OpenAndClose(OpenMode::kOpenOrCreate).has_value());
  ASSERT_TRUE(OpenAndClose(OpenMode::kOpen).has_value());
  EXPECT_EQ(Spec(), "not_found");
  ASSERT_TRUE(Destroy("/repo/config", options()).has_value());
  ASSERT_TRUE(OpenAndClose(OpenMode::kCreate).has_value());
  EXPECT_EQ(Spec(), kWritten);
}

TEST_F(KuboRepository, WhatIsOnDiskMustFit) {
  ASSERT_TRUE(Create("/repo/config", options()).has_value());
  Write("repo/datastore_spec", " \n" + std::string(kWritten) + "\n\t");
  EXPECT_TRUE(OpenAndClose().has_value()) << "blanks around it do not count";
  WriteConfig("prefix/3");
  const Status opened = OpenAndClose();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), Code::kIdentityMismatch);
  EXPECT_THAT(opened.error().ToString(), HasSubstr("/repo/datastore_spec"));
  EXPECT_THAT(opened.error().ToString(), HasSubstr("next-to-last/2"));
  EXPECT_THAT(opened.error().ToString(), HasSubstr("prefix/3"));
  for (const OpenMode mode : {OpenMode::kCreate, OpenMode::kOpenOrCreate}) {
    EXPECT_EQ(OpenAndClose(mode).error().code(), Code::kIdentityMismatch);
  }
  EXPECT_EQ(Create("/repo/config", options()).error().code(), Code::kIdentityMismatch);
  EXPECT_EQ(Destroy("/repo/config", options()).error().code(), Code::kIdentityMismatch);
  EXPECT_TRUE(Root()->Stat("repo/blocks/SHARDING").has_value());
}

TEST_F(KuboRepository, NothingIsWrittenOfWhatIsNotOnDisk) {
  Write("repo/config", R"({"type": "mem"})");
  EXPECT_TRUE(Create("/repo/config", options()).has_value());
  EXPECT_TRUE(OpenAndClose(OpenMode::kCreate).has_value());
  EXPECT_EQ(Spec(), "not_found");
  Write("repo/datastore_spec", kWritten);
  EXPECT_EQ(OpenAndClose().error().code(), Code::kIdentityMismatch);
}

TEST_F(KuboRepository, NoTextIsAReference) {
  ASSERT_TRUE(Root()->MakeDirectory("repo/${HOME}").has_value());
  Write("repo/${HOME}/config", R"({"type": "flatfs", "path": "$${$${PATH}", "sync": true,
        "shardFunc": "/repo/flatfs/shard/v1/prefix/1"})");
  const Status created = Create("/repo/${HOME}/config", options());
  ASSERT_TRUE(created.has_value()) << created.error().ToString();
  EXPECT_TRUE(Root()->Stat("repo/${HOME}/$${$${PATH}/SHARDING").has_value());
}

TEST_F(KuboRepository, AFailedCreationLeavesNothingWritten) {
  Write("repo/blocks", "in the way");
  EXPECT_EQ(Create("/repo/config", options()).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(Spec(), "not_found");
}

TEST_F(KuboRepository, AConfigurationOfOverAMegabyteIsNotReadWhole) {
  Write("repo/config", std::string((1 << 20) + 1, ' '));
  EXPECT_THAT(OpenAndClose().error().ToString(), HasSubstr("/repo/config"));
  EXPECT_EQ(OpenAndClose().error().code(), Code::kTooLarge);
}

}  // namespace
}  // namespace anystore

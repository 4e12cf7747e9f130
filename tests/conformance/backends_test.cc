// The kit over the stores that come with the library, opened by URL as a program would.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/filesystem.h"
#include "anystore/open.h"
#include "anystore/tablet/writer.h"
#include "base/digest.h"
#include "conforms.h"
#include "scratch_directory.h"

namespace anystore::conformance {
namespace {

// The kit opens a fresh store a hundred times and syncs each.
class ScratchDirectory : public testing::ScratchDirectory {
 public:
  ScratchDirectory() : testing::ScratchDirectory(testing::InMemory()) {}
};

constexpr std::uint64_t kCombinations = 1151;

void ExpectConforms(const std::string& url, std::uint64_t combinations = kCombinations) {
  const Result<Target> target = TargetFromUrl(url);
  ASSERT_TRUE(target) << target.error().ToString();
  const Report report = testing::ExpectConforms(*target);
  if (!testing::QuickKit()) std::cout << report.ToText();
  EXPECT_EQ(report.find("go/combinations")->cases, combinations);
}

// Cuts the power of stores whose files lie on simulated disks of several seeds.
void ExpectConformsOnASimulatedDisk(const std::string& url) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Result<Target> target = TargetOnSimulatedDisk(url, seed);
    ASSERT_TRUE(target) << target.error().ToString();
    // What does not crash is held against the host's files.
    const Report report = conformance::Run(
        *target, {.chapters = {"listing", "batches", "sync", "reopening", "open_twice", "crash_*"},
                  .seed = seed,
                  .quick = testing::QuickKit()});
    EXPECT_TRUE(report.passed()) << report.ToText();
    EXPECT_EQ(report.count(Outcome::kSkipped), 0U) << report.ToText();
  }
}

TEST(Backends, FlatfsConformsOnASimulatedDisk) {
  for (const char* const fields :
       {"", "?sync=false", "?shard=prefix/1", "?shard=suffix/3", "?keys=escape"}) {
    ExpectConformsOnASimulatedDisk(std::string("flatfs:/var/lib/../blocks") + fields);
  }
}

TEST(Backends, FlatfsWithChecksumsConformsOnASimulatedDisk) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  ExpectConformsOnASimulatedDisk("flatfs:blocks?verify=checksum");
}

TEST(TargetOnSimulatedDisk, RefusesStoresThatKeepNoFilesThere) {
  std::vector<std::string> urls = {"memory:"};
  const ScratchDirectory scratch;
#if ANYSTORE_HAS_LEVELDB
  urls.push_back("leveldb:" + scratch.path().string() + "/store");
#endif
#if ANYSTORE_HAS_ROCKSDB
  urls.push_back("rocksdb:" + scratch.path().string() + "/store");
#endif
  for (const std::string& url : urls) {
    const Result<Target> target = TargetOnSimulatedDisk(url, 1);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code(), Code::kUnsupported);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  EXPECT_EQ(TargetOnSimulatedDisk("no-such-scheme:x", 1).error().code(), Code::kInvalidConfig);
}

TEST(TargetOnSimulatedDisk, IsRepeatedByItsSeed) {
  const auto checks = [](std::uint64_t seed) {
    Result<Target> target = TargetOnSimulatedDisk("flatfs:blocks?sync=false", seed);
    EXPECT_TRUE(target);
    if (!target) return std::uint64_t{0};
    const Report report =
        conformance::Run(*target, {.chapters = {"crash_while_writing"}, .quick = true});
    return report.chapters.at(0).checks;
  };
  EXPECT_EQ(checks(1), checks(1));
  EXPECT_NE(checks(1), checks(2));
}

TEST(Backends, MemoryConforms) { ExpectConforms("memory:"); }

// go-datastore's own suite uses keys that flatfs takes nowhere: its chapters are skipped.
TEST(Backends, FlatfsConforms) {
  const ScratchDirectory scratch;
  ExpectConforms("flatfs:" + scratch.path().string() + "/store", 0);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Backends, FlatfsWithEscapedKeysConforms) {
  const ScratchDirectory scratch;
  ExpectConforms("flatfs:" + scratch.path().string() + "/store?keys=escape");
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Backends, FlatfsWithChecksumsConforms) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  const ScratchDirectory scratch;
  const std::string fields = "?keys=escape&verify=checksum&sync=false";
  ExpectConforms("flatfs:" + scratch.path().string() + "/store" + fields);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Backends, FlatfsWithoutALockConforms) {
  const ScratchDirectory scratch;
  const std::string url = "flatfs:" + scratch.path().string() + "/store";
  const auto open = [&] { return Open(url + "?read_only=true"); };
  const Report report =
      testing::ExpectConforms({.name = "flatfs, read-only",
                               .open = [&]() -> Result<Store> {
                                 ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, Exists(url));
                                 if (is_there) ANYSTORE_TRY(Destroy(url));
                                 ANYSTORE_TRY(Create(url));
                                 return open();
                               },
                               .reopen = open,
                               .remove = [&] { return Destroy(url); }});
  EXPECT_EQ(report.find("read_only")->outcome, Outcome::kPassed) << report.ToText();
}

TEST(Backends, TabletsConform) {
  const ScratchDirectory scratch;
  const auto directory = HostFileSystem().OpenDirectory(scratch.path().string());
  ASSERT_TRUE(directory) << directory.error().ToString();
  const auto write_empty = [&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(
        auto writer, tablet::TabletWriter::Create(**directory, "store.tab", {}, Replace::kYes));
    return writer.Finish();
  };
  for (const char* const fields : {"", "?access=read", "?locator=memory"}) {
    const auto open = [&] {
      return Open("tablets:" + scratch.path().string() + "/store.tab" + fields);
    };
    const Report report =
        testing::ExpectConforms({.name = std::string("tablets") + fields,
                                 .open = [&]() -> Result<Store> {
                                   ANYSTORE_TRY(write_empty());
                                   return open();
                                 },
                                 .reopen = open,
                                 .remove = [&] { return (*directory)->Remove("store.tab"); }});
    EXPECT_EQ(report.find("read_only")->outcome, Outcome::kPassed) << report.ToText();
  }
}

#if ANYSTORE_HAS_LEVELDB
TEST(Backends, LeveldbConforms) {
  const ScratchDirectory scratch;
  for (const char* const fields : {"", "?sync=true&compression=none&bloom_bits=0"}) {
    ExpectConforms("leveldb:" + scratch.path().string() + "/store" + fields);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}
#endif

#if ANYSTORE_HAS_ROCKSDB
TEST(Backends, RocksdbConforms) {
  const ScratchDirectory scratch;
  ExpectConforms("rocksdb:" + scratch.path().string() + "/store");
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(TargetFromUrl, RefusesAUrlWhereAStoreIs) {
  const ScratchDirectory scratch;
  const std::string url = "rocksdb:" + scratch.path().string() + "/store";
  Result<Store> store = Open(url, {.mode = OpenMode::kCreate});
  ASSERT_TRUE(store) << store.error().ToString();
  ASSERT_TRUE(store->Put("/precious", "1"));
  ASSERT_TRUE(store->Close());
  const Result<Target> target = TargetFromUrl(url);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code(), Code::kAlreadyExists);
  store = Open(url);
  ASSERT_TRUE(store) << store.error().ToString();
  EXPECT_TRUE(store->Get("/precious"));
}
#endif

TEST(TargetFromUrl, RefusesWhatIsNoUrl) {
  const Result<Target> target = TargetFromUrl("no-such-scheme:x");
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code(), Code::kInvalidConfig);
}

}  // namespace
}  // namespace anystore::conformance

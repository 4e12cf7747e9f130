// A repository opened with read_only=true: what it reads beside a writer, and that it changes
// nothing.
#include <gmock/gmock.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "anystore/features.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "base/digest.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Notes every call that is more than looking.
class NotedChanges final : public testing::NotedCalls {
  [[nodiscard]] bool IsNoted(const Call& call) const override {
    switch (call.operation) {
      case Operation::kOpen:
        return call.options.access != FileAccess::kRead ||
               call.options.creation != FileCreation::kNever || call.options.truncate;
      case Operation::kOpenDirectory:
      case Operation::kStat:
      case Operation::kList:
      case Operation::kListNext:
      case Operation::kFileStat:
      case Operation::kRead:
        return false;
      default:
        return true;
    }
  }
};

class ReadOnlyTest : public FlatfsTest {
 protected:
  ~ReadOnlyTest() override { EXPECT_THAT(watched_.notes, IsEmpty()); }

  Result<std::unique_ptr<Datastore>> OpenRawReader(const std::string& fields = "read_only=true") {
    reader_environment_ = environment();
    reader_environment_.files = &reader_files_;
    return backend().Open(FlatfsConfig("blocks", fields), reader_environment_);
  }
  Store OpenReader(const std::string& fields = "read_only=true") {
    Result<std::unique_ptr<Datastore>> opened = OpenRawReader(fields);
    if (!opened.has_value()) {
      ADD_FAILURE() << TextOf(opened);
      std::abort();
    }
    return Store(*std::move(opened), "flatfs:blocks", reader_environment_);
  }
  std::uint64_t DiskUsageOf(Store& store) {
    const auto bytes = store.feature<PersistentDatastore>()->DiskUsage({});
    EXPECT_TRUE(bytes) << TextOf(bytes);
    return bytes.value_or(0);
  }
  static std::string StatusOfAScan(Store& store) {
    Result<Results> results = store.Query({.keys_only = true});
    if (!results.has_value()) return TextOf(results);
    return TextOf(results->Rest());
  }
  static void ExpectGone(Store& store) {
    const std::string gone = "the repository that was opened is gone: blocks";
    EXPECT_EQ(CodeOf(store.Get("/NONE")), Code::kIoError);
    EXPECT_THAT(TextOf(store.Get("/NONE")), HasSubstr(gone));
    EXPECT_THAT(TextOf(store.Has("/NONE")), HasSubstr(gone));
    EXPECT_THAT(TextOf(store.GetSize("/NONE")), HasSubstr(gone));
    EXPECT_THAT(StatusOfAScan(store), HasSubstr(gone));
    const std::string_view key = "/NONE";
    Result<Value> one = Value();
    EXPECT_TRUE(store.GetMany({&key, 1}, {&one, 1}));
    EXPECT_THAT(TextOf(one), HasSubstr(gone));
  }

  NotedChanges& watched() { return watched_; }

 private:
  NotedChanges watched_;
  InterceptedFileSystem reader_files_{files(), watched_};
  Environment reader_environment_;
};

TEST_F(ReadOnlyTest, SeesWhatAWriterDoesMeanwhile) {
  Store writer = OpenStore();
  ASSERT_TRUE(writer.Put("/ABCD", "before"));
  Store reader = OpenReader();
  EXPECT_EQ(reader.Get("/ABCD")->bytes(), "before");
  EXPECT_EQ(CodeOf(reader.Get("/WXYZ")), Code::kNotFound);
  EXPECT_THAT(KeysOf(reader), ElementsAre("/ABCD"));

  ASSERT_TRUE(writer.Put("/WXYZ", "in a new directory"));
  ASSERT_TRUE(writer.Put("/ABCD", "after"));
  EXPECT_EQ(reader.Get("/WXYZ")->bytes(), "in a new directory");
  EXPECT_EQ(reader.Get("/ABCD")->bytes(), "after");
  EXPECT_EQ(*reader.GetSize("/ABCD"), 5U);
  EXPECT_EQ(reader.Get("/WXYZ", {.window = {.offset = 5, .length = 3}})->bytes(), "new");
  EXPECT_THAT(KeysOf(reader), ElementsAre("/ABCD", "/WXYZ"));

  ASSERT_TRUE(writer.Delete("/ABCD"));
  EXPECT_FALSE(*reader.Has("/ABCD"));
  EXPECT_THAT(KeysOf(reader), ElementsAre("/WXYZ"));
}

TEST_F(ReadOnlyTest, OpensAsOftenAsAsked) {
  Store writer = OpenStore();
  Store first = OpenReader();
  ASSERT_TRUE(writer.Close());
  Store second = OpenReader();
  Store later = OpenStore();
  ASSERT_TRUE(later.Put("/ABCD", "1"));
  EXPECT_EQ(first.Get("/ABCD")->bytes(), "1");
  EXPECT_EQ(second.Get("/ABCD")->bytes(), "1");
}

TEST_F(ReadOnlyTest, LeavesWhatAWriterThatWasCutOffHasLeft) {
  OpenStore();
  Lay("blocks/BC/ABCD.data", "1");
  Lay("blocks/.temp/temp-1", "half a value");
  Lay("blocks/BC/put-123", "half a value");
  Lay("blocks/diskUsage.cache", "not json");
  const auto before = TreeOf("blocks");
  {
    Store reader = OpenReader();
    EXPECT_EQ(reader.Get("/ABCD")->bytes(), "1");
    EXPECT_THAT(KeysOf(reader), ElementsAre("/ABCD"));
    EXPECT_GT(DiskUsageOf(reader), 13U);
    EXPECT_TRUE(reader.feature<CheckedDatastore>()->Check({}));
    EXPECT_TRUE(reader.Close());
  }
  EXPECT_EQ(TreeOf("blocks"), before);
  EXPECT_EQ(BytesOf("blocks/diskUsage.cache"), "not json");
}

TEST_F(ReadOnlyTest, NeedsNoDirectoryOfTemporaryFiles) {
  OpenStore();
  Lay("blocks/BC/ABCD.data", "1");
  ASSERT_TRUE(DirectoryAt()->RemoveTree("blocks/.temp"));
  Store reader = OpenReader();
  EXPECT_EQ(reader.Get("/ABCD")->bytes(), "1");
  EXPECT_EQ(BytesOf("blocks/.temp"), "-");
}

TEST_F(ReadOnlyTest, RefusesEveryWrite) {
  Store writer = OpenStore();
  ASSERT_TRUE(writer.Put("/ABCD", "1"));
  Store reader = OpenReader();
  const auto put = reader.Put("/WXYZ", "1");
  EXPECT_EQ(CodeOf(put), Code::kReadOnly);
  EXPECT_EQ(put.error().applied(), Applied::kNo);
  EXPECT_EQ(put.error().retry(), Retry::kNever);
  EXPECT_EQ(CodeOf(reader.Put("/WXYZ", "1", {.write = {.durability = Durability::kSurvivesPower}})),
            Code::kReadOnly);
  EXPECT_EQ(CodeOf(reader.Delete("/ABCD")), Code::kReadOnly);
  EXPECT_EQ(CodeOf(reader.Delete("/no key")), Code::kReadOnly);
  EXPECT_EQ(CodeOf(reader.DeleteRange(KeyRange::All())), Code::kReadOnly);
  const std::array<Mutation, 2> two = {
      {{.key = "/WXYZ", .value = "1"}, {.kind = Mutation::Kind::kDelete, .key = "/ABCD"}}};
  EXPECT_EQ(CodeOf(reader.Apply(two)), Code::kReadOnly);
  auto batch = reader.NewBatch();
  ASSERT_TRUE(batch);
  ASSERT_TRUE((*batch)->Put("/WXYZ", "1"));
  EXPECT_EQ(CodeOf((*batch)->Commit()), Code::kReadOnly);
  EXPECT_EQ(reader.feature<ScrubbedDatastore>(), nullptr);
  EXPECT_TRUE(reader.Sync());
  EXPECT_THAT(KeysOf(writer), ElementsAre("/ABCD"));
}

TEST_F(ReadOnlyTest, IsNeitherMadeNorDestroyed) {
  EXPECT_EQ(CodeOf(Create("read_only=true")), Code::kReadOnly);
  EXPECT_THAT(TreeOf(""), IsEmpty());
  EXPECT_EQ(CodeOf(OpenRawReader()), Code::kNotFound);
  ASSERT_TRUE(Create());
  EXPECT_EQ(CodeOf(backend().Destroy(FlatfsConfig("blocks", "read_only=true"), environment())),
            Code::kReadOnly);
  EXPECT_TRUE(Exists());
}

TEST_F(ReadOnlyTest, SaysWhatItCanDo) {
  Store writer = OpenStore();
  Store reader = OpenReader();
  const Capabilities& can = reader.capabilities();
  EXPECT_EQ(can.access, Access::kReadOnly);
  EXPECT_EQ(can.sharing, Sharing::kOneWriterManyProcesses);
  EXPECT_EQ(can.scan_isolation, ScanIsolation::kEntryExists);
  EXPECT_EQ(can.consistency, Consistency::kLinearizable);
  EXPECT_EQ(can.batch_atomicity, Atomicity::kNone);
  EXPECT_EQ(can.sync_durability, Durability::kSurvivesProcess) << "what it reads is not its own";
  EXPECT_EQ(can.keys, writer.capabilities().keys);
}

TEST_F(ReadOnlyTest, HoldsTheRepositoryAgainstWhatWasAskedFor) {
  std::string id;
  {
    Store writer = OpenStore("shard=next-to-last/2");
    id = writer.feature<IdentifiedDatastore>()->identity().id;
  }
  Store reader = OpenReader("read_only=true&shard=next-to-last/2");
  EXPECT_EQ(reader.feature<IdentifiedDatastore>()->identity().id, id);
  EXPECT_EQ(CodeOf(OpenRawReader("read_only=true&shard=prefix/1")), Code::kIdentityMismatch);
  const std::string readme = BytesOf("blocks/_README");
  Lay("blocks/_README", readme.substr(0, readme.size() - 5));
  EXPECT_EQ(CodeOf(OpenRawReader()), Code::kCorruption);
  Lay("blocks/SHARDING", "something else");
  EXPECT_EQ(CodeOf(OpenRawReader()), Code::kIdentityMismatch);
}

TEST_F(ReadOnlyTest, ARepositoryThatIsGoneIsNoEmptyOne) {
  OpenStore();
  Lay("blocks/BC/ABCD.data", "1");
  Store reader = OpenReader();
  EXPECT_EQ(reader.Get("/ABCD")->bytes(), "1");
  ASSERT_TRUE(Destroy());
  ExpectGone(reader);
  EXPECT_EQ(CodeOf(reader.feature<PersistentDatastore>()->DiskUsage({})), Code::kIoError);
  EXPECT_EQ(CodeOf(reader.feature<CheckedDatastore>()->Check({})), Code::kIoError);
  // Another one in its place is another one.
  ASSERT_TRUE(Create());
  Lay("blocks/BC/ABCD.data", "2");
  ExpectGone(reader);
  EXPECT_EQ(CodeOf(reader.Get("/ABCD")), Code::kIoError);
  EXPECT_TRUE(reader.Close());
}

TEST_F(ReadOnlyTest, ADirectoryThatBecomesAnotherRepositoryIsNotReadByTheOldRule) {
  OpenStore();
  const std::string rule = BytesOf("blocks/SHARDING");
  Store reader = OpenReader();
  ASSERT_TRUE(DirectoryAt("blocks")->Remove("SHARDING"));
  ExpectGone(reader);
  clock().Advance(std::chrono::seconds(1));
  Lay("blocks/SHARDING", "/repo/flatfs/shard/v1/next-to-last/1\n");
  ExpectGone(reader);
  Lay("blocks/SHARDING", "something else");
  ExpectGone(reader);
  Lay("blocks/SHARDING", rule);
  EXPECT_EQ(CodeOf(reader.Get("/NONE")), Code::kNotFound) << "written anew, the same as before";
  EXPECT_THAT(KeysOf(reader), IsEmpty());
}

TEST_F(ReadOnlyTest, ARepositoryWithTheSameRuleIsAnotherOne) {
  OpenStore();
  ASSERT_TRUE(Create("", "other"));
  Store reader = OpenReader();
  clock().Advance(std::chrono::seconds(1));
  Lay("blocks/SHARDING", BytesOf("blocks/SHARDING"));
  EXPECT_EQ(CodeOf(reader.Get("/NONE")), Code::kNotFound);
  Lay("blocks/_README", BytesOf("other/_README"));
  ExpectGone(reader);
}

TEST_F(ReadOnlyTest, ReadsKeysAsTheyAreWrittenThere) {
  Store writer = OpenStore("keys=escape");
  ASSERT_TRUE(writer.Put("any bytes \xFF", "1"));
  Store reader = OpenReader();
  EXPECT_EQ(reader.Get("any bytes \xFF")->bytes(), "1");
  EXPECT_THAT(KeysOf(reader), ElementsAre("any bytes \xFF"));
  EXPECT_EQ(CodeOf(OpenRawReader("read_only=true&keys=strict")), Code::kIdentityMismatch);
}

TEST_F(ReadOnlyTest, HoldsValuesAgainstTheirKeys) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  OpenStore();
  Lay("blocks/BC/ABCD.data", "1");
  Store reader = OpenReader("read_only=true&verify=cid");
  EXPECT_EQ(CodeOf(reader.Get("/ABCD")), Code::kCorruption);
  EXPECT_TRUE(*reader.Has("/ABCD"));
}

TEST_F(ReadOnlyTest, AScanDoesNotEndWithTheRepository) {
  OpenStore();
  for (const char* const name : {"blocks/AA/1AAX.data", "blocks/BB/1BBX.data"}) Lay(name, "1");
  Store reader = OpenReader();
  Result<Results> results = reader.Query({.keys_only = true});
  ASSERT_TRUE(results);
  ASSERT_TRUE(Destroy());
  EXPECT_EQ(CodeOf(results->Rest()), Code::kIoError);
}

TEST_F(ReadOnlyTest, WhatCannotBeLookedAtIsNotCalledMissing) {
  OpenStore();
  Store reader = OpenReader();
  watched().os_error = EACCES;
  watched().fails = [](const Call& call) { return call.path == "blocks/SHARDING"; };
  EXPECT_EQ(CodeOf(reader.Get("/NONE")), Code::kPermissionDenied);
  watched().fails = [](const Call& call) { return call.path.contains("ABCD"); };
  EXPECT_EQ(CodeOf(reader.Get("/ABCD")), Code::kPermissionDenied);
  watched().os_error = ENAMETOOLONG;
  EXPECT_EQ(CodeOf(reader.Get("/ABCD")), Code::kNotFound) << "no record has such a name here";
  EXPECT_FALSE(*reader.Has("/ABCD"));
}

TEST_F(ReadOnlyTest, DiskUsageIsWhatTheWriterKnows) {
  std::uint64_t at_close = 0;
  {
    Store writer = OpenStore();
    Store reader = OpenReader();
    ASSERT_TRUE(writer.Put("/ABCD", std::string(1000, 'v')));
    EXPECT_EQ(DiskUsageOf(reader), DiskUsageOf(writer)) << "counted, as there is no note";
    ASSERT_TRUE(writer.Put("/WXYZ", std::string(500, 'v')));
    EXPECT_EQ(DiskUsageOf(reader), DiskUsageOf(writer)) << "and not remembered";
    at_close = DiskUsageOf(writer);
    Lay("blocks/diskUsage.cache", R"({"diskUsage":5,"accuracy":"unknown"})");
    EXPECT_EQ(DiskUsageOf(reader), at_close) << "a note of a writer that goes on";
  }
  Store reader = OpenReader();
  EXPECT_EQ(DiskUsageOf(reader), at_close);
  Lay("blocks/diskUsage.cache", R"({"diskUsage":7,"accuracy":"initial-exact"})");
  EXPECT_EQ(DiskUsageOf(reader), 7U) << "believed";
  clock().Advance(std::chrono::seconds(1));
  Lay("blocks/XY/WXYZ.data", std::string(501, 'v'));
  EXPECT_EQ(DiskUsageOf(reader), at_close + 1) << "older than the records";
}

TEST_F(ReadOnlyTest, CheckFindsAndRepairsNothing) {
  OpenStore();
  Lay("blocks/AA/ABCD.data", "misplaced");
  Store reader = OpenReader();
  const auto findings = reader.feature<CheckedDatastore>()->Check({});
  ASSERT_TRUE(findings) << TextOf(findings);
  EXPECT_EQ(findings->size(), 1U);
  EXPECT_EQ(BytesOf("blocks/AA/ABCD.data"), "misplaced");
}

TEST_F(ReadOnlyTest, WhoeverIsKeptOutIsToldOfIt) {
  Store writer = OpenStore();
  const auto second = OpenRaw();
  EXPECT_EQ(CodeOf(second), Code::kBusy);
  EXPECT_THAT(TextOf(second), HasSubstr("; read_only=true reads beside it"));
  EXPECT_EQ(second.error().retry(), Retry::kTemporary);
}

}  // namespace
}  // namespace anystore::flatfs

#include "backends/flatfs/repository.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <limits>

#include "backends/flatfs/flatfs_fixture.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RepositoryTest : public FlatfsTest {};

TEST_F(RepositoryTest, PutsOneFileARecordWhereTheOriginalDoes) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/ABCDE", "value"));
  ASSERT_TRUE(store.Put("/A", ""));
  EXPECT_THAT(TreeOf("blocks"), ElementsAre(".temp/", "CD/", "CD/ABCDE.data", "SHARDING", "_README",
                                            "__/", "__/A.data"));
  EXPECT_EQ(BytesOf("blocks/CD/ABCDE.data"), "value");
  EXPECT_EQ(ModeOf("blocks/CD/ABCDE.data"), 0600U);
  EXPECT_EQ(ModeOf("blocks/CD"), 0755U);
}

TEST_F(RepositoryTest, GivesFilesTheModeThatIsAskedFor) {
  Store store = OpenStore("mode=0644");
  ASSERT_TRUE(store.Put("/ABC", "x"));
  EXPECT_EQ(ModeOf("blocks/AB/ABC.data"), 0644U);
}

TEST_F(RepositoryTest, ReadsWhatWasPut) {
  Store store = OpenStore("shard=suffix/1");
  ASSERT_TRUE(store.Put("/K", "old"));
  ASSERT_TRUE(store.Put("/K", "newer"));
  ASSERT_TRUE(store.Put("/EMPTY", ""));
  EXPECT_EQ(store.Get("/K")->bytes(), "newer");
  EXPECT_EQ(store.Get("/EMPTY")->size(), 0U);
  EXPECT_TRUE(*store.Has("/EMPTY"));
  EXPECT_EQ(*store.GetSize("/K"), 5U);
  EXPECT_FALSE(*store.Has("/NONE"));
  const auto none = store.Get("/NONE");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), Code::kNotFound);
  EXPECT_EQ(none.error().message(), "") << "a miss allocates nothing";
  EXPECT_EQ(CodeOf(store.GetSize("/NONE")), Code::kNotFound);
}

TEST_F(RepositoryTest, ReadsAPartAndTellsTheWholeSize) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/K", "0123456789"));
  EntryInfo info;
  EXPECT_EQ(store.Get("/K", {.window = {.offset = 3, .length = 4}, .info = &info})->bytes(),
            "3456");
  EXPECT_EQ(info.size, 10U);
  EXPECT_EQ(store.Get("/K", {.window = {.offset = 8}})->bytes(), "89");
  EXPECT_EQ(store.Get("/K", {.window = {.offset = 99}})->bytes(), "");
  EXPECT_EQ(store.Get("/K", {.window = {.offset = 10, .length = 1}})->bytes(), "");
}

TEST_F(RepositoryTest, DeletesAndForgivesWhatIsMissing) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/ABC", "x"));
  ASSERT_TRUE(store.Delete("/ABC"));
  ASSERT_TRUE(store.Delete("/ABC"));
  ASSERT_TRUE(store.Delete("/NODIRECTORY"));
  EXPECT_FALSE(*store.Has("/ABC"));
  EXPECT_THAT(TreeOf("blocks/AB"), ElementsAre()) << "the directory stays";
}

TEST_F(RepositoryTest, AppliesTheLastMutationOfEachKey) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/GONE", "x"));
  const std::array<Mutation, 7> mutations = {{{.key = "/A", .value = "1"},
                                              {.kind = Mutation::Kind::kDelete, .key = "/A"},
                                              {.key = "/A", .value = "3"},
                                              {.key = "/B", .value = "1"},
                                              {.kind = Mutation::Kind::kDelete, .key = "/B"},
                                              {.kind = Mutation::Kind::kDelete, .key = "/GONE"},
                                              {.key = "/C", .value = "c"}}};
  const auto receipt = store.Apply(mutations);
  ASSERT_TRUE(receipt) << TextOf(receipt);
  EXPECT_EQ(receipt->applied, 7U);
  EXPECT_THAT(KeysOf(store), ElementsAre("/A", "/C"));
  EXPECT_EQ(store.Get("/A")->bytes(), "3");
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(RepositoryTest, ShowsNothingOfABatchBeforeItsCommit) {
  Store store = OpenStore();
  auto batch = store.NewBatch();
  ASSERT_TRUE(batch);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE((*batch)->Put("/K" + std::to_string(i), std::to_string(i)));
  }
  EXPECT_THAT(KeysOf(store), ElementsAre());
  const auto committed = (*batch)->Commit();
  ASSERT_TRUE(committed) << TextOf(committed);
  EXPECT_EQ(KeysOf(store).size(), 100U);
  EXPECT_EQ(store.Get("/K77")->bytes(), "77");
}

TEST_F(RepositoryTest, RefusesKeysThatItCannotKeep) {
  Store store = OpenStore();
  for (const std::string key : {"/a", "A", "/", "/A/B", "/A.B", "/\xc3\x80", ""}) {
    EXPECT_EQ(CodeOf(store.Put(key, "x")), Code::kInvalidArgument) << key;
    EXPECT_EQ(CodeOf(store.Get(key)), Code::kNotFound) << key;
    EXPECT_FALSE(*store.Has(key)) << key;
    EXPECT_TRUE(store.Delete(key)) << key;
  }
  const std::string longest = "/" + std::string(250, 'K');
  EXPECT_TRUE(store.Put(longest, "x"));
  EXPECT_EQ(store.Get(longest)->bytes(), "x");
  EXPECT_EQ(CodeOf(store.Put(longest + "K", "x")), Code::kTooLarge);
  EXPECT_EQ(CodeOf(store.Get(longest + "K")), Code::kNotFound);
}

TEST_F(RepositoryTest, RefusesKeysWhoseDirectoryIsAFile) {
  Store store = OpenStore("shard=prefix/8");
  EXPECT_EQ(CodeOf(store.Put("/SHARDINGS", "x")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(store.Get("/SHARDINGS")), Code::kNotFound);
  EXPECT_FALSE(*store.Has("/SHARDING"));
  EXPECT_TRUE(store.Delete("/SHARDINGS"));
  EXPECT_TRUE(store.Put("/SHARDIN", "x"));
  EXPECT_EQ(BytesOf("blocks/SHARDING"), "/repo/flatfs/shard/v1/prefix/8\n");
}

TEST_F(RepositoryTest, KeepsRecordsFromOneOpeningToTheNext) {
  {
    Store store = OpenStore("sync=false");
    ASSERT_TRUE(store.Put("/K", "x"));
    ASSERT_TRUE(store.Close());
  }
  EXPECT_EQ(OpenStore().Get("/K")->bytes(), "x");
}

TEST_F(RepositoryTest, SaysThatSomethingElseIsInARecordsPlace) {
  Store store = OpenStore();
  LayDirectory("blocks/AB");
  LayDirectory("blocks/AB/ABC.data");
  const auto value = store.Get("/ABC");
  EXPECT_EQ(CodeOf(value), Code::kCorruption);
  EXPECT_THAT(TextOf(value), HasSubstr("AB/ABC.data is a directory"));
  EXPECT_EQ(CodeOf(store.Has("/ABC")), Code::kCorruption);
  EXPECT_FALSE(store.Put("/ABC", "x"));
  EXPECT_FALSE(store.Delete("/ABC"));
  EXPECT_THAT(KeysOf(store), ElementsAre());
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
}

TEST_F(RepositoryTest, WritingSaysWhenTheRepositoryWasTakenApart) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/A", "1"));
  ASSERT_TRUE(DirectoryAt("blocks")->RemoveTree(".temp"));
  const auto put = store.Put("/A", "2");
  EXPECT_EQ(CodeOf(put), Code::kIoError) << "not_found would be about the record";
  EXPECT_THAT(TextOf(put), HasSubstr("gone"));
}

TEST_F(RepositoryTest, TellsWhatItCanDo) {
  const Capabilities with_sync = OpenStore().capabilities();
  EXPECT_EQ(with_sync.put_durability, Durability::kSurvivesPower);
  EXPECT_EQ(with_sync, backend().capabilities());
  const Capabilities without = OpenStore("sync=false").capabilities();
  EXPECT_EQ(without.put_durability, Durability::kSurvivesProcess);
  EXPECT_EQ(without.durability_max, Durability::kSurvivesPower);
  const Capabilities shared =
      RepositoryCapabilities(true, Shard(), {.atomic_rename = false, .directory_sync = false});
  EXPECT_EQ(shared.put_durability, Durability::kSurvivesProcess);
  EXPECT_EQ(shared.durability_max, Durability::kSurvivesProcess);
  EXPECT_EQ(shared.sync_durability, Durability::kSurvivesProcess);
  EXPECT_EQ(shared.batch_atomicity, Atomicity::kNone);
  const Capabilities short_names = RepositoryCapabilities(true, Shard(), {.name_bytes_max = 143});
  EXPECT_EQ(short_names.keys.bytes_max, 139U);
}

}  // namespace
}  // namespace anystore::flatfs

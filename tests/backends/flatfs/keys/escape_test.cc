// Repositories whose keys are any bytes.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "backends/flatfs/readme.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Escape : public FlatfsTest {};

TEST_F(Escape, KeepsKeysOfAnyBytes) {
  const std::vector<std::string> keys = {
      "", std::string("\0", 1), "/", "//", "/A", "/Foo/bar", "/foo", "A", "foo", "\xff"};
  {
    Store store = OpenStore("keys=escape");
    for (const std::string& key : keys) ASSERT_TRUE(store.Put(key, "value of " + key));
    EXPECT_THAT(KeysOf(store), ElementsAreArray(keys));
    EXPECT_EQ(CodeOf(store.Get("/FOO")), Code::kNotFound);
    ASSERT_TRUE(store.Close());
  }
  // What the repository has need not be said again.
  Store store = OpenStore();
  for (const std::string& key : keys) {
    const auto value = store.Get(key);
    ASSERT_TRUE(value) << TextOf(value);
    EXPECT_EQ(value->bytes(), "value of " + key);
  }
  EXPECT_THAT(KeysOf(store, {.prefix = "/foo", .keys_only = true}), IsEmpty());
  for (const std::string& key : keys) ASSERT_TRUE(store.Delete(key));
  EXPECT_THAT(KeysOf(store), IsEmpty());
}

TEST_F(Escape, NamesFilesReadably) {
  Store store = OpenStore("keys=escape");
  ASSERT_TRUE(store.Put("/CIQABC", "1"));
  ASSERT_TRUE(store.Put("/users/42", "2"));
  EXPECT_EQ(BytesOf("blocks/AB/CIQABC.data"), "1");
  EXPECT_EQ(BytesOf("blocks/=4/=USERS==42.data"), "2");
}

TEST_F(Escape, PassesOverNamesThatNoKeyHas) {
  Store store = OpenStore("keys=escape&shard=prefix/1");
  ASSERT_TRUE(store.Put("/A", "1"));
  for (const char* const name : {"A/A=.data", "A/A+.data", "4/41+.data", "+/+==A.data"}) {
    Lay(std::string("blocks/") + name, "stray");
  }
  EXPECT_THAT(KeysOf(store), ElementsAre("/A"));
  ASSERT_TRUE(store.Close());
  EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
}

TEST_F(Escape, TellsLengthsInCharactersOfNames) {
  Store store = OpenStore("keys=escape");
  EXPECT_TRUE(store.Put(std::string(83, '\0'), "value"));
  EXPECT_EQ(CodeOf(store.Put(std::string(84, '\0'), "value")), Code::kTooLarge);
  EXPECT_TRUE(store.Put("/" + std::string(250, 'A'), "value"));
  EXPECT_EQ(CodeOf(store.Put(std::string(251, 'A'), "value")), Code::kTooLarge);
  EXPECT_EQ(CodeOf(store.Get(std::string(84, '\0'))), Code::kNotFound);
}

TEST_F(Escape, RefusesKeysWhoseDirectoryCannotBe) {
  Store store = OpenStore("keys=escape&shard=prefix/8");
  EXPECT_EQ(CodeOf(store.Put("/SHARDING", "value")), Code::kInvalidArgument);
  EXPECT_TRUE(store.Put("/sharding", "value"));
  EXPECT_TRUE(store.Put("SHARDING", "value"));
}

TEST_F(Escape, SaysBesideEveryRuleThatKeysAreEscaped) {
  for (const char* const rule : {"next-to-last/2", "prefix/3"}) {
    const std::string path = std::string(rule).substr(0, 4);
    ASSERT_TRUE(Create(std::string("keys=escape&shard=") + rule, path));
    const std::string record = BytesOf(path + "/ANYSTORE.json");
    EXPECT_THAT(record, HasSubstr(R"("options":{"keys":"escape","shard":")" + std::string(rule)));
    EXPECT_THAT(BytesOf(path + "/_README"), Not(HasSubstr("This repository is")));
    const auto again = OpenRaw("keys=strict", path);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::kIdentityMismatch);
    EXPECT_EQ(again.error().message(), "field \"keys\": the repository has escape, not strict");
    EXPECT_TRUE(OpenRaw("keys=escape", path));
    ASSERT_TRUE(Destroy(path)) << path;
    EXPECT_FALSE(Exists(path));
  }
}

TEST_F(Escape, IsNotTakenForGranted) {
  for (const char* const rule : {"next-to-last/2", "prefix/3"}) {
    ASSERT_TRUE(Create(std::string("shard=") + rule));
    EXPECT_EQ(BytesOf("blocks/ANYSTORE.json"), "-");
    EXPECT_EQ(CodeOf(OpenRaw("keys=escape")), Code::kIdentityMismatch);
    ASSERT_TRUE(Destroy());
  }
}

TEST_F(Escape, DoesNotGuessWhenTheRecordIsDamaged) {
  ASSERT_TRUE(Create("keys=escape"));
  const std::string record = BytesOf("blocks/ANYSTORE.json");
  Lay("blocks/ANYSTORE.json", record.substr(0, 100));
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
  EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
  // Beside the default rule a missing one is seen, too.
  ASSERT_TRUE(DirectoryAt("blocks")->Remove("ANYSTORE.json"));
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
}

TEST_F(Escape, MakesARepositoryOfTheBeginningsOfOne) {
  ASSERT_TRUE(Create("keys=escape"));
  ASSERT_TRUE(DirectoryAt("blocks")->Remove("SHARDING"));
  ASSERT_TRUE(Create());
  EXPECT_EQ(BytesOf("blocks/ANYSTORE.json"), "-");
  EXPECT_TRUE(OpenRaw("keys=strict"));
  ASSERT_TRUE(DirectoryAt("blocks")->Remove("SHARDING"));
  ASSERT_TRUE(Create("keys=escape&shard=suffix/2"));
  EXPECT_EQ(BytesOf("blocks/_README"), "-");
  EXPECT_TRUE(OpenRaw("keys=escape"));
}

TEST_F(Escape, IsKnownToWhatChecks) {
  {
    Store store = OpenStore("keys=escape&shard=prefix/1");
    ASSERT_TRUE(store.Put("/foo", "value"));
  }
  Lay("blocks/A/A+.data", "stray");
  Lay("blocks/B/=FOO==B.data", "misplaced");
  const auto found = [this] {
    Collected collected;
    const auto checked = CheckRepository(files(), "blocks", clock(), {}, collected.sink());
    EXPECT_TRUE(checked) << TextOf(checked);
    return collected.lines;
  };
  EXPECT_THAT(found(),
              ElementsAre("bad_name A/A+.data", "misplaced B/=FOO==B.data move =/=FOO==B.data"));
  const std::string record = BytesOf("blocks/ANYSTORE.json");
  Lay("blocks/ANYSTORE.json", record.substr(0, 100));
  EXPECT_THAT(found(), ElementsAre("misplaced B/=FOO==B.data move =/=FOO==B.data",
                                   "unreadable ANYSTORE.json"));
}

TEST_F(Escape, TakesNoOtherStoresBeginnings) {
  LayDirectory("blocks");
  ASSERT_TRUE(Create("keys=escape", "other"));
  std::string record = BytesOf("other/ANYSTORE.json");
  Lay("blocks/ANYSTORE.json", "not ours");
  EXPECT_EQ(CodeOf(Create("keys=escape")), Code::kAlreadyExists);
  EXPECT_EQ(BytesOf("blocks/ANYSTORE.json"), "not ours");
}

}  // namespace
}  // namespace anystore::flatfs

#include "backends/flatfs/layout.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/readme.h"

namespace anystore::flatfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Layout : public FlatfsTest {
 protected:
  Result<StoreIdentity> IdentityOfBlocks() {
    ANYSTORE_ASSIGN_OR_RETURN(const auto root, files().OpenDirectory("blocks"));
    return IdentityOf(*root);
  }
};

constexpr const char* kNextToLast2 = "/repo/flatfs/shard/v1/next-to-last/2\n";

TEST_F(Layout, CreateMakesWhatTheOriginalMakes) {
  ASSERT_TRUE(Create());
  EXPECT_THAT(TreeOf("blocks"), ElementsAre(".temp/", "SHARDING", "_README"));
  EXPECT_EQ(BytesOf("blocks/SHARDING"), kNextToLast2);
  EXPECT_THAT(BytesOf("blocks/_README"), ::testing::StartsWith(kReadme));
  EXPECT_EQ(ModeOf("blocks"), 0755U);
  EXPECT_EQ(ModeOf("blocks/.temp"), 0755U);
  EXPECT_EQ(ModeOf("blocks/SHARDING"), 0644U);
  EXPECT_EQ(ModeOf("blocks/_README"), 0444U);
}

TEST_F(Layout, TheReadmeEndsWithTheIdentity) {
  ASSERT_TRUE(Create("id=6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11"));
  EXPECT_THAT(BytesOf("blocks/_README"),
              HasSubstr("\nThis repository is {\"format_version\":1,\"id\":\"6d1f0c1e-"));
  EXPECT_TRUE(BytesOf("blocks/_README").ends_with("\"}\n"));
  const StoreIdentity identity = IdentityOfBlocks().value();
  EXPECT_EQ(identity.id, "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11");
  EXPECT_EQ(identity.options.at("shard"), "next-to-last/2");
}

TEST_F(Layout, ARepositoryOfTheOriginalHasNoIdentity) {
  Lay("blocks/SHARDING", kNextToLast2);
  EXPECT_EQ(IdentityOfBlocks()->id, "");
  Lay("blocks/_README", "This is a repository of IPLD objects.\n");
  EXPECT_EQ(IdentityOfBlocks()->id, "");
  EXPECT_TRUE(OpenRaw());
}

TEST_F(Layout, ADamagedIdentityIsCorruptionWhereverItIsCut) {
  ASSERT_TRUE(Create());
  const std::string whole = BytesOf("blocks/_README");
  for (std::size_t size = kReadme.size() + 1; size < whole.size(); ++size) {
    Lay("blocks/_README", whole.substr(0, size));
    const auto identity = IdentityOfBlocks();
    ASSERT_EQ(CodeOf(identity), Code::kCorruption) << size;
    EXPECT_THAT(TextOf(identity), HasSubstr("_README is damaged at byte"));
  }
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
  EXPECT_TRUE(Destroy());
}

TEST_F(Layout, CreateWritesTheReadmeOnlyBesideTheDefault) {
  ASSERT_TRUE(Create("shard=prefix/007"));
  EXPECT_THAT(TreeOf("blocks"), ElementsAre(".temp/", "SHARDING"));
  EXPECT_EQ(BytesOf("blocks/SHARDING"), "/repo/flatfs/shard/v1/prefix/7\n");
}

TEST_F(Layout, CreateRefusesWhatIsThere) {
  ASSERT_TRUE(Create());
  EXPECT_THAT(TextOf(Create()), HasSubstr("next-to-last/2"));
  EXPECT_EQ(CodeOf(Create("shard=prefix/2")), Code::kAlreadyExists);
  Lay("other/file", "x");
  EXPECT_EQ(CodeOf(Create("", "other")), Code::kAlreadyExists);
  EXPECT_THAT(TextOf(Create("", "other")), HasSubstr("\"file\""));
  EXPECT_EQ(CodeOf(Create("", "other/file")), Code::kAlreadyExists);
  EXPECT_THAT(TreeOf("other"), ElementsAre("file"));
}

TEST_F(Layout, CreateRefusesVersionZero) {
  Lay("blocks/AB/ABC.data", "x");
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kIdentityMismatch);
  EXPECT_FALSE(Exists());
}

TEST_F(Layout, CreateNeedsTheDirectoryAbove) {
  const Status created = Create("", "no/such/blocks");
  EXPECT_EQ(CodeOf(created), Code::kIoError);
  EXPECT_THAT(TextOf(created), HasSubstr("no/such"));
}

TEST_F(Layout, CreateTakesAnEmptyDirectory) {
  LayDirectory("blocks");
  EXPECT_TRUE(Create());
  EXPECT_TRUE(Exists());
}

TEST_F(Layout, CreateCanBeRepeatedWhenItWasCutOff) {
  LayDirectory("blocks");
  LayDirectory("blocks/.temp");
  Lay("blocks/.temp/temp-7", "/repo/fl");
  Lay("blocks/_README", kReadme);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  ASSERT_TRUE(Create("shard=suffix/1"));
  EXPECT_TRUE(OpenRaw());
  EXPECT_THAT(TreeOf("blocks"), ElementsAre(".temp/", "SHARDING"));
}

TEST_F(Layout, CreateLeavesAloneWhatOnlyLooksLikeItsBeginnings) {
  Lay("readme/_README", "Read this.");
  EXPECT_THAT(TextOf(Create("", "readme")), HasSubstr("_README"));
  Lay("temporary/.temp/letter", "Dear");
  EXPECT_THAT(TextOf(Create("", "temporary")), HasSubstr(".temp/letter"));
  EXPECT_EQ(BytesOf("temporary/.temp/letter"), "Dear");
}

TEST_F(Layout, CreateRefusesARuleThatCannotWork) {
  EXPECT_EQ(CodeOf(Create("shard=prefix/0")), Code::kInvalidConfig);
  EXPECT_THAT(TextOf(Create("shard=prefix")), HasSubstr("field \"shard\""));
  EXPECT_EQ(CodeOf(Create("mode=1777")), Code::kInvalidConfig);
  EXPECT_EQ(CodeOf(Create("mode=0200")), Code::kInvalidConfig);
  EXPECT_EQ(CodeOf(Create("mode=rw")), Code::kInvalidConfig);
  EXPECT_EQ(CodeOf(files().OpenDirectory("blocks")), Code::kNotFound);
}

TEST_F(Layout, OpenFindsNothingWhereNothingIs) {
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  LayDirectory("blocks");
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_FALSE(Exists());
  Lay("file", "x");
  EXPECT_EQ(CodeOf(OpenRaw("", "file")), Code::kIdentityMismatch);
}

TEST_F(Layout, OpenChangesNothingInAWrongDirectory) {
  Lay("blocks/.temp/letter", "Dear");
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kIdentityMismatch);
  EXPECT_EQ(BytesOf("blocks/.temp/letter"), "Dear");
  Lay("blocks/SHARDING", "/repo/flatfs/shard/v2/prefix/2\n");
  const auto opened = OpenRaw();
  EXPECT_EQ(CodeOf(opened), Code::kIdentityMismatch);
  EXPECT_THAT(TextOf(opened), HasSubstr("v2/prefix/2"));
  EXPECT_EQ(BytesOf("blocks/.temp/letter"), "Dear");
  EXPECT_FALSE(Exists());
}

TEST_F(Layout, OpenRefusesAnotherRuleThanTheOneAskedFor) {
  ASSERT_TRUE(Create("shard=prefix/2"));
  LayDirectory("blocks/.temp/batch-1-2");
  const auto opened = OpenRaw("shard=v1/prefix/3");
  EXPECT_EQ(CodeOf(opened), Code::kIdentityMismatch);
  EXPECT_THAT(TextOf(opened), HasSubstr("prefix/2"));
  EXPECT_THAT(TextOf(opened), HasSubstr("prefix/3"));
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre("batch-1-2/"));
  EXPECT_TRUE(OpenRaw("shard=/repo/flatfs/shard/v1/prefix/2"));
}

TEST_F(Layout, OpenReadsSharedTextWithSpacesAround) {
  Lay("blocks/SHARDING", "  /repo/flatfs/shard/v1/suffix/+3\r\n\n");
  ASSERT_TRUE(OpenRaw());
  EXPECT_EQ(BytesOf("blocks/SHARDING"), "  /repo/flatfs/shard/v1/suffix/+3\r\n\n");
}

TEST_F(Layout, OpenRefusesAShardingThatIsNoText) {
  Lay("blocks/SHARDING", std::string(10000, ' ') + kNextToLast2);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kIdentityMismatch);
  LayDirectory("folder");
  LayDirectory("folder/SHARDING");
  EXPECT_EQ(CodeOf(OpenRaw("", "folder")), Code::kIdentityMismatch);
}

TEST_F(Layout, OpenEmptiesTheTemporaryDirectory) {
  ASSERT_TRUE(Create());
  Lay("blocks/.temp/temp-1", "x");
  Lay("blocks/.temp/batch-1-2/KEY.data", "x");
  ASSERT_TRUE(OpenRaw());
  EXPECT_THAT(TreeOf("blocks/.temp"), ElementsAre());
  ASSERT_TRUE(DirectoryAt("blocks")->RemoveTree(".temp"));
  ASSERT_TRUE(OpenRaw());
  EXPECT_EQ(ModeOf("blocks/.temp"), 0755U);
}

TEST_F(Layout, OpenTwiceIsBusyAndTheSecondChangesNothing) {
  ASSERT_TRUE(Create());
  auto first = OpenRaw();
  ASSERT_TRUE(first);
  Lay("blocks/.temp/temp-1", "x");
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kBusy);
  EXPECT_EQ(CodeOf(Destroy()), Code::kBusy);
  EXPECT_EQ(BytesOf("blocks/.temp/temp-1"), "x");
  ASSERT_TRUE((*first)->Close());
  EXPECT_TRUE(OpenRaw());
}

TEST_F(Layout, DestroyRemovesARepositoryWithItsDirectory) {
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("/A", "1"));
    ASSERT_TRUE(store.Put("/ABC", "2"));
  }
  Lay("blocks/diskUsage.cache", "{}");
  Lay("blocks/AB/put-123", "old");
  Lay("blocks/.temp/temp-1", "x");
  ASSERT_TRUE(Destroy());
  EXPECT_EQ(CodeOf(files().OpenDirectory("blocks")), Code::kNotFound);
  EXPECT_EQ(CodeOf(Destroy()), Code::kNotFound);
}

TEST_F(Layout, DestroyTouchesNothingWhereForeignThingsAre) {
  for (const std::string foreign :
       {"notes.txt", "AB/notes.txt", "AB/XYZ.data", "AB/abc.data", "ABC/X.data", "CD/SUB/x"}) {
    ASSERT_TRUE(Create());
    Lay("blocks/AB/ABC.data", "x");
    ASSERT_TRUE(OpenRaw()) << foreign;
    Lay("blocks/" + foreign, "mine");
    const std::vector<std::string> before = TreeOf("blocks");
    EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch) << foreign;
    EXPECT_EQ(TreeOf("blocks"), before) << foreign;
    ASSERT_TRUE(DirectoryAt()->RemoveTree("blocks"));
  }
}

TEST_F(Layout, DestroyRefusesWhatIsNoRepository) {
  Lay("other/file", "x");
  EXPECT_EQ(CodeOf(Destroy("other")), Code::kIdentityMismatch);
  EXPECT_EQ(BytesOf("other/file"), "x");
}

}  // namespace
}  // namespace anystore::flatfs

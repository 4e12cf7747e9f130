// Check and Scrub as features of an open store.
#include "backends/flatfs/maintenance/open_store.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <vector>

#include "anystore/features.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Call;
using filesystem::InterceptedFileSystem;
using filesystem::Operation;
using ::testing::ElementsAre;
using testing::FailingCalls;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> LinesOf(const Result<std::vector<Finding>>& findings) {
  EXPECT_TRUE(findings) << TextOf(findings);
  std::vector<std::string> lines;
  if (!findings.has_value()) return lines;
  for (const Finding& finding : *findings) lines.push_back(finding.where + " " + finding.what);
  return lines;
}

class OpenStoreTest : public FlatfsTest {
 protected:
  static std::vector<std::string> Checked(Store& store) {
    return LinesOf(store.feature<CheckedDatastore>()->Check({}));
  }
  static std::vector<std::string> Scrubbed(Store& store) {
    return LinesOf(store.feature<ScrubbedDatastore>()->Scrub({}));
  }
};

TEST_F(OpenStoreTest, NothingIsFoundInWhatItWrote) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/ABCD", ""));
  ASSERT_TRUE(store.Put("/WXYZ", "1"));
  ASSERT_TRUE(store.Delete("/WXYZ"));
  Lay("blocks/.temp/temp-1", "a write under way");
  EXPECT_THAT(Checked(store), IsEmpty()) << "what only informs is left out";
  EXPECT_THAT(Scrubbed(store), IsEmpty());
  EXPECT_EQ(BytesOf("blocks/.temp/temp-1"), "a write under way");
}

TEST_F(OpenStoreTest, MisplacedRecordsAreFoundAgain) {
  Store store = OpenStore();
  Lay("blocks/AA/ABCD.data", "misplaced");
  Lay("blocks/BC/NOEXT", "foreign");
  EXPECT_FALSE(*store.Has("/ABCD"));
  EXPECT_THAT(Checked(store), ElementsAre("\"AA/ABCD.data\" misplaced: nobody looks for the record "
                                          "here; to be moved to BC/ABCD.data",
                                          HasSubstr("foreign_file")));
  EXPECT_THAT(Scrubbed(store), ElementsAre(HasSubstr("foreign_file"),
                                           "\"AA/ABCD.data\" misplaced: nobody looks for the "
                                           "record here; moved to BC/ABCD.data"));
  EXPECT_EQ(store.Get("/ABCD")->bytes(), "misplaced");
  EXPECT_THAT(Checked(store), ElementsAre(HasSubstr("foreign_file")));
}

TEST_F(OpenStoreTest, ADamagedRecordInItsPlaceStaysForAWriteMayCome) {
  const Store store = OpenStore();
  Lay("blocks/BC/ABCD.data", "damaged");
  Lay("blocks/AA/ABCE.data", "damaged");
  const PrefixVerifier verifier;
  const auto root = DirectoryAt("blocks");
  const Shard shard;
  const auto scrubbed = ScrubOpenStore(
      {.root = *root, .shard = shard, .environment = environment(), .verifier = &verifier}, {}, {});
  EXPECT_THAT(LinesOf(scrubbed),
              ElementsAre("\"BC/ABCD.data\" damaged: does not begin with its key",
                          HasSubstr("moved to .quarantine/ABCE.data")));
  EXPECT_EQ(BytesOf("blocks/BC/ABCD.data"), "damaged");
}

TEST_F(OpenStoreTest, ItStopsWhenItIsAskedTo) {
  Store store = OpenStore();
  ASSERT_TRUE(store.Put("/ABCD", "1"));
  CallOptions call;
  call.deadline = clock().Now();
  EXPECT_EQ(CodeOf(store.feature<CheckedDatastore>()->Check(call)), Code::kTimeout);
  EXPECT_EQ(CodeOf(store.feature<ScrubbedDatastore>()->Scrub(call)), Code::kTimeout);
}

TEST_F(OpenStoreTest, AFailedSyncEndsWriting) {
  ASSERT_TRUE(Create());
  FailingCalls failing;
  InterceptedFileSystem files(this->files(), failing);
  environment().files = &files;
  {
    Store store = OpenStore();
    Lay("blocks/AA/ABCD.data", "misplaced");
    failing.fails = [](const Call& call) { return call.operation == Operation::kSyncDirectory; };
    EXPECT_EQ(CodeOf(store.feature<ScrubbedDatastore>()->Scrub({})), Code::kDataLoss);
    failing.fails = nullptr;
    EXPECT_EQ(CodeOf(store.Put("/WXYZ", "1")), Code::kDataLoss);
    EXPECT_EQ(CodeOf(store.feature<ScrubbedDatastore>()->Scrub({})), Code::kDataLoss);
    EXPECT_TRUE(store.feature<CheckedDatastore>()->Check({})) << "reading goes on";
  }
  EXPECT_EQ(BytesOf("blocks/AA/ABCD.data"), "misplaced");
}

}  // namespace
}  // namespace anystore::flatfs

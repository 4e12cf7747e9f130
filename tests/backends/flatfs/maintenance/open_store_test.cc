// Check and Scrub as features of an open store.
#include "backends/flatfs/maintenance/open_store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
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

/// Calls `act` once, before the first sync of a directory of records after a removal in it.
class BeforeSyncOfRemoval final : public filesystem::Interceptor {
 public:
  explicit BeforeSyncOfRemoval(std::function<void()> act) : act_(std::move(act)) {}

  filesystem::Decision Before(const Call& call) override {
    if (call.operation == Operation::kRemove && call.path.ends_with("BC/ABCD.data")) {
      has_removed_ = true;
    } else if (call.operation == Operation::kSyncDirectory && has_removed_.exchange(false)) {
      act_();
    } else if (call.operation == Operation::kLink && call.path.ends_with("AA/ABCD.data")) {
      has_moved_ = true;
    }
    return filesystem::Decision::Proceed();
  }
  bool has_moved() const { return has_moved_; }

 private:
  const std::function<void()> act_;
  std::atomic<bool> has_removed_{false};
  std::atomic<bool> has_moved_{false};
};

// What was moved to the place of a record that a batch removes would be gone with the power: the
// batch would be carried out again when the store is opened.
TEST_F(OpenStoreTest, ScrubWaitsForABatchThatIsAllOrNothing) {
  std::function<void()> act;
  BeforeSyncOfRemoval watch([&act] { act(); });
  InterceptedFileSystem watched(files(), watch);
  Environment watched_environment = environment();
  watched_environment.files = &watched;
  ASSERT_TRUE(Create());
  auto opened = backend().Open(FlatfsConfig("blocks"), watched_environment);
  ASSERT_TRUE(opened) << TextOf(opened);
  Store store(*std::move(opened), "flatfs:blocks", watched_environment);
  ASSERT_TRUE(store.Put("/ABCD", "old"));
  Lay("blocks/AA/ABCD.data", "misplaced");
  std::thread scrub;
  act = [&] {
    scrub = std::thread([&store] { EXPECT_TRUE(store.feature<ScrubbedDatastore>()->Scrub({})); });
    // Long enough for one that does not wait.
    for (int i = 0; i < 50 && !watch.has_moved(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_FALSE(watch.has_moved());
  };
  auto batch = store.NewBatch();
  ASSERT_TRUE(batch);
  ASSERT_TRUE((*batch)->Delete("/ABCD"));
  ASSERT_TRUE((*batch)->Put("/WXYZ", "new"));
  EXPECT_TRUE((*batch)->Commit({.all_or_nothing = true}));
  ASSERT_TRUE(scrub.joinable());
  scrub.join();
  EXPECT_TRUE(watch.has_moved());
  EXPECT_EQ(store.Get("/ABCD")->bytes(), "misplaced");
  EXPECT_EQ(store.Get("/WXYZ")->bytes(), "new");
}

}  // namespace
}  // namespace anystore::flatfs

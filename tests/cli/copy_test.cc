// copy and diff between stores on disk.
#include <gtest/gtest.h>

#include <string>

#include "cli/program.h"

namespace anystore::testing {
namespace {

// Enough that a signal arrives before all are copied.
constexpr int kMany = 60'000;

class CopyStores : public ProgramTest {
 protected:
  // Starts copying a to a new b, with its checkpoint in `st`, and stops it with SIGTERM on the way.
  void CopyAndInterrupt() {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const Outcome cut = Run(
          "anystore copy rocksdb:a rocksdb:b --create --state st & pid=$!; "
          "while kill -0 $pid && [ ! -s st ]; do sleep 0.005; done; kill -TERM $pid; wait $pid");
      if (cut.exit == 130) {
        EXPECT_NE(cut.err.find("--resume"), std::string::npos) << cut.err;
        return;
      }
      // It was done before the signal came.
      ASSERT_EQ(cut.exit, 0) << cut.err;
      Expect("anystore destroy rocksdb:b");
    }
    FAIL() << "never interrupted";
  }

  // Makes store `name` with `count` records.
  void Fill(const std::string& name, int count) {
    FillStore("rocksdb:" + (directory() / "work" / name).string(), count);
  }
};

TEST_F(CopyStores, CopiesAndVerifiesWithOneThreadAndMany) {
  Fill("a", 3000);
  const std::string one = Expect("anystore copy rocksdb:a rocksdb:b --create --verify --json");
  EXPECT_EQ(NumberIn(one, "records"), 3000U);
  EXPECT_EQ(NumberIn(one, "verify_wrong"), 0U);
  EXPECT_EQ(NumberIn(one, "reread"), 0U);
  Expect("anystore diff rocksdb:a rocksdb:b");
  Expect("anystore copy rocksdb:a rocksdb:c --create --jobs 4");
  Expect("anystore diff rocksdb:a rocksdb:c");
}

TEST_F(CopyStores, CopiesAPrefixOrARange) {
  Expect("for k in /a /a/1 /a/2 /ab /b; do anystore put --create rocksdb:a $k v; done");
  Expect("anystore copy rocksdb:a rocksdb:b --create --prefix /a");
  EXPECT_EQ(Expect("anystore ls rocksdb:b"), "/a/1\n/a/2\n");
  Expect("anystore copy rocksdb:a rocksdb:c --create --from /a/2 --to /b");
  EXPECT_EQ(Expect("anystore ls rocksdb:c"), "/a/2\n/ab\n");
  Expect("anystore diff rocksdb:a rocksdb:b --prefix /a");
}

TEST_F(CopyStores, DiffTellsWhatIsMissingAddedAndChanged) {
  Expect(
      "for k in a b c; do anystore put --create rocksdb:x $k 1; done; "
      "for k in b c d; do anystore put --create rocksdb:y $k 1; done; "
      "anystore put rocksdb:y c 2; anystore put rocksdb:y $'\\xff' 1");
  const Outcome text = Run("anystore diff rocksdb:x rocksdb:y");
  EXPECT_EQ(text.exit, 1);
  EXPECT_EQ(text.out, "- a\n~ c\n+ d\n+ \"\\xff\"\n");
  EXPECT_EQ(text.err, "");
  const Outcome json = Run("anystore diff rocksdb:x rocksdb:y --json --to d");
  EXPECT_EQ(json.exit, 1);
  EXPECT_EQ(json.out,
            "{\"difference\":\"removed\",\"key\":\"a\"}\n"
            "{\"difference\":\"changed\",\"key\":\"c\"}\n");
}

TEST_F(CopyStores, ResumeWithoutACheckpointStartsFromTheBeginning) {
  Fill("a", 500);
  const Outcome outcome = Run("anystore copy rocksdb:a rocksdb:b --create --resume --json");
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_NE(outcome.err.find("starting from the beginning: there is no checkpoint"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(NumberIn(outcome.out, "records"), 500U);
}

TEST_F(CopyStores, ACopyThatWasInterruptedGoesOn) {
  Fill("a", kMany);
  CopyAndInterrupt();
  const std::string json = Expect("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_NE(json.find("\"resumed\":true"), std::string::npos) << json;
  EXPECT_GT(NumberIn(json, "records_before"), 0U);
  EXPECT_EQ(NumberIn(json, "reread"), 0U);
  EXPECT_EQ(NumberIn(json, "records") + NumberIn(json, "records_before"),
            static_cast<std::uint64_t>(kMany));
  Expect("anystore diff rocksdb:a rocksdb:b");
  // Of a complete copy nothing is left to resume, and a new one starts from the beginning.
  const Outcome again = Run("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_EQ(again.exit, 0);
  EXPECT_NE(again.err.find("complete"), std::string::npos) << again.err;
  EXPECT_EQ(NumberIn(again.out, "records"), 0U);
  EXPECT_EQ(NumberIn(Expect("anystore copy rocksdb:a rocksdb:b --state st --json"), "records"),
            static_cast<std::uint64_t>(kMany));
}

TEST_F(CopyStores, ACheckpointOfAStoreThatWasMadeAnewIsNotUsed) {
  Fill("a", kMany);
  CopyAndInterrupt();
  Expect("anystore destroy rocksdb:b; anystore create rocksdb:b");
  const Outcome again = Run("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_EQ(again.exit, 0);
  EXPECT_NE(again.err.find("starting from the beginning"), std::string::npos) << again.err;
  EXPECT_EQ(NumberIn(again.out, "records"), static_cast<std::uint64_t>(kMany));
  Expect("anystore diff rocksdb:a rocksdb:b");
}

TEST_F(CopyStores, DamagedAndForeignCheckpointsAreNotUsed) {
  Fill("a", 300);
  Expect("anystore create rocksdb:b");
  for (const std::string state : {"", "x", "{}", "[1]", "{\"format\":1,\"records\":1}",
                                  "{\"format\":1,\"records\":-1,\"copy\":{}}"}) {
    WriteFile("st", state);
    WriteFile("st.synced", state);
    const Outcome outcome = Run("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
    EXPECT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("starting from the beginning"), std::string::npos) << outcome.err;
    EXPECT_EQ(NumberIn(outcome.out, "records"), 300U) << state;
  }
}

TEST_F(CopyStores, AfterARestartOnlyWhatWasSyncedCounts) {
  Fill("a", kMany);
  CopyAndInterrupt();
  Expect("sed -i 's/\"boot_id\":\"[^\"]*\"/\"boot_id\":\"another\"/' st");
  Expect("cp st saved");
  const Outcome unsynced = Run("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_NE(unsynced.err.find("restarted"), std::string::npos) << unsynced.err;
  EXPECT_EQ(NumberIn(unsynced.out, "records"), static_cast<std::uint64_t>(kMany));
  // The synced file holds across boots.
  Expect("cp saved st; cp saved st.synced");
  const std::string json = Expect("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_GT(NumberIn(json, "records_before"), 0U);
}

TEST_F(CopyStores, ResumeIsRefusedWhereItMeansNothing) {
  Expect("anystore create rocksdb:a");
  const std::string complaint = ExpectComplaint(2, "anystore copy rocksdb:a memory: --resume");
  EXPECT_NE(complaint.find("cannot resume"), std::string::npos) << complaint;
}

TEST_F(CopyStores, NeedsAPlaceForItsCheckpoint) {
  Expect("anystore create rocksdb:a; anystore create rocksdb:b");
  ExpectComplaint(2, "env -u HOME -u XDG_STATE_HOME anystore copy rocksdb:a rocksdb:b");
  ExpectComplaint(3, "anystore copy rocksdb:a rocksdb:b --state /proc/no/such");
  ExpectComplaint(2, "anystore copy rocksdb:a rocksdb:b --jobs 0");
}

}  // namespace
}  // namespace anystore::testing

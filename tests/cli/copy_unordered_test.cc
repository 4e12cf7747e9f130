// copy from a store that lists its keys in no order.
#include <gtest/gtest.h>

#include <string>

#include "cli/program.h"

namespace anystore::testing {
namespace {

constexpr std::string_view kCopy = "anystore copy flatfs:a rocksdb:b --resume --state st --json";

class CopyUnordered : public ProgramTest {
 protected:
  CopyUnordered() {
    Expect("for k in A B C; do anystore put --create flatfs:a /$k value-of-$k; done");
  }
  // Resumes; returns the JSON and expects `complaint` in what was said.
  std::string Resume(std::string_view complaint) {
    const Outcome outcome = Run(std::string(kCopy));
    EXPECT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_NE(outcome.err.find(complaint), std::string::npos) << outcome.err;
    Expect("anystore copy flatfs:a rocksdb:check --create; anystore diff rocksdb:check rocksdb:b");
    return outcome.out;
  }
};

TEST_F(CopyUnordered, OfACompleteCopyOnlyWhatIsMissingIsCopied) {
  Expect("anystore copy flatfs:a rocksdb:b --create --state st --verify");
  Expect("anystore put flatfs:a /D new; anystore rm rocksdb:b /B");
  const std::string json = Resume("only what the destination lacks is copied");
  EXPECT_EQ(NumberIn(json, "records"), 2U);
  EXPECT_EQ(NumberIn(json, "skipped"), 2U);
}

TEST_F(CopyUnordered, IntoAStoreThatWasEmptySizesAreCompared) {
  Expect("anystore copy flatfs:a rocksdb:b --create --state st");
  Expect("anystore put rocksdb:b /A short; anystore put rocksdb:b /B VALUE-of-B");
  const Outcome outcome = Run(std::string(kCopy) + " --verify");
  EXPECT_EQ(NumberIn(outcome.out, "records"), 1U);
  // What somebody else put there since is not seen but by --verify.
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_EQ(NumberIn(outcome.out, "verify_wrong"), 1U);
  EXPECT_EQ(Expect("anystore get rocksdb:b /A"), "value-of-A");
}

TEST_F(CopyUnordered, IntoAStoreThatHeldSomethingValuesAreCompared) {
  Expect("anystore put --create rocksdb:b /B VALUE-of-B; anystore put rocksdb:b /C value-of-C");
  for (const std::string_view prepare :
       {"true",
        "anystore copy flatfs:a rocksdb:b --state st; anystore put rocksdb:b /B VALUE-of-B; "
        "anystore rm rocksdb:b /A"}) {
    Expect(std::string(prepare));
    const std::string json = Resume("");
    EXPECT_EQ(NumberIn(json, "records"), 2U) << prepare;
    EXPECT_EQ(NumberIn(json, "skipped"), 1U) << prepare;
    Expect("rm -f st.synced; anystore rm rocksdb:b /A; anystore put rocksdb:b /B VALUE-of-B");
  }
}

TEST_F(CopyUnordered, WithoutACheckpointItIsSaidWhatIsDone) {
  Expect("anystore create rocksdb:b");
  EXPECT_EQ(NumberIn(Resume("starting from the beginning: there is no checkpoint"), "records"), 3U);
  Expect("rm st.synced");
  const std::string json =
      Resume("what the destination has is read and compared: there is no checkpoint");
  EXPECT_EQ(NumberIn(json, "skipped"), 3U);
  // The checkpoint that was left then knows that it is not to be relied upon.
  Expect("anystore put rocksdb:b /B VALUE-of-B");
  EXPECT_EQ(NumberIn(Resume(""), "records"), 1U);
}

TEST_F(CopyUnordered, ACheckpointOfAStoreThatWasMadeAnewIsNotUsed) {
  Expect("anystore copy flatfs:a rocksdb:b --create --state st");
  Expect("anystore destroy rocksdb:b; anystore put --create rocksdb:b /B VALUE-of-B");
  EXPECT_EQ(NumberIn(Resume("or a store was made anew"), "records"), 3U);
}

TEST_F(CopyUnordered, ByContentNeedsNoCheckpoint) {
  Expect("anystore put flatfs:a /D value-of-A");
  const std::string copy = "anystore copy flatfs:a flatfs:b --create --key sha256-base32 --json";
  const std::string json = Expect(copy + " --verify --resume");
  EXPECT_EQ(NumberIn(json, "records"), 3U);
  EXPECT_EQ(NumberIn(json, "skipped"), 1U);
  EXPECT_EQ(NumberIn(Expect(copy + " --resume"), "skipped"), 4U);
}

}  // namespace
}  // namespace anystore::testing

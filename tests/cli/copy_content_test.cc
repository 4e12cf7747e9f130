// copy --key: records named by what they hold.
#include <gtest/gtest.h>

#include <string>

#include "anystore/open.h"
#include "cli/content_key.h"
#include "cli/program.h"

namespace anystore::testing {
namespace {

using cli::ContentKey;
using cli::KeyNaming;

class CopyByContent : public ProgramTest {
 protected:
  // Four records, two of which are equal.
  void MakeSource() {
    Expect(
        "for pair in /a=one /b=two /c=one '/lower case=three'; do "
        "anystore put --create rocksdb:a \"${pair%=*}\" \"${pair#*=}\"; done");
  }
};

TEST_F(CopyByContent, EveryValueIsFoundUnderItsHashAndEqualOnesCollapse) {
  MakeSource();
  const std::string json =
      Expect("anystore copy rocksdb:a rocksdb:b --create --key sha256-base32 --verify --json");
  EXPECT_EQ(NumberIn(json, "records"), 3U);
  EXPECT_EQ(NumberIn(json, "skipped"), 1U);
  EXPECT_EQ(NumberIn(json, "verify_wrong"), 0U);
  for (const std::string value : {"one", "two", "three"}) {
    EXPECT_EQ(Expect("anystore get rocksdb:b " + ContentKey(KeyNaming::kSha256Base32, value)),
              value);
  }
  EXPECT_EQ(NumberIn(Expect("anystore stat rocksdb:b --count --json"), "keys"), 3U);
  // Known from `printf one | sha256sum`.
  Expect("anystore copy rocksdb:a rocksdb:c --create --key sha256");
  Expect(
      "anystore has rocksdb:c "
      "/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
}

TEST_F(CopyByContent, WhatIsThereIsNotWrittenAgainAndWhatIsDamagedIs) {
  MakeSource();
  Expect("anystore copy rocksdb:a rocksdb:b --create --key sha256-base32");
  const std::string again =
      Expect("anystore copy rocksdb:a rocksdb:b --key sha256-base32 --verify --json");
  EXPECT_EQ(NumberIn(again, "records"), 0U);
  EXPECT_EQ(NumberIn(again, "skipped"), 4U);
  EXPECT_NE(Expect("anystore copy rocksdb:a rocksdb:b --key sha256-base32")
                .find("; skipped 4 that were there already"),
            std::string::npos);
  const std::string key = ContentKey(KeyNaming::kSha256Base32, "three");
  Expect("anystore put rocksdb:b " + key + " cut");
  EXPECT_EQ(
      NumberIn(Expect("anystore copy rocksdb:a rocksdb:b --key sha256-base32 --json"), "records"),
      1U);
  // Of the same size it is not seen but by --verify.
  Expect("anystore put rocksdb:b " + key + " other");
  const Outcome wrong =
      Run("anystore copy rocksdb:a rocksdb:b --key sha256-base32 --verify --json");
  EXPECT_EQ(wrong.exit, 1);
  EXPECT_EQ(NumberIn(wrong.out, "verify_wrong"), 1U);
  EXPECT_NE(wrong.err.find("the first is \"/lower case\""), std::string::npos) << wrong.err;
}

TEST_F(CopyByContent, MoreEqualValuesThanAreKeptInMemoryAreCountedAll) {
  constexpr int kDistinct = 22'000;
  {
    Result<Store> store =
        Open("rocksdb:" + (directory() / "work" / "a").string(), {.mode = OpenMode::kCreate});
    ASSERT_TRUE(store.has_value()) << store.error().ToString();
    const auto batch = store->NewBatch().value_or(nullptr);
    // Each hundred stands there twice, so that the second is met while the first is on its way.
    for (int i = 0; i < 2 * kDistinct; ++i) {
      const int content = i / 200 * 100 + i % 100;
      ASSERT_TRUE(batch->Put("/" + std::to_string(100'000 + i), std::to_string(content)));
    }
    ASSERT_TRUE(batch->Commit());
  }
  for (const std::string jobs : {"1", "4"}) {
    const std::string json = Expect("anystore copy rocksdb:a rocksdb:b" + jobs +
                                    " --create --key sha256-base32 --jobs " + jobs + " --json");
    EXPECT_EQ(NumberIn(json, "records"), std::uint64_t{kDistinct}) << jobs;
    EXPECT_EQ(NumberIn(json, "skipped"), std::uint64_t{kDistinct}) << jobs;
  }
}

TEST_F(CopyByContent, ACheckpointOfOtherNamesIsNotUsed) {
  MakeSource();
  Expect("anystore copy rocksdb:a rocksdb:b --create --key sha256-base32 --state st");
  const Outcome other = Run("anystore copy rocksdb:a rocksdb:b --resume --state st --json");
  EXPECT_EQ(other.exit, 0);
  EXPECT_NE(other.err.find("starting from the beginning"), std::string::npos) << other.err;
  EXPECT_EQ(NumberIn(other.out, "records"), 4U);
  const Outcome same =
      Run("anystore copy rocksdb:a rocksdb:b --key sha256-base32 --resume --state st --json");
  EXPECT_NE(same.err.find("starting from the beginning"), std::string::npos) << same.err;
}

TEST_F(CopyByContent, GoesOnBehindTheLastRecordThatWasSkipped) {
  Expect("for k in /a /b /c; do anystore put --create rocksdb:a $k same; done");
  Expect("anystore copy rocksdb:a rocksdb:b --create --key sha256-base32 --state st");
  Expect("anystore put rocksdb:a /d new");
  const Outcome outcome =
      Run("anystore copy rocksdb:a rocksdb:b --key sha256-base32 --resume --state st --json");
  EXPECT_EQ(NumberIn(outcome.out, "records_before"), 3U) << outcome.out;
  EXPECT_EQ(NumberIn(outcome.out, "records"), 1U) << outcome.out;
  EXPECT_EQ(NumberIn(outcome.out, "skipped"), 0U) << outcome.out;
}

TEST_F(CopyByContent, AKeyThatTheDestinationDoesNotTakeIsNoDeadEnd) {
  MakeSource();
  const std::string complaint = ExpectComplaint(2, "anystore copy rocksdb:a flatfs:b --create");
  EXPECT_NE(complaint.find("\"/a\""), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("--key sha256-base32"), std::string::npos) << complaint;
  Expect("anystore copy rocksdb:a flatfs:b --key sha256-base32 --verify");
}

TEST_F(CopyByContent, RefusesNamesThatItDoesNotKnow) {
  MakeSource();
  const std::string complaint =
      ExpectComplaint(2, "anystore copy rocksdb:a rocksdb:b --create --key sha1");
  EXPECT_NE(complaint.find("same, sha256, sha256-base32"), std::string::npos) << complaint;
}

}  // namespace
}  // namespace anystore::testing

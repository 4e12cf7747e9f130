// put, get, has, size, rm, ls, query through the program.
#include <gtest/gtest.h>

#include <string>

#include "cli/program.h"

namespace anystore::testing {
namespace {

class Records : public ProgramTest {
 protected:
  Records() { Expect("anystore create rocksdb:s"); }
};

TEST_F(Records, PutGetHasSizeAndRemove) {
  Expect("anystore put rocksdb:s /a one");
  EXPECT_EQ(Expect("anystore get rocksdb:s /a"), "one");
  EXPECT_EQ(Expect("anystore has rocksdb:s /a"), "true\n");
  EXPECT_EQ(Expect("anystore size rocksdb:s /a"), "3\n");
  Expect("anystore rm rocksdb:s /a");
  const Outcome has = Run("anystore has rocksdb:s /a");
  EXPECT_EQ(has.exit, 1);
  EXPECT_EQ(has.out, "false\n");
}

TEST_F(Records, ValuesAreBinarySafeThroughPipesAndFiles) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7 % 256);
  WriteFile("in", bytes);
  Expect("anystore put rocksdb:s /pipe - < in");
  Expect("anystore put rocksdb:s /file --file in");
  Expect("anystore get rocksdb:s /pipe > out1; anystore get rocksdb:s /file -o out2");
  EXPECT_EQ(ReadFile("out1"), bytes);
  EXPECT_EQ(ReadFile("out2"), bytes);
}

TEST_F(Records, KeysAndValuesAreTakenByteForByte) {
  Expect("anystore put rocksdb:s '' ''");
  Expect("anystore put rocksdb:s '[x]' '{a}'");
  Expect("anystore put rocksdb:s -- -key -value");
  Expect("anystore put rocksdb:s 'a b%41=\"' '$HOME'");
  Expect("anystore put rocksdb:s $'\\xff\\n' $'\\xfe'");
  EXPECT_EQ(Expect("anystore get rocksdb:s ''"), "");
  EXPECT_EQ(Expect("anystore get rocksdb:s '[x]'"), "{a}");
  EXPECT_EQ(Expect("anystore get rocksdb:s -- -key"), "-value");
  EXPECT_EQ(Expect("anystore get rocksdb:s 'a b%41=\"'"), "$HOME");
  EXPECT_EQ(Expect("anystore ls rocksdb:s"), "\"\"\n-key\n[x]\na b%41=\"\n\"\\xff\\x0a\"\n");
  EXPECT_EQ(Expect("anystore query rocksdb:s --from b --json"),
            "{\"key_base64\":\"/wo=\",\"value_base64\":\"/g==\"}\n");
}

TEST_F(Records, AMissingKeyIsExitOneAndTheOneWithASlashIsSuggested) {
  Expect("anystore put rocksdb:s /ABC x");
  for (const std::string command : {"get", "size", "rm"}) {
    const std::string complaint = ExpectComplaint(1, "anystore " + command + " rocksdb:s ABC");
    EXPECT_NE(complaint.find("did you mean \"/ABC\"?"), std::string::npos) << complaint;
    const std::string other = ExpectComplaint(1, "anystore " + command + " rocksdb:s nothing");
    EXPECT_EQ(other.find("did you mean"), std::string::npos) << other;
  }
  Expect("anystore rm --force rocksdb:s ABC");
  EXPECT_EQ(Expect("anystore get rocksdb:s /ABC"), "x");
}

TEST_F(Records, AFailedGetLeavesTheFileThatWasThere) {
  WriteFile("out", "old");
  ExpectComplaint(1, "anystore get rocksdb:s /missing -o out");
  EXPECT_EQ(ReadFile("out"), "old");
  Expect("anystore put rocksdb:s /a new; anystore get rocksdb:s /a -o out");
  EXPECT_EQ(ReadFile("out"), "new");
  ExpectComplaint(3, "anystore get rocksdb:s /a -o no/such/directory");
  EXPECT_EQ(Expect("anystore get rocksdb:s /a -o /dev/stdout"), "new");
  EXPECT_EQ(Expect("ls"), "out\ns\n");
}

TEST_F(Records, PutAsksForExactlyOneValue) {
  ExpectComplaint(2, "anystore put rocksdb:s /a");
  ExpectComplaint(2, "anystore put rocksdb:s /a x --file y");
  ExpectComplaint(3, "anystore put rocksdb:s /a --file no-such-file");
  EXPECT_EQ(Expect("anystore ls rocksdb:s"), "");
}

TEST_F(Records, PutCreatesTheStoreOnlyWhenAsked) {
  const std::string complaint = ExpectComplaint(3, "anystore put rocksdb:new /a 1");
  EXPECT_NE(complaint.find("--create"), std::string::npos) << complaint;
  EXPECT_NE(ExpectComplaint(3, "anystore get rocksdb:new /a").find("anystore create"),
            std::string::npos);
  EXPECT_FALSE(Exists("new"));
  Expect("anystore put rocksdb:new /a 1 --create");
  EXPECT_EQ(Expect("anystore get rocksdb:new /a"), "1");
}

TEST_F(Records, ListAndQuery) {
  Expect("for i in 1 2 3; do anystore put rocksdb:s /a/$i v$i; done; anystore put rocksdb:s /b w");
  EXPECT_EQ(Expect("anystore ls rocksdb:s /a/"), "/a/1\n/a/2\n/a/3\n");
  EXPECT_EQ(Expect("anystore ls rocksdb:s --long --json /b"), "{\"key\":\"/b\",\"size\":1}\n");
  EXPECT_EQ(Expect("anystore ls rocksdb:s -l /b"), "           1  /b\n");
  EXPECT_EQ(Expect("anystore query rocksdb:s --prefix /a --reverse --limit 2 --keys-only"),
            "/a/3\n/a/2\n");
  EXPECT_EQ(Expect("anystore query rocksdb:s --from /a/2 --to /b --offset 1"), "/a/3\t\"v3\"\n");
  EXPECT_EQ(Expect("anystore query rocksdb:s --filter 'key>=/a/2' --filter 'value!=w' --order -key "
                   "--json"),
            "{\"key\":\"/a/3\",\"value\":\"v3\"}\n{\"key\":\"/a/2\",\"value\":\"v2\"}\n");
  ExpectComplaint(2, "anystore query rocksdb:s --filter 'kye>=1'");
  ExpectComplaint(2, "anystore query rocksdb:s --order kye");
  ExpectComplaint(2, "anystore query rocksdb:s --order key --reverse");
}

TEST_F(Records, AReaderThatGoesAwayIsNoFailure) {
  Expect("mkdir d; cd d; touch $(seq 20000); cd ..; anystore import rocksdb:s d >/dev/null");
  const Outcome outcome = Run("anystore ls rocksdb:s | head -1");
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_EQ(outcome.out, "/1\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(Records, AFullOutputIsAFailure) {
  Expect("anystore put rocksdb:s /a x");
  ExpectComplaint(3, "anystore get rocksdb:s /a > /dev/full");
  ExpectComplaint(3, "anystore ls rocksdb:s > /dev/full");
}

TEST_F(Records, DescribesStoresAndBackends) {
  EXPECT_EQ(Expect("anystore exists rocksdb:s"), "true\n");
  EXPECT_EQ(Run("anystore exists rocksdb:none").exit, 1);
  Expect("anystore put rocksdb:s /a 12345");
  const std::string stat = Expect("anystore stat rocksdb:s --count --json");
  EXPECT_EQ(NumberIn(stat, "keys"), 1U);
  EXPECT_EQ(NumberIn(stat, "value_bytes"), 5U);
  EXPECT_NE(stat.find("\"ordered_scan\":\"native\""), std::string::npos) << stat;
  EXPECT_NE(Expect("anystore stat rocksdb:s").find("rocksdb:s"), std::string::npos);
  const std::string id = "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11";
  Expect("anystore create rocksdb:known?id=" + id);
  EXPECT_NE(Expect("anystore stat rocksdb:known").find(id), std::string::npos);
  EXPECT_NE(Expect("anystore stat rocksdb:known --json").find("\"id\":\"" + id), std::string::npos);
  EXPECT_NE(ExpectComplaint(3, "anystore ls rocksdb:s?id=" + id).find("identity_mismatch"),
            std::string::npos);
  EXPECT_NE(Expect("anystore backends").find("memory"), std::string::npos);
  EXPECT_NE(Expect("anystore backends rocksdb").find("ANYSTORE_ROCKSDB_"), std::string::npos);
  EXPECT_NE(Expect("anystore backends rocksdb --json").find("\"preferred_index\":\"sorted_set\""),
            std::string::npos);
  EXPECT_NE(Expect("anystore backends rocksdb --json").find("\"scheme\":\"rocksdb\""),
            std::string::npos);
  Expect("anystore destroy rocksdb:s");
  EXPECT_EQ(Run("anystore exists rocksdb:s").exit, 1);
}

TEST_F(Records, RunsTheConformanceKitWhereNoStoreIs) {
  const std::string text = Expect("anystore conformance memory: --quick --chapter 'b*'");
  EXPECT_NE(text.find(" 0 failed"), std::string::npos) << text;
  const std::string json = Expect("anystore conformance rocksdb:k --quick --chapter 'b*' --json");
  EXPECT_NE(json.find("\"outcome\":\"passed\""), std::string::npos) << json;
  EXPECT_FALSE(Exists("k"));
  Expect("anystore put rocksdb:s /precious 1");
  const std::string cut =
      Expect("anystore conformance flatfs:k --quick --simulated 1 --chapter 'crash_*'");
  EXPECT_NE(cut.find("passed  crash_while_writing"), std::string::npos) << cut;
  EXPECT_FALSE(Exists("k"));
  const std::string refused = ExpectComplaint(2, "anystore conformance --simulated 1 memory:");
  EXPECT_NE(refused.find("unsupported"), std::string::npos) << refused;
  ExpectComplaint(2, "anystore conformance --simulated now flatfs:k");
  ExpectComplaint(3, "anystore conformance rocksdb:s");
  EXPECT_EQ(Expect("anystore get rocksdb:s /precious"), "1");
  EXPECT_EQ(Run("anystore conformance memory: --chapter no-such").exit, 1);
}

}  // namespace
}  // namespace anystore::testing

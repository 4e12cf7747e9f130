// Wrong usage, and stores and files that cannot be used: one line, the right exit code, no secret.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/program.h"

namespace anystore::testing {
namespace {

using BadInput = ProgramTest;

TEST_F(BadInput, UsageIsExitTwoAndSuggests) {
  EXPECT_NE(ExpectComplaint(2, "anystore").find("--help"), std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore pt memory: a b").find("did you mean \"put\"?"),
            std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore ls memory: --jsn").find("did you mean \"--json\"?"),
            std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore ls --prefx=3 memory:").find("\"--prefx\""),
            std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore get memory: a b").find("unexpected argument \"b\""),
            std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore get memory:").find("KEY"), std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore import memory: . --key sha25").find("\"sha256\""),
            std::string::npos);
  ExpectComplaint(2, "anystore copy memory: memory: --jobs many");
  ExpectComplaint(2, "anystore query memory: --limit 99999999999999999999");
}

TEST_F(BadInput, HelpAndVersionAreNoErrors) {
  EXPECT_NE(Expect("anystore --help").find("Exit codes"), std::string::npos);
  EXPECT_NE(Expect("anystore copy --help").find("--resume"), std::string::npos);
  EXPECT_NE(Expect("anystore --version").find('.'), std::string::npos);
}

TEST_F(BadInput, WrongUrlsAreExitTwoAndNameWhatIsAllowed) {
  EXPECT_NE(ExpectComplaint(2, "anystore ls /path/without/scheme").find("memory:, rocksdb:"),
            std::string::npos);
  const std::string unknown = ExpectComplaint(2, "anystore ls rockdb:x");
  EXPECT_NE(unknown.find("memory, rocksdb, "), std::string::npos);
  EXPECT_NE(unknown.find("; did you mean \"rocksdb\"?"), std::string::npos);
  EXPECT_NE(
      ExpectComplaint(2, "anystore create rocksdb://demo/store").find("\"rocksdb:demo/store\""),
      std::string::npos);
  EXPECT_NE(ExpectComplaint(2, "anystore ls rocksdb:x%zz").find("at byte 9"), std::string::npos);
  ExpectComplaint(2, "anystore ls rocksdb:");
  ExpectComplaint(2, "anystore ls 'rocksdb:x?no_such_field=1'");
  ExpectComplaint(2, "anystore backends rocksbd");
}

TEST_F(BadInput, NoMessageTellsASecret) {
  const std::vector<std::string> urls = {
      "rocksdb:/x?password=hunter2", "rocksdb:/x?pasword=hunter2",  "redis://u:hunter2@h",
      "redis://u:hunter2@h:port",    "redis://u:hunter2",           "rocksdb://u:hunter2@h/x",
      "redis:u:hunter2@h",           "rocksdb:/x?token=hunter2&%zz"};
  for (const std::string& url : urls) {
    for (const std::string& command :
         {"get '" + url + "' k", "create '" + url + "'", "destroy '" + url + "'",
          "exists '" + url + "'", "copy '" + url + "' memory:", "stat '" + url + "'"}) {
      const std::string complaint = ExpectComplaint(2, "anystore " + command);
      EXPECT_EQ(complaint.find("hunter2"), std::string::npos) << complaint;
    }
  }
}

TEST_F(BadInput, StoresThatCannotBeOpenedAreExitThree) {
  ExpectComplaint(3, "anystore get rocksdb:nothing k");
  ExpectComplaint(3, "anystore destroy rocksdb:nothing");
  WriteFile("file", "not a directory");
  ExpectComplaint(3, "anystore get rocksdb:file k");
  ExpectComplaint(3, "anystore create rocksdb:file");
  ExpectComplaint(3, "anystore destroy rocksdb:file");
  ExpectComplaint(3, "anystore create rocksdb:file/below");
  EXPECT_EQ(ReadFile("file"), "not a directory");
  Expect("mkdir full; echo precious > full/file");
  ExpectComplaint(3, "anystore get rocksdb:full k");
  ExpectComplaint(3, "anystore create rocksdb:full");
  ExpectComplaint(3, "anystore destroy rocksdb:full");
  EXPECT_EQ(ReadFile("full/file"), "precious\n");
  Expect("anystore create rocksdb:there");
  ExpectComplaint(3, "anystore create rocksdb:there");
}

TEST_F(BadInput, AStoreThatIsOpenElsewhereIsNamed) {
  Expect("anystore create rocksdb:s; anystore put rocksdb:s /k v");
  // `put` of standard input holds the store open until the pipe ends.
  const Outcome outcome =
      Run("mkfifo p; anystore put rocksdb:s /k - < p & exec 3>p; sleep 0.3; "
          "anystore get rocksdb:s /k; code=$?; exec 3>&-; wait; exit $code");
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_NE(outcome.err.find("anystore: open rocksdb:s: busy"), std::string::npos) << outcome.err;
}

TEST_F(BadInput, AFullDiskIsSaidAndNothingIsLost) {
  if (geteuid() != 0) GTEST_SKIP() << "mounting a file system of 1 MiB needs root";
  const Outcome mounted = Run("mkdir small && mount -t tmpfs -o size=1m tmpfs small");
  if (mounted.exit != 0) GTEST_SKIP() << "cannot mount: " << mounted.err;
  const Outcome filled =
      Run("anystore create rocksdb:small/s && anystore put rocksdb:small/s /first kept && "
          "head -c 3000000 /dev/urandom > big && anystore put rocksdb:small/s /big --file big");
  const Outcome to_file =
      Run("anystore create rocksdb:s && anystore put rocksdb:s /big --file big "
          "&& anystore get rocksdb:s /big -o small/out");
  const Outcome left = Run("ls small");
  const Outcome kept = Run("anystore get rocksdb:small/s /first");
  ASSERT_EQ(Run("umount small").exit, 0);
  EXPECT_EQ(filled.exit, 3) << filled.err;
  EXPECT_TRUE(filled.err.starts_with("anystore: ")) << filled.err;
  EXPECT_NE(filled.err.find("no_space"), std::string::npos) << filled.err;
  EXPECT_EQ(to_file.exit, 3);
  EXPECT_NE(to_file.err.find("small/out"), std::string::npos) << to_file.err;
  EXPECT_EQ(left.out.find("out"), std::string::npos) << left.out;
  EXPECT_EQ(kept.out, "kept") << kept.err;
}

TEST_F(BadInput, AReadOnlyMountIsSaid) {
  if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const Outcome mounted = Run("mkdir m && mount -t tmpfs tmpfs m");
  if (mounted.exit != 0) GTEST_SKIP() << "cannot mount: " << mounted.err;
  const Outcome made = Run("anystore create rocksdb:m/s && mount -o remount,ro m");
  const Outcome put = Run("anystore put rocksdb:m/s /k v");
  const Outcome create = Run("anystore create rocksdb:m/t");
  const Outcome exported = Run("anystore create rocksdb:x && anystore export rocksdb:x m/dir");
  ASSERT_EQ(Run("umount m").exit, 0);
  ASSERT_EQ(made.exit, 0) << made.err;
  for (const Outcome& outcome : {put, create, exported}) {
    EXPECT_EQ(outcome.exit, 3);
    EXPECT_TRUE(outcome.err.starts_with("anystore: ")) << outcome.err;
    EXPECT_NE(outcome.err.find("read_only"), std::string::npos) << outcome.err;
  }
}

TEST_F(BadInput, AnInterruptedListingEndsCleanly) {
  Expect(
      "mkdir d; cd d; touch $(seq 2000); cd ..; anystore import --create rocksdb:s d >/dev/null");
  const Outcome outcome =
      Run("mkfifo p; anystore put rocksdb:s /k - < p & pid=$!; exec 3>p; sleep 0.3; "
          "kill -TERM $pid; wait $pid; code=$?; exec 3>&-; exit $code");
  EXPECT_EQ(outcome.exit, 130) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(Run("anystore has rocksdb:s /k").exit, 1);
}

}  // namespace
}  // namespace anystore::testing

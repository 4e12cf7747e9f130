// export into tablets, and the group tablet: what needs stores with an order, size or signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "anystore/environment.h"
#include "anystore/open.h"
#include "cli/program.h"
#include "cli/tablet/export.h"

namespace anystore::testing {
namespace {

using TabletCommands = ProgramTest;

TEST_F(TabletCommands, ExportKeepsEveryRecordOfAnyStore) {
  FillStore("rocksdb:" + (directory() / "work/ordered").string(), 500);
  Expect(R"(anystore put rocksdb:ordered $'\xff key of \x01 any bytes' $'\xfe\x01')");
  Expect("anystore put rocksdb:ordered '' 'the empty key'");
  EXPECT_EQ(NumberIn(Expect("anystore export --json rocksdb:ordered a.tab"), "records"), 502U);
  Expect("anystore diff rocksdb:ordered tablets:a.tab");
  Expect("anystore copy --create rocksdb:ordered 'flatfs:unordered?keys=escape&sync=false'");
  Expect("anystore export 'flatfs:unordered?keys=escape' b.tab");
  Expect("cmp a.tab b.tab");
  Expect("anystore tablet dump --json --reverse a.tab | anystore tablet build c.tab");
  Expect("cmp a.tab c.tab");
  // And back.
  Expect("anystore copy --create --verify tablets:a.tab rocksdb:back");
  Expect("anystore diff rocksdb:ordered rocksdb:back");
}

TEST_F(TabletCommands, LongValuesGoThroughJson) {
  Expect("anystore create rocksdb:s; head -c 3000000 /dev/urandom > noise");
  Expect("anystore put rocksdb:s noise --file noise; anystore put rocksdb:s behind it");
  Expect("anystore query --json rocksdb:s | anystore tablet build t.tab");
  Expect("anystore get tablets:t.tab noise | cmp - noise");
  Expect("anystore diff rocksdb:s tablets:t.tab");
}

TEST_F(TabletCommands, ExportRefusesWhatNobodyWouldRead) {
  Expect(
      "anystore create flatfs:s; anystore put flatfs:s /SMALL 1; head -c 67108864 /dev/zero | "
      "tr '\\0' a > z");
  Expect("anystore put flatfs:s /LARGE --file z");
  const Outcome exported = Run("anystore export --json flatfs:s t.tab");
  EXPECT_EQ(exported.exit, 3);
  EXPECT_EQ(NumberIn(exported.out, "refused"), 1U);
  EXPECT_EQ(exported.err,
            "anystore: export \"/LARGE\": too_large: a value of 67108864 bytes, with which a "
            "block would have more than the 67108864 allowed\n");
  EXPECT_EQ(Expect("anystore ls tablets:t.tab"), "/SMALL\n");
  EXPECT_EQ(
      Run("(printf '{\"key\":\"k\",\"value\":\"'; cat z; echo '\"}') | anystore tablet build u.tab")
          .err,
      "anystore: build u.tab: too_large: standard input, line 1: a value of 67108864 bytes, "
      "with which a block would have more than the 67108864 allowed\n");
}

// Only a store in memory knows of expiry, and ends with the program.
TEST_F(TabletCommands, ExportRefusesRecordsThatExpire) {
  Result<Store> store = Open("memory:");
  ASSERT_TRUE(store.has_value());
  ASSERT_TRUE(store->Put("stays", "1").has_value());
  const Instant tomorrow = Environment::Host().clock->Now() + std::chrono::hours(24);
  ASSERT_TRUE(store->Put("expires", "2", {.expires_at = tomorrow}).has_value());
  const std::string target = (directory() / "work/t.tab").string();
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(cli::ExportTablet(*store, {.target = target}), cli::Exit::kFailed);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "anystore: export \"expires\": invalid_argument: it expires, which a tablet cannot "
            "keep\n");
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), ::testing::HasSubstr("refused 1 records"));
  EXPECT_EQ(Expect("anystore ls tablets:t.tab"), "stays\n");
}

TEST_F(TabletCommands, AnInterruptedBuildLeavesNothing) {
  const Outcome built =
      Run("mkfifo lines; (echo '{\"key\":\"a\",\"value\":\"1\"}'; sleep 2) > lines & "
          "timeout --preserve-status -s INT 1 anystore tablet build t.tab < lines");
  EXPECT_EQ(built.exit, 130) << built.err;
  EXPECT_EQ(built.out + built.err, "");
  EXPECT_EQ(FilesIn("."), "lines");
}

}  // namespace
}  // namespace anystore::testing

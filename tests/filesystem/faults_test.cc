#include "filesystem/faults/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "filesystem/fake_filesystem.h"
#include "filesystem/faults/glob.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ParseError(std::string_view text) {
  const auto rules = FaultRules::Parse(text);
  return rules.has_value() ? "(parses)" : std::string(rules.error().message());
}

std::string Printed(std::string_view text) { return FaultRules::Parse(text).value()->ToString(); }

// What rules decide on calls, without a filesystem.
class FaultRulesTest : public ::testing::Test {
 protected:
  void Use(std::string_view text, std::uint64_t seed = 1) {
    rules_ = FaultRules::Parse(text, {.seed = seed, .clock = &clock_}).value();
  }

  Decision Decide(Operation operation, std::string_view path, std::string_view new_path = {}) {
    Call call;
    call.operation = operation;
    call.path = path;
    call.new_path = new_path;
    const SyncSite site = SyncSite::current();
    if (IsSync(operation)) call.site = &site;
    return rules_->Before(call);
  }

  // A letter a call: fail, shorten, pretend or '.'.
  std::string Decisions(int count, Operation operation, std::string_view path = "f") {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += ".FSP"[static_cast<std::size_t>(Decide(operation, path).kind)];
    }
    return text;
  }

  ManualClock clock_{Instant{}};
  std::unique_ptr<FaultRules> rules_;
};

TEST_F(FaultRulesTest, NoRulesDoNothing) {
  for (const std::string_view text : {"", "\n\n", " ; ;", "# nothing ; fail=EIO\n"}) {
    Use(text);
    EXPECT_EQ(Decisions(3, Operation::kWrite), "...") << text;
    EXPECT_EQ(rules_->ToString(), "");
  }
}

TEST_F(FaultRulesTest, OperationsAreChosenByNameAndPattern) {
  Use("open|rename fail=EIO");
  EXPECT_EQ(Decisions(1, Operation::kOpen) + Decisions(1, Operation::kRename), "FF");
  EXPECT_EQ(Decisions(1, Operation::kOpenDirectory) + Decisions(1, Operation::kLink), "..");
  Use("sync* fail=EIO");
  EXPECT_EQ(Decisions(1, Operation::kSyncDirectory) + Decisions(1, Operation::kSyncFileSystem) +
                Decisions(1, Operation::kFileSync),
            "FFF");
  EXPECT_EQ(Decisions(1, Operation::kWrite), ".");
  Use("fail=EIO");
  EXPECT_EQ(Decisions(1, Operation::kSpace), "F");
}

TEST_F(FaultRulesTest, PathsAreChosenByPatternOfEitherName) {
  Use("path=AB/*.data fail=EIO");
  EXPECT_EQ(Decisions(1, Operation::kWrite, "AB/K.data"), "F");
  EXPECT_EQ(Decisions(1, Operation::kWrite, "CD/K.data"), ".");
  EXPECT_EQ(Decide(Operation::kRename, ".temp/t", "AB/K.data").kind, Decision::Kind::kFail);
  EXPECT_EQ(Decide(Operation::kRename, ".temp/t", "CD/K.data").kind, Decision::Kind::kProceed);
}

TEST_F(FaultRulesTest, CallsAreCountedARule) {
  Use("write path=a call=3 fail=EIO");
  EXPECT_EQ(Decisions(2, Operation::kWrite, "a"), "..");
  EXPECT_EQ(Decisions(5, Operation::kWrite, "b"), ".....");
  EXPECT_EQ(Decisions(3, Operation::kWrite, "a"), "F..");
  Use("write after=2 fail=EIO");
  EXPECT_EQ(Decisions(5, Operation::kWrite), "..FFF");
  Use("write times=2 fail=EIO");
  EXPECT_EQ(Decisions(5, Operation::kWrite), "FF...");
  Use("write after=1 times=2 fail=EIO");
  EXPECT_EQ(Decisions(5, Operation::kWrite), ".FF..");
  EXPECT_EQ(rules_->fired(), 2U);
  EXPECT_EQ(rules_->Report(), "write after=1 times=2 fail=EIO  # 5 calls, 2 times\n");
}

TEST_F(FaultRulesTest, ChanceFollowsFromTheSeed) {
  Use("write probability=0.25 fail=EIO", 7);
  const std::string first = Decisions(4000, Operation::kWrite);
  const auto failures = std::ranges::count(first, 'F');
  EXPECT_GT(failures, 850);
  EXPECT_LT(failures, 1150);
  Use("write probability=0.25 fail=EIO", 7);
  EXPECT_EQ(Decisions(4000, Operation::kWrite), first);
  Use("write probability=0.25 fail=EIO", 8);
  EXPECT_NE(Decisions(4000, Operation::kWrite), first);
  // Two rules draw for themselves: 7/16 together.
  Use("write probability=0.25 fail=EIO; write probability=0.25 fail=ENOSPC");
  const std::string both = Decisions(4000, Operation::kWrite);
  EXPECT_GT(std::ranges::count(both, 'F'), 1600);
}

TEST_F(FaultRulesTest, TheFirstRuleThatDecidesStandsAndAllCount) {
  Use("write call=2 fail=EIO; write shorten=1; write after=1 fail=ENOSPC");
  EXPECT_EQ(Decisions(3, Operation::kWrite), "SFS");
  EXPECT_THAT(rules_->Report(), HasSubstr("fail=EIO  # 3 calls, 1 times\n"));
  EXPECT_THAT(rules_->Report(), HasSubstr("shorten=1  # 3 calls, 2 times\n"));
  EXPECT_THAT(rules_->Report(), HasSubstr("fail=ENOSPC  # 3 calls, 0 times\n"));
}

TEST_F(FaultRulesTest, ErrorsAreWhatTheSystemWouldSay) {
  Use("write fail=ENOSPC; read fail=EINTR; open fail=EMFILE");
  const Decision full = Decide(Operation::kWrite, "AB/x");
  EXPECT_EQ(full.error->code(), Code::kNoSpace);
  EXPECT_EQ(full.error->os_error(), ENOSPC);
  EXPECT_THAT(full.error->message(), StartsWith("injected: write \"AB/x\": "));
  EXPECT_EQ(Decide(Operation::kRead, "").error->os_error(), EINTR);
  EXPECT_EQ(Decide(Operation::kOpen, "").error->code(), Code::kResourceExhausted);
  EXPECT_EQ(Decide(Operation::kOpen, "").error->retry(), Retry::kTemporary);
}

TEST_F(FaultRulesTest, SyncsAreChosenBySite) {
  Use("site=faults_test.cc pretend");
  EXPECT_EQ(Decisions(1, Operation::kFileSync) + Decisions(1, Operation::kWrite), "P.");
  Use("sync_file site=faults_*:* fail=EIO");
  EXPECT_EQ(Decisions(1, Operation::kFileSync) + Decisions(1, Operation::kSyncDirectory), "F.");
  Use("site=faults_test.cc:1 pretend; site=other.cc pretend");
  EXPECT_EQ(Decisions(1, Operation::kFileSync), ".");
}

TEST_F(FaultRulesTest, LatenciesPassOnTheClockAndAddUp) {
  Use("sync* latency=5ms; sync_file latency=1us call=2 fail=EIO; latency=2s after=2");
  EXPECT_EQ(Decisions(1, Operation::kFileSync), ".");
  EXPECT_EQ(clock_.Now().time_since_epoch(), std::chrono::milliseconds(5));
  EXPECT_EQ(Decisions(1, Operation::kFileSync), "F");
  EXPECT_EQ(clock_.Now().time_since_epoch(), std::chrono::microseconds(10'001));
  EXPECT_EQ(Decisions(1, Operation::kRead), ".");
  EXPECT_EQ(clock_.Now().time_since_epoch(), std::chrono::microseconds(2'010'001));
}

TEST_F(FaultRulesTest, ActThroughAFileSystem) {
  Use("read shorten=2; write call=2 fail=EINTR; sync_directory pretend; space fail=EIO");
  testing::FakeFileSystem fake;
  InterceptedFileSystem files(fake, *rules_);
  const auto root = files.OpenDirectory("/").value();
  const auto file = root->Open("f", {}).value();
  fake.notes.clear();
  std::array<char, 5> buffer{};
  EXPECT_EQ(*file->ReadAt(0, buffer), 5U);
  EXPECT_TRUE(file->WriteAt(0, "one").has_value());
  EXPECT_TRUE(file->WriteAt(0, "two").has_value());
  EXPECT_TRUE(root->Sync("").has_value());
  EXPECT_EQ(root->Space().error().code(), Code::kIoError);
  EXPECT_THAT(fake.notes,
              ElementsAre("read 0 2", "read 2 2", "read 4 1", "write 0 one", "write 0 two"));
}

TEST(FaultRules, ArePrintedSoThatTheyParseAgain) {
  EXPECT_EQ(Printed("write path=AB/*.data call=3 fail=ENOSPC"),
            "write path=AB/*.data call=3 fail=ENOSPC\n");
  EXPECT_EQ(Printed("# first\n\nfail=EIO probability=0.10; read shorten=1 # last"),
            "* probability=0.1 fail=EIO\nread shorten=1\n");
  EXPECT_EQ(Printed(R"(sync_file pretend latency=5000us times=2 path="a b;c" site=x.cc:3 after=1)"),
            "sync_file path=\"a b;c\" site=x.cc:3 after=1 times=2 latency=5ms pretend\n");
  EXPECT_EQ(Printed("probability=1.0 latency=1500ms; probability=0.000000001 latency=3600s"),
            "* latency=1500ms\n* probability=0.000000001 latency=3600s\n");
}

TEST(FaultRules, ErrorsNameThePlaceAndWhatIsAllowed) {
  EXPECT_EQ(ParseError("write path=a"),
            "fault rules: line 1, column 13: the rule does nothing; it needs fail=, shorten=, "
            "pretend or latency=");
  EXPECT_THAT(ParseError("write fail=EIO\nopen fail=EIO;  rite fail=EIO"),
              StartsWith("fault rules: line 2, column 17: no operation is called \"rite\"; there "
                         "are, also with * and |: open, open_unnamed, "));
  EXPECT_THAT(ParseError("open|opn fail=EIO"),
              HasSubstr("column 6: no operation is called \"opn\""));
  EXPECT_EQ(
      ParseError("write pth=a fail=EIO"),
      "fault rules: line 1, column 7: unknown term \"pth\"; allowed are, after the operations, "
      "path, site, call, after, times, probability, fail, shorten, pretend, latency");
  EXPECT_THAT(ParseError("fail=EIO write"), HasSubstr("column 10: unknown term \"write\""));
  EXPECT_THAT(ParseError("write fail=ENOPE"),
              HasSubstr("column 7: fail=\"ENOPE\", but it takes one "
                        "of EACCES, EAGAIN, "));
  EXPECT_THAT(ParseError("write fail=EIO shorten=1"),
              HasSubstr("column 16: only one of fail, shorten and pretend"));
  EXPECT_THAT(ParseError("write call=1 call=2 fail=EIO"), HasSubstr("column 14: a second call"));
  EXPECT_THAT(ParseError("write call=2 after=2 fail=EIO"),
              HasSubstr("column 14: call and after leave no call"));
  EXPECT_THAT(ParseError("open|write shorten=1 site=x"), HasSubstr("column 22: site is for sync"));
  EXPECT_THAT(ParseError("read pretend"),
              HasSubstr("column 6: pretend is for sync calls, not for"));
  EXPECT_THAT(ParseError("sync* shorten=1"), HasSubstr("shorten is for read and write calls"));
  EXPECT_THAT(ParseError("write path=\"a"), HasSubstr("column 12: a string that is not closed"));
}

TEST(FaultRules, NumbersAreHeldToTheirRange) {
  for (const std::string_view bad : {"call=0", "call=x", "call=", "times=0", "after=-1",
                                     "shorten=0", "call=18446744073709551616"}) {
    EXPECT_THAT(ParseError("write fail=EIO " + std::string(bad)), HasSubstr("column 16: ")) << bad;
  }
  for (const std::string_view bad :
       {"0", "1.1", "2", "-0.1", ".5", "0.1234567891", "0.x", "1e-3", ""}) {
    EXPECT_THAT(ParseError("fail=EIO probability=" + std::string(bad)),
                HasSubstr("it takes a number"))
        << bad;
  }
  for (const std::string_view bad : {"5", "ms", "0ms", "5m", "3601s", "99999999999999999999s"}) {
    EXPECT_THAT(ParseError("latency=" + std::string(bad)), HasSubstr("a unit (s, ms, us, ns)"))
        << bad;
  }
}

TEST(Glob, Matches) {
  struct Row {
    std::string_view pattern;
    std::vector<std::string_view> yes;
    std::vector<std::string_view> no;
  };
  const std::array<Row, 9> rows = {{
      {"", {""}, {"a"}},
      {"a/b", {"a/b"}, {"a/bc", "a", "/a/b"}},
      {"a?c", {"abc", "a*c"}, {"a/c", "ac"}},
      {"*.data", {".data", "x.data"}, {"a/x.data", "x.dat"}},
      {"*/*", {"a/b", "/"}, {"a", "a/b/c"}},
      {"**", {"", "a", "a/b/c"}, {}},
      {"**/x", {"x", "a/x", "a/b/x"}, {"ax", "a/bx", "x/a"}},
      {"a/**/x", {"a/x", "a/b/x", "a/b/c/x"}, {"ax", "a/bx"}},
      {"a**x", {"ax", "a/b/x", "abx"}, {"bax"}},
  }};
  for (const Row& row : rows) {
    for (const auto text : row.yes)
      EXPECT_TRUE(Glob(row.pattern).Matches(text)) << row.pattern << " " << text;
    for (const auto text : row.no)
      EXPECT_FALSE(Glob(row.pattern).Matches(text)) << row.pattern << " " << text;
  }
}

TEST(Glob, TakesNoLongerForManyStars) {
  const std::string text(4000, 'a');
  EXPECT_FALSE(Glob("*a*a*a*a*a*a*a*a*a*a*a*a*b").Matches(text));
}

}  // namespace
}  // namespace anystore::filesystem

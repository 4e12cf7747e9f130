#include "filesystem/trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {
namespace {

using ::testing::HasSubstr;

constexpr FileOptions kMake = {
    .access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing, .mode = 0600};

// A filesystem in memory whose calls are written down, with faults behind the trace.
class TraceTest : public ::testing::Test {
 protected:
  void Use(std::string_view faults) {
    faults_ = FaultRules::Parse(faults, {.clock = &clock_}).value();
    chain_ = std::make_unique<Chain>(std::vector<Interceptor*>{&trace_, faults_.get()});
    files_ = std::make_unique<InterceptedFileSystem>(*memory_, *chain_);
  }

  // Replays on an empty filesystem in memory: "" or how it differs.
  std::string Difference(std::string_view trace) {
    const auto fresh = NewMemoryFileSystem(clock_);
    const auto difference = Replay(trace, *fresh);
    if (!difference.has_value()) return std::string(difference.error().message());
    if (!difference->has_value()) return "";
    return "line " + std::to_string((*difference)->line) + ": " + (*difference)->expected +
           " became " + (*difference)->actual;
  }

  ManualClock clock_{Instant{}};
  std::unique_ptr<FileSystem> memory_ = NewMemoryFileSystem(clock_);
  Trace trace_;
  std::unique_ptr<FaultRules> faults_;
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<InterceptedFileSystem> files_;
};

// The lines of this file change with it.
std::string WithoutLines(const std::string& trace) {
  return std::regex_replace(trace, std::regex(R"(trace_test\.cc:\d+)"), "trace_test.cc");
}

// Every call there is, with arguments that are not the usual ones.
void MakeEveryCall(FileSystem& files) {
  const auto root = files.OpenDirectory("/").value();
  EXPECT_TRUE(root->MakeDirectory("a b", 0700).has_value());
  const auto directory = root->OpenDirectory("a b").value();
  const auto file = directory
                        ->Open("f", {.access = FileAccess::kReadWrite,
                                     .creation = FileCreation::kExclusive,
                                     .truncate = true,
                                     .mode = 0600})
                        .value();
  const std::array<std::string_view, 3> pieces = {"text\n", std::string_view("\0\1\2\xff", 4),
                                                  "================"};
  EXPECT_EQ(*file->WriteSome(3, pieces), 25U);
  std::array<char, 30> buffer{};
  EXPECT_EQ(*file->ReadSome(0, buffer), 28U);
  EXPECT_TRUE(file->Truncate(100).has_value());
  EXPECT_TRUE(file->Allocate(90, 20, Allocation::kZero).has_value());
  EXPECT_EQ(file->Stat()->size, 110U);
  EXPECT_TRUE(file->Map(0, 100).has_value());
  EXPECT_TRUE(file->Sync(SyncScope::kData).has_value());
  EXPECT_TRUE(directory->Link("f", "g").has_value());
  const auto unnamed = directory->OpenUnnamed("", 0600).value();
  EXPECT_TRUE(unnamed->Link("u u").has_value());
  EXPECT_TRUE(root->Remove("a b/u u").has_value());
  EXPECT_FALSE(unnamed->Link("u u").has_value());
  EXPECT_TRUE(root->Rename("a b/g", "h", Replace::kNo).has_value());
  EXPECT_TRUE(root->Stat("h", Follow::kYes).has_value());
  EXPECT_TRUE(root->Stat("", Follow::kNo).has_value());
  EXPECT_TRUE(root->Sync("a b").has_value());
  EXPECT_TRUE(root->SyncFileSystem().has_value());
  EXPECT_TRUE(root->Space().has_value());
  EXPECT_TRUE(root->Lock("h", LockMode::kShared).has_value());
  const auto listing = root->List("").value();
  std::array<DirectoryEntry, 5> entries;
  while (*listing->Next(entries) != 0) {
  }
  EXPECT_TRUE(file->SetDates({.accessed = Instant(Duration(5)), .modified = Instant(Duration(-2))})
                  .has_value());
  EXPECT_TRUE(root->Remove("a b/f").has_value());
  EXPECT_TRUE(root->RemoveDirectory("a b").has_value());
  EXPECT_FALSE(files.OpenDirectory("none").has_value());
}

TEST_F(TraceTest, PrintsEveryCallAndWhatCameOfIt) {
  Use("");
  MakeEveryCall(*files_);
  EXPECT_EQ(WithoutLines(trace_.ToString()), R"(1 open_directory / = ok
2 make_directory "a b" mode=0700 = ok
3 open_directory "a b" = ok
4 open "a b/f" @3 read_write exclusive truncate mode=0600 = ok
5 write "a b/f" @4 3 "text\n" hex:000102ff fill:16:3d = 25
6 read "a b/f" @4 0 30 = "\x00\x00\x00text\n\x00\x01\x02\xff================"
7 truncate "a b/f" @4 100 = ok
8 allocate "a b/f" @4 90 20 zero = ok
9 stat_file "a b/f" @4 = file size=110 mode=0600 links=1
10 map "a b/f" @4 0 100 = bytes=100 crc32c=2f96e6d7
11 sync_file "a b/f" @4 data site=trace_test.cc = ok
12 link "a b/f" -> "a b/g" @3 = ok
13 open_unnamed "a b" @3 mode=0600 = ok
14 link_file "a b" -> "a b/u u" @13 = ok
15 remove "a b/u u" = ok
16 link_file "a b" -> "a b/u u" @13 = not_found
17 rename "a b/g" -> h no_replace = ok
18 stat h follow = file size=110 mode=0600 links=2
19 stat / = directory mode=0755
20 sync_directory "a b" site=trace_test.cc = ok
21 sync_filesystem / site=trace_test.cc = ok
22 space / = ok
23 lock h shared = ok
close @23
24 list / = ok
25 list_next / @24 5 = names "a b"/ h
26 list_next / @24 5 = end
27 set_dates "a b/f" @4 5 18446744073709551614 = ok
28 remove "a b/f" = ok
29 remove_directory "a b" = ok
30 open_directory none @0 = not_found
close @24
close @13
close @4
close @3
close @1
)");
}

TEST_F(TraceTest, ReplaysToTheSame) {
  Use("");
  MakeEveryCall(*files_);
  EXPECT_EQ(Difference(trace_.ToString()), "");
}

TEST_F(TraceTest, MarksWhatWasDecidedAndLeavesItOutOfAReplay) {
  Use("write call=1 fail=ENOSPC; write call=2 shorten=2; read shorten=1; sync* pretend");
  {
    const auto file = files_->OpenDirectory("/").value()->Open("f", kMake).value();
    EXPECT_FALSE(file->WriteAt(0, "abc").has_value());
    EXPECT_TRUE(file->WriteAt(0, "abc").has_value());
    EXPECT_EQ(file->ReadAll()->bytes(), "abc");
    EXPECT_TRUE(file->Sync(SyncScope::kAll).has_value());
  }
  EXPECT_EQ(WithoutLines(trace_.ToString()), R"(1 open_directory / = ok
2 open f read_write if_missing mode=0600 = ok
close @1
3 write f @2 0 "abc" = no_space decided
4 write f @2 0 "ab" = 2
5 write f @2 2 "c" = 1
6 stat_file f @2 = file size=3 mode=0600 links=1
7 read f @2 0 1 = "a"
8 read f @2 1 1 = "b"
9 read f @2 2 1 = "c"
10 sync_file f @2 all site=trace_test.cc = ok decided
close @2
)");
  EXPECT_EQ(Difference(trace_.ToString()), "");
}

TEST_F(TraceTest, ReplayStopsAtTheFirstDifference) {
  EXPECT_EQ(Difference("1 open f read = not_found\n"
                       "2 open f read_write if_missing = ok\n"
                       "# the next line is wrong\n"
                       "3 write f @2 0 \"abc\" = 2\n"
                       "4 write f @2 0 \"abc\" = 1\n"),
            "line 4: 2 became 3");
  EXPECT_EQ(Difference("1 stat / = directory mode=0111"),
            "line 1: directory mode=0111 became directory mode=0755");
}

TEST_F(TraceTest, ListingsMayComeInAnyOrder) {
  const std::string made =
      "1 open x read_write if_missing = ok\n2 make_directory d = ok\n3 list / = ok\n";
  EXPECT_EQ(Difference(made + "4 list_next / @3 1 = names x\n5 list_next / @3 1 = names d/\n"
                              "6 list_next / @3 1 = end\n"),
            "");
  EXPECT_EQ(Difference(made + "4 list_next / @3 9 = names x d/\n5 list_next / @3 9 = end\n"), "");
  EXPECT_EQ(Difference(made + "4 list_next / @3 9 = names x d\n5 list_next / @3 9 = end\n"),
            "line 5: end became end, after the names d/ x");
  EXPECT_EQ(Difference(made + "4 list_next / @3 9 = end\n"),
            "line 4: end became end, after the names d/ x");
}

TEST_F(TraceTest, DirectoriesStayWhatTheyAreWhenRenamed) {
  Use("");
  {
    const auto root = files_->OpenDirectory("/").value();
    EXPECT_TRUE(root->MakeDirectory("a").has_value());
    const auto a = root->OpenDirectory("a").value();
    EXPECT_TRUE(root->Rename("a", "b", Replace::kYes).has_value());
    EXPECT_TRUE(a->Open("f", kMake).has_value());
    EXPECT_TRUE(root->Stat("b/f").has_value());
    EXPECT_TRUE(a->Stat("").has_value());
  }
  EXPECT_THAT(trace_.ToString(), HasSubstr("5 open a/f @3 read_write if_missing mode=0600 = ok\n"));
  EXPECT_EQ(Difference(trace_.ToString()), "");
}

TEST_F(TraceTest, UnnamedFilesGetTheirNamesWhereTheyWereOpened) {
  Use("");
  {
    const auto root = files_->OpenDirectory("/").value();
    EXPECT_TRUE(root->MakeDirectory("a").has_value());
    EXPECT_TRUE(root->MakeDirectory("a/d").has_value());
    const auto a = root->OpenDirectory("a").value();
    const auto file = a->OpenUnnamed("d").value();
    EXPECT_TRUE(root->Rename("a", "b", Replace::kYes).has_value());
    EXPECT_TRUE(file->Link("f").has_value());
    EXPECT_TRUE(file->Link("d/g").has_value());
    EXPECT_EQ(root->Stat("b/f")->links, 2U);
    EXPECT_TRUE(root->Stat("b/d/g").has_value());
  }
  EXPECT_THAT(trace_.ToString(), HasSubstr("5 open_unnamed a/d @4 mode=0666 = ok\n"));
  EXPECT_THAT(trace_.ToString(), HasSubstr("8 link_file a/d -> a/d/g @5 = ok\n"));
  EXPECT_EQ(Difference(trace_.ToString()), "");
}

TEST_F(TraceTest, ErrorsNameTheLineAndTheColumn) {
  EXPECT_EQ(Difference("\n1 opn f"), "trace: line 2, column 3: expected the name of an operation");
  EXPECT_EQ(Difference("1 open f = ok"), "trace: line 1, column 10: expected read or read_write");
  EXPECT_EQ(Difference("1 rename a b = ok"),
            "trace: line 1, column 12: expected -> and the new path");
  EXPECT_EQ(Difference("1 stat a"), "trace: line 1, column 9: expected = and what came of it");
  EXPECT_EQ(Difference("1 stat a ="), "trace: line 1, column 11: expected what came of it");
  EXPECT_EQ(Difference("x stat a = ok"),
            "trace: line 1, column 1: expected the number of the call");
  EXPECT_EQ(Difference("1 stat a @x = ok"),
            "trace: line 1, column 10: expected @ and the number of a call");
  EXPECT_EQ(Difference("1 truncate a @7 0 = ok"), "trace: line 1, @7 is not open here");
  EXPECT_EQ(Difference("1 lock a both = ok"),
            "trace: line 1, column 10: expected shared or exclusive");
  EXPECT_EQ(Difference("1 make_directory a mode=9 = ok"),
            "trace: line 1, column 20: expected mode= and an octal number");
  EXPECT_EQ(Difference("1 open_unnamed / mode=9 = ok"),
            "trace: line 1, column 18: expected mode= and an octal number");
  EXPECT_EQ(Difference("close 7"), "trace: line 1, column 7: expected @ and the number of a call");
  for (const std::string_view bytes :
       {"hex:0", "hex:0g", "fill:9", "fill:9:0", "fill:x:00", "fill:99999999999:00"}) {
    EXPECT_THAT(Difference("1 open f read_write if_missing = ok\n2 write f @1 0 " +
                           std::string(bytes) + " = 1"),
                HasSubstr("line 2, column 16: expected bytes as"))
        << bytes;
  }
  EXPECT_EQ(Difference("1 open f read_write if_missing = ok\n2 read f @1 0 999999999999 = ok"),
            "trace: line 2, a read over 268435456");
  EXPECT_EQ(Difference("1 list / = ok\n2 truncate / @1 0 = ok"),
            "trace: line 2, @1 is nothing to truncate");
  EXPECT_EQ(Difference("1 make_directory a = ok\n2 open_directory a = ok\n3 stat b @2 = ok"),
            "trace: line 3, \"b\" is not below the directory it is called on, \"a\"");
  EXPECT_EQ(Difference("1 make_directory a = ok\n2 open_directory a = ok\n"
                       "3 open_unnamed a @2 = ok\n4 link_file a -> b @3 = ok"),
            "trace: line 4, \"b\" is not below the directory it is called on, \"a\"");
}

TEST_F(TraceTest, AFileGetsNoNameWhenItsDirectoryIsClosed) {
  EXPECT_EQ(
      Difference("1 make_directory d = ok\n2 open_directory d = ok\n"
                 "3 open_unnamed d @2 mode=0600 = ok\nclose @2\n4 link_file d -> d/a @3 = ok"),
      "trace: line 5, the directory that the file was opened on is closed");
}

}  // namespace
}  // namespace anystore::filesystem

#include "datadriven/datadriven.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace anystore::datadriven {
namespace {

using ::testing::HasSubstr;

// Prints its input, or what its argument asks for.
std::string Echo(const Case& given) {
  Arguments arguments(given.command);
  if (arguments.command() == "nothing") return "";
  if (arguments.command() == "gap") return "a\n\nb\n";
  if (arguments.command() == "rule") return "----";
  if (arguments.command() != "echo") throw BadCase("unknown command");
  std::string text;
  while (arguments.HasNext()) text += arguments.Next("word") + "\n";
  return text + given.input;
}

constexpr std::string_view kGood = R"(# A comment,
# and another.

echo a "b c"
input

more
----
----
a
b c
input

more
----
----

nothing
----

# In between.
gap
----
----
a

b
----
----
rule
----
----
----
----
----

echo x
----
x
)";

TEST(DataDriven, RunsTheCasesOfAFile) {
  const FileReport report = RunText(kGood, Echo);
  EXPECT_TRUE(report.failures.empty()) << report.failures.front().text;
  EXPECT_EQ(report.rewritten, kGood);
}

TEST(DataDriven, TellsPlaceAndDifferenceOfAFailure) {
  const FileReport report = RunText("\necho a b c\n----\na\nx\nc\n\nnothing\n----\ny\n", Echo);
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[0].line, 2U);
  EXPECT_EQ(report.failures[0].text, "echo a b c\n    a\n  - x\n  + b\n    c\n");
  EXPECT_EQ(report.failures[1].line, 8U);
  EXPECT_EQ(report.failures[1].text, "nothing\n  - y\n");
}

TEST(DataDriven, RewritesExpectationsAndNothingElse) {
  const FileReport report =
      RunText("# c\necho a\n\nin\n----\nold\nolder\n\n\n# d\nnothing\n----\nx\n\n# end\n", Echo);
  EXPECT_EQ(
      report.rewritten,
      "# c\necho a\n\nin\n----\n----\na\n\nin\n----\n----\n\n\n# d\nnothing\n----\n\n# end\n");
  EXPECT_TRUE(RunText(report.rewritten, Echo).failures.empty());
}

TEST(DataDriven, StopsAtABadCase) {
  struct Row {
    std::string_view text;
    std::size_t line;
    std::string_view message;
  };
  for (const Row& row :
       {Row{"echo a\n----\na\n\nwhat\n----\n\necho b\n----\nx\n", 5, "unknown command"},
        Row{"echo a\n", 1, "a command without"},
        Row{"gap\n----\n----\na\n----\n", 1, "two \"----\""},
        Row{"echo \"a\n----\n", 1, "a string that is not closed"}}) {
    const FileReport report = RunText(row.text, Echo);
    ASSERT_EQ(report.failures.size(), 1U) << row.text;
    EXPECT_EQ(report.failures[0].line, row.line) << row.text;
    EXPECT_THAT(report.failures[0].text, HasSubstr(std::string(row.message)));
    EXPECT_EQ(report.rewritten, row.text);
  }
}

TEST(DataDriven, WritesFilesOnlyWhenItIsAskedTo) {
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / "anystore_rewritten.test";
  const auto contents = [&file] {
    std::ifstream stream(file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const char* const before = std::getenv("ANYSTORE_REWRITE");
  const std::string kept = before != nullptr ? before : "0";
  std::ofstream(file) << "echo a\n----\nb\n";
  ASSERT_EQ(setenv("ANYSTORE_REWRITE", "1", 1), 0);
  RunFile(file, Echo);
  EXPECT_EQ(contents(), "echo a\n----\na\n");
  ASSERT_EQ(setenv("ANYSTORE_REWRITE", "0", 1), 0);
  RunFile(file, Echo);
  EXPECT_EQ(contents(), "echo a\n----\na\n");
  ASSERT_EQ(setenv("ANYSTORE_REWRITE", kept.c_str(), 1), 0);
  std::filesystem::remove(file);
}

TEST(Arguments, AreTakenByPositionKeyAndName) {
  Arguments arguments("verb a n=5 sync \"sync\" 7");
  EXPECT_EQ(arguments.command(), "verb");
  EXPECT_EQ(arguments.KeyNumber("n"), 5U);
  EXPECT_EQ(arguments.KeyNumber("n"), std::nullopt);
  EXPECT_TRUE(arguments.Flag("sync"));
  EXPECT_FALSE(arguments.Flag("sync"));
  EXPECT_EQ(arguments.Next("first"), "a");
  EXPECT_THROW(arguments.End(), BadCase);
  EXPECT_EQ(arguments.Next("second"), "sync");
  EXPECT_EQ(arguments.NextNumber("third"), 7U);
  EXPECT_NO_THROW(arguments.End());
  EXPECT_THROW(arguments.Next("fourth"), BadCase);
  EXPECT_THROW(Arguments("x n=a").KeyNumber("n"), BadCase);
  EXPECT_THROW(Arguments("x a").NextNumber("n"), BadCase);
}

}  // namespace
}  // namespace anystore::datadriven

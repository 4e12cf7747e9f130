// The note is read as Go reads it and written as Go writes it.
#include "backends/flatfs/usage/usage_note.h"

#include <gmock/gmock.h>

#include <string>

#include "backends/flatfs/flatfs_fixture.h"

namespace anystore::flatfs {
namespace {

using ::testing::Optional;

UsageNote Note(std::int64_t bytes, std::string accuracy = "") {
  return {.bytes = bytes, .accuracy = std::move(accuracy)};
}

TEST(UsageNote, IsWrittenAsTheOriginalWritesIt) {
  EXPECT_EQ(ToText(Note(3245816, "initial-exact")),
            "{\"diskUsage\":3245816,\"accuracy\":\"initial-exact\"}\n");
}

TEST(UsageNote, IsReadBack) {
  for (const std::string accuracy : {"initial-exact", "", "a \"quoted\" \\ \n text", "\xC3\xA4"}) {
    EXPECT_THAT(ParseUsageNote(ToText(Note(7, accuracy))), Optional(Note(7, accuracy)));
  }
}

TEST(UsageNote, IsReadAsGoReadsIt) {
  EXPECT_THAT(ParseUsageNote(R"({"diskUsage":5})"), Optional(Note(5)));
  EXPECT_THAT(ParseUsageNote(" {\"accuracy\" : \"x\" ,\r\n\t\"diskUsage\" : 5 } \n"),
              Optional(Note(5, "x")));
  EXPECT_THAT(ParseUsageNote(R"({"DISKUSAGE":5,"Accuracy":"x"})"), Optional(Note(5, "x")));
  EXPECT_THAT(ParseUsageNote("{\"di\xC5\xBF\xE2\x84\xAAUsage\":5}"), Optional(Note(5)));
  EXPECT_THAT(ParseUsageNote(R"({"diskUsage":4,"diskusage":5})"), Optional(Note(5)));
  EXPECT_THAT(ParseUsageNote(R"({"diskUsage":5,"diskUsage":null,"accuracy":null})"),
              Optional(Note(5)));
  EXPECT_THAT(ParseUsageNote(R"({"a":{"diskUsage":1.5},"b":[1.5,{}],"c":1e9,"diskUsage":5})"),
              Optional(Note(5)));
  EXPECT_THAT(ParseUsageNote(R"({"diskUsage":9223372036854775807})"),
              Optional(Note(9223372036854775807)));
}

TEST(UsageNote, IsOfNoUseWhereTheOriginalCountsAnew) {
  for (const std::string_view text : {"",
                                      "not json",
                                      "null",
                                      "5",
                                      "\"x\"",
                                      "[]",
                                      "[{\"diskUsage\":5}]",
                                      "{}",
                                      R"({"diskUsage":0})",
                                      R"({"diskUsage":-5})",
                                      R"({"diskUsage":5.0})",
                                      R"({"diskUsage":5e0})",
                                      R"({"diskUsage":"5"})",
                                      R"({"diskUsage":true})",
                                      R"({"diskUsage":{}})",
                                      R"({"diskUsage":[5]})",
                                      R"({"diskUsage":9223372036854775808})",
                                      R"({"diskUsage":5,"accuracy":5})",
                                      R"({"diskUsage":5,"accuracy":{}})",
                                      R"({"diskUsage":5} x)",
                                      R"({"diskUsage":5}{})",
                                      R"({"diskUsage":5)",
                                      R"({"diskUsage":5,})",
                                      R"({"disk_usage":5})",
                                      R"({"a":{"diskUsage":5}})",
                                      "\xEF\xBB\xBF{\"diskUsage\":5}"}) {
    EXPECT_EQ(ParseUsageNote(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseUsageNote(std::string_view("{\"diskUsage\":5}\0", 16)), std::nullopt);
}

TEST(UsageNote, DeepTextsAreRead) {
  const std::string deep = std::string(2000, '[') + std::string(2000, ']');
  EXPECT_THAT(ParseUsageNote("{\"a\":" + deep + ",\"diskUsage\":5}"), Optional(Note(5)));
}

class UsageNoteFile : public FlatfsTest {
 protected:
  Result<std::optional<DatedUsageNote>> Read() { return ReadUsageNote(*DirectoryAt()); }
};

TEST_F(UsageNoteFile, IsReadWithItsDate) {
  EXPECT_EQ(CodeOf(Read()), Code::kNotFound);
  clock().Advance(std::chrono::hours(5));
  Lay("diskUsage.cache", ToText(Note(5, "x")));
  const auto note = Read();
  ASSERT_TRUE(note.has_value() && note->has_value()) << TextOf(note);
  EXPECT_EQ((*note)->note, Note(5, "x"));
  EXPECT_EQ((*note)->written, clock().Now());
}

TEST_F(UsageNoteFile, OfAnotherKindOrSizeIsOfNoUse) {
  LayDirectory("diskUsage.cache");
  EXPECT_EQ(*Read(), std::nullopt);
  ASSERT_TRUE(DirectoryAt()->RemoveDirectory("diskUsage.cache"));
  Lay("diskUsage.cache", ToText(Note(5)) + std::string(4096, ' '));
  EXPECT_EQ(*Read(), std::nullopt);
}

}  // namespace
}  // namespace anystore::flatfs

#include "backends/flatfs/unsynced/unsynced_note.h"

#include <gtest/gtest.h>

#include "backends/flatfs/crc_line.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/names.h"

namespace anystore::flatfs {
namespace {

const UnsyncedNote kNote = {.session = "6f1c-8", .tag = 42};

std::string Refusal(std::string_view text) { return TextOf(ParseUnsyncedNote(text)); }

TEST(UnsyncedNote, IsATextOfFourLines) {
  EXPECT_EQ(ToText(kNote), "anystore flatfs unsynced 1\nsession 6f1c-8\ntag 42\ncrc32c e6b7b053\n");
  EXPECT_EQ(*ParseUnsyncedNote(ToText(kNote)), kNote);
}

TEST(UnsyncedNote, ThatIsDamagedAnywhereIsRefused) {
  const std::string text = ToText(kNote);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] ^= 1;
    EXPECT_EQ(CodeOf(ParseUnsyncedNote(damaged)), damaged.starts_with("anystore flatfs unsynced 0")
                                                      ? Code::kUnsupported
                                                      : Code::kCorruption)
        << damaged;
    EXPECT_EQ(CodeOf(ParseUnsyncedNote(text.substr(0, i))), Code::kCorruption) << i;
  }
  EXPECT_EQ(CodeOf(ParseUnsyncedNote(text + "\n")), Code::kCorruption);
}

TEST(UnsyncedNote, ErrorsTellTheByte) {
  EXPECT_EQ(Refusal(WithCrcLine("anystore flatfs unsynced 1\nsession \ntag 42\n")),
            "corruption: the note .temp/unsynced of values that were not synced is damaged at byte "
            "27: expected a session");
  EXPECT_EQ(Refusal(WithCrcLine("anystore flatfs unsynced 1\nsession a\ntag 1000000000\n")),
            "corruption: the note .temp/unsynced of values that were not synced is damaged at byte "
            "37: expected a tag");
  EXPECT_EQ(Refusal(WithCrcLine("anystore flatfs unsynced 1\nsession a\ntag 1\nmore\n")),
            "corruption: the note .temp/unsynced of values that were not synced is damaged at byte "
            "43: expected a checksum");
  EXPECT_EQ(Refusal("anystore flatfs unsynced 2\nwhatever\n"),
            "unsupported: the note .temp/unsynced of values that were not synced is of version 2, "
            "this is 1");
}

TEST(UnsyncedNote, SessionsAreWords) {
  EXPECT_TRUE(IsSession("simulated-1"));
  EXPECT_FALSE(IsSession(""));
  EXPECT_FALSE(IsSession("two words"));
  EXPECT_FALSE(IsSession("a\n"));
  EXPECT_FALSE(IsSession(std::string(257, 'a')));
}

class UnsyncedNoteFile : public FlatfsTest {};

TEST_F(UnsyncedNoteFile, IsWrittenAndReadBack) {
  ASSERT_TRUE(Create());
  const auto root = DirectoryAt("blocks");
  EXPECT_FALSE(ReadUnsyncedNote(*root, &clock())->has_value());
  ASSERT_TRUE(PlaceUnsyncedNote(*root, {.session = "old", .tag = 1}, environment()));
  ASSERT_TRUE(PlaceUnsyncedNote(*root, kNote, environment()));
  EXPECT_EQ(ReadUnsyncedNote(*root, &clock())->value(), kNote);
  EXPECT_EQ(ModeOf("blocks/.temp/unsynced"), 0600U);
}

}  // namespace
}  // namespace anystore::flatfs

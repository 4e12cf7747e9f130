#include "backends/flatfs/keys/shard.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace anystore::flatfs {
namespace {

Shard Make(std::string_view text) {
  const Result<Shard> shard = Shard::ParseShort(text);
  EXPECT_TRUE(shard.has_value()) << text;
  return shard.value_or(Shard());
}

std::string DirectoryOf(std::string_view shard, std::string_view stem) {
  const Shard made = Make(shard);
  std::string name(made.length(), '?');
  made.WriteDirectory(stem, name.data());
  return name;
}

std::string Why(std::string_view text) {
  const Result<Shard> shard = Shard::ParseShort(text);
  if (shard.has_value()) return "ok";
  EXPECT_EQ(shard.error().code(), Code::kInvalidArgument) << text;
  return std::string(shard.error().message());
}

TEST(Shard, TakesTheFirstCharacters) {
  EXPECT_EQ(DirectoryOf("prefix/2", "ABC"), "AB");
  EXPECT_EQ(DirectoryOf("prefix/2", "A"), "A_");
  EXPECT_EQ(DirectoryOf("prefix/8", "_README"), "_README_");
}

TEST(Shard, TakesTheLastCharacters) {
  EXPECT_EQ(DirectoryOf("suffix/3", "ABCD"), "BCD");
  EXPECT_EQ(DirectoryOf("suffix/3", "AB"), "_AB");
}

TEST(Shard, TakesTheCharactersBeforeTheLast) {
  EXPECT_EQ(DirectoryOf("next-to-last/2", "A"), "__");
  EXPECT_EQ(DirectoryOf("next-to-last/2", "AB"), "_A");
  EXPECT_EQ(DirectoryOf("next-to-last/2", "ABC"), "AB");
  EXPECT_EQ(DirectoryOf("next-to-last/2", "ABCDE"), "CD");
}

TEST(Shard, ReadsWhatItWrites) {
  for (const std::string_view text : {"prefix/1", "suffix/255", "next-to-last/2"}) {
    const Shard shard = Make(text);
    EXPECT_EQ(shard.ToString(), "/repo/flatfs/shard/v1/" + std::string(text));
    const Result<Shard> again = Shard::Parse(" \t" + shard.ToString() + "\r\n");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, shard);
  }
  EXPECT_EQ(Make("next-to-last/2"), Shard());
  EXPECT_EQ(Make("v1/prefix/+007").ToString(), "/repo/flatfs/shard/v1/prefix/7");
}

TEST(Shard, SaysWhyATextIsNone) {
  EXPECT_NE(Why("prefix").find("next-to-last/2"), std::string::npos);
  EXPECT_NE(Why("v2/prefix/2").find("only version v1"), std::string::npos);
  EXPECT_NE(Why("middle/2").find("prefix, suffix and next-to-last"), std::string::npos);
  EXPECT_NE(Why("prefix/0x2").find("\"0x2\" is no number"), std::string::npos);
  EXPECT_NE(Why("prefix/+-2").find("no number"), std::string::npos);
  EXPECT_NE(Why("prefix/99999999999999999999").find("no number"), std::string::npos);
  EXPECT_NE(Why("prefix/0").find("no directory that is listed"), std::string::npos);
  EXPECT_NE(Why("prefix/-1").find("no directory that is listed"), std::string::npos);
  EXPECT_NE(Why("prefix/256").find("too long"), std::string::npos);
  const Result<Shard> bare = Shard::Parse("v1/prefix/2");
  ASSERT_FALSE(bare.has_value());
  EXPECT_NE(bare.error().message().find("/repo/flatfs/shard/"), std::string::npos);
}

TEST(Shard, KnowsTheRecordsOfADirectory) {
  const Shard shard;
  EXPECT_TRUE(shard.IsRecord("/ABC", "AB"));
  EXPECT_FALSE(shard.IsRecord("/ABC", "AC")) << "another directory";
  EXPECT_FALSE(shard.IsRecord("/aBC", "aB")) << "the alphabet";
  EXPECT_FALSE(shard.IsRecord("/", "__")) << "no characters";
  EXPECT_TRUE(shard.IsRecord("/" + std::string(kStemBytesMax, 'K'), "KK"));
  EXPECT_FALSE(shard.IsRecord("/" + std::string(kStemBytesMax + 1, 'K'), "KK")) << "the length";
  EXPECT_EQ(StemOf("ABC.data"), "ABC");
  EXPECT_EQ(StemOf("ABC.DATA"), "");
  EXPECT_EQ(StemOf(".data"), "");
  EXPECT_EQ(StemOf("put-1"), "");
}

TEST(Shard, KnowsItsDirectories) {
  EXPECT_TRUE(Shard().IsDirectory("AB"));
  EXPECT_FALSE(Shard().IsDirectory("ABC"));
  EXPECT_FALSE(Shard().IsDirectory("ab"));
  EXPECT_TRUE(Make("prefix/10").IsDirectory("ABCDEFGHIJ"));
  EXPECT_FALSE(Make("prefix/10").IsDirectory("lost+found"));
  EXPECT_FALSE(Make("prefix/8").IsDirectory("SHARDING"));
  EXPECT_FALSE(Make("prefix/7").IsDirectory("_README"));
}

TEST(Shard, KnowsTheKeysWhoseDirectoryIsAFile) {
  EXPECT_FALSE(Shard().HasCollisions());
  EXPECT_TRUE(Make("prefix/8").Collides("SHARDINGS"));
  EXPECT_FALSE(Make("prefix/8").Collides("SHARDIN"));
  EXPECT_TRUE(Make("suffix/8").Collides("MYSHARDING"));
  EXPECT_TRUE(Make("next-to-last/8").Collides("SHARDINGX"));
  EXPECT_TRUE(Make("suffix/7").Collides("README")) << "filled up in front";
  EXPECT_FALSE(Make("suffix/6").HasCollisions());
}

TEST(RecordName, IsThePathFromTheRoot) {
  EXPECT_EQ(RecordName(Shard(), "ABC").view(), "AB/ABC.data");
  const std::string longest(kStemBytesMax, 'K');
  EXPECT_EQ(RecordName(Make("suffix/255"), longest).view(),
            "_____" + longest + "/" + longest + ".data");
}

}  // namespace
}  // namespace anystore::flatfs

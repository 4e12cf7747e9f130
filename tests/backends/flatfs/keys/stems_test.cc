#include "backends/flatfs/keys/stems.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"

namespace anystore::flatfs {
namespace {

std::string StemOfEscaped(std::string_view key) {
  StemBuffer buffer;
  const std::size_t size = EscapeKey(key, buffer);
  return size <= buffer.size() ? std::string(buffer.data(), size) : "-";
}

/// "-" where the stem stands for no key.
std::string KeyOfEscaped(std::string_view stem) {
  std::string key;
  return UnescapeStem(stem, key) ? key : "-";
}

bool IsOfTheAlphabet(std::string_view stem) {
  return CheckKey({.alphabet = KeyAlphabet::kFlatfs}, "/" + std::string(stem)).has_value();
}

TEST(EscapeKey, IsReadable) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"", "+"},
      {"/", "+=="},
      {"//", "=="},
      {"/ABC-12_3", "ABC-12_3"},
      {"ABC", "+ABC"},
      {"/foo", "=FOO"},
      {"foo", "+=FOO"},
      {"/foo/bar", "=FOO==BAR"},
      {"/Foo/Bar", "F=OO===B=AR"},
      {"/a=b+c", "=A3D+B2B+C"},
      {"/users/1.json", "=USERS==12E+JSON"},
      {std::string("/\0\xff", 3), "00+FF+"},
      {"\xff/", "+FF+=="},
      {"/a//", "=A===="},
      {"/a/B", "=A===B"},
  };
  for (const auto& [key, stem] : expected) {
    EXPECT_EQ(StemOfEscaped(key), stem);
    EXPECT_EQ(KeyOfEscaped(stem), key) << stem;
  }
}

TEST(UnescapeStem, TakesOnlyWhatEscapeKeyWrites) {
  for (const char* const stem :
       {"",    "++",  "+X=",  "=",    "A=",    "=1",   "=-A",    "===", "A+",
        "1+",  "G0+", "0G+",  "==+",  "=A+",   "41+",  "61+",    "30+", "2D+",
        "5F+", "2F+", "+==A", "+==1", "=A=B+", "=41+", "===41+", "a",   "+a",
        "A.B", "A/B", "+++",  "A++",  "3d+",   "=A=b", "00+00",  "+=",  "1E+="}) {
    if (std::string_view(stem) == "00+00") {
      EXPECT_EQ(KeyOfEscaped(stem), std::string("/\0"
                                                "00",
                                                4));
      continue;
    }
    EXPECT_EQ(KeyOfEscaped(stem), "-") << stem;
  }
}

/// Every stem of up to three characters stands for one key or none, and no two for the same.
TEST(UnescapeStem, IsABijection) {
  constexpr std::string_view kCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+_=-";
  std::set<std::string> keys;
  std::vector<std::string> stems = {""};
  std::size_t records = 0;
  for (std::size_t at = 0; at < stems.size(); ++at) {
    std::string key;
    if (UnescapeStem(stems[at], key)) {
      ++records;
      ASSERT_EQ(StemOfEscaped(key), stems[at]);
      ASSERT_TRUE(keys.insert(key).second) << stems[at];
    }
    if (stems[at].size() == 3) continue;
    for (const char c : kCharacters) stems.push_back(stems[at] + c);
  }
  EXPECT_EQ(stems.size(), 1U + 40 + 1600 + 64000);
  // A prefix, or three of 38 characters; "=" and a letter; "=="; a byte that is written in digits.
  EXPECT_GT(records, 38U * 38 * 38);
  // All the keys of one byte are there.
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string key(1, static_cast<char>(byte));
    EXPECT_EQ(KeyOfEscaped(StemOfEscaped(key)), key);
    EXPECT_EQ(KeyOfEscaped(StemOfEscaped("/" + key)), "/" + key);
  }
}

/// Some bytes: of a few kinds, so that all pairs of neighbours turn up.
std::string RandomKey(SeededRandom& random) {
  constexpr std::string_view kBytes = "/aAzZ09+=-_.\0\xff";
  std::string key = random.Below(2) == 0 ? "/" : "";
  const std::uint64_t size = random.Below(12);
  while (key.size() < size) {
    key += random.Below(4) == 0 ? static_cast<char>(random.Below(256))
                                : kBytes[random.Below(kBytes.size())];
  }
  return key;
}

TEST(EscapeKey, IsInjectiveAndReversibleAndKeepsBeginnings) {
  SeededRandom random(1);
  std::map<std::string, std::string> keys;
  for (int i = 0; i < 200000; ++i) {
    const std::string key = RandomKey(random);
    const std::string stem = StemOfEscaped(key);
    ASSERT_TRUE(IsOfTheAlphabet(stem)) << stem;
    ASSERT_LE(stem.size(), 1 + 3 * key.size());
    const auto [at, is_new] = keys.emplace(stem, key);
    ASSERT_TRUE(is_new || at->second == key) << stem;
    ASSERT_EQ(KeyOfEscaped(stem), key);
    const std::string front = key.substr(0, random.Below(key.size() + 1));
    if (front == "/" || front.empty()) continue;
    ASSERT_TRUE(stem.starts_with(StemOfEscaped(front))) << stem;
  }
  EXPECT_GT(keys.size(), 100000U);
}

TEST(UnescapeStem, IsReversedByEscapeKey) {
  constexpr std::string_view kCharacters = "09AFGZ+_=-+=+=a.";
  SeededRandom random(2);
  std::size_t records = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string stem;
    for (std::uint64_t size = random.Below(9); stem.size() < size;) {
      stem += kCharacters[random.Below(kCharacters.size())];
    }
    std::string key;
    if (!UnescapeStem(stem, key)) continue;
    ++records;
    ASSERT_EQ(StemOfEscaped(key), stem);
  }
  EXPECT_GT(records, 10000U);
}

TEST(EscapeKey, SpreadsKeysOverDirectories) {
  const auto directories = [](auto&& key_of) {
    std::set<std::string> found;
    for (unsigned i = 0; i < 10000; ++i) {
      std::string directory(2, '\0');
      Shard().WriteDirectory(StemOfEscaped(key_of(i)), directory.data());
      found.insert(directory);
    }
    return found.size();
  };
  EXPECT_EQ(directories([](unsigned i) { return "/users/" + std::to_string(10000 + i); }), 100U);
  SeededRandom random(3);
  EXPECT_GT(directories([&](unsigned) {
              std::string key(16, '\0');
              for (char& c : key) c = static_cast<char>(random.Below(256));
              return key;
            }),
            250U);
  EXPECT_GT(directories([&](unsigned) {
              std::string key = "/";
              while (key.size() < 9) key += static_cast<char>('a' + random.Below(26));
              return key;
            }),
            600U);
}

TEST(Stems, TakesKeysAsLongAsNamesAre) {
  const Stems strict(KeyForm::kStrict, 255);
  const Stems escape(KeyForm::kEscape, 255);
  const std::string longest(250, 'A');
  EXPECT_TRUE(strict.CheckKey("/" + longest));
  EXPECT_TRUE(escape.CheckKey("/" + longest));
  EXPECT_EQ(escape.CheckKey(longest).error().code(), Code::kTooLarge);
  EXPECT_EQ(escape.CheckKey("/=" + longest).error().code(), Code::kTooLarge);
  EXPECT_EQ(strict.CheckKey("/A" + longest).error().code(), Code::kTooLarge);
  EXPECT_EQ(strict.CheckKey("/a").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(strict.CheckKey("/").error().code(), Code::kInvalidArgument);
  EXPECT_TRUE(escape.CheckKey(""));
  // What every key may have.
  EXPECT_TRUE(escape.CheckKey(std::string(83, '\0')));
  const Status refused = escape.CheckKey(std::string(84, '\0'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kTooLarge);
  EXPECT_EQ(refused.error().message(),
            "the key's 84 bytes are 253 characters of a file name, which has 250");
}

TEST(Stems, FollowsShorterNames) {
  const Stems escape(KeyForm::kEscape, 143);
  EXPECT_EQ(escape.limits().bytes_max, 139U);
  EXPECT_TRUE(escape.CheckKey("/" + std::string(138, 'A')));
  EXPECT_EQ(escape.CheckKey("/" + std::string(139, 'A')).error().code(), Code::kTooLarge);
  EXPECT_EQ(escape.CheckKey(std::string(46, '.')).error().code(), Code::kTooLarge);
  std::string key;
  EXPECT_TRUE(escape.KeyOfStem(std::string(138, 'A'), key));
  EXPECT_FALSE(escape.KeyOfStem(std::string(139, 'A'), key));
}

TEST(Stems, ReadsStrictNamesAsTheyAre) {
  const Stems strict(KeyForm::kStrict, 255);
  std::string key;
  EXPECT_TRUE(strict.KeyOfStem("A+=", key));
  EXPECT_EQ(key, "/A+=");
  EXPECT_FALSE(strict.KeyOfStem("", key));
  EXPECT_FALSE(strict.KeyOfStem("a", key));
  EXPECT_FALSE(strict.KeyOfStem(std::string(251, 'A'), key));
  StemBuffer buffer;
  EXPECT_EQ(strict.StemOfKey("/A+=", buffer), "A+=");
}

}  // namespace
}  // namespace anystore::flatfs
